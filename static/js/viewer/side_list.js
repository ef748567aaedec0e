// The list of shown boxes, best score first. Only the rows in view exist: ten thousand rows would freeze the page.

import { clamp } from "./geometry.js";

const ROW = 54; // as --row in viewer.css
const SPARE = 4; // rows kept beyond each end

/** First and one past the last row to build. */
export function rowWindow(scrollTop, height, count) {
  const first = clamp(Math.floor(scrollTop / ROW) - SPARE, 0, count);
  return { first, end: clamp(Math.ceil((scrollTop + height) / ROW) + SPARE, first, count) };
}

export class SideList {
  /** `fillRow(row, i)` writes box `i` into a clone of the row template. */
  constructor(element, state, fillRow) {
    this.element = element;
    this.state = state;
    this.fillRow = fillRow;
    this.template = document.getElementById("box-row");
    this.inner = element.querySelector("[data-rows]");
    this.rows = new Map();
    element.addEventListener("scroll", () => this._build(), { passive: true });
    element.addEventListener("click", (event) => this._pick(event));
    element.addEventListener("keydown", (event) => this._move(event));
    new ResizeObserver(() => this._build()).observe(element);
    for (const type of ["filter", "boxes", "drawn"]) state.addEventListener(type, () => this.refresh());
    state.addEventListener("verdict", ({ detail }) => this._fillAgain(detail));
    state.addEventListener("select", () => this._follow());
    this.refresh();
  }

  refresh() {
    this.shown = this.state.filter.shown;
    this.inner.style.height = `${this.shown.length * ROW}px`;
    this._clear();
    this._build();
  }

  _fillAgain(i) {
    for (const row of this.rows.values()) if (Number(row.dataset.box) === i) this.fillRow(row, i);
  }

  _clear() {
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
  }

  _build() {
    const { first, end } = rowWindow(this.element.scrollTop, this.element.clientHeight, this.shown.length);
    for (const [place, row] of this.rows) {
      if (place >= first && place < end) continue;
      row.remove();
      this.rows.delete(place);
    }
    for (let place = first; place < end; place += 1) if (!this.rows.has(place)) this._add(place);
    this._mark();
  }

  _add(place) {
    const i = this.shown[place];
    const row = this.template.content.firstElementChild.cloneNode(true);
    row.id = `box-${i}`;
    row.dataset.box = i;
    row.style.top = `${place * ROW}px`;
    row.setAttribute("aria-setsize", this.shown.length);
    row.setAttribute("aria-posinset", place + 1);
    this.fillRow(row, i);
    this.rows.set(place, row);
    this.inner.append(row);
  }

  _mark() {
    const { selected } = this.state;
    let isBuilt = false;
    for (const row of this.rows.values()) {
      const isSelected = Number(row.dataset.box) === selected;
      row.setAttribute("aria-selected", isSelected);
      isBuilt ||= isSelected;
    }
    if (isBuilt) this.element.setAttribute("aria-activedescendant", `box-${selected}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  _follow() {
    const place = this.shown.indexOf(this.state.selected);
    if (place >= 0) this._bringIntoView(place * ROW);
    this._build();
  }

  _bringIntoView(top) {
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + ROW > scrollTop + clientHeight) this.element.scrollTop = top + ROW - clientHeight;
  }

  _pick(event) {
    const row = event.target.closest("[data-box]");
    if (row) this.state.select(Number(row.dataset.box), "list");
  }

  _move(event) {
    const place = this.shown.indexOf(this.state.selected);
    const last = this.shown.length - 1;
    const targets = { ArrowDown: place + 1, ArrowUp: Math.max(place, 1) - 1, Home: 0, End: last };
    if (!(event.key in targets) || last < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.state.select(this.shown[clamp(targets[event.key], 0, last)], "list");
  }
}
