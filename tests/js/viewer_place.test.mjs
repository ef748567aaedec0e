import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlace, parsePlace } from "../../static/js/viewer/place.js";

test("a place survives the way through an address", () => {
  const view = { x: 4100, y: 2950, scale: 0.125 };
  assert.equal(formatPlace({ view, detection: "019a" }), "#x=4100&y=2950&s=0.125&det=019a");
  assert.deepEqual(parsePlace("#x=4100&y=2950&s=0.125&det=019a"), { view, detection: "019a" });
});

test("without a detection none is named", () => {
  assert.equal(formatPlace({ view: { x: 1.4, y: 2.6, scale: 1 }, detection: null }), "#x=1&y=3&s=1");
});

test("a detection alone is a place too", () => {
  assert.deepEqual(parsePlace("#det=019a"), { view: null, detection: "019a" });
});

for (const hash of ["", "#", "#x=1&y=2", "#x=1&y=2&s=0", "#x=one&y=2&s=1", "#x=&y=2&s=1", "#x=1&y=2&s=-3", "#x=Infinity&y=0&s=1"]) {
  test(`"${hash}" names no view`, () => assert.equal(parsePlace(hash).view, null));
}
