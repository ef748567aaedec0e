// A colleague was quicker with a box: what was said there, and what one wants now. Nothing is decided by itself, what was
// refused of what one said on another page is told with the way there, and a question waits in the browser until it is
// answered.

import { fill, number } from "../viewer/texts.js";

export class Overtaken {
  /** `config`: user, id of the image, people (names by user name), imagePage, texts. `onChange(n)`: so many questions. */
  constructor(element, state, reviewing, config, onChange, store = localStorage) {
    Object.assign(this, { element, state, reviewing, config, onChange, store });
    this.texts = config.texts;
    this.name = `kopje-overtaken-${config.user}`;
    this.rows = new Map(); // by box: the last word is enough
    reviewing.addEventListener("overtaken", ({ detail }) => this._ask(detail));
    reviewing.addEventListener("saying", ({ detail }) => this._end(this.state.boxes.idOf(detail))); // no question any more
    reviewing.addEventListener("refused-elsewhere", ({ detail }) => this._tell(detail));
    state.addEventListener("loaded", () => this._recall());
    if (state.isLoaded) this._recall();
  }

  /** To the first question, by keyboard. */
  focus() {
    this.element.querySelector("button, a")?.focus();
  }

  _recall() {
    for (const [box, { image, said, standing }] of Object.entries(this._kept())) {
      const i = image === this.config.id ? this.state.boxes.indexOf(box) : -1;
      if (i >= 0) this._ask({ box, i, said, standing });
    }
  }

  _ask({ box, i, said, standing }) {
    this._end(box);
    const person = this._person(standing);
    const words = { person, box: this._boxName(i), theirs: this._words(i, standing ?? { verdict: "open" }), mine: this._words(i, said) };
    const row = this._row("overtaken-row", fill(this.texts.overtaken, words));
    this._on(row, "[data-mine]", () => this.reviewing.insist({ i, said }));
    this._on(row, "[data-theirs]", () => this._leave(box, i));
    this._on(row, "[data-look]", () => this.state.select(i, "key"));
    this.rows.set(box, row);
    this._change((kept) => (kept[box] = { image: this.config.id, said, standing }));
    this.onChange(this.rows.size);
  }

  // Asked when that image is opened.
  _tell({ image, box, sentence, said, standing }) {
    if (box && standing !== undefined) this._change((kept) => (kept[box] = { image, said, standing }));
    const row = this._row("refused-row", fill(this.texts.refusedElsewhere, { sentence }));
    const link = row.querySelector("a");
    if (image) link.href = fill(this.config.imagePage, { id: image }) + (box ? `#det=${box}` : "");
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

  _leave(box, i) {
    this._end(box);
    this.state.select(i, "key");
  }

  // The focus goes to the next question, if there is one.
  _end(box) {
    const row = this.rows.get(box);
    if (!row) return;
    this._change((kept) => delete kept[box]);
    const hadFocus = row.contains(document.activeElement);
    row.remove();
    this.rows.delete(box);
    this.onChange(this.rows.size);
    if (hadFocus) (this.element.querySelector("button") ?? document.querySelector("[data-part=map]")).focus();
  }

  _person(standing) {
    return standing ? (this.config.people[standing.author] ?? standing.author) : this.texts.nobody;
  }

  _boxName(i) {
    const { boxes } = this.state;
    return `${boxes.labels[boxes.label[i]]} ${boxes.scoreText(i)}`.trim();
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

  /** What a higher role's word that counts is, in a sentence. */
  overruled({ i, standing }) {
    return fill(this.texts.overruled, { person: this._person(standing), theirs: this._words(i, standing) });
  }

  // Questions by box, of all images.
  _change(change) {
    const kept = this._kept();
    change(kept);
    try {
      this.store.setItem(this.name, JSON.stringify(kept));
    } catch {
      // Full, or forbidden: the question is there as long as the page.
    }
  }

  _kept() {
    try {
      return JSON.parse(this.store.getItem(this.name)) ?? {};
    } catch {
      return {};
    }
  }
}
