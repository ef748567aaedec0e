/* A short note over the page that goes by itself; screen readers hear it through the live region. */
const SHOWN_MS = 6000;

/** `action`: {word, act} of a button in the note. */
export function toast(text, { isError = false, action = null } = {}) {
  const region = document.getElementById("toasts");
  if (!region) return;
  for (const same of region.children) if (same.dataset.text === text) same.remove(); // once is enough, the last time
  const note = document.createElement("div");
  note.dataset.text = text;
  note.className = isError ? "toast-note toast-note-error" : "toast-note";
  note.textContent = text;
  if (action) note.append(button(action, note));
  region.append(note);
  setTimeout(() => note.remove(), isError ? 2 * SHOWN_MS : SHOWN_MS);
}

function button({ word, act }, note) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "toast-action";
  made.textContent = word;
  made.addEventListener("click", () => {
    note.remove();
    act();
  });
  return made;
}
