/** The screens of the volunteer's app. Addresses live behind `#`, so every one of them opens from the precached page. */
import { createRouter, createWebHashHistory } from "vue-router";

import InboxPage from "@/features/inbox/InboxPage.vue";
import OutboxPage from "@/features/outbox/OutboxPage.vue";
import VisitPage from "@/features/visit/VisitPage.vue";
import { codeOwed, locked, onPhone } from "@/offline/account";
import MyPage from "./MyPage.vue";
import SignInPage from "./SignInPage.vue";
import UnlockPage from "./UnlockPage.vue";

declare module "vue-router" {
  interface RouteMeta {
    /** Key of the screen's title; screens without one fill the window themselves. */
    title?: string;
  }
}

/** The app's router. */
export const router = createRouter({
  history: createWebHashHistory(),
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
  routes: [
    { path: "/", component: InboxPage, meta: { title: "inbox.title" } },
    { path: "/outbox", component: OutboxPage, meta: { title: "outbox.title" } },
    { path: "/me", component: MyPage, meta: { title: "me.title" } },
    { path: "/storage", component: () => import("./StoragePage.vue"), meta: { title: "storage.title" } },
    { path: "/visit/:id", component: VisitPage, props: true },
    { path: "/sign-in", component: SignInPage },
    { path: "/unlock", component: UnlockPage },
    { path: "/new-code", component: () => import("./NewCodePage.vue") },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});

router.beforeEach((to) => {
  const wanted = gate();
  if (wanted === null) return to.path === "/unlock" || to.path === "/new-code" ? { path: "/", replace: true } : true;
  return to.path === wanted || to.path === "/sign-in" ? true : { path: wanted, replace: true };
});

/** Returns the screen that comes before all others now, if any. */
function gate(): string | null {
  if (onPhone.value) return codeOwed.value ? "/new-code" : null;
  return locked.value ? "/unlock" : "/sign-in";
}
