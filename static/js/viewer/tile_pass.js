// Keeps the pass for tiles fresh while the page is looked at, and learns from the same answer how far the image is.

const RENEW_MS = 40_000;
const WATCH_MS = 4_000;
const WATCH_CLOSELY_MS = 1_500;

/** How soon to ask again, for what the image still waits. */
export function pause({ ingest, search, pyramid }) {
  if (pyramid === "queued") return WATCH_CLOSELY_MS;
  return ingest === "waiting" || search === "waiting" ? WATCH_MS : RENEW_MS;
}

export class TilePass {
  /** `first` is what the page was made with; `onNews` gets every later answer that differs. */
  constructor(url, first, onNews) {
    this.url = url;
    this.last = first;
    this.onNews = onNews;
    document.addEventListener("visibilitychange", () => document.hidden || this.renew());
    this._plan();
  }

  async renew() {
    clearTimeout(this._timer);
    try {
      const response = await fetch(this.url, { headers: { Accept: "application/json" } });
      if (response.ok) this._take(await response.json());
    } catch {
      // No network just now: tiles still come by the session, the next round tries again.
    }
    this._plan();
  }

  _take(answer) {
    const isNews = Object.keys(answer).some((name) => answer[name] !== this.last[name]);
    this.last = answer;
    if (isNews) this.onNews(answer);
  }

  _plan() {
    clearTimeout(this._timer);
    if (!document.hidden) this._timer = setTimeout(() => this.renew(), pause(this.last));
  }
}
