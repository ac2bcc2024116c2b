import { describe, expect, it } from "vitest";
import type { Answer, Flag } from "@/api/deskTypes";
import { compare, fieldOf, groupAnswers, markChanges, remainingFields, flaggedWithoutValue } from "./differences";

function answer(over: Partial<Answer>): Answer {
  return {
    reference: "/data/a",
    name: "a",
    group: "",
    label: "",
    value: "",
    display: "",
    control: "input",
    appearance: [],
    ...over,
  };
}

function marked(text: string, other: string): string {
  return markChanges(text, other)
    .map((part) => (part.changed ? `[${part.text}]` : part.text))
    .join("");
}

describe("marking what changed", () => {
  it("marks the characters that are not there on the other side", () => {
    expect(marked("15432365309", "15432365809")).toBe("15432365[3]09");
    expect(marked("2 单元 402 室", "1 单元 402 室")).toBe("[2] 单元 402 室");
    expect(marked("同一个", "同一个")).toBe("同一个");
    expect(marked("", "有")).toBe("");
  });

  it("never cuts a character above U+FFFF in two", () => {
    expect(marked("王𬭎", "王𬭚")).toBe("王[𬭎]");
  });

  it("marks a long text whole", () => {
    expect(marked("a".repeat(401), "b")).toBe(`[${"a".repeat(401)}]`);
  });
});

describe("an answer beside the register", () => {
  it("stands as the server says", () => {
    expect(compare(answer({})).standing).toBe("none");
    expect(compare(answer({ register_value: "1", differs: false })).standing).toBe("same");
    expect(compare(answer({ register_value: "1", differs: true })).standing).toBe("differs");
    expect(compare(answer({ register_value: "", differs: true })).standing).toBe("new");
  });

  it("is grouped by page, calculations apart", () => {
    const answers = [
      answer({ group: "一", name: "a" }),
      answer({ group: "一", name: "b", control: "calculate" }),
      answer({ group: "二", name: "c" }),
      answer({ group: "一", name: "d" }),
    ];
    const names = (all: boolean): string[] =>
      groupAnswers(answers, all).map((it) => it.label + it.rows.map((row) => row.answer.name).join(""));
    expect(names(false)).toEqual(["一a", "二c", "一d"]);
    expect(names(true)).toEqual(["一ab", "二c", "一d"]);
  });

  it("shows once what the register would change to, also where it is calculated", () => {
    const change = { register_value: "old", differs: true };
    const answers = [
      answer({ group: "一", name: "phone_new", value: "1", ...change }),
      answer({ group: "", name: "s_phone", value: "1", control: "calculate", ...change }),
      answer({ group: "", name: "next_due", value: "2", control: "calculate", ...change }),
      answer({ group: "", name: "s_due", value: "2", control: "calculate", ...change }),
    ];
    const groups = (all: boolean) =>
      groupAnswers(answers, all).map((it) => [
        it.kind,
        it.rows.map((row) => row.answer.name).join(" "),
        it.nDifferences,
      ]);
    expect(groups(false)).toEqual([
      ["page", "phone_new", 1],
      ["register", "next_due", 1],
    ]);
    expect(groups(true)).toEqual([
      ["page", "phone_new", 1],
      ["page", "s_phone next_due s_due", 3],
    ]);
  });

  it("has a row for a flag whose question has no value, once", () => {
    const flag = (reference: string): Flag => ({
      code: "answer.required",
      reference,
      question: "照片",
      text: {},
      severity: "error",
    });
    const flags = [flag("/data/e/photo"), flag("/data/a"), flag("/data/e/photo"), flag("")];
    const groups = flaggedWithoutValue([answer({ reference: "/data/a" })], flags);
    expect(groups.map((it) => it.rows.map((row) => [row.answer.reference, row.answer.name, row.answer.label]))).toEqual(
      [[["/data/e/photo", "photo", "照片"]]],
    );
    expect(flaggedWithoutValue([answer({ reference: "/data/a" })], [flag("/data/a")])).toEqual([]);
  });

  it("finds the register's field it stands beside, and leaves the rest to be read on its own", () => {
    const field = (name: string, value: string) => ({ name, label: { en: name }, value });
    const register = {
      list: "residents",
      id: "r",
      label: "",
      version: 1,
      fields: [
        field("phone", "154"),
        field("cert_last", "2025-11-03"),
        field("last_visit", "2025-11-03"),
        field("note", ""),
      ],
    };
    const told = compare(answer({ name: "s_day", register_value: "", differs: true, register_field: "last_visit" }));
    expect(fieldOf(told, register)).toEqual(register.fields[2]);
    expect(fieldOf(told, null)).toEqual({ name: "last_visit", label: {}, value: "" });
    expect(fieldOf(compare(answer({ name: "phone", value: "154" })), register)).toBeUndefined();
    const compared = answer({ register_value: "154", differs: true, register_field: "phone" });
    expect(remainingFields(register, [compared]).map((it) => it.name)).toEqual(["cert_last", "last_visit"]);
    expect(remainingFields(null, [])).toEqual([]);
  });
});
