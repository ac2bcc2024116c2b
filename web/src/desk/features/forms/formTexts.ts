/** The phone's own texts, for the form that is tried at the desk; no other screen of the desk needs them. */
import { useI18n } from "vue-i18n";
import { asFunctions } from "@/i18n";
import en from "@/i18n/en.json";
import zh from "@/i18n/zh-CN.json";

/** Adds the phone's texts to those of the desk. */
export function useFormTexts(): void {
  const { getLocaleMessage, setLocaleMessage } = useI18n({ useScope: "global" });
  for (const [language, texts] of [["zh-CN", zh], ["en", en]] as const) {
    setLocaleMessage(language, { ...asFunctions(texts), ...getLocaleMessage(language) });
  }
}
