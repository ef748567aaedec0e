// Which boxes are shown: by label and by model score, switched off and on as a whole with one key.

export const BINS = 20;

export class BoxFilter {
  constructor(boxes) {
    this.boxes = boxes;
    this.hiddenLabels = new Set();
    this.minScore = 0;
    this.isOn = true;
    this._order = boxes.order();
    this._mask = new Uint8Array(boxes.count);
    this.isShown = (i) => this._mask[i] === 1;
    this._apply();
  }

  /** Indices of the shown boxes, best score first. */
  get shown() {
    return this._shown;
  }

  toggle() {
    this.isOn = !this.isOn;
    this._apply();
  }

  toggleLabel(label) {
    if (!this.hiddenLabels.delete(label)) this.hiddenLabels.add(label);
    this.isOn = true;
    this._apply();
  }

  setMinScore(score) {
    this.minScore = score;
    this.isOn = true;
    this._apply();
  }

  /** The box after (step 1) or before (step -1) `current` in the shown order, going round; -1 when none is shown. */
  neighbour(current, step) {
    const length = this._shown.length;
    if (!length) return -1;
    const place = this._shown.indexOf(current);
    if (place < 0) return this._shown[step > 0 ? 0 : length - 1];
    return this._shown[(place + step + length) % length];
  }

  /** How many boxes each label has, in the order of the labels. */
  countByLabel() {
    const counts = new Array(this.boxes.labels.length).fill(0);
    const { label, count } = this.boxes;
    for (let i = 0; i < count; i += 1) counts[label[i]] += 1;
    return counts;
  }

  /** How many boxes fall into each of BINS equal score steps from 0 to 1. */
  histogram() {
    const bins = new Array(BINS).fill(0);
    const { score, count } = this.boxes;
    for (let i = 0; i < count; i += 1) bins[Math.min(BINS - 1, Math.floor(score[i] * BINS))] += 1;
    return bins;
  }

  _apply() {
    const { label, labels, score } = this.boxes;
    const isHidden = labels.map((_, place) => this.hiddenLabels.has(place));
    for (let i = 0; i < this._mask.length; i += 1) {
      // Scores are 32-bit: 0.35 must not fall below a slider that stands on 0.35.
      const passes = score[i] >= this.minScore - 1e-6 && !isHidden[label[i]];
      this._mask[i] = !this.isOn || passes ? 1 : 0;
    }
    this._shown = this._order.filter(this.isShown);
  }
}
