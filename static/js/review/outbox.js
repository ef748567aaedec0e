// What was said and is not saved yet. It goes out in the order in which it was said, one thing at a time, and stays in
// the store until the server has it: a lost link, a closed tab or a crash loses nothing.

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** Events: "change" when `count` or `trouble` may be others; "answer" with detail {entry, answer}. */
export class Outbox extends EventTarget {
  /** `store`: add, first, remove, count, or a promise of one. `send(entry)` answers {kind}: "saved" and "refused" end the matter, after any
      other it is tried again. `later(function, ms)` as setTimeout. */
  constructor(store, send, later = (act, ms) => setTimeout(act, ms)) {
    super();
    this.store = store;
    this.send = send;
    this.later = later;
    this.trouble = "";
    this.questions = 0; // of what was refused: the person has to say what holds
    this._stored = 0;
    this._onTheWay = 0; // said, but not in the store yet
    this._waitMs = FIRST_WAIT_MS;
    this._isRetrying = false;
  }

  /** How much is not saved. */
  get count() {
    return this._stored + this._onTheWay;
  }

  ask(questions) {
    this.questions = questions;
    this.dispatchEvent(new CustomEvent("change"));
  }

  async add(entry) {
    this._onTheWay += 1;
    this.dispatchEvent(new CustomEvent("change"));
    try {
      await (await this.store).add(entry);
      this._stored += 1;
    } finally {
      this._onTheWay -= 1;
    }
    if (!this._isRetrying) await this.flush();
    else await this._tell(this.trouble); // its turn comes when the link is tried again
  }

  /** Sends what waits. While it does so already, it looks once more at the end. */
  async flush() {
    this._isAsked = true;
    if (this._isBusy) return;
    this._isBusy = true;
    try {
      while (this._isAsked) {
        this._isAsked = false;
        await this._sendAll();
      }
    } finally {
      this._isBusy = false;
    }
  }

  async _sendAll() {
    const store = await this.store;
    for (let entry = await store.first(); entry; entry = await store.first()) {
      const answer = await this.send(entry);
      if (answer.kind !== "saved" && answer.kind !== "refused") {
        await this._tell(answer.kind);
        this._retry();
        return;
      }
      this._waitMs = FIRST_WAIT_MS;
      await store.remove(entry.key);
      this.dispatchEvent(new CustomEvent("answer", { detail: { entry, answer } }));
      await this._tell();
    }
    await this._tell();
  }

  // One at a time: else a hundred things said without a link would try it a hundred times.
  _retry() {
    if (this._isRetrying) return;
    this._isRetrying = true;
    this.later(() => {
      this._isRetrying = false;
      return this.flush();
    }, this._waitMs);
    this._waitMs = Math.min(LONGEST_WAIT_MS, 2 * this._waitMs);
  }

  async _tell(trouble = "") {
    this.trouble = trouble;
    this._stored = await (await this.store).count();
    this.dispatchEvent(new CustomEvent("change"));
  }
}
