// The one box that somebody draws or moves: a frame with eight handles over the image, four number fields beside it, and
// the arrow keys. Nothing is kept before Enter.

import { clamp, zoomForBox } from "../viewer/geometry.js";

const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SMALLEST = 2; // image pixels
const FIRST_SHARE = 0.08; // of the view's shorter side, of a box that is not drawn yet
const SMALL_FRAME = 48; // screen pixels: below it eight handles would hide the box

/** A box is [left, top, right, bottom] in image pixels. */
export function movedBy([left, top, right, bottom], dx, dy, { width, height }) {
  const x = clamp(dx, -left, width - right);
  const y = clamp(dy, -top, height - bottom);
  return [left + x, top + y, right + x, bottom + y];
}

/** The sides of `handle` ("nw", "e", …) moved; they stop at the image's edge and before the other side. */
export function resizedBy([left, top, right, bottom], handle, dx, dy, { width, height }) {
  return [
    handle.includes("w") ? clamp(left + dx, 0, right - SMALLEST) : left,
    handle.includes("n") ? clamp(top + dy, 0, bottom - SMALLEST) : top,
    handle.includes("e") ? clamp(right + dx, left + SMALLEST, width) : right,
    handle.includes("s") ? clamp(bottom + dy, top + SMALLEST, height) : bottom,
  ];
}

/** Between two corners, whichever; null where that is too small to be meant. */
export function spanned(from, to, { width, height }) {
  const x = [from.x, to.x].map((value) => clamp(value, 0, width)).sort((a, b) => a - b);
  const y = [from.y, to.y].map((value) => clamp(value, 0, height)).sort((a, b) => a - b);
  return x[1] - x[0] < SMALLEST || y[1] - y[0] < SMALLEST ? null : [x[0], y[0], x[1], y[1]];
}

export class BoxEditor extends EventTarget {
  /** `fields`: the form with left, top, width and height. Events: "kept" with detail {box, i}; "ended". `i` is -1 for a
      new box. */
  constructor(scene, fields) {
    super();
    this.scene = scene;
    this.fields = fields;
    this.box = null;
    this._make();
    scene.map.on("move zoomend viewreset resize", () => this._place());
    scene.map.on("zoomanim", () => (this.frame.hidden = true));
    document.addEventListener("keydown", (event) => this._press(event), { capture: true });
    fields.addEventListener("input", () => this._read());
    fields.addEventListener("submit", (event) => {
      event.preventDefault();
      this.keep();
    });
    fields.querySelector("[data-cancel]").addEventListener("click", () => this.end());
  }

  get isOn() {
    return this.box !== null;
  }

  /** Where a box is to be moved: number `i`, now at `box`. */
  edit(i, box) {
    this._comeCloser(box);
    this._begin(i, box);
  }

  _comeCloser([left, top, right, bottom]) {
    const { scene } = this;
    if (Math.min(right - left, bottom - top) * scene.scale >= SMALL_FRAME) return;
    const zoom = Math.min(zoomForBox({ left, top, right, bottom }, scene.viewSize, scene.top, 0.12), scene.map.getMaxZoom());
    if (zoom > scene.map.getZoom()) scene.centerOn({ x: (left + right) / 2, y: (top + bottom) / 2 }, zoom);
  }

  /** A new one in the middle of the view, to be moved by keys; whoever drags beside it draws it elsewhere. */
  create() {
    const { width, height } = this.scene.viewSize;
    const half = Math.max(4, (Math.min(width, height) * FIRST_SHARE) / 2 / this.scene.scale);
    const { x, y } = this.scene.center;
    const box = spanned({ x: x - half, y: y - half }, { x: x + half, y: y + half }, this.scene.size);
    this._begin(-1, box ?? [0, 0, ...this._smallCorner(half)]);
  }

  keep() {
    if (!this.isOn) return;
    const [box, i] = [this.box.map((side) => Math.round(side * 10) / 10), this.i];
    this.end();
    this.dispatchEvent(new CustomEvent("kept", { detail: { box, i } }));
  }

  end() {
    if (!this.isOn) return;
    this.box = null;
    this.frame.hidden = this.fields.hidden = true;
    this.scene.map.getContainer().classList.remove("is-drawing");
    if (this.fields.contains(document.activeElement)) document.activeElement.blur();
    this.dispatchEvent(new CustomEvent("ended"));
  }

  _begin(i, box) {
    this.i = i;
    this.box = [...box];
    this.fields.hidden = false;
    const container = this.scene.map.getContainer();
    container.classList.toggle("is-drawing", i < 0);
    container.focus({ preventScroll: true }); // else Enter would press the button that led here once more
    this._show();
  }

