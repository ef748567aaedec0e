// What somebody began to write about an image and has not sent. It is kept in the browser: a page that is closed, or a
// computer that runs out of power, loses nothing.

export class Drafts {
  /** Of one person, about one image, which `image` names. */
  constructor(user, image, store = localStorage) {
    this.name = `kopje-drafts-${user}`;
    this.image = image;
    this.store = store;
  }

  /** `about`: "new", or the thread that is answered. */
  get(about) {
    return this._read()[this._key(about)] ?? "";
  }

  set(about, text) {
    const { [this._key(about)]: _before, ...others } = this._read();
    const kept = text.trim() ? { ...others, [this._key(about)]: text } : others;
    try {
      if (Object.keys(kept).length) this.store.setItem(this.name, JSON.stringify(kept));
      else this.store.removeItem(this.name);
    } catch {
      // A browser that keeps nothing: the text lasts as long as the page.
    }
  }

  _key(about) {
    return `${this.image} ${about}`;
  }

  _read() {
    try {
      return JSON.parse(this.store.getItem(this.name)) ?? {};
    } catch {
      return {};
    }
  }
}
