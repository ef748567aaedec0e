// What a person says of the boxes of an image and of the image itself: shown at once, saved through the outbox, and
// taken back as far as this visit goes.

import { fill } from "../viewer/texts.js";
import { OPEN, bodyOf, factsOf, isAccepting, isSame, saidOf, seenOf, standingOf } from "./said.js";
import { newId } from "./sending.js";

export class Reviewing extends EventTarget {
  /** `config`: addresses, `mine` and `theirs` as the page tells them, `texts`. Events: "image", "said" (a sentence),
      "overtaken" ({box, i, said, standing}: a colleague was quicker with a box, nothing of `said` was kept),
      "refused-elsewhere" ({image, box, sentence, said, standing}: the same, or another refusal, of what was said on another
      page), "overruled" ({i, standing}: kept, but a higher role's word counts), "saying" (a box). */
  constructor(state, config, outbox) {
    super();
    this.state = state;
    this.config = config;
    this.outbox = outbox;
    this.imageState = config.imageState;
    this.isOwnState = config.isOwnState;
    this.done = [];
    this.undone = [];
    this.waiting = new Map(); // how much is not saved yet, of each box
    this.known = new Map(); // what the server had said last, of boxes that were judged on this visit
    this.unsent = new Set(); // drawn, and the server has not heard of them
    this.sent = new Set(); // ids of what was said on this visit and is not answered
    this.blind = new Set(); // boxes of which one took back one's own word: what stands there then is not known yet
    this.early = []; // answers to what was said on earlier visits, until the boxes are there
    outbox.addEventListener("answer", (event) => this._hear(event.detail));
    state.addEventListener("boxes", () => this._begin());
    state.addEventListener("loaded", () => this.early.splice(0).forEach((answer) => this._hear(answer)));
    this._begin();
  }

  _begin() {
    const { boxes } = this.state;
    const { mine, theirs } = this.config;
    this.mine = new Map(); // what one said on this visit, and before where it is not what counts
    boxes.indicesOf(Object.keys(mine)).forEach((i, n) => this.mine.set(i, Object.values(mine)[n]));
    this.theirs = new Set(boxes.indicesOf(theirs));
  }

  /** What counts of box `i`, as it is shown. */
  shown(i) {
    const { boxes } = this.state;
    const verdict = ["proposed", "gone"].includes(boxes.state[i]) ? "open" : boxes.state[i];
    return { ...OPEN, ...(isAccepting(verdict) ? boxes.factsOf(i) : {}), verdict };
  }

  /** What one says of box `i`; without a box selected nothing. Place, number and life stay as they are shown unless
      `facts` say otherwise. */
  judge(verdict, facts = {}) {
    const i = this.state.selected;
    if (i < 0) return this.askForBox();
    const { boxes } = this.state;
    const kept = isAccepting(verdict) ? { ...boxes.factsOf(i), species: boxes.isDrawn(i) ? boxes.speciesOf(i) : "" } : {};
    // No machine called a drawn box anything: another name is no other verdict.
    const meant = boxes.isDrawn(i) && verdict === "relabelled" ? "confirmed" : verdict;
    this._do(i, { ...OPEN, ...kept, ...facts, verdict: meant });
    this.selectNextOpen();
  }

  /** Says what to do first. */
  askForBox() {
    const { selectFirst, noBoxes } = this.config.texts;
    this._announce(this.state.filter.shown.length ? selectFirst : noBoxes);
  }

  /** Where one puts the selected box: it is accepted so, as what it is called. */
  move(i, box) {
    const shown = this.shown(i);
    const verdict = isAccepting(shown.verdict) ? shown.verdict : "confirmed";
    this._do(i, { ...shown, ...this.state.boxes.factsOf(i), verdict, box });
    this.state.select(i, "key");
  }

