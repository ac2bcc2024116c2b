import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import codesEn from "./codes.en.json";
import codesZh from "./codes.zh-CN.json";
import en from "./en.json";
import { fill } from "./fill";
import zh from "./zh-CN.json";

const SOURCES = new URL("..", import.meta.url).pathname;
const HAN = /\p{Script=Han}/u;

/** Returns the program files of the volunteer's page, without tests. */
function sources(): { file: string; text: string }[] {
  return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ts|vue)$/.test(file) && !/\.test\.ts$|^desk\/|^engine\/wasm\//.test(file))
    .map((file) => ({ file, text: readFileSync(join(SOURCES, file), "utf8") }));
}

function params(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? ""))].sort();
}

/** Returns a text without what it quotes: an English text may name a Chinese column. */
function unquoted(text: string): string {
  return text.replace(/“[^”]*”/g, "");
}

describe.each([
  ["the app's texts", zh, en],
  ["the codes' texts", codesZh, codesEn],
])("%s", (_, chinese: Record<string, string>, english: Record<string, string>) => {
  it("exist in both languages, with the same parameters", () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
    for (const [key, text] of Object.entries(chinese)) expect([key, params(english[key] ?? "")]).toEqual([key, params(text)]);
  });

  it("are each in their language", () => {
    for (const [key, text] of Object.entries(english)) expect([key, HAN.test(unquoted(text))]).toEqual([key, false]);
  });
});

describe("the program", () => {
  it("uses only keys that have a text", () => {
    const known = new Set([...Object.keys(zh), ...Object.keys(codesZh)]);
    const used = sources().flatMap(({ file, text }) =>
      [...text.matchAll(/\bt\(\s*["']([a-z_]+\.[a-z_.]+)["']/g)].map((match) => `${file}: ${match[1]}`),
    );
    expect(used.length).toBeGreaterThan(80);
    expect(used.filter((it) => !known.has(it.split(": ")[1] ?? ""))).toEqual([]);
  });

  it("holds no text of its own in Chinese", () => {
    const allowed = /^(i18n\/index\.ts|features\/visit\/session\.ts|form\/values\.ts)$/;
    const strings = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|<!--[\s\S]*?-->/g, "");
    expect(sources().filter(({ file, text }) => !allowed.test(file) && HAN.test(strings(text))).map(({ file }) => file)).toEqual([]);
  });
});

describe("filling a text", () => {
  it.each([
    ["共 {n} 份", "共 3 份"],
    ["没有参数", "没有参数"],
    ["a@b | {gone}", "a@b | "],
  ])("%s", (text, expected) => {
    expect(fill(text, (name) => (name === "n" ? 3 : undefined))).toBe(expected);
  });
});
