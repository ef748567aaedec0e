/* The upload page: files come in by drop or choice, go through the queue, and their outcome is shown. */
import { listenToChoice, listenToDrops } from "./upload/doors.js";
import { scan } from "./upload/gather.js";
import { Gate } from "./upload/gate.js";
import { Hasher } from "./upload/hasher.js";
import { Outcomes } from "./upload/outcomes.js";
import { Pace } from "./upload/pace.js";
import { Queue } from "./upload/queue.js";
import { Rows } from "./upload/rows.js";
import { Sender } from "./upload/sender.js";
import { UploadList } from "./upload/server.js";
import { Summary } from "./upload/summary.js";
import { fill, numberWords, sizeWords } from "./upload/words.js";

const DRAW_EVERY_MS = 250;
const TIFF = /\.tiff?$/i;

export class Uploader {
  constructor(root) {
    this.root = root;
    this.facts = root.dataset;
    this.language = document.documentElement.lang;
    this.words = JSON.parse(document.getElementById("upload-words").textContent);
    this.queue = new Queue();
    this.pace = new Pace();
    this.list = new UploadList(this.facts.list);
    this.gate = new Gate(this.queue, this.list, () => this.pump());
    this.outcomes = new Outcomes(this.queue, this.list, (items) => this.#settled(items));
    this.sender = new Sender({
      endpoint: this.facts.endpoint,
      survey: this.facts.survey,
      hasher: new Hasher(this.facts.worker, this.facts.hashLibrary),
      unfinished: this.list,
      words: this.words,
    });
    this.ready = this.list.loadUnfinished();
    this.#build();
  }

  part(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  #build() {
    const { words, language } = this;
    const parts = Object.fromEntries(["headline", "bar", "pace", "hold", "live"].map((name) => [name, this.part(name)]));
    this.summary = new Summary(parts, words, language);
    this.rows = new Rows(this.part("rows"), this.part("more"), {
      words, language, imageUrl: this.facts.imageUrl,
      onRetry: (item) => this.retry([item]),
      onRemove: (item) => this.remove(item),
    });
    this.part("pause").addEventListener("click", () => this.togglePause());
    this.part("retry-all").addEventListener("click", () => this.retry(this.queue.inState("refused")));
    const add = (found) => this.add(found);
    for (const kind of ["files", "folder"]) listenToChoice(this.part(`choose-${kind}`), this.part(`input-${kind}`), add);
    listenToDrops(this.part("drop"), add);
    window.addEventListener("beforeunload", (event) => this.queue.isBusy && event.preventDefault());
  }

  async add(found) {
    const left = new Map(), twice = [];
    await scan(found, {
      take: (facts) => this.queue.add(facts) ?? twice.push(facts.name),
      left: (name) => left.set(kindOf(name), (left.get(kindOf(name)) ?? 0) + 1),
      note: (n) => this.#note(n < found.length ? fill(this.words.scanning, { n: this.#number(n) }) : ""),
    });
    this.#note([this.#leftSentence(left), twice.length && fill(this.words.twice, { n: this.#number(twice.length) })].filter(Boolean).join(" "));
    this.part("progress").hidden = this.queue.items.size === 0;
    await this.ready;
    this.pump();
  }

  #leftSentence(left) {
    const n = [...left.values()].reduce((sum, number) => sum + number, 0);
    return n && fill(this.words.left_out, { n: this.#number(n), kinds: [...left.keys()].slice(0, 8).join(", ") });
  }

  /** Starts what may start, and draws. */
  pump() {
    for (const item of this.queue.takeReady()) this.#send(item);
    this.#draw();
  }

  async #send(item) {
    const tooLarge = this.#tooLarge(item);
    const outcome = tooLarge
      ? { kind: "refused", sentence: tooLarge }
      : await this.sender.send(item, (sent, { isKnown }) => this.#progress(item, sent, isKnown));
    this.#take(item, outcome);
    this.pump();
  }

  #tooLarge({ name, size }) {
    const isTiff = TIFF.test(name);
    const limit = Number(isTiff ? this.facts.maxTiff : this.facts.maxImage);
    return size > limit && fill(isTiff ? this.words.too_large_tiff : this.words.too_large, { limit: sizeWords(limit, this.language) });
  }

  #progress(item, sent, isKnown) {
    if (isKnown) this.queue.skipTo(item, sent);
    else this.queue.progress(item, sent);
    if (sent > 0) this.gate.trust();
    this.#draw();
  }

  #take(item, { kind, ...facts }) {
    if (kind === "arrived") this.#arrived(item, facts.uploadId);
    else if (kind === "duplicate") this.#repeated(item, facts.image);
    else if (kind === "refused") this.queue.refuse(item, facts.sentence, facts);
    else this.queue.putBack(item);
    if (kind === "hold") this.#hold(facts);
  }

  #hold({ reason, sentence }) {
    for (const item of this.queue.inState("sending")) this.sender.abort(item);
    this.pace.rest();
    this.gate.hold(reason, sentence);
  }

  #arrived(item, uploadId) {
    item.uploadId = uploadId;
    this.queue.arrive(item);
    this.outcomes.watch();
  }

  #repeated(item, image) {
    this.queue.repeat(item, image);
    this.rows.ended(item);
  }

  #settled(items) {
    items.forEach((item) => this.rows.ended(item));
    this.#draw();
  }

  togglePause() {
    if (!this.queue.isOpen) return this.gate.release(...this.queue.reasons);
    this.#hold({ reason: "paused" });
  }

  retry(items) {
    items.forEach((item) => this.queue.retry(item));
    this.pump();
  }

  remove(item) {
    this.sender.forget(item);
    this.queue.remove(item);
    this.pump();
  }

  #note(text) {
    this.part("note").textContent = text;
    this.part("note").hidden = !text;
  }

  #number(number) {
    return numberWords(number, this.language);
  }

  #draw() {
    this.drawing ??= setTimeout(() => {
      this.drawing = null;
      this.#drawNow();
    }, DRAW_EVERY_MS);
  }

  #drawNow() {
    this.pace.note(this.queue.bytes.moved, performance.now() / 1000);
    this.summary.render(this.queue, this.pace, this.gate.sentence);
    this.rows.render(this.queue);
    const { pause, resume } = this.words;
    this.part("pause").textContent = this.queue.isOpen ? pause : resume;
    this.part("pause").hidden = !this.queue.isBusy;
    this.part("retry-all").hidden = !this.queue.inState("refused").some((item) => item.canRetry);
  }
}

function kindOf(name) {
  return name.includes(".") ? name.split(".").pop().toLowerCase() : name;
}

export function start(element) {
  return new Uploader(element);
}
