// Boxes over the image on two canvases: all of them on the lower, the hovered and the selected one on the upper. Drawn
// when a movement ends, a good deal beyond the view; while zooming the drawing is only stretched.

import { canvasTransform } from "./geometry.js";

const PAD = 0.5; // view sizes drawn beyond each side

export class BoxLayer extends L.Layer {
  constructor(scene, state, painter) {
    super();
    this.scene = scene;
    this.state = state;
    this.painter = painter;
    for (const type of ["filter", "visibility", "boxes", "drawn"]) state.addEventListener(type, () => this.draw());
    state.addEventListener("verdict", () => this._drawSoon());
    for (const type of ["select", "hover"]) state.addEventListener(type, () => this.drawEmphasis());
  }

  onAdd(map) {
    const pane = map.getPane("overlayPane");
    this.canvases = ["boxes", "emphasis"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = `viewer-canvas viewer-canvas-${name} leaflet-zoom-animated`;
      canvas.setAttribute("aria-hidden", "true");
      return pane.appendChild(canvas);
    });
    this.draw();
  }

  onRemove() {
    for (const canvas of this.canvases) canvas.remove();
  }

  getEvents() {
    return { moveend: this.draw, zoomanim: this._stretch };
  }

  // A verdict mostly leads on to another box, and the map draws when it has got there: once is enough.
  _drawSoon() {
    this._asked ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this._asked);
    this._asked = null;
    if (!this._map) return;
    this._place();
    const [context] = this.canvases.map((canvas) => this._fresh(canvas));
    const { boxes, filter, areBoxesHidden } = this.state;
    this.inView = areBoxesHidden ? [] : boxes.within(this.area, filter.isShown);
    this.painter.paint(context, boxes, this.inView, this.transform);
    this._emphasise();
  }

  drawEmphasis() {
    if (!this._map) return;
    this._fresh(this.canvases[1]);
    this._emphasise();
  }

  /** The box under a Leaflet mouse event, or -1. */
  at(event) {
    if (this.state.areBoxesHidden) return -1;
    const slack = 4 / this.scene.scale;
    return this.state.boxes.at(this.scene.toPixel(event.latlng), slack, this.state.filter.isShown);
  }

  _emphasise() {
    const { boxes, selected, hovered, areBoxesHidden } = this.state;
    if (areBoxesHidden) return;
    const context = this.canvases[1].getContext("2d");
    if (hovered >= 0 && hovered !== selected) this.painter.emphasise(context, boxes, hovered, this.transform, false);
    if (selected >= 0) this.painter.emphasise(context, boxes, selected, this.transform, true);
  }

  // The top left corner lies on a whole screen pixel, or lines would blur.
  _place() {
    const size = this._map.getSize();
    const corner = this._map.containerPointToLayerPoint(size.multiplyBy(-PAD)).round();
    this.origin = this._map.layerPointToLatLng(corner);
    this.zoom = this._map.getZoom();
    this.area = this.scene.inView(PAD);
    const view = { x: size.x * PAD, y: size.y * PAD, width: size.x, height: size.y }; // on the canvas
    this.transform = { ...canvasTransform(this.scene.toPixel(this.origin), this.scene.scale), view };
    for (const canvas of this.canvases) L.DomUtil.setPosition(canvas, corner);
  }

  _fresh(canvas) {
    const { x, y } = this._map.getSize().multiplyBy(1 + 2 * PAD);
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(x * ratio), Math.round(y * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      Object.assign(canvas.style, { width: `${x}px`, height: `${y}px` });
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, x, y);
    return context;
  }

  _stretch({ zoom, center }) {
    const half = this._map.getSize().divideBy(2);
    const pane = L.DomUtil.getPosition(this._map.getPane("mapPane"));
    const newOrigin = this._map.project(center, zoom).subtract(half).add(pane).round();
    const corner = this._map.project(this.origin, zoom).subtract(newOrigin);
    const scale = this._map.getZoomScale(zoom, this.zoom);
    for (const canvas of this.canvases) L.DomUtil.setTransform(canvas, corner, scale);
  }
}
