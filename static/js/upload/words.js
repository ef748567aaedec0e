/* Numbers as people say them, in the page's language. */
const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

export function sizeWords(bytes, language) {
  const step = Math.min(SIZES.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10)); // as Django counts
  const value = bytes / 1024 ** step;
  const digits = { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 };
  return new Intl.NumberFormat(language, { style: "unit", unit: SIZES[step], unitDisplay: "short", ...digits }).format(value);
}

/** The larger the rougher: 40 seconds, 5 minutes, 2 hours 10 minutes. */
export function durationWords(seconds, language) {
  const part = (value, unit) =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(value);
  if (seconds < 55) return part(Math.max(5, 5 * Math.ceil(seconds / 5)), "second");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return part(minutes, "minute");
  const rest = 10 * Math.round((minutes % 60) / 10);
  const hours = Math.floor(minutes / 60) + (rest === 60 ? 1 : 0);
  return rest % 60 === 0 ? part(hours, "hour") : `${part(hours, "hour")} ${part(rest, "minute")}`;
}

export function numberWords(number, language) {
  return new Intl.NumberFormat(language).format(number);
}

/** "{done} of {total}" with its places filled. */
export function fill(sentence, places = {}) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}
