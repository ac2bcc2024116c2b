/**
 * Builds two pages: `index.html` (the volunteer's app, installable, works offline) and `desk.html` (the supervisor's
 * desk, online only). Only what the volunteer's page can reach is precached by its service worker.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";
import { VitePWA } from "vite-plugin-pwa";

import { deskOnlyFiles } from "./vite/desk-only-files";
import { phoneCodes } from "./vite/phone-codes";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const server = process.env.DOORSTEP_URL ?? "http://127.0.0.1:8080";
const pages = ["index.html", "desk.html"].map(path).filter((page) => existsSync(page));
const desk = deskOnlyFiles();

export default defineConfig({
  plugins: [
    vue(),
    phoneCodes(),
    desk.plugin,
    VitePWA({
      registerType: "prompt",
      injectRegister: null,
      includeManifestIcons: false,
      manifest: {
        id: "/",
        name: "叩门 Doorstep",
        short_name: "叩门",
        description: "上门认证、走访、调解、巡查：没有信号也能记，一条都不丢。",
        lang: "zh-CN",
        start_url: "/",
        scope: "/",
        display: "standalone",
        orientation: "any",
        background_color: "#ffffff",
        theme_color: "#9f1d20",
        icons: [
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        globPatterns: ["index.html", "assets/**/*.{js,css,wasm}", "icon.svg"],
        // Browsers that need the codecs fetch them once and keep them.
        globIgnores: ["**/xlsform*", "**/codec*"],
        runtimeCaching: [{ urlPattern: /\/assets\/codec[^/]*$/, handler: "CacheFirst", options: { cacheName: "codecs" } }],
        manifestTransforms: [
          (entries) => ({ manifest: entries.filter((entry) => !desk.files.has(entry.url)), warnings: [] }),
        ],
        maximumFileSizeToCacheInBytes: 4_000_000,
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [/^\/desk/, /^\/api\//, /^\/openapi/, /^\/healthz/, /^\/v1\//],
        clientsClaim: true,
        skipWaiting: false,
        importScripts: ["/key-keeper.js"],
      },
    }),
  ],
  resolve: {
    // Texts are functions already, so the message compiler of vue-i18n stays out.
    alias: { "@": path("./src"), "vue-i18n": "vue-i18n/dist/vue-i18n.runtime.esm-browser.prod.js" },
  },
  define: { __VUE_I18N_FULL_INSTALL__: false, __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false, __VUE_OPTIONS_API__: false },
  worker: { format: "es" },
  build: {
    target: ["chrome87", "safari15", "firefox90"],
    manifest: true,
    // A strict content security policy: nothing is inlined as a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages },
  },
  server: {
    proxy: { "/api": server, "/openapi.json": server, "/healthz": server },
  },
});
