/* A <time> in the reader's own time zone and language: data-style is relative, date, exact (to the second)
   or full (the default).

   Instants only. A time of capture belongs to the survey's time zone and is printed by the server. */
import { readersLanguage, relativeParts } from "./time_words.js";

const REFRESH_MS = 60_000;
const FORMATS = {
  date: { dateStyle: "medium" },
  exact: { dateStyle: "medium", timeStyle: "medium" },
  full: { dateStyle: "medium", timeStyle: "short" },
};

export class LocalTime {
  constructor(element) {
    this.element = element;
    this.at = new Date(element.dateTime);
    this.language = readersLanguage(document.documentElement.lang, navigator.languages);
    element.title = this.format("full");
    this.show();
  }

  show() {
    const style = this.element.dataset.style ?? "full";
    this.element.textContent = style === "relative" ? this.relative() : this.format(style);
    if (style === "relative") setTimeout(() => this.element.isConnected && this.show(), REFRESH_MS);
  }

  format(style) {
    return new Intl.DateTimeFormat(this.language, FORMATS[style]).format(this.at);
  }

  relative() {
    const [value, unit] = relativeParts((this.at - Date.now()) / 1000);
    return new Intl.RelativeTimeFormat(this.language, { numeric: "auto" }).format(value, unit);
  }
}

export function start(element) {
  if (!Number.isNaN(Date.parse(element.dateTime))) new LocalTime(element);
}
