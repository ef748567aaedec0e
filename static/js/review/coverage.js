// What was looked at of an image, and how closely: the page's side of review/coverage.py. No page, plain arithmetic.

export const HALVINGS = [0, 1, 2, 3]; // how often the screen halved the image; what is further away is not kept

export class Coverage {
  /** `side`, `columns` and `rows` as the server says them. */
  constructor({ side, columns, rows }, { width, height }) {
    Object.assign(this, { side, columns, rows, width, height });
    this.closeness = new Uint8Array(columns * rows);
  }

  /** What the server kept: `cells` as it packs them, "" for nothing. Beside what was looked at meanwhile. */
  async recall(cells) {
    if (!cells) return;
    const packed = Uint8Array.from(atob(cells), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const kept = new Uint8Array(await new Response(stream).arrayBuffer());
    kept.forEach((close, n) => (this.closeness[n] = Math.max(this.closeness[n], close)));
  }

  /** Whether that was anything new. `look`: a rectangle in image pixels, and `halvings`. */
  add(look) {
    const close = HALVINGS.length - look.halvings;
    const news = this._inside(look).filter((n) => this.closeness[n] < close);
    for (const n of news) this.closeness[n] = close;
    return news.length > 0;
  }

  isCellSeen(n, halvings) {
    return this.closeness[n] >= HALVINGS.length - halvings;
  }

  /** All cells that lie in a rectangle as a whole, in image pixels; where there are none, none was seen. */
  isSeen(rectangle, halvings) {
    const inside = this._inside(rectangle);
    return inside.length > 0 && inside.every((n) => this.isCellSeen(n, halvings));
  }

  /** Of the image's area, 0 to 1. */
  share(halvings) {
    let area = 0;
    for (let n = 0; n < this.closeness.length; n += 1) if (this.isCellSeen(n, halvings)) area += this._area(n);
    return area / (this.width * this.height);
  }

  _area(n) {
    const [column, row] = [n % this.columns, Math.floor(n / this.columns)];
    return Math.min(this.side, this.width - column * this.side) * Math.min(this.side, this.height - row * this.side);
  }

  _inside({ left, top, right, bottom }) {
    const columns = this._whole(left, right, this.width, this.columns);
    const rows = this._whole(top, bottom, this.height, this.rows);
    return rows.flatMap((row) => columns.map((column) => row * this.columns + column));
  }

  // The cells of one direction that lie between two pixels as a whole; the last one ends where the image does.
  _whole(low, high, length, n) {
    const first = Math.min(n, Math.ceil(Math.max(low, 0) / this.side));
    const last = high >= length ? n : Math.floor(Math.max(high, 0) / this.side);
    return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  }
}

/** The largest part of a view that a cut along one side of each cover leaves free. All are {left, top, right, bottom}. */
export function uncovered(view, covers) {
  return covers.reduce((free, cover) => (isApart(free, cover) ? free : largest(cuts(free, cover))), view);
}

function cuts(view, cover) {
  return [
    { ...view, left: cover.right },
    { ...view, right: cover.left },
    { ...view, top: cover.bottom },
    { ...view, bottom: cover.top },
  ];
}

function isApart(a, b) {
  return b.right <= a.left || b.left >= a.right || b.bottom <= a.top || b.top >= a.bottom;
}

function largest(views) {
  const area = ({ left, top, right, bottom }) => Math.max(0, right - left) * Math.max(0, bottom - top);
  return views.reduce((best, view) => (area(view) > area(best) ? view : best));
}
