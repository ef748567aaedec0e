/* The buttons that choose how large the pictures of the image grid are; theme.js sets it before the first paint. */
export class Density {
  constructor(element) {
    this.buttons = [...element.querySelectorAll("[data-density-choice]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.choose(button.dataset.densityChoice));
    this.show();
    element.hidden = false;
  }

  choose(density) {
    localStorage.setItem("density", density);
    document.documentElement.dataset.density = density;
    this.show();
  }

  show() {
    const density = document.documentElement.dataset.density ?? "";
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.densityChoice === density));
  }
}

export function start(element) {
  new Density(element);
}
