/** For tests: a database with keys of its own, open. */
import { openDatabase, Store } from "./database";
import { freshLock, keysOf } from "./vault/keys";

export async function openUnlocked(name: string): Promise<Store> {
  const { lock, people } = await freshLock("ab".repeat(32));
  const { database } = await openDatabase(name);
  const store = new Store(database, await keysOf(lock, people));
  await store.putLock(lock);
  return store;
}
