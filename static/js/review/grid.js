// Puts the review grid together: pages of crops, what is selected, what is said of it, and whether that is saved.

import { fill, number } from "../viewer/texts.js";
import { toast } from "../toast.js";
import { Band } from "./grid_band.js";
import { Cells } from "./grid_cells.js";
import { SpeciesDialog } from "./grid_dialog.js";
import { GridJudging } from "./grid_judging.js";
import { GridPages, fetchPage } from "./grid_pages.js";
import { Selection } from "./grid_selection.js";
import { outboxOf } from "./saving.js";

const FIRST_PAGE = 60;
const PAGE = 120;
const LARGE_PAGE = 200;
const KEYS = { c: "confirmed", r: "rejected", d: "duplicate", u: "uncertain", l: "species", k: "open-again", z: "undo", y: "redo", a: "all", A: "more", " ": "toggle" };
const VERDICTS = ["confirmed", "rejected", "duplicate", "uncertain"];

export class ReviewGrid {
  constructor(element) {
    this.element = element;
    this.config = JSON.parse(document.getElementById("grid-config").textContent);
    this.texts = this.config.texts;
    this.rows = [];
    this.pages = new GridPages(this.config.boxes, fetchPage);
    this.cells = new Cells(this._part("cells"), this._part("cell"), this.config);
    this.selection = new Selection();
    new Band(this.cells, this.selection);
    this.selection.addEventListener("change", () => this._tellSelection());
    if (this.config.mayJudge) this._addJudging();
    this._addCommands();
    this._addLoading();
    this._submitOnChange(document.querySelector('[data-part="filters"]'));
    this._tellSelection();
    this.load(FIRST_PAGE);
  }

  _addJudging() {
    this.outbox = outboxOf(this.config, this._part("saving"));
    this.judging = new GridJudging(this.rows, this.config, this.outbox);
    this.species = new SpeciesDialog(document.getElementById("grid-species"), this.config.species, (said) =>
      this._judge("relabelled", said),
    );
    this.judging.addEventListener("shown", ({ detail }) => this._show(detail));
    this.judging.addEventListener("said", ({ detail }) => this._say(detail));
  }

  // --- commands ------------------------------------------------------------------------------------------------------
  _addCommands() {
    this.element.addEventListener("click", ({ target }) => this._do(target.closest("[data-command]")?.dataset.command));
    this._part("cells").addEventListener("dblclick", ({ target }) => this._open(this.cells.numberAt(target)));
    document.addEventListener("keydown", (event) => this._press(event));
  }

