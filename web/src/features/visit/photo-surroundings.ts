/** What a visit's watermark says: words in the person's language, and who visits whom where. */
import { onPhone } from "@/offline/account";
import { claimNow } from "@/offline/clock";
import type { MarkFacts, Surroundings } from "./photos";
import type { VisitSession } from "./session";

/** Returns what the photos of a visit need of what is around them. */
export function surroundings(visit: VisitSession, t: (key: string) => string): Surroundings {
  return {
    words: () => ({
      place: t("visit.mark_place"),
      volunteer: t("visit.mark_volunteer"),
      task: t("visit.mark_task"),
      // There is no receipt before the visit is sent.
      receipt: "",
    }),
    facts: () => factsOf(visit),
    clockOffMs,
  };
}

/** As the server corrects a visit's time: a clock that may be right is taken for right. */
function clockOffMs(): number {
  const claim = claimNow();
  if (!claim || (claim.least_ms <= 0 && claim.most_ms >= 0)) return 0;
  return claim.likely_ms;
}

async function factsOf({ taskId }: VisitSession): Promise<MarkFacts> {
  const phone = onPhone.value;
  const task = taskId === null ? undefined : await phone?.store.get("tasks", taskId);
  const place = task?.address || task?.building || task?.grid_label || "";
  const offset_min = -new Date().getTimezoneOffset();
  return { offset_min, place, volunteer: phone?.account.name ?? "", task: task?.number ?? "", receipt: "" };
}
