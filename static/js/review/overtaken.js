// A colleague was quicker with a box: what was said there, and what one wants now. Nothing is decided by itself, and what
// was refused of what one said on another page is told with the way back.

import { fill, number } from "../viewer/texts.js";

export class Overtaken {
  constructor(element, state, reviewing, texts) {
    this.element = element;
    this.state = state;
    this.reviewing = reviewing;
    this.texts = texts;
    this.rows = new Map(); // by box: the last word is enough
    reviewing.addEventListener("overtaken", ({ detail }) => this._ask(detail));
    reviewing.addEventListener("saying", ({ detail }) => this._end(detail)); // said anew, it is no question any more
    reviewing.addEventListener("refused-elsewhere", ({ detail }) => this._tell(detail));
  }

  _ask({ i, said, standing }) {
    this._end(i);
    const person = standing?.author ?? this.texts.nobody;
    const words = { person, theirs: this._words(i, standing ?? { verdict: "open" }), mine: this._words(i, said) };
    const row = this._row("overtaken-row", fill(this.texts.overtaken, words));
    this._on(row, "[data-mine]", () => this.reviewing.insist({ i, said }));
    this._on(row, "[data-theirs]", () => this._leave(i));
    this._on(row, "[data-look]", () => this.state.select(i, "key"));
    this.rows.set(i, row);
  }

  _tell({ image, box, grid, sentence }) {
    const row = this._row("refused-row", fill(this.texts.refusedElsewhere, { sentence }));
    const link = row.querySelector("a");
    if (image) link.href = fill(this.texts.imagePage, { id: image }) + (box ? `#det=${box}` : "");
    else link.remove();
    this._on(row, "button", () => row.remove());
  }

  _row(template, sentence) {
    const row = document.getElementById(template).content.firstElementChild.cloneNode(true);
    row.querySelector("p").textContent = sentence;
    this.element.append(row);
    return row;
  }

  _on(row, selector, act) {
    row.querySelector(selector).addEventListener("click", act);
  }

  _leave(i) {
    this._end(i);
    this.state.select(i, "key");
  }

  // The focus goes to the next question, if there is one.
  _end(i) {
    const row = this.rows.get(i);
    if (!row) return;
    const hadFocus = row.contains(document.activeElement);
    row.remove();
    this.rows.delete(i);
    if (hadFocus) (this.element.querySelector("button") ?? document.getElementById("side")).focus();
  }

  // As the history of a survey has it.
  _words(i, { verdict, species, count = 1, life, box, left }) {
    const { verdicts, lives, moved } = this.texts;
    if (verdict !== "confirmed" && verdict !== "relabelled") return verdicts[verdict];
    const { boxes } = this.state;
    const name = species || boxes.labels[boxes.label[i]];
    const isMoved = Array.isArray(box) || (left !== undefined && left !== null);
    const more = [lives[life], isMoved ? moved : ""].filter(Boolean);
    return [verdicts[verdict], `${number(count ?? 1)} × ${name}`, ...more].join(", ");
  }
}
