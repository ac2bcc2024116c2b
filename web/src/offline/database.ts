/**
 * One IndexedDB database per account, whose records are encrypted before they are written (see `vault/`): only ids and
 * names of files lie in the open. Encrypting takes its time, which the browser's transactions do not wait for; so what
 * is to be written together is encrypted first, as [`Change`]s, and then written at once.
 */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";

import type { Task } from "@/api/phone";
import { Connection } from "./connection";
import type { Leases } from "./hold";
import type { Attachment, Chain, ChainStep, DeviceKey, Draft, Outgoing, StoredForm, StoredList } from "./records";
import { seal, unseal, type Sealed } from "./vault/cipher";
import type { Keys, Lock } from "./vault/keys";

/** What is kept, by table. */
interface Tables {
  facts: { key: string; value: unknown };
  tasks: { key: string; value: Task };
  forms: { key: string; value: StoredForm };
  lists: { key: string; value: StoredList };
  drafts: { key: string; value: Draft };
  files: { key: [string, string]; value: Attachment };
  outbox: { key: string; value: Outgoing };
}

type Table = keyof Tables;
type Key<T extends Table> = Tables[T]["key"];
type Value<T extends Table> = Tables[T]["value"];

/** What a record lies under in the open: ids and names of files, nothing about people. */
interface Open {
  id?: string;
  key?: string;
  instance_id?: string;
  visit_id?: string;
  name?: string;
  /** The form that a draft, or the draft of a refused visit, needs. */
  form_key?: string;
  is_current?: boolean;
  /** Place of a finished visit among all of this account on this phone. */
  order?: number;
}

/** What the phone itself has, in the open: its key, which only signs, where its chain of seals stands, a count. */
interface Device {
  key: DeviceKey;
  chain: Chain;
  order: number;
  /** The server's point that a visit is encrypted to when it leaves the phone as a file, hex. */
  visit_key: string;
  /** What pages of this browser are at, where it has no locks. */
  leases: Leases;
}

/** The phone's own facts inside one transaction. */
export interface DeviceFacts {
  get<K extends keyof Device>(name: K): Promise<Device[K] | undefined>;
  put<K extends keyof Device>(name: K, value: Device[K]): Promise<void>;
  delete(name: keyof Device): Promise<void>;
}

/** A record as it lies in the browser. */
type Raw = Open & Sealed & { by: KeyName };

/** Which key a record is under, see `vault/keys.ts`. */
type KeyName = keyof Keys;

interface Schema extends DBSchema {
  facts: { key: string; value: Raw };
  tasks: { key: string; value: Raw };
  forms: { key: string; value: Raw };
  lists: { key: string; value: Raw };
  drafts: { key: string; value: Raw };
  files: { key: [string, string]; value: Raw; indexes: { visit: string } };
  outbox: { key: string; value: Raw };
  lock: { key: "lock"; value: Lock };
  device: { key: keyof Device; value: Device[keyof Device] };
}

type Writing = IDBPTransaction<Schema, (Table | "device")[], "readwrite">;

/** Thrown where something is read or written that the unlock code has to open first. */
export class LockedError extends Error {}

/** One change of several that are made together. */
export type Change =
  | { kind: "put"; table: Table; raw: Raw; key?: string }
  | { kind: "delete"; table: "drafts" | "outbox"; key: string }
  /** All files of a visit but those named. */
  | { kind: "delete_files"; visit: string; but: ReadonlySet<string> };

const TABLES = ["facts", "tasks", "forms", "lists", "drafts", "files", "outbox"] as const satisfies readonly Table[];

/** What no server has; everything else is fetched anew where it can't be read. */
const IRREPLACEABLE: ReadonlySet<Table> = new Set(["drafts", "files", "outbox"]);

/** What one record takes. */
export interface Weight {
  table: Table;
  /** The visit of a draft, of an outgoing visit or of a file; else the record's own key. */
  owner: string;
  bytes: number;
  /** Whether nothing on the phone needs it: a file of no visit, a form of no draft that the server offers no more. */
  isSpare: boolean;
}

/** An open database; its records are encrypted before they reach the browser's. */
export class Store {
  private readonly connection: Connection<Schema>;

