/* Fetches a fragment again and again through htmx: seldom in a hidden tab, slower while the server does not answer.

   <section id="progress" data-module="poll" data-every="3" hx-get="…" hx-trigger="poll" hx-swap="outerHTML">
   The server answers 204 when nothing changed. A fragment that is final comes without data-module, which ends it. */
import { pollDelay } from "./poll_delay.js";

const GONE = [401, 403, 404, 410];

export class Poll {
  constructor(element) {
    this.element = element;
    this.seconds = Number(element.dataset.every ?? 3);
    this.failures = 0;
    element.addEventListener("htmx:beforeSwap", (event) => this.leaveIfRedirected(event));
    element.addEventListener("htmx:afterRequest", (event) => this.answered(event.detail));
    element.addEventListener("htmx:beforeCleanupElement", (event) => event.target === element && this.leave());
    this.left = new AbortController();
    document.addEventListener("visibilitychange", () => this.seen(), { signal: this.left.signal });
    this.fetchSoon();
  }

  seen() {
    if (!document.hidden) this.fetchSoon(0);
  }

  /** A swapped element leaves the page; the one in its place has a poll of its own. */
  leave() {
    clearTimeout(this.timer);
    this.left.abort();
  }

  fetchSoon(delay = pollDelay(this.seconds, { isHidden: document.hidden, failures: this.failures })) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), delay * 1000);
  }

  fetch() {
    this.element.dispatchEvent(new Event("poll"));
  }

  answered({ elt, xhr, successful }) {
    if (elt !== this.element || this.left.signal.aborted || GONE.includes(xhr.status)) return;
    this.failures = successful ? 0 : this.failures + 1;
    this.fetchSoon();
  }

  /** Whoever was logged out meanwhile gets the login page, not a fragment of it. */
  leaveIfRedirected(event) {
    const answered = new URL(event.detail.xhr.responseURL || location.href).pathname;
    if (answered === new URL(event.detail.pathInfo.requestPath, location.href).pathname) return;
    event.preventDefault();
    location.reload();
  }
}

export function start(element) {
  new Poll(element);
}
