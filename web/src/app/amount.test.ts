import { expect, it } from "vitest";

import { amountOf } from "./amount";

it.each([
  [150_000, "3分钟", "3 minutes"],
  [-90 * 60_000, "90分钟", "90 minutes"],
  [5 * 3_600_000, "5小时", "5 hours"],
  [-3 * 86_400_000, "3天", "3 days"],
  [731 * 86_400_000, "2年", "2 years"],
])("says %i ms in a few words", (ms, chinese, english) => {
  expect(amountOf(ms, "zh-CN").replace(/\s/gu, "")).toBe(chinese);
  expect(amountOf(ms, "en")).toBe(english);
});
