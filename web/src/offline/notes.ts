/** What the phone noted of a visit's files, as one text: an object, file name to note, in the order of the files. */
import type { Store } from "./store";

/** Returns the part `notes` of a visit; empty where nothing was noted. */
export async function noteText(store: Store, visitId: string, names: readonly string[]): Promise<string> {
  const notes: [string, unknown][] = [];
  for (const name of names) {
    const note = (await store.get("files", [visitId, name]))?.note;
    if (note !== undefined && note !== null) notes.push([name, note]);
  }
  // `fromEntries` keeps names that objects treat in a way of their own, such as `__proto__`.
  return notes.length === 0 ? "" : JSON.stringify(Object.fromEntries(notes));
}
