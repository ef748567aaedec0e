// Asks what is in a box, how many, and whether they live; and keeps the species that new boxes are without being asked.

import { addForm } from "./forms.js";
import { offerSpecies } from "./species_names.js";

export class SpeciesDialog extends EventTarget {
  /** `config`: `species` (address of the survey's names), `survey`. Events: "left" when nothing was said. */
  constructor(dialog, line, config, store = sessionStorage) {
    super();
    this.dialog = dialog;
    this.line = line;
    this.names = config.species;
    this.store = store;
    this.key = `species-of-new-boxes-${config.survey}`;
    addForm(dialog, (elements) => this._say(elements));
    dialog.addEventListener("close", () => dialog.returnValue !== "sent" && this.dispatchEvent(new CustomEvent("left")));
    this.choose(store.getItem(this.key) ?? "");
  }

  /** `then(facts)` hears what was said. */
  ask({ species, count, life }, then, { isNew = false } = {}) {
    const { elements } = this.dialog.querySelector("form");
    Object.assign(elements.species, { value: species });
    elements.count.value = count;
    elements.life.value = life;
    elements.note.value = "";
    elements.keep.checked = false;
    this.dialog.querySelector("[data-only-new]").hidden = !isNew;
    this.dialog.returnValue = "";
    this.then = then;
    this._offer();
    this.dialog.showModal();
    elements.species.select();
  }

  /** What new boxes are from now on; "" asks each time. */
  choose(species) {
    this.chosen = species;
    this.store.setItem(this.key, species);
    this.line.hidden = !species;
    this.line.querySelector("[data-name]").textContent = species;
  }

  _say({ species, count, life, note, keep }) {
    const name = species.value.trim();
    if (keep.checked) this.choose(name);
    this.then({ species: name, count: Number(count.value), life: life.value, note: note.value.trim() });
  }

  // Once, and only for who gives names: they are looked up in the whole survey.
  _offer() {
    if (this.names) offerSpecies(this.names, document.getElementById("species-known"));
    this.names = "";
  }
}