  _press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, select, textarea")) return;
    const isOnControl = event.target.closest("a, button, summary");
    if (isOnControl && ["Enter", " "].includes(event.key)) return;
    if (!this._move(event) && !this._do(this._commandOf(event))) return;
    event.preventDefault();
  }

  _commandOf({ key }) {
    if (key === "Escape") return "none";
    if (key === "Enter") return "open";
    return KEYS[key] ?? KEYS[key.toLowerCase()];
  }

  _move({ key, shiftKey, target }) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.cells.columns, ArrowDown: this.cells.columns };
    const isInGrid = target === document.body || target.closest('[data-part="cells"]');
    if (!isInGrid || !(key in steps || key === "Home" || key === "End")) return false;
    this._part("cells").focus({ preventScroll: true });
    if (key in steps) this.selection.move(steps[key], { isRange: shiftKey });
    else this.selection.goTo(key === "Home" ? 0 : this.selection.count - 1);
    this.cells.bringIntoView(this.selection.current);
    return true;
  }

  /** Whether there is such a command. */
  _do(command) {
    if (VERDICTS.includes(command)) this._judge(command);
    else if (command === "species") this._askSpecies();
    else if (command === "open-again") this._judge("open");
    else if (command === "undo" || command === "redo") this.judging?.[command]();
    else if (command === "all") this.selection.selectAll(this.config.most);
    else if (command === "more") this._selectMore();
    else if (command === "none") this.selection.clear();
    else if (command === "open") this._open(this.selection.meant[0] ?? -1);
    else if (command === "toggle") this.selection.current >= 0 && this.selection.pick(this.selection.current, { isMore: true });
    else return false;
    return true;
  }

  _judge(verdict, said) {
    if (!this.judging) return;
    const { meant } = this.selection;
    this.judging.judge(meant, verdict, said);
    if (meant.length && meant.length <= this.config.most) this.selection.set([], this._nextOpen(meant.at(-1)));
  }

  _askSpecies() {
    if (!this.judging) return;
    if (this.selection.meant.length) this.species.ask();
    else toast(this.texts.selectFirst);
  }

  _nextOpen(i) {
    const next = this.rows.findIndex((row, n) => n > i && row.verdict === "");
    return next < 0 ? i : next;
  }

  // In a tab of its own: here the place in the grid and what is selected stay.
  _open(i) {
    if (i >= 0) window.open(`${fill(this.config.image, { id: this.rows[i].image })}#det=${this.rows[i].id}`, "_blank", "noopener");
  }

  async _selectMore() {
    while (this.pages.next && this.rows.length < this.config.most && (await this.load(LARGE_PAGE)));
    this.selection.selectAll(this.config.most);
  }

  // --- loading -------------------------------------------------------------------------------------------------------
  _addLoading() {
    const more = this._part("more");
    more.addEventListener("click", () => this.load(PAGE));
    const near = ([{ isIntersecting }]) => isIntersecting && !more.hidden && this.load(PAGE);
    this.observer = new IntersectionObserver(near, { rootMargin: "800px" });
    this.observer.observe(more);
  }

  /** Whether more came. */
  async load(size) {
    if (this.pages.underWay) return this._afterPage(size);
    const rows = await this.pages.load(size).catch(() => null);
    this._part("trouble").hidden = rows !== null;
    if (rows === null) {
      this._part("trouble").textContent = this.texts.notLoaded;
      this._part("more").hidden = false;
      return false;
    }
    this.rows.push(...rows.map((row) => ({ ...row, wasOpen: row.verdict === "" })));
    this.cells.add(rows);
    this.selection.count = this.rows.length;
    this._part("more").hidden = !this.pages.next;
    this.observer.unobserve(this._part("more"));
    this.observer.observe(this._part("more")); // told again where it is: still near, if the page is tall
    this._part("nothing").hidden = this.rows.length > 0;
    this._part("cells").hidden = this.rows.length === 0;
    this._part("cells").setAttribute("aria-busy", "false");
    this.element.dataset.ready = String(this.rows.length);
    this._tellSelection();
    return rows.length > 0;
  }

  async _afterPage(size) {
    await this.pages.underWay.catch(() => null);
    await new Promise((done) => setTimeout(done));
    return this.pages.underWay ? this._afterPage(size) : this.load(size);
  }

  // --- telling -------------------------------------------------------------------------------------------------------
  _show(indices) {
    for (const i of indices) this.cells.show(i, this.rows[i]);
    const here = document.querySelector("[data-left]");
    if (!here) return;
    const isOpen = ({ verdict }) => verdict === "";
    const more = this.rows.filter(isOpen).length - this.rows.filter(({ wasOpen }) => wasOpen).length;
    here.textContent = fill(this.texts.left, { n: number(Math.max(Number(here.dataset.left) + more, 0)) });
  }

  _say({ text, canUndo, isError }) {
    const action = canUndo ? { word: this.texts.undo, act: () => this.judging.undo() } : null;
    toast(text, { isError, action });
  }

  _tellSelection() {
    this.cells.mark(this.selection);
    const text = this.pages.next ? this.texts.selected : this.texts.selectedOf;
    this._part("selected").textContent = fill(text, { n: number(this.selection.size), count: number(this.rows.length) });
  }

  _submitOnChange(form) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  _part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }
}

export function start(element) {
  new ReviewGrid(element);
}
