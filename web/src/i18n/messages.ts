import { useI18n } from "vue-i18n";

/** A message as the engine, the server or the app's own parts give it: a stable code and what its text needs. */
export interface Message {
  code: string;
  params?: Readonly<Record<string, string | number>>;
}

/** Returns a function that tells a message in the person's language; an unknown code is named, never hidden. */
export function useMessages(): (message: Message) => string {
  const { t, te } = useI18n();
  return ({ code, params }) => (te(code, "zh-CN") ? t(code, params ?? {}) : t("app.unknown_code", { code }));
}
