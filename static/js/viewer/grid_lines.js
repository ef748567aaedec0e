// Lines over the image with letters and numbers, so that people can tell each other where to look. Kept for the next image.

const STORED = "viewer-grid";
const ALONG = 8; // squares along the longer side
const KEYS = { g: "grid" };

/** Squares as {name, left, top, right, bottom} in image pixels: A1 in the upper left corner. */
export function squares({ width, height }) {
  const side = Math.max(width, height) / ALONG;
  const [columns, rows] = [width, height].map((length) => Math.ceil(length / side - 1e-9));
  return Array.from({ length: columns * rows }, (_, n) => {
    const [column, row] = [n % columns, Math.floor(n / columns)];
    const [left, top] = [column * side, row * side];
    const [right, bottom] = [Math.min(width, left + side), Math.min(height, top + side)];
    return { name: `${String.fromCharCode(65 + column)}${row + 1}`, left, top, right, bottom };
  });
}

export class GridLines {
  constructor(scene, store = sessionStorage) {
    this.scene = scene;
    this.store = store;
    this.layer = null;
    this.keys = KEYS;
    this.commands = { grid: () => this._toggle() };
    if (store.getItem(STORED)) this._toggle();
  }

  _toggle() {
    if (this.layer) this.layer.remove();
    this.layer = this.layer ? null : this._lines().addTo(this.scene.map);
    if (this.layer) this.store.setItem(STORED, "on");
    else this.store.removeItem(STORED);
    for (const button of document.querySelectorAll('[data-command="grid"]')) button.setAttribute("aria-pressed", Boolean(this.layer));
  }

  _lines() {
    return L.layerGroup(squares(this.scene.size).flatMap((square) => this._draw(square)));
  }

  _draw({ name, ...square }) {
    const icon = L.divIcon({ className: "grid-name", html: name, iconSize: null });
    const corner = this.scene.toLatLng({ x: square.left, y: square.top });
    return [
      L.rectangle(this.scene.boundsOf(square), { className: "grid-line", fill: false, interactive: false }),
      L.marker(corner, { icon, interactive: false, keyboard: false }),
    ];
  }
}
