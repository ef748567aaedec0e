// The first tiles of the next image, fetched while this one is looked at: the step to it then shows pixels at once.
// Never on a slow line, and never where the reader's browser asks to save data.

import { TILE, fitZoom, levelSize } from "./geometry.js";

const MOST_TILES = 24;

export function isWelcome(connection) {
  return !connection?.saveData && !/(^|-)[23]g$/.test(connection?.effectiveType ?? "");
}

/** Addresses of the tiles that the image shows when it is opened in this view; `finer` on fine screens. */
export function firstTiles({ width, height, topZoom, lastZoom, tiles, version }, view, finer) {
  const z = Math.min(Math.max(fitZoom({ width, height }, view, topZoom), 0) + finer, lastZoom);
  const level = levelSize({ width, height }, topZoom, z);
  const columns = Math.ceil(level.width / TILE);
  const rows = Math.ceil(level.height / TILE);
  if (columns * rows > MOST_TILES) return [];
  const places = Array.from({ length: columns * rows }, (_, n) => ({ z, x: n % columns, y: Math.floor(n / columns) }));
  return places.map((place) => `${tiles.replace(/\{(\w)\}/g, (_, name) => place[name])}?v=${version}`);
}

/** Waits until the page itself has all that it needs. */
export function preload(next, view, { finer = 0, connection = navigator.connection } = {}) {
  if (!next || !isWelcome(connection)) return;
  const fetchAll = () => {
    for (const url of firstTiles(next, view, finer)) Object.assign(new Image(), { fetchPriority: "low", src: url });
  };
  const whenIdle = () => (window.requestIdleCallback ? requestIdleCallback(fetchAll, { timeout: 5000 }) : setTimeout(fetchAll, 1000));
  if (document.readyState === "complete") whenIdle();
  else window.addEventListener("load", whenIdle, { once: true });
}
