// Tiles of the pyramid. Those on the right and bottom edge are padded in the file: they are clipped to the image.
// Addresses beyond the image, which Leaflet's rounding may ask for, are never requested.

import { TILE, clamp, levelSize, tileOverhang } from "./geometry.js";

const RETRY_MS = 2000;
const MOST_TRIES = 6;

export class TileLayer extends L.TileLayer {
  /** `lastZoom` is the sharpest zoom that has tiles; the browser enlarges those beyond. */
  constructor(scene, url, lastZoom) {
    // On a fine screen half-size tiles of the next zoom keep one tile pixel on one device pixel.
    const finer = L.Browser.retina && lastZoom > 0 ? 1 : 0;
    super(url, {
      tileSize: TILE >> finer,
      zoomOffset: finer,
      minZoom: scene.map.getMinZoom(),
      maxZoom: scene.map.getMaxZoom(),
      minNativeZoom: 0,
      maxNativeZoom: lastZoom - finer,
      bounds: scene.bounds,
      noWrap: true,
      keepBuffer: 4,
      updateWhenZooming: false,
      updateWhenIdle: false,
    });
    this.scene = scene;
    this.shown = new Set(); // tiles that are loaded
    this.on("tileloadstart", ({ tile, coords }) => this._clip(tile, coords));
    this.on("tileload", ({ coords }) => this.shown.add(nameOf(coords)));
    this.on("tileunload", ({ coords }) => this.shown.delete(nameOf(coords)));
    this.on("tileerror", (event) => this._tryAgain(event));
  }

  /** Whether all tiles of a part of the image, in image pixels, are there at the zoom of the map. */
  isSharp({ left, top, right, bottom }) {
    const { minNativeZoom, maxNativeZoom, tileSize } = this.options;
    const z = clamp(this.scene.map.getZoom(), minNativeZoom, maxNativeZoom);
    const side = tileSize * 2 ** (this.scene.top - z);
    const { width, height } = this.scene.size;
    for (let y = Math.floor(Math.max(0, top) / side); y * side < Math.min(bottom, height); y += 1) {
      for (let x = Math.floor(Math.max(0, left) / side); x * side < Math.min(right, width); x += 1) {
        if (!this.shown.has(nameOf({ x, y, z })) && this._overhang({ x, y, z })) return false;
      }
    }
    return true;
  }

  // Leaflet keeps a tile that failed as it is: on a bad line a hole would stay until one looked elsewhere.
  _tryAgain({ tile, coords }) {
    const tries = Number(tile.dataset.tries ?? 0) + 1;
    if (tries > MOST_TRIES) return;
    tile.dataset.tries = tries;
    setTimeout(() => tile.isConnected && (tile.src = this.getTileUrl(coords)), RETRY_MS * 2 ** (tries - 1));
  }

  getTileUrl(coords) {
    return this._overhang(coords) ? super.getTileUrl(coords) : L.Util.emptyImageUrl;
  }

  _clip(tile, coords) {
    const overhang = this._overhang(coords);
    if (!overhang) return;
    tile.style.clipPath = `inset(0 ${overhang.right * 100}% ${overhang.bottom * 100}% 0)`;
  }

  _overhang(coords) {
    const zoom = coords.z + this.options.zoomOffset;
    return tileOverhang(coords, levelSize(this.scene.size, this.scene.top, zoom));
  }
}

function nameOf({ x, y, z }) {
  return `${z}/${x}/${y}`;
}
