/* The buttons that choose the theme: data-theme is light, dark, or empty for the system's own. */
export class ThemeChoice {
  constructor(element) {
    this.buttons = [...element.querySelectorAll("[data-theme-choice]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.choose(button.dataset.themeChoice));
    this.show(localStorage.getItem("theme") ?? "");
    element.hidden = false;
  }

  choose(theme) {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
    document.dispatchEvent(new Event("theme-chosen"));
    this.show(theme);
  }

  show(theme) {
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

export function start(element) {
  new ThemeChoice(element);
}
