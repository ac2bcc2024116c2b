/**
 * A browser's database that is opened again where the browser closed it by itself: under pressure some end the process
 * that holds it, and every later transaction of the page would fail.
 */
import type { DBSchema, IDBPDatabase } from "idb";

/** An open database. Work that met a closed one is done again as a whole, so it must be fit to be done twice. */
export class Connection<S extends DBSchema> {
  private isClosed = false;
  private opening: Promise<IDBPDatabase<S>> | null = null;

  constructor(
    private db: IDBPDatabase<S>,
    private readonly open: () => Promise<IDBPDatabase<S>>,
  ) {}

  /** Runs work on the database. */
  async use<T>(work: (db: IDBPDatabase<S>) => Promise<T>): Promise<T> {
    try {
      return await work(this.db);
    } catch (error) {
      if (this.isClosed || !isLost(error)) throw error;
      this.opening ??= this.open().finally(() => (this.opening = null));
      this.db = await this.opening;
      return work(this.db);
    }
  }

  /** Closes it for good. */
  close(): void {
    this.isClosed = true;
    this.db.close();
  }
}

function isLost(error: unknown): boolean {
  if (!(error instanceof DOMException)) return false;
  return error.name === "InvalidStateError" || (error.name === "UnknownError" && /lost|clos/i.test(error.message));
}
