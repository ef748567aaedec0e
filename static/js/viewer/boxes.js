// The boxes of one image as parallel arrays, with a spatial index. They are never changed here.

export class Boxes {
  /** `columns` as the detections API gives them; `Flatbush` the index class. */
  constructor(columns, Flatbush) {
    this.ids = columns.id;
    this.labels = columns.labels;
    this.label = new Uint16Array(columns.label);
    this.score = new Float32Array(columns.score);
    this.state = columns.state;
    for (const side of ["left", "top", "right", "bottom"]) this[side] = new Float32Array(columns[side]);
    this.count = this.ids.length;
    this._index = this.count ? this._build(Flatbush) : null;
    this._byId = null;
    this._places = this._labelPlaces();
  }

  /** Which colour of a palette a label has: by its place in the model's list; of long lists only labels seen here count. */
  colourOf(label, palette) {
    return palette[this._places[label] % palette.length];
  }

  box(i) {
    return { left: this.left[i], top: this.top[i], right: this.right[i], bottom: this.bottom[i] };
  }

  center(i) {
    return { x: (this.left[i] + this.right[i]) / 2, y: (this.top[i] + this.bottom[i]) / 2 };
  }

  labelName(i) {
    return this.labels[this.label[i]];
  }

  /** A person accepted it: drawn solid. Everything else is a proposal: dashed. */
  isAccepted(i) {
    return this.state[i] === "confirmed" || this.state[i] === "relabelled";
  }

  indexOf(id) {
    this._byId ??= new Map(this.ids.map((known, i) => [known, i]));
    return this._byId.get(id) ?? -1;
  }

  /** Indices of the boxes that touch a rectangle in image pixels and pass `isShown`. */
  within({ left, top, right, bottom }, isShown) {
    return this._index ? this._index.search(left, top, right, bottom, isShown) : [];
  }

  /** The smallest box at a point, or one at most `slack` pixels away; -1 for none. */
  at({ x, y }, slack, isShown) {
    const near = { left: x - slack, top: y - slack, right: x + slack, bottom: y + slack };
    return this.within(near, isShown).reduce((best, i) => (best < 0 || this._area(i) < this._area(best) ? i : best), -1);
  }

  /** Best score first. */
  order() {
    return Uint32Array.from({ length: this.count }, (_, i) => i).sort((a, b) => this.score[b] - this.score[a] || a - b);
  }

  _labelPlaces() {
    const places = this.labels.map((_, label) => label);
    if (places.length <= 8) return places;
    const seen = [...new Set(this.label)].sort((a, b) => a - b);
    return places.map((label) => Math.max(0, seen.indexOf(label)));
  }

  _area(i) {
    return (this.right[i] - this.left[i]) * (this.bottom[i] - this.top[i]);
  }

  _build(Flatbush) {
    const index = new Flatbush(this.count);
    for (let i = 0; i < this.count; i += 1) index.add(this.left[i], this.top[i], this.right[i], this.bottom[i]);
    index.finish();
    return index;
  }
}
