// What was looked at and the server does not know yet. It is kept in the browser at once, so that neither a lost link nor
// a crash loses it, and told every few seconds. Told twice it comes to the same.

const EVERY_MS = 5000;
const AT_ONCE = 500; // more than these the server does not take
const GIVEN_UP = 3; // images in a row of which it took nothing: the others can wait as well

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
    this._plan();
  }

  /** Also what earlier pages could not tell. One at a time, and with what was kept meanwhile. */
  async tell() {
    if (this._isTelling) return;
    this._isTelling = true;
    try {
      let failed = 0;
      for (const url of Object.keys(this._read())) {
        if (failed < GIVEN_UP && !(await this._tellOf(url))) failed += 1;
      }
      if (failed) this._plan();
    } finally {
      this._isTelling = false;
    }
  }

  async _tellOf(url) {
    for (let looks = this._read()[url]; looks?.length; looks = this._read()[url]) {
      const part = looks.slice(0, AT_ONCE);
      const { kind } = await this.send({ url, body: { author: this.user, looks: part } });
      if (kind !== "saved" && kind !== "refused") return false;
      this._forget(url, part);
    }
    return true;
  }

  // Another tab may have told some of them meanwhile, or kept more.
  _forget(url, looks) {
    const told = new Set(looks.map((look) => JSON.stringify(look)));
    this._change((waiting) => {
      waiting[url] = (waiting[url] ?? []).filter((look) => !told.has(JSON.stringify(look)));
      if (!waiting[url].length) delete waiting[url];
    });
  }

  _plan() {
    if (this._isPlanned) return;
    this._isPlanned = true;
    this.later(() => {
      this._isPlanned = false;
      return this.tell();
    }, EVERY_MS);
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
