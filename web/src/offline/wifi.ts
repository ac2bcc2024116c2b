/**
 * “Photos only on Wi-Fi”: a choice of each account on this phone. It lies in the open, because what is finished is sent
 * while the phone is locked too, and says nothing about anybody.
 *
 * A visit is stored as a whole, so all of it waits with its photos; visits without any go. Where the browser does not tell
 * what network it is on (iPhones, older phones), photos are sent as if nothing had been chosen: a visit that never leaves
 * the phone is worse than its kilobytes. The page says so beside the choice.
 */
import { shallowRef } from "vue";

import type { Outgoing } from "./records";
import { SMALL_BYTES } from "./queue";

/** What the browser says of its network. */
export type LinkKind = "wifi" | "mobile" | "unknown";

/** The part of the Network Information API that is used here. */
interface Connection extends EventTarget {
  readonly type?: string;
}

/** The network now. */
export const link = shallowRef<LinkKind>("unknown");

const KEY = "doorstep.wifi-only.";
const ON_WIFI = ["wifi", "ethernet"];
const MOBILE = ["cellular", "wimax", "bluetooth"];

/** Returns what the name of a connection's type stands for. */
export function kindOf(type: string | undefined): LinkKind {
  if (type !== undefined && ON_WIFI.includes(type)) return "wifi";
  return type !== undefined && MOBILE.includes(type) ? "mobile" : "unknown";
}

/**
 * Keeps `link` true and calls whenever the kind of network changed; returns a function that stops it. Browsers tell of each
 * new estimate of the speed too, which is no news here.
 */
export function watchLink(onChange: () => void): () => void {
  const connection = ownConnection();
  const look = () => (link.value = kindOf(connection?.type));
  const changed = () => {
    const before = link.value;
    if (look() !== before) onChange();
  };
  look();
  connection?.addEventListener("change", changed);
  return () => connection?.removeEventListener("change", changed);
}

/** Returns whether an account chose to send photos on Wi-Fi only. */
export function isWifiOnly(accountId: string): boolean {
  return localStorage.getItem(KEY + accountId) === "yes";
}

/** Keeps an account's choice. */
export function chooseWifiOnly(accountId: string, is: boolean): void {
  if (is) localStorage.setItem(KEY + accountId, "yes");
  else localStorage.removeItem(KEY + accountId);
}

/** Returns whether a visit has files that are worth waiting for. */
export function hasLargeFiles(visit: Pick<Outgoing, "seal">): boolean {
  // Seals of version 1 do not tell the size.
  return visit.seal.attachments.some(([, , size]) => size === undefined || size > SMALL_BYTES);
}

/** Returns whether a visit waits for Wi-Fi by what was chosen and the network there is. */
export function wantsWifi(visit: Pick<Outgoing, "seal" | "any_network">, isChosen: boolean, on: LinkKind): boolean {
  return isChosen && on === "mobile" && visit.any_network !== true && hasLargeFiles(visit);
}

function ownConnection(): Connection | undefined {
  return (navigator as Navigator & { connection?: Connection }).connection;
}
