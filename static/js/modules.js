/* Starts the behaviours named in data-module, on the page and in every fragment that htmx brings in.

   A module is a file that exports start(element). Its import stands here in full, because the static storage
   rewrites only imports it can read. */
const MODULES = {
  confirm: () => import("./confirm.js"),
  density: () => import("./density.js"),
  back: () => import("./back.js"),
  hint: () => import("./hint.js"),
  "grid-keys": () => import("./grid_keys.js"),
  copy: () => import("./copy.js"),
  "current-tab": () => import("./current_tab.js"),
  "local-time": () => import("./local_time.js"),
  menu: () => import("./menu.js"),
  "open-dialog": () => import("./open_dialog.js"),
  "own-time-zone": () => import("./own_time_zone.js"),
  poll: () => import("./poll.js"),
  "review-grid": () => import("./review/grid.js"),
  "review-task": () => import("./review/task.js"),
  "score-counts": () => import("./score_counts.js"),
  sending: () => import("./sending.js"),
  "theme-choice": () => import("./theme_choice.js"),
  "trouble-toasts": () => import("./trouble_toasts.js"),
  upload: () => import("./upload.js"),
  viewer: () => import("./viewer/page.js"),
  "viewer-compare": () => import("./viewer/compare_page.js"),
};

const started = new WeakMap();

export async function startModules(root) {
  const elements = [...root.querySelectorAll("[data-module]")];
  if (root instanceof Element && root.matches("[data-module]")) elements.unshift(root);
  await Promise.all(elements.flatMap((element) => names(element).map((name) => startOnce(element, name))));
}

function names(element) {
  return element.dataset.module.split(/\s+/).filter(Boolean);
}

/* Only where browsers allow one: over HTTPS, or on the machine itself. */
function keepOfflinePage(address) {
  if (!address || !("serviceWorker" in navigator)) return;
  window.addEventListener("load", () => navigator.serviceWorker.register(address).catch(() => {})); // refused: no such page then
}

async function startOnce(element, name) {
  const done = started.get(element) ?? new Set();
  if (done.has(name)) return;
  started.set(element, done.add(name));
  if (!MODULES[name]) throw new Error(`static/js/modules.js knows no module "${name}".`);
  const module = await MODULES[name]();
  module.start(element);
}

startModules(document);
keepOfflinePage(document.body.dataset.serviceWorker);
document.addEventListener("htmx:load", (event) => startModules(event.detail.elt));
