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

  /** Whether a part of the image, in image pixels, is on the screen, none of it enlarged meanwhile or missing. */
  isSharp(part) {
    return Boolean(this.layer?.isSharp(part));
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
