// Selecting by the mouse: a click on a box, or a band drawn over many. A finger taps, and scrolls as everywhere.

const FAR_PX = 6; // from which on a press is no click
const EDGE_PX = 60; // so near to the edge of the window it scrolls
const SCROLL_PX = 18; // a frame

export class Band {
  constructor(cells, selection) {
    this.cells = cells;
    this.selection = selection;
    this.start = null; // in the page, so that the band grows while it scrolls
    const { element } = cells;
    element.addEventListener("pointerdown", (event) => this._press(event));
    element.addEventListener("pointermove", (event) => this._drag(event));
    element.addEventListener("pointerup", (event) => this._release(event));
    element.addEventListener("pointercancel", () => this._end());
  }

  _press(event) {
    if (event.button !== 0) return;
    this.start = { x: event.pageX, y: event.pageY, kept: event.ctrlKey || event.metaKey || event.shiftKey ? this.selection.all : [] };
    this.isTouch = event.pointerType === "touch";
  }

  _drag(event) {
    if (!this.start || this.isTouch) return;
    const { x, y } = this.start;
    if (!this.band && Math.hypot(event.pageX - x, event.pageY - y) < FAR_PX) return;
    this.band ??= this._begin(event);
    this.pointer = { x: event.clientX, y: event.clientY };
    this._draw();
  }

  _begin(event) {
    this.cells.element.setPointerCapture(event.pointerId);
    const band = document.createElement("div");
    band.className = "band";
    document.body.append(band);
    this._scroll();
    return band;
  }

  _scroll() {
    if (!this.start) return;
    if (this.pointer) {
      const { y } = this.pointer;
      const by = y < EDGE_PX ? -SCROLL_PX : y > innerHeight - EDGE_PX ? SCROLL_PX : 0;
      if (by) {
        scrollBy({ top: by, behavior: "instant" });
        this._draw();
      }
    }
    requestAnimationFrame(() => this._scroll());
  }

  _draw() {
    const here = { x: this.pointer.x + scrollX, y: this.pointer.y + scrollY };
    const [left, right] = [Math.min(this.start.x, here.x), Math.max(this.start.x, here.x)];
    const [top, bottom] = [Math.min(this.start.y, here.y), Math.max(this.start.y, here.y)];
    const sides = { left, top, width: right - left, height: bottom - top };
    for (const [name, px] of Object.entries(sides)) this.band.style[name] = `${px}px`;
    const inWindow = { left: left - scrollX, right: right - scrollX, top: top - scrollY, bottom: bottom - scrollY };
    this.selection.set([...this.start.kept, ...this.cells.inside(inWindow)], this.selection.current);
  }

  _release(event) {
    if (this.start && !this.band) this._click(event);
    this._end();
  }

  _click(event) {
    const i = this.cells.numberAt(event.target);
    const isMore = event.ctrlKey || event.metaKey || this.isTouch;
    if (i >= 0) this.selection.pick(i, { isMore, isRange: event.shiftKey });
    else if (!isMore && !event.shiftKey) this.selection.clear();
  }

  _end() {
    this.band?.remove();
    this.band = this.pointer = this.start = null;
  }
}
