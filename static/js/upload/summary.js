/* All files together: how far, how fast, how long still; why nothing moves; and what screen readers hear of it. */
import { durationWords, fill, numberWords, sizeWords } from "./words.js";

const SAID_EVERY_MS = 8000;

export class Summary {
  #saidAt = 0;

  constructor(parts, words, language) {
    Object.assign(this, { parts, words, language });
  }

  render(queue, pace, sentence) {
    const { headline, bar, pace: paceLine, hold, live } = this.parts;
    headline.textContent = this.#headline(queue);
    bar.max = queue.bytes.total || 1;
    bar.value = queue.bytes.done;
    paceLine.textContent = this.#pace(queue, pace);
    const reason = queue.isBusy ? [...queue.reasons].at(-1) : undefined;
    hold.hidden = !reason || reason === "paused";
    if (reason) hold.textContent = sentence || this.words[`hold_${reason.replace("-", "_")}`];
    if (queue.items.size > 0) this.#say(live, queue, reason && hold.textContent);
  }

  #headline(queue) {
    const { counts, items } = queue;
    const places = { total: this.#number(items.size), arrived: this.#number(items.size - counts.waiting - counts.sending - counts.refused) };
    const parts = [fill(this.words.arrived_of, places)];
    if (counts.duplicate) parts.push(fill(this.words.n_duplicate, { n: this.#number(counts.duplicate) }));
    if (counts.refused) parts.push(fill(this.words.n_refused, { n: this.#number(counts.refused) }));
    return parts.join(" ");
  }

  #pace(queue, pace) {
    const { done, total } = queue.bytes;
    const places = { done: this.#size(done), total: this.#size(total), speed: this.#size(pace.bytesPerSecond) };
    const seconds = pace.secondsFor(total - done);
    if (!queue.isBusy) return queue.counts.arrived ? this.words.reading : this.words.all_done;
    if (!queue.isOpen || seconds === null) return fill(this.words.done_of, places);
    return fill(this.words.pace, { ...places, time: durationWords(seconds, this.language) });
  }

  /** Not every change: a reader that is told everything hears nothing. */
  #say(live, queue, hold) {
    const text = hold || this.#headline(queue);
    const isUrgent = hold || !queue.isBusy;
    if (live.textContent === text || (!isUrgent && Date.now() - this.#saidAt < SAID_EVERY_MS)) return;
    live.textContent = text;
    this.#saidAt = Date.now();
  }

  #number(number) {
    return numberWords(number, this.language);
  }

  #size(bytes) {
    return sizeWords(bytes, this.language);
  }
}
