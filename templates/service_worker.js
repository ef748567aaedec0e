// Answers while the server does not: with one page that says so. Nothing else is ever kept: no page, no image, no name.
const CACHE = "{{ cache|escapejs }}";
const PAGE = "{{ page|escapejs }}";
const KEPT = [{% for address in kept %}"{{ address|escapejs }}", {% endfor %}];

self.addEventListener("install", (event) => {
  const requests = KEPT.map((address) => new Request(address, { credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const removeOld = caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(removeOld);
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isKept = KEPT.includes(new URL(request.url).pathname);
  if (request.method !== "GET" || (request.mode !== "navigate" && !isKept)) return;
  event.respondWith(fetch(request).catch(() => caches.match(isKept ? request : PAGE, { ignoreVary: true })));
});
