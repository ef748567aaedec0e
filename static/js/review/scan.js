// Looking through an image screen by screen, and what was looked at so far: a share, and shades on the minimap.

import { toast } from "../toast.js";
import { fill, number } from "../viewer/texts.js";
import { Coverage } from "./coverage.js";
import { LookedStore } from "./looked_store.js";
import { Looking, coarser } from "./looking.js";
import { middle, nextWindow, windowBefore, windows } from "./scan_plan.js";
import { sender } from "./sending.js";

const STORED = "viewer-scan";
const KEYS = { s: "scan", b: "scan-back" };
const EDGE = 4; // screen pixels by which a window may come to lie beside its place
const OVERLAP = 0.08;

export class Scan {
  /** `config`: coverage of review/page.py. `tiles` as Looking has them. */
  constructor(element, { scene, tiles, minimap }, config) {
    this.element = element;
    this.scene = scene;
    this.tiles = tiles;
    this.minimap = minimap.element;
    this.place = this.minimap.parentElement;
    this.config = config;
    this.texts = config.texts;
    this.coverage = new Coverage(config, scene.size);
    this.store = new LookedStore(config.user, config.url, sender(config.account));
    this.looking = new Looking(scene, tiles, this.coverage, (look) => this.store.keep(look));
    this.looking.addEventListener("looked", () => this._show());
    this.zoom = element.querySelector("select");
    const chosen = [...this.zoom.options].find((option) => option.value === localStorage.getItem(STORED));
    if (chosen) chosen.selected = true;
    this.zoom.addEventListener("change", () => this._choose());
    this.zoom.addEventListener("pointerdown", () => (this._isByHand = true));
    this.zoom.addEventListener("keydown", (event) => this._press(event));
    this.shade = this.minimap.querySelector("canvas");
    this.keys = KEYS;
    this.commands = { scan: () => this.goOn(), "scan-back": () => this.goBack(), "scan-end": () => this.end() };
    this._fitShade();
    this._show();
    this.coverage.recall(config.cells).then(() => this._show());
    this.store.tell();
    addEventListener("online", () => this.store.tell());
    document.addEventListener("visibilitychange", () => document.hidden && this.store.tell());
  }

  /** To the next window that was not looked at as closely as chosen. */
  goOn() {
    const { coverage, halvings, texts } = this;
    const isOn = this.isOn;
    this._begin(); // what lies over the image moves aside, and the windows become larger
    if (this.scene.top - this.tiles.lastZoom > halvings) return toast(texts.notSharp);
    if (coverage.share(halvings) === 1) return this._finish();
    const window = this._window();
    if (Math.min(window.width, window.height) < 2 * coverage.side) return toast(texts.tooSmall);
    const plan = this._plan(window);
    const next = nextWindow(plan, (part) => coverage.isSeen(part, halvings), isOn ? this._point() : null);
    // Nothing is left but what a window cannot show as a whole, at the edge of what is covered: it is looked at again.
    this._goTo(plan[next < 0 ? 0 : next]);
  }

  goBack() {
    if (!this.isOn) return;
    const plan = this._plan(this._window());
    this._goTo(plan[windowBefore(plan, this._point())]);
  }

  end() {
    const hadFocus = this._part("scanning").contains(document.activeElement);
    this._setOn(false);
    this.place.append(this.minimap);
    if (hadFocus) this.element.querySelector('[data-command="scan"]').focus();
  }

  /** Other tiles are shown than before. */
  again() {
    this.looking.again();
  }

  _finish() {
    this.end();
    toast(fill(this.texts.done, { zoom: this._zoomName() }));
  }

  get isOn() {
    return !this._part("scanning").hidden;
  }

  get halvings() {
    return Number(this.zoom.value);
  }

  _begin() {
    this._openTab();
    for (const hint of document.querySelectorAll(".viewer-stage .hint")) hint.hidden = true; // it lies over the image
    this._part("scan-map").append(this.minimap);
    this._setOn(true);
  }

