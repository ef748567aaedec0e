// Asks which species the selected boxes are, and how many animals stand in each.

import { addForm } from "./forms.js";
import { offerSpecies } from "./species_names.js";

export class SpeciesDialog {
  /** `url`: where the survey's species are told; `act({species, count})`. */
  constructor(dialog, url, act) {
    this.dialog = dialog;
    this.url = url;
    addForm(dialog, ({ species, count }) => act({ species: species.value.trim(), count: Number(count.value) }));
  }

  ask() {
    this._offer();
    this.dialog.showModal();
    this.dialog.querySelector("[name=species]").select();
  }

  // Once, and only for who gives other names: they are looked up in the whole survey.
  _offer() {
    if (this.url) offerSpecies(this.url, this.dialog.querySelector("datalist"));
    this.url = "";
  }
}
