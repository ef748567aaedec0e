// An image of a review task in one's hands: kept while something is done, given back when the page is left.

const RENEW_EVERY_MS = 60_000;

export class Lease {
  /** `task`: {lease, token}, without a token nothing is held. `ask(method, url, body)` answers a promise of the status. */
  constructor({ lease, token }, ask, now = () => Date.now()) {
    this.url = lease;
    this.token = token;
    this.ask = ask;
    this.now = now;
    this.renewedAt = now();
  }

  /** Something was done: "lost" when the image is somebody else's by now, said once. */
  async work() {
    if (!this.token || this.now() - this.renewedAt < RENEW_EVERY_MS) return "kept";
    this.renewedAt = this.now();
    const { token } = this;
    if ((await this.ask("PATCH", this.url, { token })) !== 409 || this.token !== token) return "kept";
    this.token = null;
    return "lost";
  }

  /** The image is done: nothing is held any more. */
  end() {
    this.token = null;
  }

  giveBack() {
    if (!this.token) return;
    this.ask("DELETE", `${this.url}?token=${this.token}`);
    this.token = null;
  }
}
