// Which tiles the page shows: the preview's until the full pyramid is there, then its own, without a flash between.

import { TileLayer } from "./tile_layer.js";

export class Tiles {
  constructor(scene, { tiles, previewZoom }) {
    this.scene = scene;
    this.url = tiles;
    this.previewZoom = previewZoom;
    this.layer = null;
    this.lastZoom = previewZoom; // the sharpest zoom that is shown
  }

  /** All that is in view is on the screen, none of it enlarged meanwhile or missing. */
  get isSharp() {
    return Boolean(this.layer) && !this.layer.isLoading() && !this.layer.hasGaps;
  }

  /** `version` changes with the file behind the tiles, so that browsers may keep them for good. */
  show({ isFull, version }) {
    this.lastZoom = isFull ? this.scene.top : this.previewZoom;
    const next = new TileLayer(this.scene, `${this.url}?v=${version}`, this.lastZoom);
    const previous = this.layer;
    this.layer = next.addTo(this.scene.map);
    if (previous) next.once("load", () => previous.remove());
  }
}