  /** A box that no machine proposed. */
  draw(box, { species, count = 1, life = "", note = "" }) {
    const { state } = this;
    const facts = { ...OPEN, verdict: "confirmed", species, count, life, box, note };
    const i = state.boxes.draw(newId(), "confirmed", facts);
    this.unsent.add(i);
    state.noteDrawn();
    this._do(i, facts);
    state.select(i, "key");
  }

  _do(i, after) {
    this.dispatchEvent(new CustomEvent("saying", { detail: i }));
    const step = { i, before: this._own(i), after };
    this.done.push(step);
    this.undone = [];
    this._say(step, after);
  }

  // What one stands for: what counts, unless only others said it or one said something else.
  _own(i) {
    return this.mine.get(i) ?? (this.theirs.has(i) || this.unsent.has(i) ? OPEN : this.shown(i));
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
    const next = this._next("proposed");
    this.state.select(next ?? this.state.selected, "key");
    if (next === undefined) this._announce(this.config.texts.allJudged);
  }

  /** The same to what somebody was uncertain of; false where there is no other on this image. */
  selectNextUncertain() {
    const next = this._next("uncertain");
    if (next === undefined || next === this.state.selected) return false;
    this.state.select(next, "key");
    return true;
  }

  _next(wanted) {
    const { filter, boxes, selected } = this.state;
    const start = filter.shown.indexOf(selected);
    const round = [...filter.shown.slice(start + 1), ...filter.shown.slice(0, start + 1)];
    return round.find((i) => boxes.state[i] === wanted && !boxes.isDropped(i));
  }

  judgeImage(verdict, note = "") {
    // One takes back one's own word; against another's one needs one's own.
    const said = verdict === "open" && !this.isOwnState ? "in_progress" : verdict;
    this._send("POST", this.config.image, { verdict: said, note }, { image: this.config.id });
  }

  _sayAgain(step, said) {
    this._say(step, said);
    this.state.select(this.state.boxes.isGone(step.i) ? -1 : step.i, "key");
  }

  _say({ i }, said) {
    if (!this.waiting.get(i)) this.known.set(i, this.unsent.has(i) ? OPEN : this.shown(i));
    this.waiting.set(i, (this.waiting.get(i) ?? 0) + 1);
    this.mine.set(i, said);
    this._show(i, said);
    // What one says while something of the box is on its way goes by what stood there before all of it.
    const seen = this.blind.has(i) ? {} : { seen: seenOf(this.known.get(i)) };
    if (said.verdict === "open") this.blind.add(i);
    this._sendOf(i, { ...bodyOf(said), ...seen });
  }

  /** Says it again, now that one has seen what the colleague said. */
  insist({ i, said }) {
    this._do(i, said);
    this.state.select(i, "key");
  }

  // A drawn box is made by the first message about it, and changed by all others.
  _sendOf(i, body) {
    const { boxes } = this.state;
    const id = boxes.idOf(i);
    const about = { image: this.config.id, box: id };
    if (!boxes.isDrawn(i)) return this._send("POST", fill(this.config.detection, { id }), body, about);
    if (!this.unsent.delete(i)) return this._send("PATCH", fill(this.config.observation, { id }), body, about);
    const { verdict: _verdict, seen: _seen, ...drawn } = body;
    return this._send("POST", this.config.observations, { observation: id, ...drawn }, about);
  }

  _show(i, said) {
    const { boxes } = this.state;
    const wasGone = boxes.isGone(i);
    const verdict = said.verdict === "open" ? "" : said.verdict;
    const drawn = boxes.isDrawn(i) ? boxes.factsOf(i) : null; // what does not count any more keeps its place
    boxes.judge(i, verdict, drawn && !isAccepting(verdict) ? drawn : { ...said, species: this._named(i, said) });
    if (boxes.isGone(i) !== wasGone) this.state.noteDrawn();
    this.state.noteVerdict(i);
  }

