// The boxes of the grid on the page: a picture each, with what counts there, and whether it is selected.

import { fill } from "../viewer/texts.js";

export class Cells {
  /** `template`: of one cell. */
  constructor(element, template, config) {
    this.element = element;
    this.template = template;
    this.config = config;
    this.cells = [];
    this.selected = new Set();
    this.current = -1;
  }

  get columns() {
    return getComputedStyle(this.element).gridTemplateColumns.split(" ").length;
  }

  add(rows) {
    const made = rows.map((row, n) => this._make(row, this.cells.length + n));
    this.cells.push(...made);
    this.element.append(...made);
  }

  _make(row, i) {
    const cell = this.template.content.firstElementChild.cloneNode(true);
    cell.id = `cell-${i}`;
    cell.dataset.number = i;
    const [left, top, right, bottom] = row.place.map((share) => 100 * share);
    const frame = cell.querySelector(".cell-frame");
    Object.assign(frame.style, { left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%` });
    this._showPicture(cell.querySelector("img"), row);
    cell.querySelector("[data-score]").textContent = row.score.toFixed(2);
    this._tell(cell, row);
    return cell;
  }

  _showPicture(image, { jpeg, id }) {
    if (!jpeg) {
      image.loading = "lazy";
      image.src = fill(this.config.crop, { id });
      return;
    }
    image.src = URL.createObjectURL(new Blob([jpeg], { type: "image/jpeg" }));
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  }

  /** The verdict of box `i` is another one. */
  show(i, row) {
    this._tell(this.cells[i], row);
  }

  _tell(cell, row) {
    const word = this.config.texts.states[row.verdict] ?? row.verdict;
    const named = row.species && row.verdict === "relabelled" ? row.species : row.verdict ? word : "";
    const times = row.count > 1 && row.species ? `${row.count} × ` : "";
    cell.dataset.verdict = row.verdict;
    cell.classList.toggle("is-judged", row.verdict !== "");
    cell.querySelector("[data-verdict]").textContent = times + named;
    const facts = { label: row.label, score: row.score.toFixed(2), state: times + (named || word), file: row.file_name };
    cell.setAttribute("aria-label", fill(this.config.texts.cell, facts));
  }

  /** Marks what is selected, and where the keys are. */
  mark(selection) {
    for (const i of this.selected) if (!selection.chosen.has(i)) this.cells[i].setAttribute("aria-selected", "false");
    for (const i of selection.chosen) if (!this.selected.has(i)) this.cells[i].setAttribute("aria-selected", "true");
    this.selected = new Set(selection.chosen);
    this.cells[this.current]?.classList.remove("is-current");
    this.current = selection.current;
    this.cells[this.current]?.classList.add("is-current");
    if (this.current >= 0) this.element.setAttribute("aria-activedescendant", `cell-${this.current}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  bringIntoView(i) {
    this.cells[i]?.scrollIntoView({ block: "nearest" });
  }

  /** The number of the box at an element of the page; -1 beside all boxes. */
  numberAt(target) {
    const cell = target.closest?.(".cell");
    return cell ? Number(cell.dataset.number) : -1;
  }

  /** The boxes that a rectangle of the window touches. */
  inside({ left, top, right, bottom }) {
    const found = [];
    this.cells.forEach((cell, i) => {
      const at = cell.getBoundingClientRect();
      if (at.left < right && at.right > left && at.top < bottom && at.bottom > top) found.push(i);
    });
    return found;
  }
}
