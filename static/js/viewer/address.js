// Keeps the place in view in the address, so that the link in the address bar leads others to the same animal.

import { zoomForBox } from "./geometry.js";
import { formatPlace, parsePlace } from "./place.js";

const QUIET_MS = 250;

export class Address {
  constructor(scene, state) {
    this.scene = scene;
    this.state = state;
    this.named = {}; // by the address that was opened: a view, a detection, both or none
    addEventListener("hashchange", () => this.open());
    scene.map.on("moveend", () => this._later());
    state.addEventListener("select", () => this._later());
  }

  /** Goes to the place of the address at once, and to the box it names as soon as that is there. */
  open() {
    this.named = parsePlace(location.hash);
    const { view } = this.named;
    if (view) this.scene.centerOn(view, this.scene.zoomOf(view.scale));
    this.openBox();
  }

  /** Until the boxes are there, the address keeps the one it names. */
  openBox() {
    const { boxes } = this.state;
    if (!boxes.count) return;
    const i = this.named.detection ? boxes.indexOf(this.named.detection) : -1;
    this.named.detection = null;
    if (i < 0) return;
    this.state.select(i, "address");
    if (!this.named.view) this._goToBox(i);
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
    const detection = selected >= 0 ? boxes.idOf(selected) : this.named.detection;
    history.replaceState(history.state, "", formatPlace({ view, detection }));
  }
}
