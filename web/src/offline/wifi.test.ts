import { describe, expect, it } from "vitest";

import { hasLargeFiles, kindOf, wantsWifi } from "./wifi";
import type { Outgoing } from "./records";

const KB = 1024;

function withFiles(...sizes: (number | undefined)[]): Pick<Outgoing, "seal" | "any_network"> {
  const attachments = sizes.map((size, at) => (size === undefined ? [`f${at}`, ""] : [`f${at}`, "", size]));
  return { seal: { attachments } as unknown as Outgoing["seal"] };
}

describe("photos on Wi-Fi only", () => {
  it.each([
    ["wifi", "wifi"],
    ["ethernet", "wifi"],
    ["cellular", "mobile"],
    ["bluetooth", "mobile"],
    ["unknown", "unknown"],
    ["other", "unknown"],
    [undefined, "unknown"],
  ])("a connection of type %s is %s", (type, kind) => expect(kindOf(type)).toBe(kind));

  it("holds a visit with photos on mobile data, and on nothing else", () => {
    const photos = withFiles(2 * KB, 200 * KB);
    expect(wantsWifi(photos, true, "mobile")).toBe(true);
    expect(wantsWifi(photos, true, "wifi")).toBe(false);
    expect(wantsWifi(photos, true, "unknown")).toBe(false);
    expect(wantsWifi(photos, false, "mobile")).toBe(false);
    expect(wantsWifi({ ...photos, any_network: true }, true, "mobile")).toBe(false);
    expect(wantsWifi(withFiles(3 * KB, 5 * KB), true, "mobile")).toBe(false);
  });

  it("takes files of visits sealed long ago for photos", () => {
    expect(hasLargeFiles(withFiles(undefined))).toBe(true);
    expect(hasLargeFiles(withFiles())).toBe(false);
  });
});
