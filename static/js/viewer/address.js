// Keeps the place in view in the address, so that the link in the address bar leads others to the same animal.

import { zoomForBox } from "./geometry.js";
import { formatPlace, parsePlace } from "./place.js";

const QUIET_MS = 250;

export class Address {
  constructor(scene, state) {
    this.scene = scene;
    this.state = state;
    addEventListener("hashchange", () => this.open());
    scene.map.on("moveend", () => this._later());
    state.addEventListener("select", () => this._later());
  }

  /** Goes to the place of the address; false when it names none. */
  open() {
    const { view, detection } = parsePlace(location.hash);
    const i = detection ? this.state.boxes.indexOf(detection) : -1;
    if (i >= 0) this.state.select(i, "address");
    if (view) this.scene.centerOn(view, this.scene.zoomOf(view.scale));
    else if (i >= 0) this._goToBox(i);
    return Boolean(view) || i >= 0;
  }

  _goToBox(i) {
    const { boxes } = this.state;
    this.scene.centerOn(boxes.center(i), zoomForBox(boxes.box(i), this.scene.viewSize, this.scene.top));
  }

  _later() {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._write(), QUIET_MS);
  }

  _write() {
    const { selected, boxes } = this.state;
    const view = { ...this.scene.center, scale: this.scene.scale };
    history.replaceState(history.state, "", formatPlace({ view, detection: selected >= 0 ? boxes.ids[selected] : null }));
  }
}