  // A confirmed box of the machine is called by its label.
  _named(i, { verdict, species }) {
    return verdict === "relabelled" || this.state.boxes.isDrawn(i) ? species : "";
  }

  _send(method, url, body, about) {
    const id = newId();
    this.sent.add(id);
    this.outbox.add({ method, url, body: { id, author: this.config.user, ...body }, about });
  }

  _hear({ entry, answer }) {
    if (entry.about.image !== this.config.id) return this._hearElsewhere(entry, answer);
    if (!this.state.isLoaded) return this.early.push({ entry, answer });
    const { box } = entry.about;
    const i = box ? this.state.boxes.indexOf(box) : -1;
    const isSettled = this._isSettled(i, entry.body.id, answer);
    if (i >= 0 && isSettled) this._showStanding(i, answer);
    if (answer.kind === "saved") return this._hearSaved(i, answer.said, isSettled && box);
    if (answer.standing === undefined) return this._announce(answer.sentence);
    if (i < 0) return this._hearElsewhere(entry, answer); // of another search
    if (isSettled) this._ask(i, saidOf(entry.body), answer.standing);
  }

  // Kept, and yet something else may count: who has a higher role said so.
  _hearSaved(i, said, isBox) {
    const standing = standingOf(said);
    this._setImage(said.review, isBox ? undefined : standing);
    const mine = said.reviews.find((review) => review.author === this.config.user);
    if (!isBox || !standing || !mine || mine.verdict === "open" || standing.author === this.config.user) return;
    if (!isSame(mine, standing)) this.dispatchEvent(new CustomEvent("overruled", { detail: { i, standing } }));
  }

  // Who says the same as the colleague is a second voice, and no question.
  _ask(i, said, standing) {
    if (standing && isSame(said, standing)) return this._do(i, said);
    this.dispatchEvent(new CustomEvent("overtaken", { detail: { box: this.state.boxes.idOf(i), i, said, standing } }));
  }

  // Said on an image that was left meanwhile, or many at a time in the grid.
  _hearElsewhere({ about, body }, { kind, sentence, said, standing }) {
    const refused = kind === "refused" ? sentence : said?.refused?.[0]?.detail;
    const detail = { ...about, sentence: refused, said: saidOf(body), standing };
    if (refused) this.dispatchEvent(new CustomEvent("refused-elsewhere", { detail }));
  }

  // Whether nothing more of what was said of the box is on its way: also of what was said on an earlier visit.
  _isSettled(i, id, answer) {
    const isOfThisVisit = this.sent.delete(id);
    if (i < 0) return true;
    const left = (this.waiting.get(i) ?? 0) - (isOfThisVisit ? 1 : 0);
    if (isOfThisVisit) this.waiting.set(i, left);
    if (left > 0) return false;
    this.blind.delete(i);
    if (isOfThisVisit && answer.kind === "refused") this._forget(i);
    return true;
  }

  // What counts is not always what one said: somebody with another role may have said otherwise.
  _showStanding(i, answer) {
    if (answer.kind === "refused" && answer.standing) this.theirs.add(i); // it is not one's own that undo goes back to
    const standing = answer.kind === "saved" ? standingOf(answer.said) : answer.standing;
    if (standing !== undefined) this._show(i, standing ? factsOf(standing) : OPEN);
  }

  // Nothing of it was saved, so there is nothing to take back either.
  _forget(i) {
    this.mine.delete(i);
    this.waiting.delete(i);
    this.done = this.done.filter((step) => step.i !== i);
    this.undone = this.undone.filter((step) => step.i !== i);
    this._show(i, this.known.get(i) ?? OPEN);
  }

  _setImage(state, standing) {
    this.imageState = state;
    if (standing !== undefined) this.isOwnState = standing?.author === this.config.user;
    this.dispatchEvent(new CustomEvent("image"));
  }

  _announce(sentence) {
    this.dispatchEvent(new CustomEvent("said", { detail: sentence }));
  }
}
