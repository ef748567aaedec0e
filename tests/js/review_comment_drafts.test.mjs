// What was begun and not sent is kept, of each person and each image apart.
import assert from "node:assert/strict";
import test from "node:test";
import { Drafts } from "../../static/js/review/comment_drafts.js";

class Store extends Map {
  getItem(name) {
    return this.get(name) ?? null;
  }
  setItem(name, value) {
    this.set(name, value);
  }
  removeItem(name) {
    this.delete(name);
  }
}

test("it is there again on the next page, and nowhere else", () => {
  const store = new Store();
  new Drafts(7, "/images/a/", store).set("new", "A calf?");
  assert.equal(new Drafts(7, "/images/a/", store).get("new"), "A calf?");
  assert.equal(new Drafts(7, "/images/a/", store).get("thread-1"), "");
  assert.equal(new Drafts(7, "/images/b/", store).get("new"), "");
  assert.equal(new Drafts(8, "/images/a/", store).get("new"), "");
});

test("what was sent or left leaves nothing behind", () => {
  const store = new Store();
  const drafts = new Drafts(7, "/images/a/", store);
  drafts.set("new", "A calf?");
  drafts.set("thread-1", "Yes");
  drafts.set("new", "  ");
  assert.equal(drafts.get("thread-1"), "Yes");
  drafts.set("thread-1", "");
  assert.equal(store.size, 0);
});

test("a browser that keeps nothing, or something else, is no trouble", () => {
  const refusing = { getItem: () => "no JSON", setItem: () => { throw new Error("full"); }, removeItem: () => {} };
  const drafts = new Drafts(7, "/images/a/", refusing);
  drafts.set("new", "A calf?");
  assert.equal(drafts.get("new"), "");
});
