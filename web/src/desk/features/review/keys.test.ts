import { describe, expect, it } from "vitest";
import { actionOf, KEY_BINDINGS, type KeyAction, type KeyPress } from "./keys";

const PLAIN = { key: "", code: "", ctrlKey: false, metaKey: false, altKey: false, isComposing: false, repeat: false };

function check(press: Partial<KeyPress>, expected: KeyAction | null, isTyping = false): void {
  expect(actionOf({ ...PLAIN, ...press }, isTyping)).toBe(expected);
}

describe("the reviewer's keys", () => {
  it("know letters and arrows", () => {
    check({ key: "j" }, "next");
    check({ key: "K" }, "previous");
    check({ key: "ArrowRight" }, "next");
    check({ key: "a" }, "approve");
    check({ key: "?" }, "help");
    check({ key: "x" }, null);
    check({ key: "Enter" }, null);
  });

  it("work with a Chinese input method switched on", () => {
    check({ key: "Process", code: "KeyR" }, "return");
    check({ key: "？" }, "help");
  });

  it("never fire while typing, composing, or with a modifier", () => {
    check({ key: "a" }, null, true);
    check({ key: "a", isComposing: true }, null);
    check({ key: "r", ctrlKey: true }, null);
    check({ key: "c", metaKey: true }, null);
  });

  it("decide once, however long the key is held", () => {
    check({ key: "a", repeat: true }, null);
    check({ key: "j", repeat: true }, "next");
  });

  it("do what the help says", () => {
    for (const { action, keys } of KEY_BINDINGS) {
      for (const key of keys) check({ key: { "→": "ArrowRight", "←": "ArrowLeft" }[key] ?? key }, action);
    }
  });
});
