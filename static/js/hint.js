/* A hint of the first hour. It stands aside, waits for nothing, and never comes back once it was answered. */
const STORED = "hints";
export const NONE = "none";

export function isWanted(name, stored) {
  const done = (stored ?? "").split(" ");
  return !done.includes(NONE) && !done.includes(name);
}

export class Hint {
  constructor(element) {
    this.element = element;
    element.hidden = !isWanted(element.dataset.hint, localStorage.getItem(STORED));
    element.querySelector("[data-hint-done]").addEventListener("click", () => this.end(element.dataset.hint));
    element.querySelector("[data-hint-none]").addEventListener("click", () => this.end(NONE));
  }

  end(name) {
    localStorage.setItem(STORED, `${localStorage.getItem(STORED) ?? ""} ${name}`.trim());
    this.element.hidden = true;
  }
}

export function start(element) {
  new Hint(element);
}
