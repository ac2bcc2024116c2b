/**
 * Stands in for vue-i18n where the form's components are built into `<doorstep-form>`: texts by key with `{name}` in
 * them are all they ask for, and the library would be a tenth of what travels.
 */
import { computed, inject, shallowReactive, type App, type InjectionKey } from "vue";

import { fill } from "@/i18n/fill";

/** The texts in force, by key; Chinese ones stand in for those a language lacks. */
interface Spoken {
  locale: string;
  texts: Readonly<Record<string, string>>;
}

const KEY: InjectionKey<Spoken> = Symbol("texts");

/** Texts that an app can be given and that can be replaced while it is shown. */
export function spokenTexts(locale: string, texts: Spoken["texts"]): Spoken & { install(app: App): void } {
  const spoken = shallowReactive<Spoken>({ locale, texts });
  return Object.assign(spoken, { install: (app: App) => void app.provide(KEY, spoken) });
}

/** The part of vue-i18n's function of this name that the components use. */
export function useI18n() {
  const spoken = inject(KEY);
  if (!spoken) throw new Error("no texts were given to this app");
  return {
    locale: computed(() => spoken.locale),
    t: (key: string, named: Readonly<Record<string, unknown>> = {}) => fill(spoken.texts[key] ?? key, (name) => named[name]),
    te: (key: string) => key in spoken.texts,
  };
}
