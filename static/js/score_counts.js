/* The slider of the counts page: how many detections are left at a higher model score.

   The numbers of each hundredth of the score stand in the page, so nothing is asked of the server. Without this script
   the form does the same with a button. */
export function atLeast(bins, score) {
  return bins.slice(Math.round(score * 100)).reduce((sum, n) => sum + n, 0);
}

export class ScoreCounts {
  constructor(element) {
    this.bins = JSON.parse(element.querySelector("#score-bins").textContent);
    this.input = element.querySelector("input[type=range]");
    this.score = element.querySelector("[data-part=score]");
    this.rows = [...element.querySelectorAll("tbody tr")];
    element.querySelector("[data-part=show]").hidden = true;
    this.input.addEventListener("input", () => this.show());
    this.show(); // a browser that goes back keeps what was chosen
  }

  show() {
    const score = Number(this.input.value);
    this.score.textContent = score.toFixed(2);
    this.input.setAttribute("aria-valuetext", score.toFixed(2));
    this.rows.forEach((row, number) => {
      const left = atLeast(this.bins[number], score);
      row.querySelector("[data-part=left]").textContent = left.toLocaleString(document.documentElement.lang || "en");
      row.querySelector("[data-part=bar]").setAttribute("width", left);
    });
  }
}

export function start(element) {
  new ScoreCounts(element);
}
