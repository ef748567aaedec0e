/* Asks, for files that have arrived, whether they were read: soon after they came, then less and less often. */
const SOON_MS = 1000;
const LATE_MS = 10_000;

export class Outcomes {
  constructor(queue, list, onChange) {
    Object.assign(this, { queue, list, onChange, wait: SOON_MS, timer: null });
  }

  watch() {
    this.wait = SOON_MS;
    this.#later();
  }

  #later() {
    this.timer ??= setTimeout(() => this.#ask(), this.wait);
  }

  async #ask() {
    const items = this.queue.inState("arrived", 50);
    const outcomes = items.length ? await this.list.outcomes(items.map((item) => item.uploadId)) : new Map();
    const settled = items.filter((item) => this.#settle(item, outcomes.get(item.uploadId)));
    this.timer = null;
    this.wait = settled.length ? SOON_MS : Math.min(LATE_MS, this.wait * 1.5);
    if (settled.length) this.onChange(settled);
    if (this.queue.counts.arrived > 0) this.#later();
  }

  #settle(item, upload) {
    if (upload?.state === "stored") this.queue.store(item, upload.image);
    else if (upload?.state === "duplicate") this.queue.repeat(item, upload.image);
    else if (upload?.state === "refused") this.queue.refuse(item, upload.failure, { canRetry: upload.failure_code === "arrived_damaged" });
    else return false;
    return true;
  }
}
