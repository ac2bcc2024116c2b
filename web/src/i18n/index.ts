/**
 * All texts that people read, by key. `zh-CN.json` and `en.json` hold the volunteer's app's own texts, `desk.*.json` the
 * desk's, `codes.*.json` those of the message codes that the engine and the server give, so one place says what happened
 * and what to do. Each page says which of them it needs.
 *
 * Texts become functions when they are loaded: nothing is compiled at run time, as the content security policy demands,
 * and no character but `{name}` has a meaning of its own.
 */
import { createI18n, type MessageContext, type MessageFunction } from "vue-i18n";

import { fill } from "./fill";

/** A language of the interface. */
export type Language = "zh-CN" | "en";

/** Texts of one language by key. */
export type Texts = Record<string, string>;

/** Languages in the order in which they are offered, with their own names. */
export const LANGUAGES: readonly { id: Language; name: string }[] = [
  { id: "zh-CN", name: "中文" },
  { id: "en", name: "English" },
];

const REMEMBERED = "doorstep.language";

/** Returns the i18n plugin of a page with the texts it begins with; a language may be added later. */
export function createTexts(texts: { "zh-CN": Texts } & Partial<Record<Language, Texts>>) {
  return createI18n({
    legacy: false,
    locale: rememberedLanguage(),
    fallbackLocale: "zh-CN",
    messages: { "zh-CN": asFunctions(texts["zh-CN"]), en: asFunctions(texts.en ?? {}) },
    messageResolver: (messages, key) => messageIn(messages, key),
    missingWarn: false,
    fallbackWarn: false,
  });
}

/** Returns the language chosen on this device, else the browser's, else Chinese. */
export function rememberedLanguage(): Language {
  const wanted = readRemembered() ?? navigator.language;
  return wanted.toLowerCase().startsWith("en") ? "en" : "zh-CN";
}

/** Remembers the language for the next start and tells assistive technology. */
export function rememberLanguage(language: Language): void {
  document.documentElement.lang = language;
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch {
    // Private mode: the choice holds until the page is closed.
  }
}

/** Returns texts as the functions that vue-i18n calls. */
export function asFunctions(texts: Texts): Record<string, MessageFunction<string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]): [string, MessageFunction<string>] => [
      key,
      ({ named }: MessageContext<string>) => fill(text, (name) => named(name)),
    ]),
  );
}

function messageIn(messages: unknown, key: string): MessageFunction<string> | null {
  const table = messages as Record<string, MessageFunction<string>>;
  return table[key] ?? null;
}

function readRemembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}
