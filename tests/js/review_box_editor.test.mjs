// What keys, handles and number fields make of a box.
import assert from "node:assert/strict";
import test from "node:test";
import { movedBy, resizedBy, spanned } from "../../static/js/review/box_editor.js";

const SIZE = { width: 100, height: 80 };

test("a box that is moved stays inside the image with its size", () => {
  assert.deepEqual(movedBy([10, 10, 30, 20], 5, -3, SIZE), [15, 7, 35, 17]);
  assert.deepEqual(movedBy([10, 10, 30, 20], 500, -300, SIZE), [80, 0, 100, 10]);
});

test("a handle moves its sides alone, up to the edge and the other side", () => {
  assert.deepEqual(resizedBy([10, 10, 30, 20], "nw", -4, 2, SIZE), [6, 12, 30, 20]);
  assert.deepEqual(resizedBy([10, 10, 30, 20], "e", 500, 500, SIZE), [10, 10, 100, 20]);
  assert.deepEqual(resizedBy([10, 10, 30, 20], "s", 0, -500, SIZE), [10, 10, 30, 12]);
});

test("two corners span a box in whichever order, inside the image; too small is none", () => {
  assert.deepEqual(spanned({ x: 30, y: 20 }, { x: -5, y: 10 }, SIZE), [0, 10, 30, 20]);
  assert.equal(spanned({ x: 30, y: 20 }, { x: 31, y: 60 }, SIZE), null);
});
