/* What is to be sent, what is under way and what became of it. Knows no page and no network.

   waiting → sending → arrived → stored | duplicate | refused. Nothing starts while there is a reason to hold. */
export const STATES = ["waiting", "sending", "arrived", "stored", "duplicate", "refused"];
const ENDED = ["stored", "duplicate", "refused"];

export class Queue {
  #line = []; // ids in the order they will be sent; those that were removed meanwhile are skipped
  #keys = new Map();
  #number = 0;
  #in = Object.fromEntries(STATES.map((state) => [state, new Set()]));

  constructor({ slots = 3 } = {}) {
    this.slots = slots;
    this.items = new Map();
    this.counts = Object.fromEntries(STATES.map((state) => [state, 0]));
    this.bytes = { total: 0, done: 0, moved: 0 }; // moved: went over the line, for the pace
    this.reasons = new Set();
  }

  /** Adds a file unless the same one is in the queue already; what was refused may be added again. */
  add({ file, name, folder, size }) {
    const key = `${folder}/${name}/${size}`;
    const known = this.items.get(this.#keys.get(key));
    if (known && known.state !== "refused") return null;
    if (known) this.remove(known);
    const item = { id: ++this.#number, key, file, name, folder, size, state: "waiting", sent: 0, failure: "" };
    this.items.set(item.id, item);
    this.#keys.set(key, item.id);
    this.#line.push(item.id);
    this.#in.waiting.add(item);
    this.counts.waiting += 1;
    this.bytes.total += size;
    return item;
  }

  /** The items that may start now; from here on they are sending. */
  takeReady() {
    const ready = [];
    while (this.isOpen && this.counts.sending < this.slots && this.counts.waiting > 0) {
      const item = this.items.get(this.#line.shift());
      if (item?.state !== "waiting") continue;
      this.#move(item, "sending");
      ready.push(item);
    }
    return ready;
  }

  get isOpen() {
    return this.reasons.size === 0;
  }

  hold(reason) {
    this.reasons.add(reason);
  }

  release(reason) {
    this.reasons.delete(reason);
  }

  progress(item, sent) {
    const more = Math.min(sent, item.size) - item.sent;
    if (more > 0) this.bytes.moved += more;
    this.#setSent(item, item.sent + more);
  }

  /** Known to be there already from an earlier time: done, but it did not move. */
  skipTo(item, sent) {
    this.#setSent(item, Math.min(sent, item.size));
  }

  /** Goes on later, before all others. */
  putBack(item) {
    if (!this.items.has(item.id) || item.state !== "sending") return;
    this.#move(item, "waiting");
    this.#line.unshift(item.id);
  }

  arrive(item) {
    this.#end(item, "arrived");
  }

  store(item, image) {
    item.image = image;
    this.#end(item, "stored");
  }

  repeat(item, image) {
    item.image = image;
    this.#end(item, "duplicate");
  }

  refuse(item, failure, { canRetry = false } = {}) {
    item.failure = failure;
    item.canRetry = canRetry;
    this.#end(item, "refused");
  }

  retry(item) {
    if (item.state !== "refused" || !item.canRetry) return;
    Object.assign(item, { failure: "", url: null, uploadId: null });
    this.#setSent(item, 0);
    this.#move(item, "waiting");
    this.#line.push(item.id);
  }

  remove(item) {
    if (!this.items.delete(item.id)) return;
    this.#keys.delete(item.key);
    this.#in[item.state].delete(item);
    this.counts[item.state] -= 1;
    this.bytes.total -= item.size;
    this.bytes.done -= item.sent;
  }

  /** The first so many in this state, without looking at the others. */
  inState(state, most = Infinity) {
    const found = [];
    for (const item of this.#in[state]) {
      if (found.length >= most) break;
      found.push(item);
    }
    return found;
  }

  get isBusy() {
    return this.counts.waiting + this.counts.sending > 0;
  }

  get ended() {
    return ENDED.reduce((sum, state) => sum + this.counts[state], 0);
  }

  #end(item, state) {
    if (!this.items.has(item.id)) return;
    this.#setSent(item, item.size);
    this.#move(item, state);
  }

  #setSent(item, sent) {
    if (this.items.has(item.id)) this.bytes.done += sent - item.sent;
    item.sent = sent;
  }

  #move(item, state) {
    this.#in[item.state].delete(item);
    this.#in[state].add(item);
    this.counts[item.state] -= 1;
    this.counts[state] += 1;
    item.state = state;
  }
}
