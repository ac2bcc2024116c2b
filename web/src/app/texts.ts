/** The volunteer's texts: Chinese from the start, English when it is chosen. */
import { asFunctions, createTexts, rememberLanguage, type Language } from "@/i18n";
import codes from "@/i18n/codes.zh-CN.json?phone";
import own from "@/i18n/zh-CN.json";

/** The i18n plugin of the volunteer's page. */
export const texts = createTexts({ "zh-CN": { ...codes, ...own } });

let hasEnglish = false;

/** Switches the interface to a language and remembers it; stays as it is where the texts cannot be loaded. */
export async function speak(language: Language): Promise<void> {
  if (language === "en" && !hasEnglish) {
    try {
      const english = await import("./texts-en");
      texts.global.setLocaleMessage("en", asFunctions(english.default));
      hasEnglish = true;
    } catch {
      return;
    }
  }
  texts.global.locale.value = language;
  rememberLanguage(language);
}
