// Which boxes of the grid are selected, and which one the keys are at. Knows numbers alone, no page.

export class Selection extends EventTarget {
  /** Event: "change". `count`: how many boxes there are so far. */
  constructor() {
    super();
    this.count = 0;
    this.chosen = new Set();
    this.current = -1;
    this.anchor = 0; // where a range begins
  }

  get size() {
    return this.chosen.size;
  }

  /** In the order of the grid. */
  get all() {
    return [...this.chosen].sort((a, b) => a - b);
  }

  /** What an action is about: the selected boxes, or the one that the keys are at. */
  get meant() {
    if (this.size) return this.all;
    return this.current >= 0 ? [this.current] : [];
  }

  /** A click: this one alone; `isMore`: this one too, or no longer; `isRange`: all from the anchor to it. */
  pick(i, { isMore = false, isRange = false } = {}) {
    if (isRange) return this._extend(i, isMore);
    const isAlone = this.size === 1 && this.chosen.has(i);
    if (!isMore) this.chosen = new Set(isAlone ? [] : [i]);
    else if (!this.chosen.delete(i)) this.chosen.add(i);
    this.anchor = this.current = i;
    this._tell();
  }

  /** A key: on by so many boxes, and no further than the last; `isRange`: all on the way are selected. */
  move(by, { isRange = false } = {}) {
    const from = this.current < 0 ? (by > 0 ? -1 : this.count) : this.current;
    const step = this.current < 0 ? Math.sign(by) : by;
    const i = from + step;
    if (i < 0 || i >= this.count) return;
    if (isRange) {
      if (!this.size) this.anchor = Math.max(this.current, 0);
      return this._extend(i);
    }
    this.current = this.anchor = i;
    this._tell();
  }

  goTo(i) {
    if (this.count) this.current = this.anchor = Math.min(Math.max(i, 0), this.count - 1);
    this._tell();
  }

  set(indices, current = this.current) {
    this.chosen = new Set(indices);
    this.current = current;
    this._tell();
  }

  /** The first so many. */
  selectAll(most = Infinity) {
    this.set(Array.from({ length: Math.min(this.count, most) }, (_, i) => i));
  }

  clear() {
    this.set([]);
  }

  _extend(i, isMore = false) {
    const [first, last] = [Math.min(this.anchor, i), Math.max(this.anchor, i)];
    const range = Array.from({ length: last - first + 1 }, (_, n) => first + n);
    this.chosen = new Set(isMore ? [...this.chosen, ...range] : range);
    this.current = i;
    this._tell();
  }

  _tell() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}
