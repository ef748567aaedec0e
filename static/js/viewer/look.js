// Brightness and contrast of the image on the screen, for shade and haze. The boxes keep their colours, and the image
// that is opened next looks the same.

const STORED = "viewer-look";
const USUAL = { brightness: 100, contrast: 100 }; // per cent

export class Look {
  constructor(element, pane, store = sessionStorage) {
    this.element = element;
    this.pane = pane;
    this.store = store;
    this.fields = [...element.querySelectorAll("input[type=range]")];
    element.addEventListener("input", () => this._take());
    element.querySelector("[data-usual]").addEventListener("click", () => this._set(USUAL));
    this._set(this._kept());
  }

  _kept() {
    try {
      return { ...USUAL, ...JSON.parse(this.store.getItem(STORED)) };
    } catch {
      return USUAL;
    }
  }

  _set(look) {
    for (const field of this.fields) field.value = look[field.name];
    this._take();
  }

  _take() {
    const look = Object.fromEntries(this.fields.map((field) => [field.name, field.valueAsNumber]));
    const isUsual = Object.keys(USUAL).every((name) => look[name] === USUAL[name]);
    this.pane.style.filter = isUsual ? "" : `brightness(${look.brightness}%) contrast(${look.contrast}%)`;
    for (const field of this.fields) this.element.querySelector(`output[for="${field.id}"]`).textContent = `${field.value} %`;
    this.store.setItem(STORED, JSON.stringify(look));
  }
}
