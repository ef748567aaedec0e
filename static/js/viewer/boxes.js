// The boxes of one image as parallel arrays, later with a spatial index. What people say of them is the one thing that
// changes.

export class Boxes {
  /** `columns` as the detections API gives them, packed or not: of `id` it asks `at` and `indexOf`. */
  constructor(columns) {
    this.ids = columns.id;
    this.labels = columns.labels;
    this.label = new Uint16Array(columns.label);
    this.modelLabels = columns.modelLabels ?? columns.labels;
    this.modelLabel = columns.modelLabel ?? this.label;
    this.dropped = new Set(columns.dropped);
    this.score = new Float32Array(columns.score);
    this.state = columns.state;
    for (const side of ["left", "top", "right", "bottom"]) this[side] = new Float32Array(columns[side]);
    this.count = this.score.length;
    this._named = new Map(); // species and number of animals where people said others
    this._index = null;
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

  /** What it is in this survey, with the model's own label where that is another word, and how many they are. */
  labelName(i) {
    const [species, said] = [this.speciesOf(i), this.modelLabels[this.modelLabel[i]]];
    const name = species === said ? species : `${species} (${said})`;
    return this.countOf(i) === 1 ? name : `${this.countOf(i)} × ${name}`;
  }

  speciesOf(i) {
    return this._named.get(i)?.species || this.labels[this.label[i]];
  }

  /** Animals in the box. */
  countOf(i) {
    return this._named.get(i)?.count ?? 1;
  }

  /** People said that it is nothing to count here: drawn faint. */
  isPutAside(i) {
    return this.state[i] === "rejected" || this.state[i] === "duplicate";
  }

  judge(i, state) {
    this.state[i] = state;
  }

  /** What people say it is; without a species it is what the survey calls its label. */
  name(i, species, count) {
    if (species || count > 1) this._named.set(i, { species, count });
    else this._named.delete(i);
  }

  /** The survey leaves its label out: it is drawn because somebody asked, and counts nowhere. */
  isDropped(i) {
    return this.dropped.has(this.label[i]);
  }

  /** A person accepted it: drawn solid. Everything else is a proposal: dashed. */
  isAccepted(i) {
    return this.state[i] === "confirmed" || this.state[i] === "relabelled";
  }

  indexOf(id) {
    return this.ids.indexOf(id);
  }

  /** Indices of the boxes that touch a rectangle in image pixels and pass `isShown`. */
  within({ left, top, right, bottom }, isShown) {
    if (this._index) return this._index.search(left, top, right, bottom, isShown);
    const found = [];
    for (let i = 0; i < this.count; i += 1) {
      const isTouched = this.left[i] <= right && this.right[i] >= left && this.top[i] <= bottom && this.bottom[i] >= top;
      if (isTouched && isShown(i)) found.push(i);
    }
    return found;
  }

  /** From now on boxes are found through an index of the class `Flatbush`. Building it takes longer than the first drawing. */
  buildIndex(Flatbush) {
    if (!this.count) return;
    const index = new Flatbush(this.count);
    for (let i = 0; i < this.count; i += 1) index.add(this.left[i], this.top[i], this.right[i], this.bottom[i]);
    index.finish();
    this._index = index;
  }

  /** The smallest box at a point, or one at most `slack` pixels away; -1 for none. */
  at({ x, y }, slack, isShown) {
    const near = { left: x - slack, top: y - slack, right: x + slack, bottom: y + slack };
    return this.within(near, isShown).reduce((best, i) => (best < 0 || this._area(i) < this._area(best) ? i : best), -1);
  }

  /** Best score first. They come so from the server: plain arrays are sorted in one pass then, typed ones are not. */
  order() {
    return Array.from(this.score.keys()).sort((a, b) => this.score[b] - this.score[a] || a - b);
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
}
