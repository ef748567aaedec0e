// The species that a survey knows, offered while one types.

/** Fills `list` (a datalist) from the address of the survey's species; without an answer one types. */
export async function offerSpecies(url, list) {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) return;
  const { species, named } = await response.json();
  const known = species.filter((each) => !each.is_dropped).map((each) => each.species);
  list.replaceChildren(...Array.from(new Set([...known, ...named]), (name) => new Option("", name)));
}
