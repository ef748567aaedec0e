// The buttons and keys of a reviewer beside the list of boxes, and what tells whether everything is saved.

import { fill, number } from "../viewer/texts.js";
import { toast } from "../toast.js";
import { Outbox } from "./outbox.js";
import { Reviewing } from "./reviewing.js";
import { sender } from "./sending.js";
import { openStore } from "./store.js";

const KEYS = {
  c: "confirm", r: "reject", d: "duplicate", u: "uncertain", l: "species", z: "undo", y: "redo", j: "next-open", m: "reviewed",
};

export class ReviewPanel {
  constructor(element, state, config) {
    this.element = element;
    this.texts = config.texts;
    const store = openStore(config.user);
    this.outbox = new Outbox(store, sender(config.account));
    store.then(({ isLasting }) => isLasting || this._holdPage());
    this.reviewing = new Reviewing(state, config, this.outbox);
    this.state = state;
    this.names = config.species;
    this.species = document.getElementById("species-dialog");
    this.unusable = document.getElementById("unusable-dialog");
    this.keys = KEYS;
    this.commands = this._commands();
    this.outbox.addEventListener("change", () => this._tellSaving());
    this.reviewing.addEventListener("image", () => this._tellImage());
    this.reviewing.addEventListener("said", (event) => toast(event.detail));
    this._addForms();
    window.addEventListener("online", () => this.outbox.flush());
    this.outbox.flush();
  }

  _commands() {
    const { reviewing } = this;
    return {
      confirm: () => reviewing.judge("confirmed"),
      reject: () => reviewing.judge("rejected"),
      duplicate: () => reviewing.judge("duplicate"),
      uncertain: () => reviewing.judge("uncertain"),
      species: () => this._askSpecies(),
      undo: () => reviewing.undo(),
      redo: () => reviewing.redo(),
      "next-open": () => reviewing.selectNextOpen(),
      reviewed: () => reviewing.judgeImage("reviewed"),
      reopen: () => reviewing.judgeImage("open"),
      unusable: () => this.unusable.showModal(),
    };
  }

  _askSpecies() {
    const { selected, boxes } = this.state;
    if (selected < 0) return toast(this.texts.selectFirst);
    const form = this.species.querySelector("form");
    form.elements.species.value = boxes.speciesOf(selected);
    form.elements.count.value = boxes.countOf(selected);
    this._offerSpecies();
    this.species.showModal();
    form.elements.species.select();
  }

  // Once, and only for who gives other names: they are looked up in the whole survey. Without them one types.
  async _offerSpecies() {
    if (!this.names) return;
    const [url, list] = [this.names, document.getElementById("species-known")];
    this.names = "";
    const response = await fetch(url).catch(() => null);
    if (!response?.ok) return;
    const { species, named } = await response.json();
    const known = species.filter((each) => !each.is_dropped).map((each) => each.species);
    list.replaceChildren(...Array.from(new Set([...known, ...named]), (name) => new Option("", name)));
  }

  _addForms() {
    this._addForm(this.species, ({ species, count }) =>
      this.reviewing.judge("relabelled", { species: species.value.trim(), count: Number(count.value) }),
    );
    this._addForm(this.unusable, ({ note }) => this.reviewing.judgeImage("unusable", note.value.trim()));
  }

  _addForm(dialog, act) {
    const form = dialog.querySelector("form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close();
      // What was typed into keeps the focus until the next frame, and would swallow the next key.
      if (dialog.contains(document.activeElement)) document.activeElement.blur();
      act(form.elements);
    });
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
  }

  // Here what waits goes with the page.
  _holdPage() {
    this.texts = { ...this.texts, offline: this.texts.offlineHere };
    window.addEventListener("beforeunload", (event) => this.outbox.count && event.preventDefault());
  }

  _tellSaving() {
    const { count, trouble } = this.outbox;
    const text = trouble ? this.texts[trouble] : count ? this.texts.saving : this.texts.saved;
    const part = this.element.querySelector('[data-part="saving"]');
    part.textContent = fill(text, { n: number(count) });
    part.dataset.trouble = trouble;
    this._announce("saving", { count, trouble });
  }

  _tellImage() {
    const { imageState } = this.reviewing;
    this.element.querySelector('[data-part="image-state"]').textContent = this.texts.imageStates[imageState];
    for (const button of this.element.querySelectorAll("[data-when]")) {
      button.hidden = !button.dataset.when.split(" ").includes(imageState);
    }
    this._announce("image-state", imageState);
  }

  // For what else is on the page: the review task.
  _announce(type, detail) {
    this.element.dispatchEvent(new CustomEvent(`review:${type}`, { bubbles: true, detail }));
  }
}
