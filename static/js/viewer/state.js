// What the parts of the image page have in common: which boxes are shown, hovered, selected. Parts listen, none knows
// another. Events: "select", "hover", "filter", "visibility", "boxes", "loaded", "verdict", "drawn".

import { BoxFilter } from "./filter.js";

export class ViewerState extends EventTarget {
  constructor(boxes) {
    super();
    this.areBoxesHidden = false;
    this.setBoxes(boxes);
    this.isLoaded = boxes.count > 0;
  }

  /** Whatever boxes there are, they are here now. Event: "loaded". */
  noteLoaded() {
    this.isLoaded = true;
    this._say("loaded");
  }

  setBoxes(boxes) {
    this.boxes = boxes;
    this.filter = new BoxFilter(boxes);
    this.selected = -1;
    this.hovered = -1;
    this._say("boxes");
  }

  /** `via` says who asked: the map then stays where it is, the list moves. */
  select(i, via = "") {
    this.selected = i;
    this._say("select", via);
  }

  selectNeighbour(step) {
    const next = this.filter.neighbour(this.selected, step);
    if (next >= 0) this.select(next, "key");
  }

  hover(i) {
    if (i === this.hovered) return;
    this.hovered = i;
    this._say("hover");
  }

  changeFilter(change) {
    change(this.filter);
    if (this.selected >= 0 && !this.filter.isShown(this.selected)) this.select(-1);
    this._say("filter");
  }

  /** What people say of box `i` has changed. */
  noteVerdict(i) {
    this._say("verdict", i);
  }

  /** A box was drawn, or one that was drawn is gone or has come back. */
  noteDrawn() {
    this.filter.renew();
    this._say("drawn");
  }

  toggleBoxes() {
    this.areBoxesHidden = !this.areBoxesHidden;
    this._say("visibility");
  }

  _say(type, detail = "") {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
