import assert from "node:assert/strict";
import { test } from "node:test";

import { cardAt } from "../../static/js/grid_place.js";

test("arrows go one card or one row on", () => {
  assert.equal(cardAt("ArrowRight", 2, 10, 4), 3);
  assert.equal(cardAt("ArrowDown", 2, 10, 4), 6);
  assert.equal(cardAt("ArrowUp", 6, 10, 4), 2);
});

test("they stop at the edges of the grid", () => {
  assert.equal(cardAt("ArrowLeft", 0, 10, 4), null);
  assert.equal(cardAt("ArrowUp", 3, 10, 4), null);
  assert.equal(cardAt("ArrowDown", 6, 10, 4), null);
});

test("Home and End lead to the ends, other keys nowhere", () => {
  assert.equal(cardAt("Home", 5, 10, 4), 0);
  assert.equal(cardAt("End", 5, 10, 4), 9);
  assert.equal(cardAt("a", 5, 10, 4), null);
});
