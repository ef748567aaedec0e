// Notes what a person looked at: what stood still on the screen for a moment, sharp, and hidden by nothing.

import { HALVINGS, uncovered } from "./coverage.js";

const STILL_MS = 600;

export class Looking extends EventTarget {
  /** `tiles`: {isSharp(part), lastZoom}. `keep(look)` is told of everything new. Event: "looked". */
  constructor(scene, tiles, coverage, keep) {
    super();
    this.scene = scene;
    this.tiles = tiles;
    this.coverage = coverage;
    this.keep = keep;
    scene.map.on("movestart move moveend zoomend resize", () => this.again());
    document.addEventListener("visibilitychange", () => this.again());
    this.again();
  }

  /** What is on the screen, or lies over it, may be something else now. */
  again() {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._take(), STILL_MS);
  }

  /** What nothing on the page lies over, in pixels of the screen from the map's upper left corner. */
  get free() {
    const map = this.scene.map.getContainer();
    const { left, top, width, height } = map.getBoundingClientRect();
    const others = [...map.parentElement.children, ...document.querySelectorAll("#toasts > *")];
    const covers = others.filter((element) => element !== map && isVisible(element));
    const places = covers.map((element) => element.getBoundingClientRect());
    const moved = places.map((place) => ({
      left: place.left - left, top: place.top - top, right: place.right - left, bottom: place.bottom - top,
    }));
    return uncovered({ left: 0, top: 0, right: width, bottom: height }, moved);
  }

  /** How often the screen halves the image, as sharp as its tiles are. */
  get halvings() {
    const zoom = Math.min(this.scene.map.getZoom(), this.tiles.lastZoom);
    return Math.max(0, this.scene.top - zoom + coarser());
  }

  _take() {
    if (document.hidden) return;
    const part = this._inImage(this.free);
    if (document.querySelector("dialog[open]") || !this.tiles.isSharp(part)) return this.again();
    if (!HALVINGS.includes(this.halvings)) return;
    const look = { ...part, halvings: this.halvings };
    if (!this.coverage.add(look)) return;
    this.keep(look);
    this.dispatchEvent(new CustomEvent("looked"));
  }

  _inImage({ left, top, right, bottom }) {
    const view = this.scene.inView();
    const across = (pixels) => view.left + pixels / this.scene.scale;
    const down = (pixels) => view.top + pixels / this.scene.scale;
    return { left: across(left), top: down(top), right: across(right), bottom: down(bottom) };
  }
}

/** By how many halvings the browser's own zoom makes the page smaller than the screen could show it. */
export function coarser(ratio = devicePixelRatio) {
  return Math.max(0, Math.ceil(-Math.log2(ratio) - 1e-9));
}

function isVisible(element) {
  return element.checkVisibility ? element.checkVisibility({ visibilityProperty: true }) : element.offsetParent !== null;
}
