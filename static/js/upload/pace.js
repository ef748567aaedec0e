/* How fast bytes go, smoothed over half a minute, and how long the rest will take. */
const MEMORY_S = 30;
const LEAST_S = 1;

export class Pace {
  #weight = 0; // how much of the average is measured yet: the first seconds count fully
  #average = 0;
  #last = null;

  /** `moved`: bytes since the beginning; `now`: seconds. */
  note(moved, now) {
    if (!this.#last) this.#last = { moved, now };
    const seconds = now - this.#last.now;
    if (seconds < LEAST_S) return;
    const keep = Math.exp(-seconds / MEMORY_S);
    this.#average = keep * this.#average + (1 - keep) * ((moved - this.#last.moved) / seconds);
    this.#weight = keep * this.#weight + (1 - keep);
    this.#last = { moved, now };
  }

  /** After a pause: what was measured stays, the time in between does not count. */
  rest() {
    this.#last = null;
  }

  get bytesPerSecond() {
    return this.#weight > 0 ? this.#average / this.#weight : 0;
  }

  secondsFor(bytes) {
    return this.bytesPerSecond > 0 ? bytes / this.bytesPerSecond : null;
  }
}
