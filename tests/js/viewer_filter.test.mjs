import assert from "node:assert/strict";
import { test } from "node:test";
import Flatbush from "flatbush";
import { Boxes } from "../../static/js/viewer/boxes.js";
import { BoxFilter } from "../../static/js/viewer/filter.js";
import { ViewerState } from "../../static/js/viewer/state.js";

const COLUMNS = {
  labels: ["buffalo", "zebra", "person"],
  id: ["a", "b", "c", "d"],
  label: [0, 1, 0, 1],
  score: [0.35, 0.9, 0.6, 0.1],
  state: ["proposed", "confirmed", "proposed", "proposed"],
  left: [0, 100, 10, 400], top: [0, 100, 10, 400], right: [50, 150, 20, 401], bottom: [50, 150, 20, 401],
};
const boxes = () => new Boxes(COLUMNS);
const all = () => true;

test("boxes are found by id and by what they touch", () => {
  assert.equal(boxes().indexOf("c"), 2);
  assert.equal(boxes().indexOf("z"), -1);
  assert.deepEqual(boxes().within({ left: 40, top: 40, right: 120, bottom: 120 }, all).sort(), [0, 1]);
});

test("a box is named by its species, with the model's word where that is another", () => {
  const renamed = new Boxes({ ...COLUMNS, modelLabels: ["buffalo", "zebra", "stripes"], modelLabel: [0, 2, 0, 1], dropped: [1] });
  assert.deepEqual([0, 1].map((i) => renamed.labelName(i)), ["buffalo", "zebra (stripes)"]);
  assert.deepEqual([0, 1].map((i) => renamed.isDropped(i)), [false, true]);
  assert.deepEqual([boxes().labelName(1), boxes().isDropped(1)], ["zebra", false]);
});

test("with its index the same boxes are found as without", () => {
  const area = { left: 40, top: 40, right: 120, bottom: 120 };
  const indexed = boxes();
  indexed.buildIndex(Flatbush);
  for (const isShown of [all, (i) => i !== 1]) assert.deepEqual(indexed.within(area, isShown).sort(), boxes().within(area, isShown));
  assert.equal(indexed.at({ x: 396, y: 396 }, 5, all), 3);
});

test("of nested boxes the smallest is meant", () => {
  assert.equal(boxes().at({ x: 15, y: 15 }, 0, all), 2);
  assert.equal(boxes().at({ x: 30, y: 30 }, 0, all), 0);
});

test("a tiny box is hit from a little distance", () => {
  assert.equal(boxes().at({ x: 396, y: 396 }, 0, all), -1);
  assert.equal(boxes().at({ x: 396, y: 396 }, 5, all), 3);
});

test("an image without boxes has none anywhere", () => {
  const none = new Boxes({ ...Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, []])) });
  none.buildIndex(Flatbush);
  assert.deepEqual(none.within({ left: 0, top: 0, right: 9, bottom: 9 }, all), []);
  assert.equal(new BoxFilter(none).neighbour(-1, 1), -1);
});

test("the best score comes first", () => {
  assert.deepEqual(new BoxFilter(boxes()).shown, [1, 2, 0, 3]);
});

test("the least score shown is itself shown", () => {
  const filter = new BoxFilter(boxes());
  filter.setMinScore(0.35);
  assert.deepEqual(filter.shown, [1, 2, 0]);
});

test("a label is switched off and on", () => {
  const filter = new BoxFilter(boxes());
  filter.toggleLabel(0);
  assert.deepEqual(filter.shown, [1, 3]);
  filter.toggleLabel(0);
  assert.equal(filter.shown.length, 4);
});

test("switching the filter off shows everything and keeps its settings", () => {
  const filter = new BoxFilter(boxes());
  filter.setMinScore(0.5);
  filter.toggle();
  assert.equal(filter.shown.length, 4);
  filter.toggle();
  assert.deepEqual(filter.shown, [1, 2]);
});

test("next and previous go round in the shown order", () => {
  const filter = new BoxFilter(boxes());
  filter.setMinScore(0.3);
  assert.deepEqual([-1, 1, 2, 0].map((i) => filter.neighbour(i, 1)), [1, 2, 0, 1]);
  assert.deepEqual([-1, 1].map((i) => filter.neighbour(i, -1)), [0, 0]);
});

test("labels and scores are counted whatever is shown", () => {
  const filter = new BoxFilter(boxes());
  filter.setMinScore(0.99);
  assert.deepEqual(filter.countByLabel(), [2, 2, 0]);
  assert.equal(filter.histogram().reduce((sum, n) => sum + n), 4);
});

test("only what people confirmed or relabelled counts as accepted", () => {
  assert.deepEqual([0, 1].map((i) => boxes().isAccepted(i)), [false, true]);
});

test("a box that the filter hides is selected no longer", () => {
  const state = new ViewerState(boxes());
  const said = [];
  for (const type of ["select", "filter"]) state.addEventListener(type, () => said.push(type));
  state.select(3);
  state.changeFilter((filter) => filter.setMinScore(0.5));
  assert.equal(state.selected, -1);
  assert.deepEqual(said, ["select", "select", "filter"]);
});