  constructor(
    database: Database | Connection<Schema>,
    private readonly keys: Keys,
    /** Work that was found and can't be read, by where it lies. */
    readonly damaged = new Set<string>(),
  ) {
    this.connection = database instanceof Connection ? database : new Connection(database, () => opened(database.name));
  }

  async get<T extends Table>(table: T, key: Key<T>): Promise<Value<T> | undefined> {
    const raw = await this.connection.use((db) => db.get(table, key as never));
    const value = raw && (await this.revealOrTell(table, raw, key));
    return (value ?? undefined) as Value<T> | undefined;
  }

  /** Returns all that can be read; one that was damaged holds up no other, and is told by [`Store.damaged`]. */
  async getAll<T extends Exclude<Table, "facts">>(table: T): Promise<Value<T>[]> {
    const raws = await this.connection.use((db) => db.getAll(table));
    const read = await Promise.all(raws.map((raw) => this.revealOrTell(table, raw, keyIn(table, raw))));
    return read.filter((it) => it !== null) as Value<T>[];
  }

  /** Returns the files of a visit, or only those named; rejects where one of them can't be read. */
  async filesOf(visit: string, named: ReadonlySet<string> | null = null): Promise<Attachment[]> {
    const all = await this.connection.use((db) => db.getAllFromIndex("files", "visit", visit));
    const raws = all.filter(({ name = "" }) => named?.has(name) ?? true);
    return (await Promise.all(raws.map((raw) => this.reveal("files", raw, keyIn("files", raw))))) as Attachment[];
  }

  async put<T extends Exclude<Table, "facts">>(table: T, value: Value<T>): Promise<void> {
    await this.change([await this.putting(table, value)]);
  }

  /**
   * Changes an outgoing visit as it is at that moment, whoever else changes it; `change` may be asked again. `null` leaves
   * it as it is.
   */
  async revise(id: string, change: (outgoing: Outgoing) => Outgoing | null, more: readonly Change[] = []): Promise<void> {
    for (;;) {
      const raw = await this.connection.use((db) => db.get("outbox", id));
      const next = raw && change((await this.reveal("outbox", raw, id)) as Outgoing);
      if (!raw || !next || (await this.replaceRecord("outbox", id, raw, [await this.putting("outbox", next), ...more]))) return;
    }
  }

  /** Writes a record where the one before still lies; returns whether it did. */
  private replaceRecord(table: Table, key: IDBValidKey, before: Raw, changes: readonly Change[]): Promise<boolean> {
    return this.write(tablesOf(changes), async (tx) => {
      const now = (await tx.objectStore(table).get(key as never)) as Raw | undefined;
      const isSame = now !== undefined && sameBytes(now.iv, before.iv);
      if (isSame) await makeAll(tx, changes);
      return isSame;
    });
  }

  /** Encrypts a value that is to be written together with others. */
  async putting<T extends Exclude<Table, "facts">>(table: T, value: Value<T>, by: KeyName = this.keyOf(table)): Promise<Change> {
    const open = openOf(table, value);
    const sealed = await seal(this.key(by), place(table, keyIn(table, open)), value);
    return { kind: "put", table, raw: { ...open, ...sealed, by } };
  }

  /** Encrypts a fact that is to be written together with others. */
  async puttingFact(key: string, value: unknown): Promise<Change> {
    return { kind: "put", table: "facts", key, raw: { ...(await seal(this.key("people"), place("facts", key), value)), by: "people" } };
  }

  /** Makes all changes or none; returns once they are on disk. */
  async change(changes: readonly Change[]): Promise<void> {
    await this.write(tablesOf(changes), (tx) => makeAll(tx, changes));
  }

  /** Makes the change that begins a visit; returns false, and changes nothing, where the form is not current. */
  async begin(change: Change, formKey: string): Promise<boolean> {
    return this.write([...tablesOf([change]), "forms"], async (tx) => {
      const isCurrent = (await tx.objectStore("forms").get(formKey))?.is_current === true;
      if (isCurrent) await makeAll(tx, [change]);
      return isCurrent;
    });
  }

