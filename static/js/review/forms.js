// A form in a dialog.

/** `act(elements)` when it is sent; Cancel closes it. */
export function addForm(dialog, act) {
  const form = dialog.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close("sent");
    // What was typed into keeps the focus until the next frame, and would swallow the next key.
    if (dialog.contains(document.activeElement)) document.activeElement.blur();
    act(form.elements);
  });
  dialog.querySelector("[data-cancel]").addEventListener("click", () => dialog.close(""));
}
