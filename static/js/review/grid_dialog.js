// Asks which species the selected boxes are, and how many animals stand in each.

export class SpeciesDialog {
  /** `url`: where the survey's species are told; `act({species, count})`. */
  constructor(dialog, url, act) {
    this.dialog = dialog;
    this.url = url;
    const form = dialog.querySelector("form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close();
      document.activeElement?.blur?.(); // or it would swallow the next key
      act({ species: form.elements.species.value.trim(), count: Number(form.elements.count.value) });
    });
    dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
  }

  ask() {
    this._offer();
    this.dialog.showModal();
    this.dialog.querySelector("[name=species]").select();
  }

  // Once, and only for who gives other names: they are looked up in the whole survey. Without them one types.
  async _offer() {
    if (!this.url) return;
    const url = this.url;
    this.url = "";
    const response = await fetch(url).catch(() => null);
    if (!response?.ok) return;
    const { species, named } = await response.json();
    const known = species.filter((each) => !each.is_dropped).map((each) => each.species);
    const options = Array.from(new Set([...known, ...named]), (name) => new Option("", name));
    this.dialog.querySelector("datalist").replaceChildren(...options);
  }
}
