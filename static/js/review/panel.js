// The buttons and keys of a reviewer beside the list of boxes, and what tells whether everything is saved.

import { toast } from "../toast.js";
import { withKeys } from "../viewer/key_choice.js";
import { fill, number } from "../viewer/texts.js";
import { BoxEditor } from "./box_editor.js";
import { addForm } from "./forms.js";
import { Overtaken } from "./overtaken.js";
import { Reviewing } from "./reviewing.js";
import { outboxOf } from "./saving.js";
import { SpeciesDialog } from "./species_dialog.js";

const KEYS = {
  c: "confirm", r: "reject", d: "duplicate", u: "uncertain", l: "species", z: "undo", y: "redo", j: "next-open", m: "reviewed",
  a: "add-box", e: "edit-box", k: "open-again", i: "next-uncertain", h: "next-unfinished",
  q: "question",
};

export class ReviewPanel {
  /** `element`: the whole page; what is said of the image stands in its bar, what is said of boxes in its side. */
  constructor(element, scene, state, config) {
    this.element = element;
    this.texts = config.texts;
    this.next = config.next;
    this.outbox = outboxOf(config, this._part("saving"));
    this.reviewing = new Reviewing(state, config, this.outbox);
    this.state = state;
    this.species = new SpeciesDialog(document.getElementById("species-dialog"), this._part("active-species"), config);
    this.editor = new BoxEditor(scene, this._part("box-fields"));
    this.overtaken = new Overtaken(this._part("overtaken"), state, this.reviewing, config, (n) => this.outbox.ask(n));
    this.unusable = document.getElementById("unusable-dialog");
    this.keys = KEYS;
    this.commands = this._commands();
    this.editor.addEventListener("kept", ({ detail }) => this._keepBox(detail));
    this.species.addEventListener("left", () => this._backToBox());
    this.outbox.addEventListener("change", () => this._announce("saving", { count: this.outbox.count, trouble: this.outbox.trouble }));
    this.reviewing.addEventListener("image", () => this._tellImage());
    this.reviewing.addEventListener("said", (event) => toast(withKeys(event.detail)));
    this.reviewing.addEventListener("overruled", ({ detail }) => toast(this.overtaken.overruled(detail)));
    for (const type of ["boxes", "verdict", "drawn"]) state.addEventListener(type, () => this._markNext());
    this._markNext();
    addForm(this.unusable, ({ note }) => this.reviewing.judgeImage("unusable", note.value.trim()));
  }

  _commands() {
    const { reviewing } = this;
    return {
      confirm: () => reviewing.judge("confirmed"),
      reject: () => reviewing.judge("rejected"),
      duplicate: () => reviewing.judge("duplicate"),
      uncertain: () => reviewing.judge("uncertain"),
      species: () => this._askSpecies(),
      "no-species": () => this.species.choose(""),
      "add-box": () => this._addBox(),
      "edit-box": () => this._editBox(),
      none: () => (this.species.chosen ? this.species.choose("") : this.state.select(-1)),
      "open-again": () => reviewing.judge("open"),
      undo: () => reviewing.undo(),
      redo: () => reviewing.redo(),
      "next-open": () => reviewing.selectNextOpen(),
      "next-uncertain": () => reviewing.selectNextUncertain() || this._goOn("uncertain"),
      "next-unfinished": () => this._goOn("unfinished"),
      reviewed: () => this._setReviewed(),
      question: () => this.overtaken.focus(),
      reopen: () => reviewing.judgeImage("open"),
      unusable: () => this.unusable.showModal(),
    };
  }

  _askSpecies() {
    const { selected, boxes } = this.state;
    if (selected < 0) return this.reviewing.askForBox();
    const { count, life } = boxes.factsOf(selected);
    this.species.ask({ species: boxes.speciesOf(selected), count, life }, (facts) => this.reviewing.judge("relabelled", facts));
  }

  // What was said here waits in the outbox and is sent on the next page too.
  async _goOn(want) {
    const inTask = document.querySelector('[data-part="task-next"]');
    if (inTask && want === "unfinished") return inTask.click(); // another image might be in a colleague's hands
    if (inTask) return toast(this.texts.noNext.here);
    const { url } = await this._askFor(want);
    if (url) location.assign(url);
    else toast(this.texts.noNext[url === null ? want : "offline"]);
  }

  async _askFor(want) {
    try {
      const response = await fetch(`${this.next}?want=${want}`, { headers: { Accept: "application/json" } });
      return response.ok ? await response.json() : {};
    } catch {
      return {};
    }
  }

  // A box that nobody judged is no animal of the count: it must not go by unseen.
  _setReviewed() {
    const { boxes } = this.state;
    const numberOf = (state) => boxes.state.filter((each, i) => each === state && !boxes.isDropped(i)).length;
    const [open, uncertain] = [numberOf("proposed"), numberOf("uncertain")];
    this.reviewing.judgeImage("reviewed");
    if (open || uncertain) toast(fill(withKeys(this.texts.notAllJudged), { open: number(open), uncertain: number(uncertain) }));
  }

  _addBox() {
    this.state.select(-1);
    this.editor.create();
  }

  _editBox() {
    const { selected, boxes } = this.state;
    if (selected < 0) return this.reviewing.askForBox();
    const { left, top, right, bottom } = boxes.box(selected);
    this.editor.edit(selected, [left, top, right, bottom]);
  }

  _keepBox({ box, i }) {
    if (i >= 0) return this.reviewing.move(i, box);
    if (this.species.chosen) return this.reviewing.draw(box, { species: this.species.chosen });
    this.drawn = box;
    this.species.ask({ species: "", count: 1, life: "" }, (facts) => this._draw(box, facts), { isNew: true });
  }

  _draw(box, facts) {
    this.drawn = null;
    this.reviewing.draw(box, facts);
  }

  // Who does not say what it is has the box before her again: nothing that was drawn is lost by a slip.
  _backToBox() {
    if (this.drawn) this.editor.edit(-1, this.drawn);
    this.drawn = null;
  }

  _part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }

  _tellImage() {
    const { imageState } = this.reviewing;
    const state = this._part("image-state");
    state.textContent = this.texts.imageStates[imageState];
    state.dataset.state = imageState;
    for (const button of this.element.querySelectorAll("[data-when]")) {
      button.hidden = !button.dataset.when.split(" ").includes(imageState);
    }
    this._markNext();
    this._announce("image-state", imageState);
  }

  // One button is filled, what to do next: a verdict on a box while one is open, then that on the image.
  _markNext() {
    const { state, reviewing } = this;
    const isOpen = reviewing.imageState === "unreviewed" || reviewing.imageState === "in_progress";
    const next = isOpen && state.boxes.state.some((each, i) => each === "proposed" && !state.boxes.isDropped(i)) ? "confirm" : "reviewed";
    for (const command of ["confirm", "reviewed"]) {
      this.element.querySelector(`[data-command="${command}"]`)?.classList.toggle("btn-primary", command === next);
    }
  }

  // For what else is on the page: the review task.
  _announce(type, detail) {
    this.element.dispatchEvent(new CustomEvent(`review:${type}`, { bubbles: true, detail }));
  }
}
