// Where threads are: marks on the image, the way to a thread's box or place, and what a new comment may be on.

import { clamp, contains, zoomForBox } from "../viewer/geometry.js";
import { fill } from "../viewer/texts.js";

export class CommentPlaces {
  /** `onPick` gets the id of the thread whose mark was pressed. */
  constructor(scene, state, texts, onPick) {
    this.scene = scene;
    this.state = state;
    this.texts = texts;
    this.onPick = onPick;
    this.marks = new Map();
    this.pending = null;
    scene.map.on("move", () => this.pending?.setLatLng(this._latLng(this._middle())));
    state.addEventListener("visibility", () => this._hide());
  }

  /** Threads that are on the image as a whole have no mark. */
  show(threads) {
    for (const mark of this.marks.values()) mark.remove();
    this.marks.clear();
    for (const thread of threads) {
      const { thread: id } = thread.dataset;
      const point = pointOf(thread);
      if (point) this.marks.set(id, this._mark(point, thread).on("click", () => this.onPick(id)));
    }
  }

  emphasise(id) {
    for (const [of, mark] of this.marks) mark.getElement()?.classList.toggle("is-current", of === id);
  }

  /** Into view; a box is selected where it is one of those shown. */
  goTo(thread) {
    const { detection, observation } = thread.dataset;
    const i = this.state.boxes.indexOf(detection ?? observation ?? "");
    if (i >= 0 && !this.state.boxes.isGone(i)) return this.state.select(i, "list");
    this.state.select(-1);
    const box = boxOf(thread);
    if (box) this.scene.centerOn(middle(box), zoomForBox(box, this.scene.viewSize, this.scene.top));
    else if (thread.dataset.x) this.scene.centerOn(pointOf(thread), Math.max(this.scene.map.getZoom(), this.scene.top - 1));
    else this.scene.fit();
  }

  /** [value, words, whether it is what people mean]: the selected box, else a place where the image is looked at from near. */
  choices() {
    const { boxes, selected } = this.state;
    const { width, height } = this.scene.size;
    this.selected = selected < 0 ? null : { [boxes.isDrawn(selected) ? "observation" : "detection"]: boxes.idOf(selected) };
    const isWhole = contains(this.scene.inView(0.01), { left: 0, top: 0, right: width, bottom: height });
    const box = this.selected ? [["box", fill(this.texts.box, { label: boxes.labelName(selected) }), true]] : [];
    return [...box, ["place", this.texts.place, !this.selected && !isWhole], ["image", this.texts.image, !this.selected && isWhole]];
  }

  /** The same for the server. */
  on(choice) {
    if (choice === "box") return this.selected;
    return choice === "place" ? this._middle() : {};
  }

  /** A mark in the middle of the view while a place is chosen. */
  preview(choice) {
    this.pending?.remove();
    this.pending = choice === "place" ? this._mark(this._middle(), null) : null;
  }

  _middle() {
    const { x, y } = this.scene.center;
    const { width, height } = this.scene.size;
    return { x: Math.round(clamp(x, 0, width)), y: Math.round(clamp(y, 0, height)) };
  }

  _mark(point, thread) {
    const className = thread ? "comment-mark" : "comment-mark is-pending";
    const icon = L.divIcon({ className, html: false, iconSize: [24, 24], iconAnchor: [3, 23] });
    const title = thread?.querySelector(".comment-text")?.textContent.trim().slice(0, 120) ?? "";
    // Keyboards go by the list of threads.
    return L.marker(this._latLng(point), { icon, title, keyboard: false, interactive: Boolean(thread) }).addTo(this.scene.map);
  }

  _latLng(point) {
    return this.scene.toLatLng(point);
  }

  _hide() {
    this.scene.map.getPane("markerPane").hidden = this.state.areBoxesHidden;
  }
}

function boxOf({ dataset }) {
  if (dataset.left === undefined) return null;
  return { left: Number(dataset.left), top: Number(dataset.top), right: Number(dataset.right), bottom: Number(dataset.bottom) };
}

function pointOf(thread) {
  const box = boxOf(thread);
  if (box) return { x: box.right, y: box.bottom }; // beside it: above stands its name
  return thread.dataset.x === undefined ? null : { x: Number(thread.dataset.x), y: Number(thread.dataset.y) };
}

function middle({ left, top, right, bottom }) {
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
}
