/** Starts the supervisor's desk. */
import { createApp } from "vue";
import { createTexts, rememberedLanguage, rememberLanguage } from "@/i18n";
import en from "@/i18n/desk.en.json";
import zh from "@/i18n/desk.zh-CN.json";
import "@/ui/theme.css";
import "./desk.css";
import DeskApp from "./DeskApp.vue";
import { router } from "./routes";

rememberLanguage(rememberedLanguage());
createApp(DeskApp)
  .use(createTexts({ "zh-CN": zh, en }))
  .use(router)
  .mount("#app");
