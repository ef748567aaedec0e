import assert from "node:assert/strict";
import { test } from "node:test";

import { wayBack } from "../../static/js/back.js";

test("the way back keeps the filters and ends at the card", () => {
  assert.equal(wayBack("/surveys/ruaha/images/", "?state=failed", "7"), "/surveys/ruaha/images/?state=failed#image-7");
});

test("who came by a link gets to all images", () => {
  assert.equal(wayBack("/surveys/ruaha/images/", null, "7"), "/surveys/ruaha/images/#image-7");
});
