// What a person says of the boxes of an image and of the image itself: shown at once, saved through the outbox, and
// taken back as far as this visit goes.

import { fill } from "../viewer/texts.js";
import { newId } from "./sending.js";

const OPEN = { verdict: "open", species: "", count: 1 };

export class Reviewing extends EventTarget {
  /** `config`: addresses, `mine` and `named` by id of the box, `texts`. Events: "image", "said" (a sentence). */
  constructor(state, config, outbox) {
    super();
    this.state = state;
    this.config = config;
    this.outbox = outbox;
    this.imageState = config.imageState;
    this.done = [];
    this.undone = [];
    this.waiting = new Map(); // how much is not saved yet, of each box
    this.known = new Map(); // what the server had said last, of boxes that were judged on this visit
    outbox.addEventListener("answer", (event) => this._hear(event.detail));
    state.addEventListener("boxes", () => this._begin());
    this._begin();
  }

  // Names and numbers that people gave stand in no column of the detections.
  _begin() {
    const { boxes } = this.state;
    const { mine, named } = this.config;
    this.mine = new Map();
    if (!Object.keys({ ...mine, ...named }).length) return; // ids are written out one by one
    for (let i = 0; i < boxes.count; i += 1) {
      const id = boxes.ids.at(i);
      if (mine[id]) this.mine.set(i, mine[id]);
      if (named[id]) boxes.name(i, named[id].species, named[id].count);
    }
    this.state.noteVerdict();
  }

  /** What one says of box `i`; without a box selected nothing. */
  judge(verdict, { species = "", count = 1 } = {}) {
    const i = this.state.selected;
    if (i < 0) return this._announce(this.config.texts.selectFirst);
    const step = { i, before: this.mine.get(i) ?? OPEN, after: { verdict, species, count } };
    this.done.push(step);
    this.undone = [];
    this._say(step, step.after);
    this.selectNextOpen();
  }

  undo() {
    const step = this.done.pop();
    if (!step) return this._announce(this.config.texts.nothingToUndo);
    this.undone.push(step);
    this._sayAgain(step, step.before);
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return this._announce(this.config.texts.nothingToRedo);
    this.done.push(step);
    this._sayAgain(step, step.after);
  }

  /** On, in the order of the list, to what nobody has judged; it stays where nothing is left. */
  selectNextOpen() {
    const { filter, boxes, selected } = this.state;
    const start = filter.shown.indexOf(selected);
    const round = [...filter.shown.slice(start + 1), ...filter.shown.slice(0, start + 1)];
    const next = round.find((i) => boxes.state[i] === "proposed" && !boxes.isDropped(i));
    this.state.select(next ?? selected, "key");
    if (next === undefined) this._announce(this.config.texts.allJudged);
  }

  judgeImage(verdict, note = "") {
    this._send(this.config.image, { verdict, note }, { image: this.config.id });
  }

  _sayAgain(step, said) {
    this._say(step, said);
    this.state.select(step.i, "key");
  }

  _say({ i }, said) {
    const { boxes } = this.state;
    const isFirst = !this.mine.has(i);
    const seen = boxes.state[i] === "proposed" ? "" : boxes.state[i];
    const id = boxes.ids.at(i);
    if (!this.waiting.get(i)) this.known.set(i, { verdict: seen || "open", species: boxes.speciesOf(i), count: boxes.countOf(i) });
    this.mine.set(i, said);
    this._show(i, said);
    this.waiting.set(i, (this.waiting.get(i) ?? 0) + 1);
    const body = isFirst ? { ...said, seen } : said;
    this._send(fill(this.config.detection, { id }), body, { image: this.config.id, detection: id });
  }

  _show(i, { verdict, species, count }) {
    const { boxes } = this.state;
    boxes.judge(i, verdict === "open" ? "proposed" : verdict);
    boxes.name(i, verdict === "confirmed" || verdict === "relabelled" ? species : "", count);
    this.state.noteVerdict();
  }

  _send(url, body, about) {
    this.outbox.add({ url, body: { id: newId(), author: this.config.user, ...body }, about });
  }

  _hear({ entry, answer }) {
    if (entry.about.image !== this.config.id) return;
    const { detection } = entry.about;
    const i = detection ? this.state.boxes.indexOf(detection) : -1;
    if (i >= 0) this._settle(i, answer);
    if (answer.kind === "saved") this._setImage(answer.said.review);
    else this._announce(answer.sentence);
  }

  // What counts is not always what one said: somebody with another role may have said otherwise.
  _settle(i, answer) {
    const left = (this.waiting.get(i) ?? 1) - 1;
    this.waiting.set(i, left);
    if (left > 0) return;
    if (answer.kind === "refused") this._forget(i);
    const standing = answer.kind === "saved" ? standingOf(answer.said) : answer.standing;
    if (standing !== undefined) this._show(i, standing ?? OPEN);
  }

  // Nothing of it was saved, so there is nothing to take back either.
  _forget(i) {
    this.mine.delete(i);
    this.done = this.done.filter((step) => step.i !== i);
    this.undone = this.undone.filter((step) => step.i !== i);
    this._show(i, this.known.get(i) ?? OPEN);
  }

  _setImage(state) {
    this.imageState = state;
    this.dispatchEvent(new CustomEvent("image"));
  }

  _announce(sentence) {
    this.dispatchEvent(new CustomEvent("said", { detail: sentence }));
  }
}

function standingOf({ counts, reviews }) {
  return reviews.find((review) => review.id === counts) ?? null;
}
