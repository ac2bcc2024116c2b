import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { plainText, readMarkdown, type Piece } from "./markdown";

/** Writes pieces with `[b …]` for strong, `[i …]` for emphasis and `/` for a line break. */
function shown(pieces: Piece[]): string {
  return pieces
    .map((it) => {
      if (it.kind === "text") return it.text;
      if (it.kind === "break") return "/";
      return `[${it.kind === "strong" ? "b" : "i"} ${shown(it.pieces)}]`;
    })
    .join("");
}

describe("a label's Markdown", () => {
  it.each([
    ["您好", "您好"],
    ["**请核对**证件", "[b 请核对]证件"],
    ["__请核对__ 证件", "[b 请核对] 证件"],
    ["*小心*台阶", "[i 小心]台阶"],
    ["**a *b* c**", "[b a [i b] c]"],
    ["第一行\n第二行", "第一行/第二行"],
    ["# 标题", "[b 标题]"],
    ["看[说明](https://example.org)", "看说明"],
    ["snake_case_name", "snake_case_name"],
    ["3 * 4 * 5", "3 * 4 * 5"],
    ["\\*不是重点\\*", "*不是重点*"],
    ["**没有关上", "**没有关上"],
    ["证件号：880101********8574，**请核对**", "证件号：880101********8574，[b 请核对]"],
    ['<span style="color:red">红</span>', "红"],
    ["<script>alert(1)</script>", "alert(1)"],
    ["1 < 2 且 3 > 2", "1 < 2 且 3 > 2"],
  ])("%s", (source, expected) => {
    expect(shown(readMarkdown(source))).toBe(expected);
  });

  it("as plain text has no marks", () => {
    expect(plainText("**请**核对\n*姓名*")).toBe("请核对 姓名");
  });

  it("is read to the end whatever it is", () => {
    fc.assert(fc.property(fc.string(), (source) => Array.isArray(readMarkdown(source))));
  });
});
