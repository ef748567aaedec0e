import assert from "node:assert/strict";
import { test } from "node:test";

import { readersLanguage, relativeParts } from "../../static/js/time_words.js";

test("less than a minute is now", () => {
  assert.deepEqual(relativeParts(-59), [0, "second"]);
});

test("the largest unit that fits is taken, cut and not rounded", () => {
  assert.deepEqual(relativeParts(-60), [-1, "minute"]);
  assert.deepEqual(relativeParts(-119), [-1, "minute"]);
  assert.deepEqual(relativeParts(-3 * 3600 - 5), [-3, "hour"]);
  assert.deepEqual(relativeParts(-6 * 86_400), [-6, "day"]);
  assert.deepEqual(relativeParts(-400 * 86_400), [-1, "year"]);
});

test("what lies ahead is positive", () => {
  assert.deepEqual(relativeParts(2 * 86_400 + 10), [2, "day"]);
});

test("the reader's own variety of the page's language is preferred", () => {
  assert.equal(readersLanguage("en", ["sw-KE", "en-KE", "en-US"]), "en-KE");
});

test("a reader of other languages gets the page's", () => {
  assert.equal(readersLanguage("en", ["sw-KE"]), "en");
});