  /**
   * Makes the changes that finish a visit, moves the chain on, and gives the visit its place in the order. Returns false,
   * and changes nothing, where the chain no longer stands where the step begins; a visit that is finished stays so.
   */
  async finish(visit: string, changes: readonly Change[], step: ChainStep | null): Promise<boolean> {
    return this.write([...new Set([...tablesOf(changes), "drafts", "outbox", "device"] as const)], async (tx) => {
      const isOpen = (await tx.objectStore("drafts").getKey(visit)) !== undefined;
      if (!isOpen && (await tx.objectStore("outbox").getKey(visit)) !== undefined) return true;
      const device = factsIn(tx);
      if (step) {
        const now = chainIn(await device.get("chain"), step.from.key_id);
        if (now.counter !== step.from.counter || now.head !== step.from.head) return false;
        await device.put("chain", step.to);
      }
      const order = ((await device.get("order")) ?? 0) + 1;
      await device.put("order", order);
      await makeAll(
        tx,
        changes.map((it) => (it.kind === "put" && it.table === "outbox" ? { ...it, raw: { ...it.raw, order } } : it)),
      );
      return true;
    });
  }

  /** Reads and changes the phone's own facts in one transaction, which waits for nothing else. */
  onDevice<T>(work: (facts: DeviceFacts) => Promise<T>): Promise<T> {
    return this.write(["device"], (tx) => work(factsIn(tx)));
  }

  /** Runs work in one transaction that is on disk when this returns; where the work fails nothing of it stays. */
  private write<T>(tables: (Table | "device")[], work: (tx: Writing) => Promise<T>): Promise<T> {
    return this.connection.use(async (db) => {
      const tx: Writing = db.transaction(tables, "readwrite", { durability: "strict" });
      try {
        const result = await work(tx);
        await tx.done;
        return result;
      } catch (error) {
        // What was thrown before a request was made leaves the transaction to commit by itself.
        tx.done.catch(() => undefined);
        // A full disk is told by the transaction, what it broke off only by its requests.
        const reason = tx.error ?? error;
        if (tx.error === null) abort(tx);
        throw reason;
      }
    });
  }

  /** Replaces what the server told; forms that a draft still needs stay, but are current no more. */
  async replace(puts: readonly Change[], currentForms: ReadonlySet<string>): Promise<void> {
    await this.write(["tasks", "forms", "lists", "drafts", "outbox", "facts"], async (tx) => {
      const needed = await neededForms(tx);
      for (const form of await tx.objectStore("forms").getAll()) {
        const key = form.key ?? "";
        if (currentForms.has(key)) continue;
        if (needed.has(key)) await tx.objectStore("forms").put({ ...form, is_current: false });
        else await tx.objectStore("forms").delete(key);
      }
      await tx.objectStore("tasks").clear();
      for (const it of puts) if (it.kind === "put" && it.table !== "files") await tx.objectStore(it.table).put(it.raw, it.key as never);
    });
  }

  /** Removes outgoing visits that the server has, and every file and form that nothing needs. */
  async sweep(stored: readonly string[]): Promise<void> {
    await this.write(["drafts", "outbox", "files", "forms"], async (tx) => {
      for (const id of stored) await tx.objectStore("outbox").delete(id);
      const visits = await visitsIn(tx);
      for (const key of await tx.objectStore("files").getAllKeys()) {
        if (!visits.has(key[0])) await tx.objectStore("files").delete(key);
      }
      const needed = await neededForms(tx);
      for (const { key = "", is_current } of await tx.objectStore("forms").getAll()) {
        if (!is_current && !needed.has(key)) await tx.objectStore("forms").delete(key);
      }
    });
  }

  /** Weighs every record as it lies on disk. */
  async weights(): Promise<Weight[]> {
    return this.connection.use(async (db) => {
      const tx = db.transaction(TABLES);
      const [visits, forms] = [await visitsIn(tx), await neededForms(tx)];
      const weights: Weight[] = [];
      for (const table of TABLES) {
        // One after the other: photos are large.
        for (let at = await tx.objectStore(table).openCursor(); at; at = await at.continue()) {
          const { sealed, visit_id, id, key = "", instance_id, is_current } = at.value;
          const owner = visit_id ?? id ?? (key || instance_id || String(at.key));
          const isSpare = (table === "files" && !visits.has(owner)) || (table === "forms" && !is_current && !forms.has(key));
          weights.push({ table, owner, bytes: sealed.byteLength, isSpare });
        }
      }
      return weights;
    });
  }