  _smallCorner(half) {
    return [Math.min(2 * half, this.scene.size.width), Math.min(2 * half, this.scene.size.height)];
  }

  _make() {
    const container = this.scene.map.getContainer();
    this.frame = document.createElement("div");
    this.frame.className = "box-editor";
    this.frame.hidden = true;
    this.frame.append(...HANDLES.map((name) => Object.assign(document.createElement("i"), { className: `handle handle-${name}` })));
    container.append(this.frame);
    L.DomEvent.disableClickPropagation(this.frame);
    this.frame.addEventListener("pointerdown", (event) => this._grip(event));
    container.addEventListener("pointerdown", (event) => this._startDrawing(event), { capture: true });
  }

  _grip(event) {
    const handle = HANDLES.find((name) => event.target.classList.contains(`handle-${name}`));
    const from = this.box;
    this._follow(event, this.frame, (dx, dy) => {
      const { size } = this.scene;
      this.box = handle ? resizedBy(from, handle, dx, dy, size) : movedBy(from, dx, dy, size);
    });
  }

  // Only a box that is new can be drawn elsewhere, and not from the handles or the buttons over the image.
  _startDrawing(event) {
    if (!this.isOn || this.i >= 0 || event.button !== 0 || this.frame.contains(event.target)) return;
    const container = this.scene.map.getContainer();
    const bounds = container.getBoundingClientRect();
    const start = this.scene.toPixel(this.scene.map.containerPointToLatLng([event.clientX - bounds.left, event.clientY - bounds.top]));
    event.stopPropagation();
    this._follow(event, container, (dx, dy) => {
      this.box = spanned(start, { x: start.x + dx, y: start.y + dy }, this.scene.size) ?? this.box;
    });
  }

  _follow(event, element, act) {
    event.preventDefault();
    this.scene.map.dragging.disable();
    element.setPointerCapture(event.pointerId);
    const move = ({ clientX, clientY }) => {
      act((clientX - event.clientX) / this.scene.scale, (clientY - event.clientY) / this.scene.scale);
      this._show();
    };
    const stop = () => {
      element.removeEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"]) element.removeEventListener(type, stop);
      this.scene.map.dragging.enable();
    };
    element.addEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) element.addEventListener(type, stop);
  }

  // Before all other keys: an arrow moves the box and not the image, Escape ends this and nothing else.
  _press(event) {
    if (!this.isOn || event.target.closest?.("dialog[open]")) return;
    const isField = this.fields.contains(event.target);
    if (event.key === "Escape") this.end();
    else if (event.key === "Enter" && !event.target.closest?.("button")) this.keep();
    else if (event.key in ARROWS && !isField) this._nudge(ARROWS[event.key], event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // One image pixel, or one screen pixel where that is more: else nothing would be seen to move.
  _nudge([x, y], { shiftKey, altKey }) {
    const step = Math.max(1, 1 / this.scene.scale) * (shiftKey ? 10 : 1);
    const { size } = this.scene;
    this.box = altKey ? resizedBy(this.box, "se", x * step, y * step, size) : movedBy(this.box, x * step, y * step, size);
    this._show();
  }

  _read() {
    const { left, top, width, height } = this.fields.elements;
    const [x, y, w, h] = [left, top, width, height].map((field) => field.valueAsNumber);
    if (![x, y, w, h].every(Number.isFinite)) return;
    const box = spanned({ x, y }, { x: x + w, y: y + h }, this.scene.size);
    if (!box) return;
    this.box = box;
    this._place();
  }

  _show() {
    const [left, top, right, bottom] = this.box.map((side) => Math.round(side * 10) / 10);
    const values = { left, top, width: Math.round((right - left) * 10) / 10, height: Math.round((bottom - top) * 10) / 10 };
    for (const [name, value] of Object.entries(values)) this.fields.elements[name].value = value;
    this._place();
  }

  _place() {
    if (!this.isOn) return;
    const [left, top, right, bottom] = this.box;
    const [from, to] = [{ x: left, y: top }, { x: right, y: bottom }].map((point) =>
      this.scene.map.latLngToContainerPoint(this.scene.toLatLng(point)),
    );
    this.frame.hidden = false;
    this.frame.classList.toggle("is-small", Math.min(to.x - from.x, to.y - from.y) < SMALL_FRAME);
    Object.assign(this.frame.style, {
      left: `${from.x}px`, top: `${from.y}px`, width: `${to.x - from.x}px`, height: `${to.y - from.y}px`,
    });
  }
}
