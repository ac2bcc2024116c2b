/** What happens once the data on the phone is open: the lists are read, and who was in a visit goes back to it. */
import { onPhone } from "@/offline/account";
import { board, refreshBoard } from "@/offline/board";
import { visitToReturnTo } from "@/offline/open-visit";
import { recallSync } from "@/offline/sync";

/** Reads what the phone holds and returns the path to go on at. */
export async function enter(): Promise<string> {
  await refreshBoard();
  if (!onPhone.value) return "/";
  await recallSync(onPhone.value.store);
  const back = visitToReturnTo(board.value.drafts);
  return back === null ? "/" : `/visit/${back}`;
}
