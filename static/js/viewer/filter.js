// Which boxes are shown: by label and by model score, switched off and on as a whole with one key.

export const BINS = 20;

export class BoxFilter {
  constructor(boxes) {
    this.boxes = boxes;
    this.hiddenLabels = new Set();
    this.minScore = 0;
    this.isOn = true;
    this.isShown = (i) => this._mask[i] === 1;
    this.renew();
  }

  /** After boxes came or went. */
  renew() {
    this._order = this.boxes.order();
    this._mask = new Uint8Array(this.boxes.count);
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
    const { boxes } = this;
    const counts = new Array(boxes.labels.length).fill(0);
    for (let i = 0; i < boxes.count; i += 1) if (!boxes.isGone(i)) counts[boxes.label[i]] += 1;
    return counts;
  }

  /** How many boxes fall into each of BINS equal score steps from 0 to 1. */
  histogram() {
    const bins = new Array(BINS).fill(0);
    const { score, nProposed } = this.boxes;
    for (let i = 0; i < nProposed; i += 1) bins[Math.min(BINS - 1, Math.floor(score[i] * BINS))] += 1;
    return bins;
  }

  _apply() {
    const { boxes } = this;
    const { label, labels, score } = boxes;
    const isHidden = labels.map((_, place) => this.hiddenLabels.has(place));
    for (let i = 0; i < this._mask.length; i += 1) {
      // Scores are 32-bit: 0.35 must not fall below a slider that stands on 0.35. What was drawn has none, and passes.
      const passes = !(score[i] < this.minScore - 1e-6) && !isHidden[label[i]];
      this._mask[i] = (!this.isOn || passes) && !boxes.isGone(i) ? 1 : 0;
    }
    this._shown = this._order.filter(this.isShown);
  }
}
