// What a person says of many boxes at once: shown at once, sent as one request, and taken back as one.

import { fill, number } from "../viewer/texts.js";
import { newId } from "./sending.js";

const OPEN = { verdict: "", species: "", count: 1, mine: null };
const FACTS = ["verdict", "species", "count", "life", "left", "top", "right", "bottom"]; // of a review, as far as it has them

export class GridJudging extends EventTarget {
  /** `rows`: of all boxes so far, with verdict, species, count, and `mine`: what one says again to
      have one's own verdict back, null where none of one's own counts. Events: "shown" with the numbers of boxes that
      look otherwise now, "said" with {text, canUndo, isError}. */
  constructor(rows, config, outbox) {
    super();
    this.rows = rows;
    this.config = config;
    this.texts = config.texts;
    this.outbox = outbox;
    this.done = [];
    this.undone = [];
    this.sent = new Map(); // by id of what is under way: how its boxes looked before
    this.touched = new Set(); // boxes that were judged on this visit: what counts there may be one's own, still unsaved
    outbox.addEventListener("answer", ({ detail }) => this._hear(detail));
  }

  judge(indices, verdict, { species = "", count = 1 } = {}) {
    if (!indices.length) return this._say(this.texts.selectFirst);
    if (indices.length > this.config.most) return this._say(fill(this.texts.mostAtOnce, { n: number(this.config.most) }));
    const after = verdict === "open" ? OPEN : { verdict, species, count, mine: { verdict, species, count } };
    const step = { indices, before: indices.map((i) => this._goesBackTo(i)), after: indices.map(() => after) };
    this.done.push(step);
    this.undone = [];
    this._send(step, step.after, { isFirst: true });
    this._say(fill(this.texts.done[verdict], { n: number(indices.length), species }), { canUndo: true });
  }

  undo() {
    const step = this.done.pop();
    if (!step) return this._say(this.texts.nothingToUndo);
    this.undone.push(step);
    this._send(step, step.before);
    this._say(fill(this.texts.undone, { n: number(step.indices.length) }));
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return this._say(this.texts.nothingToRedo);
    this.done.push(step);
    this._send(step, step.after);
    this._say(fill(this.texts.done[step.after[0].verdict || "open"], { n: number(step.indices.length), species: step.after[0].species }), {
      canUndo: true,
    });
  }

  // A box that was suppressed and then judged is open for good when the verdict is taken back.
  _goesBackTo(i) {
    return this.rows[i].verdict === "suppressed" ? OPEN : this._looks(i);
  }

  _looks(i) {
    const { verdict, species, count, mine } = this.rows[i];
    return { verdict, species, count, mine };
  }

  _send(step, looks, { isFirst = false } = {}) {
    const before = step.indices.map((i) => this._looks(i));
    const bodies = step.indices.map((i, n) => ({ detection: this.rows[i].id, ...this._body(i, looks[n], isFirst) }));
    step.indices.forEach((i, n) => this._show(i, looks[n]));
    step.indices.forEach((i) => this.touched.add(i));
    const id = newId();
    this.sent.set(id, { step, indices: [...step.indices], before });
    const body = { id, author: this.config.user, ...together(bodies) };
    this.outbox.add({ url: this.config.reviews, body, about: { grid: this.config.reviews } });
    this._tellShown(step.indices);
  }

  // What counted and was somebody else's counts again when one's own is taken back.
  _body(i, look, isFirst) {
    const said = look.mine ?? { verdict: "open" };
    const { verdict } = this.rows[i];
    // What was carried over was said of another search's box.
    const isSeen = isFirst && !this.touched.has(i) && !["matched", "suppressed"].includes(verdict);
    return isSeen ? { ...said, seen: { verdict } } : said;
  }

  _show(i, look) {
    Object.assign(this.rows[i], look);
  }

  _hear({ entry, answer }) {
    const found = this.sent.get(entry.body.id);
    if (!found) return this._hearOfBefore(answer);
    this.sent.delete(entry.body.id);
    if (answer.kind === "refused") return this._takeBack(found, found.indices, answer.sentence);
    const numberOf = new Map(found.indices.map((i) => [this.rows[i].id, i]));
    const { otherwise, refused } = answer.said;
    if (refused.length) this._takeBack(found, refused.map(({ detection }) => numberOf.get(detection)), refused[0].detail);
    const overtaken = refused.filter(({ standing }) => standing).map(({ detection, standing }) => ({ detection, counts: standing }));
    for (const { detection, counts } of [...otherwise, ...overtaken]) {
      this._showCounts(numberOf.get(detection), counts);
      this._tellShown([numberOf.get(detection)]);
    }
  }

  // Said on another page, or on an earlier visit.
  _hearOfBefore({ kind, sentence: refusal, said }) {
    const sentence = kind === "refused" ? refusal : said?.refused?.[0]?.detail;
    if (sentence) this._say(fill(this.texts.refusedBefore, { sentence }), { isError: true });
  }

  // What counts is not always what one said: somebody with another role may have said otherwise.
  _showCounts(i, counts) {
    if (!counts) return this._show(i, OPEN);
    const { verdict, species, count, author } = counts;
    const said = Object.fromEntries(FACTS.filter((name) => counts[name] !== null && counts[name] !== undefined).map((name) => [name, counts[name]]));
    this._show(i, { verdict, species, count, mine: author === this.config.user ? said : null });
  }

  // Nothing was saved of these, so there is nothing to take back either.
  _takeBack(found, indices, sentence) {
    const gone = new Set(indices);
    const { step, before } = found;
    found.indices.forEach((i, n) => gone.has(i) && this._show(i, before[n]));
    for (const steps of [this.done, this.undone]) forget(steps, step, gone);
    this._tellShown(indices);
    this._say(fill(this.texts.refused, { n: number(indices.length), sentence }), { isError: true });
  }

  _tellShown(indices) {
    this.dispatchEvent(new CustomEvent("shown", { detail: indices }));
  }

  _say(text, { canUndo = false, isError = false } = {}) {
    this.dispatchEvent(new CustomEvent("said", { detail: { text, canUndo, isError } }));
  }
}

function forget(steps, step, gone) {
  const at = steps.indexOf(step);
  if (at < 0) return;
  const kept = step.indices.map((i, n) => n).filter((n) => !gone.has(step.indices[n]));
  for (const name of ["before", "after", "indices"]) step[name] = kept.map((n) => step[name][n]);
  if (!kept.length) steps.splice(at, 1);
}

/** One verdict on all boxes where it is the same on all, which is short; else one for each. */
export function together(bodies) {
  const [first] = bodies.map(({ detection, ...said }) => said);
  const text = JSON.stringify(first);
  const isOne = bodies.every(({ detection, ...said }) => JSON.stringify(said) === text);
  return isOne ? { ...first, detections: bodies.map(({ detection }) => detection) } : { verdicts: bodies };
}
