/** Starts the supervisor's desk. */
import { createApp } from "vue";
import { createTexts, rememberedLanguage, rememberLanguage } from "@/i18n";
import codesEn from "@/i18n/codes.en.json";
import codesZh from "@/i18n/codes.zh-CN.json";
import en from "@/i18n/desk.en.json";
import zh from "@/i18n/desk.zh-CN.json";
import "@/ui/theme.css";
import "./desk.css";
import DeskApp from "./DeskApp.vue";
import { router } from "./routes";

rememberLanguage(rememberedLanguage());
createApp(DeskApp)
  .use(createTexts({ "zh-CN": { ...codesZh, ...zh }, en: { ...codesEn, ...en } }))
  .use(router)
  .mount("#app");
