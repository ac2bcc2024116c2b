import { afterEach, describe, expect, it, vi } from "vitest";

import { hasLargeFiles, kindOf, link, wantsWifi, watchLink } from "./wifi";
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

  describe("watches the network", () => {
    afterEach(() => vi.unstubAllGlobals());

    it("and tells when it is another, not of each new estimate", () => {
      const connection = Object.assign(new EventTarget(), { type: "cellular" });
      vi.stubGlobal("navigator", { connection });
      let n = 0;
      const stop = watchLink(() => (n += 1));
      const change = (type: string) => {
        connection.type = type;
        connection.dispatchEvent(new Event("change"));
        return [link.value, n];
      };
      expect([link.value, n]).toEqual(["mobile", 0]);
      expect(change("cellular")).toEqual(["mobile", 0]);
      expect(change("wifi")).toEqual(["wifi", 1]);
      expect(change("ethernet")).toEqual(["wifi", 1]);
      expect(change("cellular")).toEqual(["mobile", 2]);
      stop();
      expect(change("wifi")).toEqual(["mobile", 2]);
    });
  });
});
