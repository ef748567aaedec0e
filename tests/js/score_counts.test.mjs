import assert from "node:assert/strict";
import { test } from "node:test";
import { atLeast } from "../../static/js/score_counts.js";

const bins = Array.from({ length: 100 }, (_, hundredth) => (hundredth === 29 ? 3 : hundredth === 57 ? 2 : 0));

test("what lies on the score chosen is counted, also where a hundred times it is no whole number", () => {
  assert.equal(atLeast(bins, 0.29), 5);
  assert.equal(atLeast(bins, 0.57), 2);
  assert.equal(atLeast(bins, 0.3), 2);
  assert.equal(atLeast(bins, 0.58), 0);
});
