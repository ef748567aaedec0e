// Tabs whose panels stand in the page: arrow keys go between them, as in every list of tabs.

export class Tabs {
  constructor(element) {
    this.tabs = [...element.querySelectorAll("[role=tab]")];
    for (const tab of this.tabs) tab.addEventListener("click", () => this.open(tab));
    element.addEventListener("keydown", (event) => this._move(event));
    this.open(this.tabs[0]);
  }

  open(tab) {
    for (const other of this.tabs) {
      const isOpen = other === tab;
      other.setAttribute("aria-selected", isOpen);
      other.tabIndex = isOpen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !isOpen;
    }
    tab.dispatchEvent(new CustomEvent("tab-open"));
  }

  _move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = this.tabs.indexOf(document.activeElement) + step;
    const tab = this.tabs[(place + this.tabs.length) % this.tabs.length];
    this.open(tab);
    tab.focus();
  }
}
