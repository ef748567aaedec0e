// The Leaflet map of one image: the only place that turns image pixels into Leaflet's coordinates and back.

import { TILE, fitZoom } from "./geometry.js";

const BEYOND_FULL_SIZE = 3;

export class Scene {
  constructor(element, { width, height, topZoom }) {
    this.size = { width, height };
    this.top = topZoom;
    this.map = L.map(element, {
      crs: L.CRS.Simple,
      zoomSnap: 1, // between whole zooms browsers leave hairlines between tiles
      minZoom: Math.min(0, this._fitZoom(element)),
      maxZoom: topZoom + BEYOND_FULL_SIZE,
      zoomControl: false,
      attributionControl: false,
      zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      fadeAnimation: false,
      maxBoundsViscosity: 0.8,
      bounceAtZoomLimits: false,
    });
    this.bounds = this.boundsOf({ left: 0, top: 0, right: width, bottom: height });
    this.map.setMaxBounds(this.bounds.pad(0.5));
    new ResizeObserver(() => this._resize()).observe(element);
  }

  fit() {
    const zoom = this._fitZoom(this.map.getContainer());
    this.map.setMinZoom(Math.min(0, zoom));
    this.map.setView(this.bounds.getCenter(), zoom);
    this._fitted = zoom;
  }

  /** One image pixel on one screen pixel, around `point` or the middle of the view. */
  fullSize(point = null) {
    this.map.setView(point ? this.toLatLng(point) : this.map.getCenter(), this.top);
  }

  centerOn(point, zoom = this.map.getZoom(), options = {}) {
    this.map.setView(this.toLatLng(point), zoom, options);
  }

  panTo(point) {
    this.map.panTo(this.toLatLng(point));
  }

  get center() {
    return this.toPixel(this.map.getCenter());
  }

  /** Screen pixels an image pixel. */
  get scale() {
    return 2 ** (this.map.getZoom() - this.top);
  }

  zoomOf(scale) {
    return Math.round(this.top + Math.log2(scale));
  }

  get viewSize() {
    const { x, y } = this.map.getSize();
    return { width: x, height: y };
  }

  /** What is in view, in image pixels, `pad` view sizes more on every side. */
  inView(pad = 0) {
    const { x, y } = this.center;
    const halfWidth = (this.viewSize.width / this.scale) * (0.5 + pad);
    const halfHeight = (this.viewSize.height / this.scale) * (0.5 + pad);
    return { left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight };
  }

  toLatLng({ x, y }) {
    return this.map.unproject([x, y], this.top);
  }

  toPixel(latLng) {
    const { x, y } = this.map.project(latLng, this.top);
    return { x, y };
  }

  boundsOf({ left, top, right, bottom }) {
    return L.latLngBounds(this.toLatLng({ x: left, y: bottom }), this.toLatLng({ x: right, y: top }));
  }

  // The sheet on narrow screens changes the map's size without a resize of the window. The first word of the observer is
  // no change: it must not take the place of an address away.
  _resize() {
    const [isFitted, before] = [this.map.getZoom() === this._fitted, this.map.getSize()];
    this.map.invalidateSize({ animate: false });
    if (isFitted && !this.map.getSize().equals(before)) this.fit();
  }

  _fitZoom(element) {
    const view = { width: element.clientWidth || TILE, height: element.clientHeight || TILE };
    return fitZoom(this.size, view, this.top);
  }
}
