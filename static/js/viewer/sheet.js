// On narrow screens the side is a sheet at the bottom; its grip draws it up and down.

export class Sheet {
  constructor(element) {
    const grip = element.querySelector("[data-grip]");
    grip.addEventListener("click", () => {
      const isOpen = element.classList.toggle("is-open");
      grip.setAttribute("aria-expanded", isOpen);
    });
  }
}
