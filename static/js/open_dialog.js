/* A button that opens the <dialog> whose id stands in data-dialog; [data-close] inside closes it. */
export class OpenDialog {
  constructor(button) {
    this.dialog = document.getElementById(button.dataset.dialog);
    button.addEventListener("click", () => this.dialog.showModal());
    this.dialog.addEventListener("click", (event) => this.closeFor(event.target));
  }

  /** The dialog itself is the target only of clicks on its backdrop, or on its padding. */
  closeFor(target) {
    if (target.closest("[data-close]")) this.dialog.close();
  }
}

export function start(element) {
  new OpenDialog(element);
}
