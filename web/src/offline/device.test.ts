import "fake-indexeddb/auto";

import { beforeEach, describe, expect, it, vi } from "vitest";

import { ApiError } from "@/api/client";
import type { Enrolment } from "@/api/phone";
import type { Account } from "@/api/types";
import { deviceName, enrolAtLogIn, enrolDevice, enrolmentText, ownKey } from "./device";
import type { Store } from "./database";
import { openUnlocked } from "./open-unlocked";
import { isSigned } from "./seal-vectors";

const asked: Enrolment[] = [];
let answer: () => Promise<unknown> = async () => ({});

vi.mock("@/api/phone", () => ({
  enrolDevice: (enrolment: Enrolment) => {
    asked.push(enrolment);
    return answer();
  },
}));

const account: Account = { id: "a1", username: "v01", name: "徐华莉", role: "volunteer", grids: [], locale: "zh-CN" };
let store: Store;
let nStores = 0;

vi.stubGlobal("navigator", { userAgent: "" });

beforeEach(async () => {
  asked.length = 0;
  answer = async () => ({});
  store = await openUnlocked(`device-${(nStores += 1)}`);
});

describe("a key", () => {
  it("is enrolled once with the proof that the phone holds it", async () => {
    await enrolDevice(store, account, "phone-1");
    await enrolDevice(store, account, "phone-1");
    const key = await ownKey(store);
    expect(asked.map((it) => it.public_key)).toEqual([key?.public_key]);
    const text = enrolmentText("a1", "phone-1", key?.key_id ?? "");
    expect(await isSigned(asked[0]?.public_key ?? "", text, asked[0]?.proof ?? "")).toBe(true);
  });

  it("is enrolled later where nobody answers, and is there for sealing all the same", async () => {
    answer = () => Promise.reject(new ApiError(0, "network.unreachable"));
    await enrolAtLogIn(store, account, "phone-1");
    expect(await ownKey(store)).not.toBeNull();
    answer = async () => ({});
    await enrolDevice(store, account, "phone-1");
    await enrolDevice(store, account, "phone-1");
    expect(asked.length).toBe(2);
  });

  it("is made anew at log-in where the server will not have it, and at no other time", async () => {
    const first = await ownKey(store);
    answer = () => (asked.length === 1 ? Promise.reject(new ApiError(409, "device.key_revoked")) : Promise.resolve({}));
    await enrolDevice(store, account, "phone-1");
    expect((await ownKey(store))?.key_id).toBe(first?.key_id);
    asked.length = 0;
    await enrolAtLogIn(store, account, "phone-1");
    const second = await ownKey(store);
    expect(second?.key_id).not.toBe(first?.key_id);
    expect(asked.map((it) => it.public_key)).toEqual([first?.public_key, second?.public_key]);
  });
});

describe("a phone's name", () => {
  it.each([
    ["Mozilla/5.0 (Linux; Android 10; HUAWEI P30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36", "Android 10 · HUAWEI P30 · Chrome 120"],
    ["Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", "Android 10 · Chrome 120"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148 Safari/604.1", "iPhone · CPU iPhone OS 17_4 like Mac OS X · Safari 17"],
    ["", ""],
  ])("is what people recognise it by: %s", (userAgent, name) => expect(deviceName(userAgent)).toBe(name));
});
