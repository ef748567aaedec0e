// The image page with the boxes of two searches, which stand in the page already.

import { ImagePage } from "./page.js";

class ComparePage extends ImagePage {
  // How far the current search is with the image makes no difference here.
  _hear(answer) {
    this._showTiles(answer);
  }

  async _fetchBoxes() {
    return JSON.parse(document.getElementById("compared-boxes").textContent);
  }
}

export function start(element) {
  new ComparePage(element);
}
