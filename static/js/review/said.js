// What a person says of a box: as the page keeps it, as it is sent, as the server's answers have it.

export const OPEN = { verdict: "open", species: "", count: 1, life: "", box: null };
const SIDES = ["left", "top", "right", "bottom"];

/** A verdict that counts the animal here. */
export function isAccepting(verdict) {
  return verdict === "confirmed" || verdict === "relabelled";
}

/** The review that counts, of an answer that holds all of them. */
export function standingOf({ counts, reviews }) {
  return reviews.find((review) => review.id === counts) ?? null;
}

/** As the page keeps it, of a review as the server has it. */
export function factsOf({ verdict, species, count, life, ...review }) {
  const box = SIDES.map((side) => review[side] ?? null);
  return { verdict, species: species ?? "", count: count ?? 1, life: life ?? "", box: box.includes(null) ? null : box };
}

/** Whether two people say the same, as far as it counts. What the machine calls it needs no name. */
export function isSame(said, standing) {
  const [one, other] = [{ ...OPEN, ...said }, factsOf(standing)];
  if (one.verdict !== other.verdict || !isAccepting(one.verdict)) return one.verdict === other.verdict;
  const isNamedAlike = !one.species || !other.species || one.species === other.species;
  return isNamedAlike && one.count === other.count && one.life === other.life && !one.box && !other.box;
}

/** The same, of a message: also of one that an earlier page had put into the outbox. */
export function saidOf({ verdict = "confirmed", species = "", count = 1, life = "", note = "", ...body }) {
  return { verdict, species, count, life, note, box: "left" in body ? SIDES.map((side) => body[side]) : null };
}

/** The message. */
export function bodyOf({ verdict, species, count, life, box, note = "" }) {
  if (!isAccepting(verdict)) return { verdict, note };
  return { verdict, species, count, life, ...sidesOf(box), note };
}

function sidesOf(box) {
  return box ? Object.fromEntries(SIDES.map((side, n) => [side, box[n]])) : {};
}

/** What the message says that one saw. The names of confirmed boxes may be others by now: they are no matter of it. */
export function seenOf({ verdict, species, count, life, box }) {
  if (verdict === "matched" || verdict === "suppressed") return {}; // it was said of another search's box
  if (!isAccepting(verdict)) return { verdict: verdict === "open" ? "" : verdict };
  const named = verdict === "relabelled" ? { species } : {};
  return { verdict, ...named, count, life, ...(box ? sidesOf(box) : { is_moved: false }) };
}
