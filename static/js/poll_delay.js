const HIDDEN_FACTOR = 5;
const LONGEST_S = 60;

/** Seconds until the next request: five times as long in a hidden tab, doubled for each failure in a row. */
export function pollDelay(seconds, { isHidden = false, failures = 0 } = {}) {
  const calm = isHidden ? seconds * HIDDEN_FACTOR : seconds;
  return Math.max(calm, Math.min(calm * 2 ** failures, LONGEST_S));
}
