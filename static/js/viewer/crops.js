// Little cuts of boxes for the list, cut out of tiles that the browser mostly has already.

import { TILE, clamp } from "./geometry.js";

const KEPT = 120; // tiles

/** Where to cut: the zoom whose pixels fit the crop best, the rectangle there, and the tiles it touches. */
export function planCrop(box, crop, top, lastZoom) {
  const side = Math.max((box.right - box.left) / crop.width, (box.bottom - box.top) / crop.height) * 1.3;
  const zoom = clamp(Math.floor(top - Math.log2(side)), 0, lastZoom);
  const scale = 2 ** (zoom - top);
  const width = Math.max(side * scale, 0.25) * crop.width;
  const height = (width * crop.height) / crop.width;
  const left = ((box.left + box.right) / 2) * scale - width / 2;
  const topEdge = ((box.top + box.bottom) / 2) * scale - height / 2;
  const tiles = [];
  for (let y = Math.floor(topEdge / TILE); y * TILE < topEdge + height; y += 1) {
    for (let x = Math.floor(left / TILE); x * TILE < left + width; x += 1) if (x >= 0 && y >= 0) tiles.push({ x, y });
  }
  return { zoom, left, top: topEdge, scale: crop.width / width, tiles };
}

export class Crops {
  constructor(scene) {
    this.scene = scene;
    this.source = null;
    this.kept = new Map();
  }

  /** Crops from now on come from these tiles. */
  use({ url, version, lastZoom }) {
    this.source = { url, version, lastZoom };
    this.kept.clear();
  }

  draw(canvas, box) {
    if (!this.source) return;
    const plan = planCrop(box, canvas, this.scene.top, this.source.lastZoom);
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const { x, y } of plan.tiles) this._drawTile(context, plan, x, y);
  }

  async _drawTile(context, plan, x, y) {
    if (!this._isInside(plan.zoom, x, y)) return;
    try {
      const image = await this._tile(plan.zoom, x, y);
      const side = TILE * plan.scale;
      context.drawImage(image, (x * TILE - plan.left) * plan.scale, (y * TILE - plan.top) * plan.scale, side, side);
    } catch {
      // A list without crops is still a list.
    }
  }

  _isInside(zoom, x, y) {
    const scale = TILE * 2 ** (this.scene.top - zoom);
    return x * scale < this.scene.size.width && y * scale < this.scene.size.height;
  }

  _tile(zoom, x, y) {
    const key = `${zoom}/${x}/${y}`;
    if (!this.kept.has(key)) this._keep(key, this._load(zoom, x, y));
    return this.kept.get(key);
  }

  _keep(key, image) {
    this.kept.set(key, image);
    image.catch(() => this.kept.delete(key)); // asked for again when the row is next seen
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
  }

  async _load(z, x, y) {
    const image = new Image();
    image.src = `${L.Util.template(this.source.url, { z, x, y })}?v=${this.source.version}`;
    await image.decode();
    return image;
  }
}
