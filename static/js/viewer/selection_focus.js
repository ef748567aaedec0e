// Brings the selected box into view when it was chosen outside the image, and says aloud which one it is.

import { contains, zoomForBox } from "./geometry.js";
import { fill, number } from "./texts.js";

export class SelectionFocus {
  constructor(scene, state, said, texts) {
    this.scene = scene;
    this.state = state;
    this.said = said;
    this.texts = texts;
    state.addEventListener("select", (event) => this._follow(event.detail));
  }

  _follow(via) {
    const { selected } = this.state;
    this.said.textContent = selected < 0 ? "" : this._sentence(selected);
    if (selected >= 0 && (via === "key" || via === "list")) this._bringIntoView(selected);
  }

  // Somebody who looks at the whole image wants to see the animal; somebody who is close already keeps the zoom.
  _bringIntoView(i) {
    const { boxes } = this.state;
    const box = boxes.box(i);
    const wanted = zoomForBox(box, this.scene.viewSize, this.scene.top, 0.06);
    const zoom = Math.max(this.scene.map.getZoom(), Math.min(wanted, this.scene.top));
    if (zoom !== this.scene.map.getZoom()) this.scene.centerOn(boxes.center(i), zoom);
    else if (!contains(this.scene.inView(-0.1), box)) this.scene.panTo(boxes.center(i));
  }

  _sentence(i) {
    const { boxes, filter } = this.state;
    const place = filter.shown.indexOf(i) + 1;
    const score = boxes.scoreText(i);
    return fill(score ? this.texts.selected : this.texts.selectedDrawn, { label: boxes.labelName(i), score, place: number(place), count: number(filter.shown.length) });
  }
}
