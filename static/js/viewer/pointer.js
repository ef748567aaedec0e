// The mouse over the boxes: hovering shows what a box is, a click selects it or, beside all boxes, nothing.

export class Pointer {
  constructor(scene, state, layer) {
    this.state = state;
    this.layer = layer;
    this.container = scene.map.getContainer();
    this._next = null;
    scene.map.on("mousemove", (event) => this._later(event));
    scene.map.on("mouseout", () => this._leave());
    scene.map.on("click", (event) => state.select(layer.at(event), "map"));
  }

  // Once a frame: the mouse reports far more often than the screen shows.
  _later(event) {
    if (!this._next) requestAnimationFrame(() => this._now());
    this._next = event;
  }

  _now() {
    if (this._next) this._show(this.layer.at(this._next));
    this._next = null;
  }

  // The frame that is still to come must not show again what the mouse has left.
  _leave() {
    this._next = null;
    this._show(-1);
  }

  _show(i) {
    this.state.hover(i);
    this.container.classList.toggle("is-on-box", i >= 0);
  }
}
