/* A <details> menu closes on Escape and on a click elsewhere, as menus do. */
export class Menu {
  constructor(details) {
    this.details = details;
    document.addEventListener("click", (event) => this.closeUnlessInside(event.target));
    details.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    details.addEventListener("focusout", (event) => event.relatedTarget && this.closeUnlessInside(event.relatedTarget));
  }

  closeUnlessInside(target) {
    if (!this.details.contains(target)) this.details.open = false;
  }

  close() {
    if (!this.details.open) return;
    this.details.open = false;
    this.details.querySelector("summary").focus();
  }
}

export function start(element) {
  new Menu(element);
}