  // It stands in the tab of the boxes.
  _openTab() {
    const tab = document.getElementById("tab-boxes");
    if (tab.getAttribute("aria-selected") === "true") return;
    tab.click();
    if (document.activeElement?.getAttribute("role") === "tab") tab.focus();
  }

  _setOn(isOn) {
    this._part("scanning").hidden = !isOn;
    this.element.classList.toggle("is-scanning", isOn);
    this._show();
  }

  // What of the screen nothing lies over, in image pixels.
  _window() {
    const { left, top, right, bottom } = this.looking.free;
    const [width, height] = [right - left, bottom - top].map((length) => Math.max(1, length - 2 * EDGE) / this._scale);
    return { width, height };
  }

  // Cells between two windows would lie in none of them as a whole if these did not overlap by one.
  _plan(window) {
    const overlap = Math.max(this.coverage.side, OVERLAP * Math.min(window.width, window.height));
    return windows(this.scene.size, window, overlap);
  }

  // Screen pixels an image pixel at which one scans.
  get _scale() {
    return 2 ** (coarser() - this.halvings);
  }

  // The middle of what nothing lies over is not the middle of the map.
  _offset(scale) {
    const { x, y } = middle(this.looking.free);
    const { width, height } = this.scene.viewSize;
    return { x: (x - width / 2) / scale, y: (y - height / 2) / scale };
  }

  _point() {
    const { center, scale } = this.scene;
    const offset = this._offset(scale);
    return { x: center.x + offset.x, y: center.y + offset.y };
  }

  _goTo(window) {
    const [point, offset] = [middle(window), this._offset(this._scale)];
    const center = { x: point.x - offset.x, y: point.y - offset.y };
    this.scene.centerOn(center, this.scene.zoomOf(this._scale), { animate: false });
    this.looking.again();
  }

  _press(event) {
    this._isByHand = false;
    if (event.key === "Enter" || event.key === "Escape") this.scene.map.getContainer().focus(); // letters are keys there
  }

  _choose() {
    localStorage.setItem(STORED, this.zoom.value);
    this._show();
    if (this._isByHand) this.zoom.blur(); // letters are keys again
  }

  _show() {
    const { texts, others } = this.config;
    const [zoom, share] = [this._zoomName(), this.coverage.share(this.halvings)];
    const words = { share: percent(share), zoom };
    this._part("scan-share").textContent = fill(share ? texts.share : texts.nothing, words);
    this._part("scan-others").textContent = others
      .filter(({ shares }) => shares[this.halvings] > 0)
      .map(({ person, shares }) => fill(texts.other, { person, zoom, share: percent(shares[this.halvings]) }))
      .join(" ");
    this.shade.hidden = !this.isOn && !share;
    if (!this.shade.hidden) this._drawShade();
  }

  _zoomName() {
    return this.zoom.selectedOptions[0].textContent.trim();
  }

  _fitShade() {
    const { side, columns, rows, width, height } = this.coverage;
    Object.assign(this.shade, { width: columns, height: rows });
    this.shade.style.width = `${((100 * side * columns) / width).toFixed(3)}%`;
    this.shade.style.height = `${((100 * side * rows) / height).toFixed(3)}%`;
  }

  // What was not looked at lies in the dark.
  _drawShade() {
    const { columns, rows } = this.coverage;
    const dark = this.isOn ? 150 : 60;
    const pixels = new ImageData(columns, rows);
    for (let n = 0; n < columns * rows; n += 1) pixels.data[4 * n + 3] = this.coverage.isCellSeen(n, this.halvings) ? 0 : dark;
    this.shade.getContext("2d").putImageData(pixels, 0, 0);
  }

  _part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }
}

// Never 100 before all is seen.
function percent(share) {
  return number(Math.floor(100 * share + 1e-9));
}
