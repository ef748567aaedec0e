import assert from "node:assert/strict";
import { test } from "node:test";

import { pollDelay } from "../../static/js/poll_delay.js";

test("a visible page asks at its own pace", () => {
  assert.equal(pollDelay(3), 3);
});

test("a hidden page asks five times as seldom", () => {
  assert.equal(pollDelay(3, { isHidden: true }), 15);
});

test("each failure in a row doubles the wait, up to a minute", () => {
  assert.equal(pollDelay(3, { failures: 1 }), 6);
  assert.equal(pollDelay(3, { failures: 3 }), 24);
  assert.equal(pollDelay(3, { failures: 20 }), 60);
});

test("a page that asks seldom is not made to ask more often by failures", () => {
  assert.equal(pollDelay(300, { failures: 2 }), 300);
});
