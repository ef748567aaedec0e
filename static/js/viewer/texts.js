// Sentences come from the page, already translated, with {names} to be filled.

export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** A whole number as people of the page's language write it. */
export function number(value) {
  return value.toLocaleString(globalThis.document?.documentElement.lang || "en");
}