  /** Removes people's data that no unsent work needs; drafts, outgoing visits and forms stay. */
  async forgetPeople(): Promise<void> {
    await this.write(["tasks", "lists", "facts"], async (tx) => {
      await Promise.all([tx.objectStore("tasks").clear(), tx.objectStore("lists").clear(), tx.objectStore("facts").clear()]);
    });
  }

  /** Reads the account's lock. */
  readLock(): Promise<Lock | undefined> {
    return this.connection.use((db) => db.get("lock", "lock"));
  }

  /** Changes the account's lock as it is at that moment, whatever other windows do; returns what it is now. */
  async changeLock(change: (lock: Lock) => Lock): Promise<Lock | undefined> {
    return this.connection.use(async (db) => {
      const tx = db.transaction("lock", "readwrite", { durability: "strict" });
      const lock = await tx.store.get("lock");
      const next = lock && change(lock);
      if (next) await tx.store.put(next, "lock");
      await tx.done;
      return next;
    });
  }

  /** Returns the same database with the people's key closed. */
  withoutPeople(): Store {
    return this.with({ ...this.keys, people: null });
  }

  /** Returns the same database with other keys open. */
  with(keys: Keys): Store {
    return new Store(this.connection, keys, this.damaged);
  }

  /** Encrypts what an older version of the app left in the open, or under a key that lay there. */
  async sealOpenRecords(): Promise<void> {
    for (const table of TABLES) {
      const keys = await this.connection.use((db) => db.getAllKeys(table));
      for (const key of keys) {
        const raw = (await this.connection.use((db) => db.get(table, key as never))) as Raw | undefined;
        const isSealed = raw?.sealed instanceof ArrayBuffer;
        if (!raw || (isSealed && raw.by !== "sending")) continue;
        const [value, by] = isSealed ? [await this.revealOrTell(table, raw, key), this.forFinished] : [raw, undefined];
        if (value === null) continue;
        const isFact = table === "facts";
        const change = isFact ? await this.puttingFact(String(key), value) : await this.putting(table, value as never, by);
        // What another window has written meanwhile is newer.
        await this.replaceRecord(table, key, raw, [change]);
      }
    }
  }

  close(): void {
    this.connection.close();
  }

  /** Whether finished visits can be read, and written. */
  get opensFinished(): boolean {
    return this.keys.finished !== null || this.keys.sending !== undefined;
  }

  /** The key that finished visits and their files are written under. */
  get forFinished(): KeyName {
    return this.keys.finished === null && this.keys.sending ? "sending" : "finished";
  }

  private keyOf(table: Table): KeyName {
    return table === "outbox" ? this.forFinished : "people";
  }

  private key(name: KeyName): CryptoKey {
    const key = this.keys[name];
    if (!key) throw new LockedError();
    return key;
  }

  /** Returns what a record holds, `null` where that can't be read any more: it stays, and people's work is told of. */
  private async revealOrTell(table: Table, raw: Raw, key: unknown): Promise<unknown> {
    return this.reveal(table, raw, key).catch((error: unknown) => {
      if (error instanceof LockedError && !this.keys.people) throw error;
      if (IRREPLACEABLE.has(table)) this.damaged.add(place(table, key));
      return null;
    });
  }

  private async reveal(table: Table, raw: Raw, key: unknown): Promise<unknown> {
    const value = await unseal(this.key(raw.by), place(table, key), raw);
    if (table === "forms") return { ...(value as object), is_current: raw.is_current };
    return table === "outbox" ? { ...(value as object), order: raw.order } : value;
  }
}

/** A database whose keys are not open yet. */
export type Database = IDBPDatabase<Schema>;

/** Keeps the first lock of an account; returns the one that another window has kept before, where there is one. */
export async function firstLock(database: Database, fresh: Lock): Promise<Lock> {
  const tx = database.transaction("lock", "readwrite", { durability: "strict" });
  const known = await tx.store.get("lock");
  if (!known) await tx.store.put(fresh, "lock");
  await tx.done;
  return known ?? fresh;
}

/**
 * Opens the database of an account, with the lock of its keys where it has one; rejects where the browser keeps nothing
 * (some private modes).
 */
export async function openDatabase(accountId: string): Promise<{ database: Database; lock: Lock | undefined }> {
  const database = await opened(`doorstep-${accountId}`);
  return { database, lock: await database.get("lock", "lock") };
}

