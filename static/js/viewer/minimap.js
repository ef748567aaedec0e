// The whole image, small, with a frame around what is in view. Pressing or dragging in it moves the view there; with the
// keyboard the image itself is moved.

import { TILE, clamp, levelSize } from "./geometry.js";

export class Minimap {
  constructor(element, scene) {
    this.element = element;
    this.scene = scene;
    this.image = element.querySelector("img");
    this.frame = element.querySelector("[data-frame]");
    this._fitImage();
    scene.map.on("move zoomend resize", () => this.update());
    element.addEventListener("pointerdown", (event) => this._press(event));
    element.addEventListener("pointermove", (event) => event.buttons & 1 && this._go(event));
    this.update();
  }

  show(url) {
    this.image.src = url;
  }

  // The small image is the tile of zoom 0, which may be padded: it is enlarged until the padding lies outside. What is
  // higher than wide is made narrower: the frame speaks of all of it.
  _fitImage() {
    const { size, top } = this.scene;
    const level = levelSize(size, top, 0);
    const scale = this.element.clientWidth / Math.max(level.width, level.height);
    this.element.style.width = `${level.width * scale}px`;
    this.element.style.height = `${level.height * scale}px`;
    this.image.style.width = this.image.style.height = `${TILE * scale}px`;
  }

  update() {
    const { size } = this.scene;
    const view = this.scene.inView();
    const share = (value, whole) => clamp(value / whole, 0, 1);
    const [left, right] = [share(view.left, size.width), share(view.right, size.width)];
    const [top, bottom] = [share(view.top, size.height), share(view.bottom, size.height)];
    Object.assign(this.frame.style, {
      left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%`,
    });
    this.element.classList.toggle("is-whole", (right - left) * (bottom - top) > 0.98);
  }

  _press(event) {
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this._go(event);
  }

  _go(event) {
    const area = this.element.getBoundingClientRect();
    const x = clamp((event.clientX - area.left) / area.width, 0, 1) * this.scene.size.width;
    const y = clamp((event.clientY - area.top) / area.height, 0, 1) * this.scene.size.height;
    this.scene.map.setView(this.scene.toLatLng({ x, y }), this.scene.map.getZoom(), { animate: false });
  }
}
