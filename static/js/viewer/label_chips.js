// One button a label that switches its boxes off and on; the first nine have a number key.

import { number } from "./texts.js";

export class LabelChips {
  constructor(element, state, colours) {
    this.element = element;
    this.state = state;
    this.colours = colours;
    this.template = element.querySelector("template");
    element.addEventListener("click", (event) => this._toggle(event.target.closest("[data-label]")));
    for (const type of ["boxes", "drawn"]) state.addEventListener(type, () => this.build());
    state.addEventListener("filter", () => this.mark());
    this.build();
  }

  build() {
    for (const chip of this.element.querySelectorAll("[data-label]")) chip.remove();
    const counts = this.state.filter.countByLabel();
    this.labels = counts.map((_, label) => label).filter((label) => counts[label] > 0);
    this.labels.forEach((label, place) => this.element.append(this._chip(label, counts[label], place)));
    this.element.hidden = !this.labels.length;
    this.mark();
  }

  /** The label of a number key, counted from 1, if there is one. */
  press(number) {
    if (this.labels[number - 1] !== undefined) this._switch(this.labels[number - 1]);
  }

  mark() {
    const { filter } = this.state;
    for (const chip of this.element.querySelectorAll("[data-label]")) {
      chip.setAttribute("aria-pressed", !filter.isOn || !filter.hiddenLabels.has(Number(chip.dataset.label)));
    }
  }

  _chip(label, count, place) {
    const chip = this.template.content.firstElementChild.cloneNode(true);
    chip.dataset.label = label;
    chip.querySelector("[data-dot]").style.background = this.state.boxes.colourOf(label, this.colours);
    chip.querySelector("[data-name]").textContent = this.state.boxes.labels[label];
    chip.querySelector("[data-count]").textContent = number(count);
    const key = chip.querySelector("kbd");
    if (place < 9) key.textContent = place + 1;
    else key.remove();
    return chip;
  }

  _toggle(chip) {
    if (chip) this._switch(Number(chip.dataset.label));
  }

  _switch(label) {
    this.state.changeFilter((filter) => filter.toggleLabel(label));
  }
}
