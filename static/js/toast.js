/* A short note over the page that goes by itself; screen readers hear it through the live region. */
const SHOWN_MS = 6000;

export function toast(text, { isError = false } = {}) {
  const region = document.getElementById("toasts");
  if (!region) return;
  const note = document.createElement("div");
  note.className = isError ? "toast-note toast-note-error" : "toast-note";
  note.textContent = text;
  region.append(note);
  setTimeout(() => note.remove(), isError ? 2 * SHOWN_MS : SHOWN_MS);
}
