/** The desk's screens. Addresses stand behind `#`, so that any of them can be reloaded from one page. */
import { createRouter, createWebHashHistory, type RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  { path: "/", redirect: "/submissions?state=received" },
  {
    path: "/submissions",
    name: "queue",
    component: () => import("./features/review/QueuePage.vue"),
    meta: { title: "desk.nav.queue" },
  },
  {
    path: "/submissions/:id",
    name: "submission",
    component: () => import("./features/review/SubmissionPage.vue"),
    meta: { title: "desk.nav.queue" },
  },
  {
    path: "/dashboard",
    name: "dashboard",
    component: () => import("./features/dashboard/DashboardPage.vue"),
    meta: { title: "desk.nav.dashboard" },
  },
  {
    path: "/residents",
    name: "residents",
    component: () => import("./features/register/ResidentsPage.vue"),
    meta: { title: "desk.nav.residents" },
  },
  {
    path: "/residents/:id",
    name: "resident",
    component: () => import("./features/register/ResidentPage.vue"),
    meta: { title: "desk.nav.residents" },
  },
  {
    path: "/import/:id?",
    name: "import",
    component: () => import("./features/register/ImportPage.vue"),
    meta: { title: "desk.import.title" },
  },
  {
    path: "/forms",
    name: "forms",
    component: () => import("./features/forms/FormsPage.vue"),
    meta: { title: "desk.nav.forms" },
  },
  {
    path: "/forms/:id",
    name: "form",
    component: () => import("./features/forms/FormPage.vue"),
    meta: { title: "desk.nav.forms" },
  },
  {
    path: "/packs",
    name: "packs",
    component: () => import("./features/packs/PacksPage.vue"),
    meta: { title: "desk.nav.packs" },
  },
  {
    path: "/exports",
    name: "exports",
    component: () => import("./features/exports/ExportsPage.vue"),
    meta: { title: "desk.nav.exports" },
  },
  {
    path: "/devices",
    name: "devices",
    component: () => import("./features/devices/DevicesPage.vue"),
    meta: { title: "desk.nav.devices" },
  },
  { path: "/:rest(.*)*", redirect: "/submissions?state=received" },
];

/** An address that somebody wrote without `#`, such as `/desk/forms`, is that screen. */
function readPath(): void {
  const [, screen] = /^\/desk\/(.+)$/u.exec(location.pathname) ?? [];
  if (screen !== undefined && location.hash === "") history.replaceState(null, "", `/desk#/${screen}${location.search}`);
}

readPath();
export const router = createRouter({
  history: createWebHashHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});
