/**
 * What only one page of this browser does at a time: sending, and filling in one visit. Browsers that have locks see to
 * it; in the others a page writes into the database that it is at it, and says so again every few seconds. Such a lease
 * of a page that died runs out. Should two pages send at once all the same, the server gives both the same receipt.
 */
import { randomId } from "./ids";
import type { Store } from "./store";

/** Who holds something, and until when by the phone's clock unless it is renewed. */
export interface Lease {
  holder: string;
  until: number;
}

/** All leases of an account, by what is held. */
export type Leases = Readonly<Record<string, Lease>>;

const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
const VISIT = "visit:";

const page = randomId();

/** Something held, until it is let go. */
export interface Hold {
  release(): void;
}

/** Does work that nobody else does meanwhile; returns false, and does nothing, where somebody does. */
export async function alone(store: Store, account: string, name: string, work: () => Promise<void>): Promise<boolean> {
  if (hasLocks()) {
    return navigator.locks.request(lockName(account, name), { ifAvailable: true }, async (lock) => {
      if (lock) await work();
      return lock !== null;
    });
  }
  const lease = await takeLease(store, name, () => undefined);
  if (!lease) return false;
  await work().finally(() => lease.release());
  return true;
}

/** Holds a visit for this page; `null` where another page has it. `onLost` where another one took it meanwhile. */
export async function holdVisit(store: Store, account: string, id: string, onLost: () => void): Promise<Hold | null> {
  return hasLocks() ? takeLock(lockName(account, VISIT + id)) : takeLease(store, VISIT + id, onLost);
}

/** Returns whether another page of this browser has a visit of the account open. */
export async function isVisitOpenElsewhere(store: Store, account: string): Promise<boolean> {
  if (hasLocks()) {
    const { held = [] } = await navigator.locks.query();
    return held.some((it) => it.name?.startsWith(lockName(account, VISIT)));
  }
  const leases = (await store.onDevice((facts) => facts.get("leases"))) ?? {};
  return Object.entries(leases).some(([name, it]) => name.startsWith(VISIT) && it.holder !== page && isInForce(it, Date.now()));
}

/** Returns the leases with one more, or `null` where somebody else holds it. Those that ran out are dropped. */
export function withLease(leases: Leases, name: string, holder: string, now: number): Leases | null {
  const current = leases[name];
  if (current && current.holder !== holder && isInForce(current, now)) return null;
  const inForce = Object.entries(leases).filter(([, it]) => isInForce(it, now));
  return { ...Object.fromEntries(inForce), [name]: { holder, until: now + LEASE_MS } };
}

/** A lease for longer than any is given was written by a clock that has been put back since. */
export function isInForce(lease: Lease, now: number): boolean {
  return lease.until > now && lease.until - now <= LEASE_MS;
}

function takeLock(name: string): Promise<Hold | null> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(null);
        return new Promise<void>((release) => resolve({ release }));
      })
      .catch(reject);
  });
}

async function takeLease(store: Store, name: string, onLost: () => void): Promise<Hold | null> {
  if (!(await renew(store, name))) return null;
  const timer = setInterval(() => {
    renew(store, name).then((isMine) => !isMine && lose(), () => undefined);
  }, RENEW_MS);
  const release = () => {
    clearInterval(timer);
    removeEventListener("pagehide", release);
    void drop(store, name).catch(() => undefined);
  };
  const lose = () => {
    clearInterval(timer);
    onLost();
  };
  addEventListener("pagehide", release);
  return { release };
}

function renew(store: Store, name: string): Promise<boolean> {
  return store.onDevice(async (facts) => {
    const leases = withLease((await facts.get("leases")) ?? {}, name, page, Date.now());
    if (leases) await facts.put("leases", leases);
    return leases !== null;
  });
}

function drop(store: Store, name: string): Promise<void> {
  return store.onDevice(async (facts) => {
    const { [name]: mine, ...others } = (await facts.get("leases")) ?? {};
    if (mine?.holder === page) await facts.put("leases", others);
  });
}

/** Absent in older WebViews, whatever the types say. */
function hasLocks(): boolean {
  return "locks" in navigator && navigator.locks !== undefined;
}

function lockName(account: string, name: string): string {
  return `doorstep.${account}.${name}`;
}
