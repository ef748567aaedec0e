// What was looked at and the server does not know yet. It is kept in the browser at once, so that neither a lost link nor
// a crash loses it, and told every few seconds. Told twice it comes to the same.

const EVERY_MS = 5000;
const AT_ONCE = 500; // more than these the server does not take

export class LookedStore {
  /** `send(entry)` as review/sending.js has it. */
  constructor(user, url, send, { store = localStorage, later = (act, ms) => setTimeout(act, ms) } = {}) {
    this.name = `kopje-looked-${user}`;
    this.user = user;
    this.url = url;
    this.send = send;
    this.store = store;
    this.later = later;
  }

  /** `look` was on the screen. */
  keep(look) {
    this._change((waiting) => (waiting[this.url] ??= []).push(look));
    if (this._isPlanned) return;
    this._isPlanned = true;
    this.later(() => this._tellLater(), EVERY_MS);
  }

  /** Also what earlier pages could not tell. */
  async tell() {
    for (const [url, looks] of Object.entries(this._read())) {
      const part = looks.slice(0, AT_ONCE);
      const { kind } = await this.send({ url, body: { author: this.user, looks: part } });
      if (kind !== "saved" && kind !== "refused") return;
      this._change((waiting) => {
        waiting[url] = (waiting[url] ?? []).slice(part.length);
        if (!waiting[url].length) delete waiting[url];
      });
    }
  }

  async _tellLater() {
    this._isPlanned = false;
    await this.tell();
  }

  _change(change) {
    const waiting = this._read();
    change(waiting);
    try {
      this.store.setItem(this.name, JSON.stringify(waiting));
    } catch {
      // Full, or forbidden: what was looked at is then known on this page alone.
    }
  }

  _read() {
    try {
      return JSON.parse(this.store.getItem(this.name)) ?? {};
    } catch {
      return {};
    }
  }
}
