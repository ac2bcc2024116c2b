/// <reference types="node" />
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "@/i18n/desk.en.json";
import zh from "@/i18n/desk.zh-CN.json";

const chinese: Record<string, string> = zh;
const english: Record<string, string> = en;
const source = sources(new URL(".", import.meta.url).pathname).join("\n");

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((it) => {
    const path = join(folder, it.name);
    if (it.isDirectory()) return sources(path);
    return /\.(vue|ts)$/u.test(it.name) && !it.name.endsWith(".test.ts") ? [readFileSync(path, "utf8")] : [];
  });
}

const paramsOf = (text: string | undefined): string[] =>
  [...(text ?? "").matchAll(/\{(\w+)\}/gu)].map((it) => it[1] ?? "").sort();

describe("the desk's texts", () => {
  it("are there in both languages with the same parameters", () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
    for (const key of Object.keys(chinese)) {
      expect([key, paramsOf(english[key])]).toEqual([key, paramsOf(chinese[key])]);
      expect(chinese[key]?.trim()).not.toBe("");
    }
  });

  it("have every key that the screens name", () => {
    const named = [...source.matchAll(/[^a-z]t\(\s*["'](desk\.[\w.]+)["']/gu)].map((it) => it[1] ?? "");
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((key) => chinese[key] === undefined)).toEqual([]);
  });

  it("have a text for every prefix that the screens complete", () => {
    const prefixes = [...source.matchAll(/`(desk\.[\w.]+)[._]\$\{/gu)].map((it) => it[1] ?? "");
    const keys = Object.keys(chinese);
    expect(prefixes.filter((prefix) => !keys.some((key) => key.startsWith(prefix)))).toEqual([]);
  });

  it("are all used", () => {
    const mentioned = [...source.matchAll(/desk(?:\.\w+)+/gu)].map((it) => it[0]);
    const isUsed = (key: string) =>
      mentioned.some(
        (it) =>
          key === it ||
          key.startsWith(`${it}.`) ||
          key.startsWith(`${it}_`) ||
          (it.endsWith("_") && key.startsWith(it)),
      );
    expect(Object.keys(chinese).filter((key) => key.startsWith("desk.") && !isUsed(key))).toEqual([]);
  });
});
