// The boxes of one image as parallel arrays, later with a spatial index: those of the machine, then those that people drew.
// What people say of them changes, where people put them, and how many they drew.

const SIDES = ["left", "top", "right", "bottom"];
const PLAIN = { species: "", count: 1, life: "", box: null };
const GONE = "gone";

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
    for (const side of SIDES) this[side] = new Float32Array(columns[side]);
    this.count = this.score.length;
    this.nProposed = this.count;
    this._drawnIds = [];
    this._facts = new Map(); // what people say beyond a verdict, of the boxes where they do
    this._machine = new Map(); // where the machine saw those that people moved
    this._loose = new Set(); // boxes of which the index does not know, or not where they are
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
    const [species, said] = [this.speciesOf(i), this.isDrawn(i) ? "" : this.modelLabels[this.modelLabel[i]]];
    const name = !said || species === said ? species : `${species} (${said})`;
    return this.countOf(i) === 1 ? name : `${this.countOf(i)} × ${name}`;
  }

  speciesOf(i) {
    return this.factsOf(i).species || this.labels[this.label[i]];
  }

  /** Animals in the box. */
  countOf(i) {
    return this.factsOf(i).count;
  }

  /** Species ("": its label's), count, life ("": nobody said) and box (null: the machine's) as people say them. */
  factsOf(i) {
    return this._facts.get(i) ?? PLAIN;
  }

  /** Model score as a text; nothing where no model saw it. */
  scoreText(i) {
    return this.isDrawn(i) ? "" : this.score[i].toFixed(2);
  }

  /** A person drew it. */
  isDrawn(i) {
    return i >= this.nProposed;
  }

  /** A drawn box that nobody stands for any more: shown nowhere. */
  isGone(i) {
    return this.state[i] === GONE;
  }

  /** People said that it is nothing to count here: drawn faint. */
  isPutAside(i) {
    return ["rejected", "duplicate", "suppressed"].includes(this.state[i]);
  }

  /** What counts of it now: verdict "" for none, and `facts` as `factsOf` gives them. */
  judge(i, verdict, facts = PLAIN) {
    this.state[i] = verdict || (this.isDrawn(i) ? GONE : "proposed");
    const { species, count, life, box } = facts;
    if (species || count > 1 || life || box) this._facts.set(i, { species, count, life, box });
    else this._facts.delete(i);
    if (this.isDrawn(i) && species) this.label[i] = this._labelCalled(species);
    this._put(i, box);
  }

  /** A box that a person draws, as `judge` has it; its number. */
  draw(id, verdict, facts) {
    const i = this.count;
    this.count += 1;
    this._drawnIds.push(id);
    for (const side of SIDES) this[side] = longer(this[side]);
    this.score = longer(this.score);
    this.score[i] = NaN;
    this.label = longer(this.label);
    this.judge(i, verdict, facts);
    return i;
  }

  // Moved by people, or back to where the machine saw it.
  _put(i, box) {
    if (!box && !this._machine.has(i)) return;
    if (!this.isDrawn(i) && !this._machine.has(i)) this._machine.set(i, SIDES.map((side) => this[side][i]));
    const place = box ?? this._machine.get(i);
    SIDES.forEach((side, n) => (this[side][i] = place[n]));
    this._loose.add(i);
  }

  // Its place among the labels, at whose end a new one is put.
  _labelCalled(species) {
    const known = this.labels.indexOf(species);
    if (known >= 0) return known;
    this.labels = [...this.labels, species];
    this._places = this._labelPlaces();
    return this.labels.length - 1;
  }

  /** The survey leaves its label out: it is drawn because somebody asked, and counts nowhere. */
  isDropped(i) {
    return this.dropped.has(this.label[i]);
  }

  /** A person accepted it: drawn solid. Everything else is a proposal: dashed. */
  isAccepted(i) {
    return ["confirmed", "relabelled", "matched"].includes(this.state[i]);
  }

  idOf(i) {
    return this.isDrawn(i) ? this._drawnIds[i - this.nProposed] : this.ids.at(i);
  }

  indexOf(id) {
    const drawn = this._drawnIds.indexOf(id);
    return drawn < 0 ? this.ids.indexOf(id) : drawn + this.nProposed;
  }

  /** The same for many at once: one search through all ids for each would freeze the page. */
  indicesOf(ids) {
    if (ids.length < 20) return ids.map((id) => this.indexOf(id));
    const places = new Map(this._numbers().map((i) => [this.idOf(i), i]));
    return ids.map((id) => places.get(id) ?? -1);
  }

  /** Indices of the boxes that touch a rectangle in image pixels and pass `isShown`. */
  within({ left, top, right, bottom }, isShown) {
    const isTouched = (i) => this.left[i] <= right && this.right[i] >= left && this.top[i] <= bottom && this.bottom[i] >= top;
    if (!this._index) return this._numbers().filter((i) => isTouched(i) && isShown(i));
    const indexed = this._index.search(left, top, right, bottom, (i) => !this._loose.has(i) && isShown(i));
    return indexed.concat([...this._loose].filter((i) => isTouched(i) && isShown(i)));
  }

  /** From now on boxes are found through an index of the class `Flatbush`. Building it takes longer than the first drawing. */
  buildIndex(Flatbush) {
    if (!this.count) return;
    const index = new Flatbush(this.count);
    for (let i = 0; i < this.count; i += 1) index.add(this.left[i], this.top[i], this.right[i], this.bottom[i]);
    index.finish();
    this._index = index;
    this._loose.clear();
  }

  /** The smallest box at a point, or one at most `slack` pixels away; -1 for none. */
  at({ x, y }, slack, isShown) {
    const near = { left: x - slack, top: y - slack, right: x + slack, bottom: y + slack };
    return this.within(near, isShown).reduce((best, i) => (best < 0 || this._area(i) < this._area(best) ? i : best), -1);
  }

  /** Those that people drew, then best score first. They come so from the server: plain arrays are sorted in one pass
      then, typed ones are not. */
  order() {
    const proposed = this._numbers().slice(0, this.nProposed);
    proposed.sort((a, b) => this.score[b] - this.score[a] || a - b);
    return this._numbers().slice(this.nProposed).concat(proposed);
  }

  _numbers() {
    return Array.from({ length: this.count }, (_, i) => i);
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

function longer(column) {
  const longer = new column.constructor(column.length + 1);
  longer.set(column);
  return longer;
}
