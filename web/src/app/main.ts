import { createApp } from "vue";

import { createTexts } from "@/i18n";
import en from "@/i18n/en.json";
import zh from "@/i18n/zh-CN.json";
import "@/ui/theme.css";

import App from "./App.vue";

createApp(App).use(createTexts({ "zh-CN": zh, en })).mount("#app");
