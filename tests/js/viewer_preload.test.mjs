import assert from "node:assert/strict";
import { test } from "node:test";

import { firstTiles, isWelcome } from "../../static/js/viewer/preload.js";

const NEXT = { width: 6000, height: 4000, topZoom: 4, lastZoom: 4, tiles: "/images/7/tiles/{z}/{x}/{y}.jpg", version: "ab" };
const VIEW = { width: 1090, height: 800 };

test("nothing is fetched ahead where data are to be saved or the line is slow", () => {
  assert.equal(isWelcome({ saveData: true, effectiveType: "4g" }), false);
  for (const effectiveType of ["slow-2g", "2g", "3g"]) assert.equal(isWelcome({ saveData: false, effectiveType }), false);
  assert.equal(isWelcome({ saveData: false, effectiveType: "4g" }), true);
  assert.equal(isWelcome(undefined), true); // not every browser tells
});

test("the tiles are those that the whole image needs in this view", () => {
  assert.deepEqual(firstTiles(NEXT, VIEW, 0), ["/images/7/tiles/1/0/0.jpg?v=ab", "/images/7/tiles/1/1/0.jpg?v=ab"]);
});

test("a fine screen takes those of the next zoom", () => {
  assert.equal(firstTiles(NEXT, VIEW, 1).length, 6);
});

test("of an image without full resolution no more is asked for than its preview has", () => {
  assert.deepEqual(firstTiles({ ...NEXT, lastZoom: 0 }, VIEW, 0), ["/images/7/tiles/0/0/0.jpg?v=ab"]);
});