function opened(name: string): Promise<Database> {
  return openDB<Schema>(name, 2, {
    upgrade(db, before) {
      if (before < 1) {
        db.createObjectStore("facts");
        db.createObjectStore("tasks", { keyPath: "id" });
        db.createObjectStore("forms", { keyPath: "key" });
        db.createObjectStore("lists", { keyPath: "instance_id" });
        db.createObjectStore("drafts", { keyPath: "id" });
        db.createObjectStore("files", { keyPath: ["visit_id", "name"] }).createIndex("visit", "visit_id");
        db.createObjectStore("outbox", { keyPath: "id" });
      }
      if (before < 2) {
        db.createObjectStore("lock");
        db.createObjectStore("device");
      }
    },
  });
}

/** What can be read inside a transaction, whatever else it does. */
type Reading = Pick<IDBPTransaction<Schema, Table[], "readonly">, "objectStore">;

/** Returns the visits that are on the phone, begun or finished. */
async function visitsIn(tx: unknown): Promise<Set<string>> {
  const reading = tx as Reading;
  return new Set([...(await reading.objectStore("drafts").getAllKeys()), ...(await reading.objectStore("outbox").getAllKeys())]);
}

/** Returns the forms that a draft needs, or a refused visit that may become one again. */
async function neededForms(tx: unknown): Promise<Set<string | undefined>> {
  const reading = tx as Reading;
  const needing = [...(await reading.objectStore("drafts").getAll()), ...(await reading.objectStore("outbox").getAll())];
  return new Set(needing.map((it) => it.form_key));
}

/** Returns where the chain of a key stands, by what is stored of the last. */
export function chainIn(stored: Chain | undefined, keyId: string): Chain {
  return stored?.key_id === keyId ? stored : { key_id: keyId, counter: 0, head: "" };
}

function tablesOf(changes: readonly Change[]): Table[] {
  return [...new Set(changes.map((it) => (it.kind === "delete_files" ? "files" : it.table)))];
}

async function makeAll(tx: Writing, changes: readonly Change[]): Promise<void> {
  await Promise.all(changes.map((it) => make(tx, it)));
}

/** Undoes a transaction that may have ended by itself. */
function abort(tx: Writing): void {
  try {
    tx.abort();
  } catch {
    // It was undone already.
  }
}

async function make(tx: Writing, change: Change): Promise<void> {
  if (change.kind === "put") {
    await tx.objectStore(change.table).put(change.raw, change.key as never);
  } else if (change.kind === "delete") {
    await tx.objectStore(change.table).delete(change.key);
  } else {
    const files = tx.objectStore("files");
    for (const key of await files.index("visit").getAllKeys(change.visit)) {
      if (!change.but.has(key[1])) await files.delete(key);
    }
  }
}

function factsIn(tx: Writing): DeviceFacts {
  const facts = tx.objectStore("device");
  return {
    get: async (name) => (await facts.get(name)) as never,
    put: async (name, value) => void (await facts.put(value, name)),
    delete: (name) => facts.delete(name),
  };
}

/** Compares what two records were encrypted with; those in the open have none. */
function sameBytes(a = new ArrayBuffer(0), b = new ArrayBuffer(0)): boolean {
  const [one, other] = [new Uint8Array(a), new Uint8Array(b)];
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Where a record lies, as it is bound to its place. */
function place(table: Table, key: unknown): string {
  return `${table}/${JSON.stringify(key)}`;
}

function keyIn(table: Table, open: Open): unknown {
  if (table === "files") return [open.visit_id, open.name];
  return open.id ?? open.key ?? open.instance_id;
}

function openOf<T extends Table>(table: T, value: Value<T>): Open {
  const record = value as Open & { draft?: Draft | null };
  switch (table) {
    case "forms":
      return { key: record.key ?? "", is_current: record.is_current ?? false };
    case "lists":
      return { instance_id: record.instance_id ?? "" };
    case "files":
      return { visit_id: record.visit_id ?? "", name: record.name ?? "" };
    case "drafts":
      return { id: record.id ?? "", form_key: record.form_key ?? "" };
    case "outbox":
      return { id: record.id ?? "", form_key: record.draft?.form_key ?? "", order: record.order ?? 0 };
    default:
      return { id: record.id ?? "" };
  }
}
