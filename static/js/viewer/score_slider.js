// The least model score shown, over a histogram of the scores.

import { fill, number } from "./texts.js";

export class ScoreSlider {
  constructor(element, state, texts) {
    this.element = element;
    this.state = state;
    this.texts = texts;
    this.input = element.querySelector("input");
    this.bars = element.querySelector("[data-bars]");
    this.input.addEventListener("input", () => this._change());
    state.addEventListener("boxes", () => this.build());
    state.addEventListener("filter", () => this.tell());
    this.build();
  }

  build() {
    const bins = this.state.filter.histogram();
    const most = Math.max(...bins, 1);
    this.bars.replaceChildren(...bins.map((count) => bar(count / most)));
    this.element.hidden = !this.state.boxes.count;
    this.input.value = this.state.filter.minScore;
    this.tell();
  }

  tell() {
    const { filter, boxes } = this.state;
    const score = filter.minScore.toFixed(2);
    this.element.querySelector("[data-score]").textContent = fill(filter.isOn ? this.texts.score : this.texts.filterOff, { score });
    this.element.querySelector("[data-shown]").textContent = fill(this.texts.shown, { shown: number(filter.shown.length), count: number(boxes.count) });
    this.input.setAttribute("aria-valuetext", score);
    this.element.classList.toggle("is-off", !filter.isOn);
  }

  _change() {
    const score = Number(this.input.value);
    this.state.changeFilter((filter) => filter.setMinScore(score));
  }
}

function bar(share) {
  const element = document.createElement("i");
  element.style.height = share ? `${Math.max(8, share * 100)}%` : "0";
  return element;
}
