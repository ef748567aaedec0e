// Tiles of the pyramid. Those on the right and bottom edge are padded in the file: they are clipped to the image.
// Addresses beyond the image, which Leaflet's rounding may ask for, are never requested.

import { TILE, levelSize, tileOverhang } from "./geometry.js";

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
    this.missing = new Set();
    this.on("tileloadstart", ({ tile, coords }) => this._clip(tile, coords));
    this.on("tileerror", ({ tile }) => this.missing.add(tile));
    this.on("tileunload", ({ tile }) => this.missing.delete(tile));
  }

  /** Whether tiles near the view could not be loaded. */
  get hasGaps() {
    return this.missing.size > 0;
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
