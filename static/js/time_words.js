/* How long ago, in the largest unit that fits: pure, so that it can be tried without a page. */
const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** [value, unit] as Intl.RelativeTimeFormat takes them; negative is the past, under a minute is "now". */
export function relativeParts(seconds) {
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return [Math.trunc(seconds / length), unit];
  }
  return [0, "second"];
}

/** The reader's own variety of the page's language ("en-KE" for a page in "en"), so that dates look familiar. */
export function readersLanguage(pageLanguage, preferred) {
  const base = (language) => language.split("-")[0].toLowerCase();
  return preferred.find((language) => base(language) === base(pageLanguage)) ?? pageLanguage;
}
