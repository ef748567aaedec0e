import assert from "node:assert/strict";
import { test } from "node:test";
import { Boxes } from "../../static/js/viewer/boxes.js";
import { planCrop } from "../../static/js/viewer/crops.js";
import { actionName } from "../../static/js/viewer/keys.js";
import { BoxPainter, project, tagPlace } from "../../static/js/viewer/painter.js";
import { rowWindow } from "../../static/js/viewer/side_list.js";
import { pause } from "../../static/js/viewer/tile_pass.js";
import { fill } from "../../static/js/viewer/texts.js";

/** A canvas context that remembers what it was asked to draw. */
function recorder() {
  const calls = [];
  const record = (name) => (...values) => calls.push([name, ...values]);
  const names = ["strokeRect", "fillRect", "setLineDash", "fillText", "beginPath", "roundRect", "fill"];
  return { calls, measureText: () => ({ width: 50 }), ...Object.fromEntries(names.map((name) => [name, record(name)])) };
}

function boxesOf(rows) {
  const column = (name) => rows.map((row) => row[name]);
  const sides = Object.fromEntries(["left", "top", "right", "bottom"].map((side) => [side, column(side)]));
  const rest = { id: rows.map((_, i) => String(i)), score: rows.map(() => 0.5), label: rows.map(() => 0), labels: ["buffalo"] };
  return new Boxes({ ...sides, ...rest, state: rows.map((row) => row.state ?? "proposed") });
}

const painter = new BoxPainter(["#56b4e9"], "12px sans-serif");
const draw = (rows, transform) => {
  const context = recorder();
  painter.paint(context, boxesOf(rows), rows.map((_, i) => i), transform);
  return context.calls;
};

test("a box is projected by scale and shift", () => {
  const boxes = boxesOf([{ left: 10, top: 20, right: 30, bottom: 60 }]);
  assert.deepEqual(project(boxes, 0, { scale: 2, dx: -5, dy: 1 }), { x: 15, y: 41, width: 40, height: 80 });
});

test("a proposal is dashed, an accepted box is not", () => {
  const box = { left: 0, top: 0, right: 30, bottom: 30 };
  const dashes = (state) => draw([{ ...box, state }], { scale: 1, dx: 0, dy: 0 }).filter(([name, dash]) => name === "setLineDash" && dash.length);
  assert.equal(dashes("proposed").length, 1);
  assert.equal(dashes("confirmed").length, 0);
});

test("what is too small for a box is a dot in its middle", () => {
  const calls = draw([{ left: 100, top: 100, right: 120, bottom: 120 }], { scale: 0.1, dx: 0, dy: 0 });
  assert.deepEqual(calls.find(([name]) => name === "fillRect"), ["fillRect", 10, 10, 2, 2]);
  assert.equal(calls.some(([name]) => name === "strokeRect"), false);
});

test("names are written only while few boxes are in view", () => {
  const rows = (n) => Array.from({ length: n }, () => ({ left: 0, top: 0, right: 80, bottom: 80 }));
  const nNames = (n) => draw(rows(n), { scale: 1, dx: 0, dy: 0 }).filter(([name]) => name === "fillText").length;
  assert.equal(nNames(5), 5);
  assert.equal(nNames(200), 0);
});

test("a name stands above its box, inside it under the upper edge of the view, and never beyond its sides", () => {
  const view = { x: 100, y: 100, width: 400, height: 300 };
  const place = (x, y) => tagPlace({ x, y, width: 30, height: 40 }, 80, view);
  assert.deepEqual(place(200, 200), { x: 199, y: 177 });
  assert.deepEqual(place(200, 110), { x: 199, y: 114 });
  assert.deepEqual(place(200, 80), { x: 199, y: 104 });
  assert.deepEqual(place(490, 200), { x: 420, y: 177 });
  assert.deepEqual(place(80, 200), { x: 100, y: 177 });
});

test("the name of a box out of view stays out of view with it", () => {
  const place = tagPlace({ x: 600, y: 20, width: 30, height: 40 }, 80, { x: 100, y: 100, width: 400, height: 300 });
  assert.deepEqual(place, { x: 599, y: -3 });
});

test("a crop around a box at full size takes the tiles it touches", () => {
  const plan = planCrop({ left: 500, top: 500, right: 540, bottom: 530 }, { width: 52, height: 40 }, 3, 3);
  assert.equal(plan.zoom, 3);
  assert.deepEqual(plan.tiles, [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 0, y: 1 }, { x: 1, y: 1 }]);
});

test("a crop of a large box, or before the pyramid is there, uses a lower zoom", () => {
  const picture = { width: 52, height: 40 };
  assert.equal(planCrop({ left: 0, top: 0, right: 400, bottom: 300 }, picture, 3, 3).zoom, 0);
  assert.equal(planCrop({ left: 0, top: 0, right: 40, bottom: 30 }, picture, 3, 0).zoom, 0);
});

test("the list builds the rows in view and a few beyond, however long it is", () => {
  assert.deepEqual(rowWindow(0, 540, 10_000), { first: 0, end: 14 });
  assert.deepEqual(rowWindow(54_000, 540, 10_000), { first: 996, end: 1014 });
  assert.deepEqual(rowWindow(0, 540, 3), { first: 0, end: 3 });
});

test("all digits but 0 are one command", () => {
  assert.deepEqual(["1", "9", "0", "N", "["].map(actionName), ["1-9", "1-9", "0", "n", "["]);
});

test("sentences keep names they have no value for", () => {
  assert.equal(fill("{label}, box {place} of {count}", { label: "zebra", place: 1 }), "zebra, box 1 of {count}");
});

test("what is awaited is asked for more often", () => {
  const done = { ingest: "done", search: "searched", pyramid: "ready" };
  const pauses = [done, { ...done, search: "waiting" }, { ...done, pyramid: "queued" }].map(pause);
  assert.ok(pauses[0] > pauses[1] && pauses[1] > pauses[2]);
  assert.ok(pauses[0] < 60_000, "the pass is renewed before it ends");
});
