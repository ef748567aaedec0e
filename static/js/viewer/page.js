// Puts the image page together. What the page knows of its image stands in a block of JSON beside it.

import { Address } from "./address.js";
import { Boxes } from "./boxes.js";
import { BoxLayer } from "./box_layer.js";
import { Commands } from "./commands.js";
import { Crops } from "./crops.js";
import { GridLines } from "./grid_lines.js";
import { Comments } from "../review/comments.js";
import { ReviewPanel } from "../review/panel.js";
import { Scan } from "../review/scan.js";
import { LabelChips } from "./label_chips.js";
import { Look } from "./look.js";
import { Minimap } from "./minimap.js";
import { BoxPainter } from "./painter.js";
import { preload } from "./preload.js";
import { Pointer } from "./pointer.js";
import { Scene } from "./scene.js";
import { ScoreSlider } from "./score_slider.js";
import { Sheet } from "./sheet.js";
import { SideList } from "./side_list.js";
import { SelectionFocus } from "./selection_focus.js";
import { ViewerState } from "./state.js";
import { Tabs } from "./tabs.js";
import { fill } from "./texts.js";
import { TilePass } from "./tile_pass.js";
import { Tiles } from "./tiles.js";
import { UncertainPatches } from "./uncertain.js";
import { unpack } from "./unpack.js";

const NO_BOXES = { id: [], left: [], top: [], right: [], bottom: [], score: [], label: [], state: [], labels: [] };

export class ImagePage {
  constructor(element) {
    this.element = element;
    this.config = JSON.parse(document.getElementById("viewer-config").textContent);
    new Tabs(this._part("tabs"));
    new Sheet(this._part("side"));
    new TilePass(this.config.pass, this.config, (answer) => this._hear(answer));
    if (this.config.width) this._show();
    else new Commands(element, { more: this._addComments() });
  }

  // Read or searched meanwhile: the page is another one, and the place stands in the address.
  _hear(answer) {
    if (answer.ingest !== this.config.ingest || answer.search !== this.config.search) location.reload();
    else if (this.config.width) this._showTiles(answer);
  }

  async _show() {
    this.scene = new Scene(this._part("map"), this.config);
    this.state = new ViewerState(new Boxes(NO_BOXES));
    this.tiles = new Tiles(this.scene, this.config);
    this.crops = new Crops(this.scene);
    this.scene.fit();
    this._showTiles(this.config);
    this._addMarks();
    this.address.open();
    await this._loadBoxes();
    preload(this.config.next, this.scene.viewSize, { finer: L.Browser.retina ? 1 : 0 });
  }

  _addMarks() {
    const { scene, state, config } = this;
    const style = getComputedStyle(this.element);
    const palette = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => style.getPropertyValue(`--label-${n}`).trim());
    const painter = new BoxPainter(palette, `600 12px ${style.fontFamily}`);
    this.layer = new BoxLayer(scene, state, painter).addTo(scene.map);
    new Pointer(scene, state, this.layer);
    if (this._part("look")) new Look(this._part("look"), scene.map.getPane("tilePane")); // not beside another search
    if (config.uncertain.length) new UncertainPatches(this._part("uncertain"), scene, config.uncertain);
    new SelectionFocus(scene, state, this._part("said"), config.texts);
    this.address = new Address(scene, state);
    const chips = this._part("list") ? this._addLists(palette) : null;
    const parts = [new GridLines(scene), ...this._addReview(), this._addComments({ scene, state })];
    const [commands, keys] = ["commands", "keys"].map((name) => Object.assign({}, ...parts.map((part) => part[name])));
    new Commands(this.element, { scene, state, chips, more: { commands, keys } });
  }

  _addReview() {
    const { scene, state, tiles, minimap, config } = this;
    if (!config.review) return [];
    const coverage = { user: config.review.user, account: config.review.account, ...config.review.coverage };
    this.scan = new Scan(this._part("scan"), { scene, tiles, minimap }, coverage);
    return [new ReviewPanel(this.element, scene, state, config.review), this.scan];
  }

  _addComments(shown = {}) {
    return this.config.comments ? new Comments(this._part("comments"), this.config.comments, shown) : {};
  }

  // Only an image that holds boxes has lists of them on its page.
  _addLists(palette) {
    new ScoreSlider(this._part("score"), this.state, this.config.texts);
    this.list = new SideList(this._part("list"), this.state, (row, i) => this._fillRow(row, i));
    return new LabelChips(this._part("chips"), this.state, palette);
  }

  _fillRow(row, i) {
    const { boxes } = this.state;
    row.querySelector("[data-name]").textContent = boxes.labelName(i);
    row.querySelector("[data-score]").textContent = boxes.isDrawn(i) ? this.config.texts.drawn : boxes.scoreText(i);
    const state = boxes.isDropped(i) ? "dropped" : boxes.state[i];
    row.querySelector("[data-state]").textContent = this._stateText(i, state);
    this.crops.draw(row.querySelector("canvas"), boxes.box(i));
  }

  // A box that is an animal counted already, under another name, asks for attention all the same.
  _stateText(i, state) {
    const { texts, judged } = this.config;
    const species = state === "proposed" && judged?.differs[this.state.boxes.idOf(i)];
    return species ? fill(texts.differs, { species }) : (texts.states[state] ?? state);
  }

  _showTiles(answer) {
    const isFull = answer.pyramid === "ready" || answer.pyramid === "as_is";
    this.tiles.show({ isFull, version: answer.version });
    const lastZoom = isFull ? this.scene.top : this.config.previewZoom;
    this.crops.use({ url: this.config.tiles, version: answer.version, lastZoom });
    this.minimap ??= new Minimap(this._part("minimap"), this.scene);
    this.minimap.show(`${L.Util.template(this.config.tiles, { z: 0, x: 0, y: 0 })}?v=${answer.version}`);
    this._part("wait").hidden = answer.pyramid !== "queued";
    this._part("pyramid-failed").hidden = answer.pyramid !== "failed";
    this.list?.refresh();
    this.scan?.again();
  }

  async _loadBoxes() {
    const boxes = new Boxes((await this._fetchBoxes()) ?? NO_BOXES);
    if (this.config.judged) addJudged(boxes, this.config.judged); // two searches side by side show what models say alone
    if (boxes.count) this.state.setBoxes(boxes);
    this.state.noteLoaded();
    this.address.openBox();
    this.element.dataset.ready = "true";
    requestAnimationFrame(() => this._onDrawn());
  }

  _onDrawn() {
    performance.mark("boxes-drawn");
    setTimeout(() => this.state.boxes.buildIndex(Flatbush)); // when the frame is on the screen
  }

  async _fetchBoxes() {
    if (this.config.search !== "searched") return null;
    try {
      const response = await fetch(this.config.detections); // just as the page preloads it, or it comes twice
      if (response.ok) return unpack(await response.arrayBuffer());
    } catch {
      // told below, as any other answer that brings no boxes
    }
    this._part("no-boxes").hidden = false;
    return null;
  }

  _part(name) {
    return this.element.querySelector(`[data-part="${name}"]`);
  }
}

// What people say of boxes stands in no column of the detections, and what they drew is none.
function addJudged(boxes, { counted, drawn }) {
  boxes.indicesOf(Object.keys(counted)).forEach((i, n) => i >= 0 && boxes.judge(i, boxes.state[i], Object.values(counted)[n]));
  for (const { id, verdict, ...facts } of drawn) boxes.draw(id, verdict, facts);
}

export function start(element) {
  new ImagePage(element);
}
