/** For tests: a database with keys of its own, open. */
import { firstLock, openDatabase, Store } from "./database";
import { freshLock, keysOf } from "./vault/keys";

export async function openUnlocked(name: string): Promise<Store> {
  const { lock, people } = await freshLock("ab".repeat(32));
  const { database } = await openDatabase(name);
  return new Store(database, await keysOf(await firstLock(database, lock), people));
}
