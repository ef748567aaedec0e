/* Holds the whole queue while sending makes no sense, and opens it again: by itself where asking the server tells. */
import { askAgainIn, meaning } from "./answers.js";

const ASKING = ["offline", "busy", "signed-out"];

export class Gate {
  constructor(queue, list, onChange) {
    Object.assign(this, { queue, list, onChange, failures: 0, timer: null, sentence: "" });
    window.addEventListener("online", () => this.#askNow());
  }

  hold(reason, sentence = "") {
    this.queue.hold(reason);
    this.sentence = sentence;
    if (ASKING.includes(reason)) this.#askLater();
    this.onChange();
  }

  release(...reasons) {
    for (const reason of reasons) this.queue.release(reason);
    this.onChange();
  }

  /** Bytes go through: the next trouble is a new one. */
  trust() {
    this.failures = 0;
  }

  #askLater() {
    this.timer ??= setTimeout(() => this.#ask(), 1000 * askAgainIn(this.failures++));
  }

  #askNow() {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.#ask();
  }

  async #ask() {
    const status = await this.list.ping();
    this.timer = null;
    if (status === 200) return this.release(...ASKING);
    for (const reason of ASKING) this.queue.release(reason);
    const { reason } = meaning(status, "", {});
    this.hold(ASKING.includes(reason) ? reason : "busy");
  }
}
