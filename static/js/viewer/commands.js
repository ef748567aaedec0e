// What buttons and keys of the image page do. A button names its command in data-command; the keys stand in the table.

import { KeyChoice, KeyChoiceForm, showKeys } from "./key_choice.js";
import { Keys } from "./keys.js";

const KEYS = {
  "+": "zoom-in", "-": "zoom-out", 0: "fit", "=": "full-size", n: "next-box", p: "previous-box", f: "filter", o: "boxes",
  v: "center-next", escape: "none", "?": "keys", "]": "next-image", "[": "previous-image",
};

export class Commands {
  /** Without scene and state only the page's own commands are there. `more`: further {commands, keys}. */
  constructor(element, { scene = null, state = null, chips = null, more = {} } = {}) {
    this.element = element;
    this.scene = scene;
    this.state = state;
    this.commands = { ...this._commands(), ...more.commands };
    this.dialog = document.getElementById("viewer-keys-dialog");
    this.choice = new KeyChoice({ ...KEYS, ...more.keys });
    this.keys = new Keys(this._actions(chips));
    this.choice.addEventListener("change", () => this._takeKeys(chips));
    new KeyChoiceForm(this.dialog.querySelector("[data-key-choice]"), this.choice);
    showKeys(element, this.choice);
    element.addEventListener("click", (event) => this._press(event.target.closest("[data-command]")));
    this._addSwitch();
    for (const type of ["filter", "visibility"]) state?.addEventListener(type, () => this._mark());
  }

  run(name) {
    this.commands[name]?.();
  }

  /** Of the page; where an image is shown also of the image. */
  _commands() {
    const page = {
      keys: () => this.dialog.showModal(),
      "next-image": () => this._follow("next"),
      "previous-image": () => this._follow("prev"),
    };
    return this.scene ? { ...page, ...this._imageCommands() } : page;
  }

  _imageCommands() {
    const { scene, state } = this;
    return {
      "zoom-in": () => scene.map.zoomIn(1),
      "zoom-out": () => scene.map.zoomOut(1),
      fit: () => scene.fit(),
      "full-size": () => scene.fullSize(state.selected < 0 ? null : state.boxes.center(state.selected)),
      "next-box": () => state.selectNeighbour(1),
      "previous-box": () => state.selectNeighbour(-1),
      "center-next": () => this._centerNext(),
      filter: () => state.changeFilter((filter) => filter.toggle()),
      boxes: () => state.toggleBoxes(),
      none: () => state.select(-1),
    };
  }

  _centerNext() {
    const { scene, state } = this;
    state.selectNeighbour(1);
    if (state.selected >= 0) scene.centerOn(state.boxes.center(state.selected));
  }

  _actions(chips) {
    const actions = Object.entries(this.choice.table).map(([key, command]) => [key, () => this.run(command)]);
    return { ...Object.fromEntries(actions), "1-9": (number) => chips?.press(number) };
  }

  _takeKeys(chips) {
    this.keys.actions = this._actions(chips);
    showKeys(this.element, this.choice);
  }

  _press(button) {
    if (button) this.run(button.dataset.command);
  }

  _follow(rel) {
    this.element.querySelector(`a[rel="${rel}"]`)?.click();
  }

  _mark() {
    const pressed = { boxes: this.state.areBoxesHidden, filter: !this.state.filter.isOn };
    for (const [command, isPressed] of Object.entries(pressed)) {
      for (const button of this.element.querySelectorAll(`[data-command="${command}"]`)) button.setAttribute("aria-pressed", isPressed);
    }
  }

  _addSwitch() {
    const box = this.dialog.querySelector("[data-keys-switch]");
    box.checked = this.keys.areOn;
    box.addEventListener("change", () => (this.keys.areOn = box.checked));
  }
}
