/** Typed answers: sent shortly after the last key, within a second of the first, and at once when the field is left. */
import { onBeforeUnmount, ref, watch, type Ref } from "vue";

import type { ViewNode } from "@/engine/types";
import { useHost } from "./context";

const PAUSE_MS = 300;
/** Whoever types without a pause is not kept waiting for longer. */
const LONGEST_MS = 1_000;

/** What a typing control binds to. */
export interface Typed {
  text: Ref<string>;
  /** Call on each keystroke. */
  typed(): void;
  /** Call when the field is left or its value is final: sends what is left and judges it. */
  done(): void;
}

/** `toText` and `toValue` convert between the stored value and what the field holds. */
export function useTyped(
  node: () => ViewNode,
  toText: (value: string) => string = (value) => value,
  toValue: (text: string) => string = (text) => text,
): Typed {
  const host = useHost();
  const stored = () => node().question?.value ?? "";
  const text = ref(toText(stored()));
  let sent = stored();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first key was typed that was not sent yet; by a clock that nobody can set. */
  let since = 0;

  // A value that somebody else set (a calculation, a resumed draft) replaces the text; an echo of one's own does not.
  watch(stored, (value) => {
    if (value === sent) return;
    sent = value;
    text.value = toText(value);
  });

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    const value = toValue(text.value);
    const { id } = node();
    if (value !== sent) {
      sent = value;
      void host.answer(id, value);
    }
    host.typing?.(id, false);
  }

  /** A page that is put away may not come back. */
  function hidden(): void {
    if (document.visibilityState === "hidden" && timer !== undefined) send();
  }

  document.addEventListener("visibilitychange", hidden);
  onBeforeUnmount(() => {
    document.removeEventListener("visibilitychange", hidden);
    send();
  });

  return {
    text,
    typed() {
      if (timer === undefined) since = performance.now();
      clearTimeout(timer);
      timer = setTimeout(send, Math.max(0, Math.min(PAUSE_MS, since + LONGEST_MS - performance.now())));
      host.typing?.(node().id, true);
    },
    done() {
      send();
      host.judge(node().id);
    },
  };
}
