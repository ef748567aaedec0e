// Keys that somebody chose.
import assert from "node:assert/strict";
import test from "node:test";
import { KeyChoice, withKeys } from "../../static/js/viewer/key_choice.js";

class Store {
  items = {};
  getItem(name) {
    return this.items[name] ?? null;
  }
  setItem(name, value) {
    this.items[name] = value;
  }
}

const USUAL = { c: "confirm", r: "reject", n: "next-box", escape: "none" };

test("two commands swap their keys, and another visit finds them so", () => {
  const store = new Store();
  assert.equal(new KeyChoice(USUAL, store).choose("confirm", "R"), true);
  const later = new KeyChoice(USUAL, store);
  assert.deepEqual(later.table, { r: "confirm", c: "reject", n: "next-box", escape: "none" });
});

test("a free key is taken, and the former one does nothing any more", () => {
  const choice = new KeyChoice(USUAL, new Store());
  choice.choose("confirm", "x");
  assert.deepEqual([choice.table.x, choice.table.c], ["confirm", undefined]);
});

test("digits, spaces and names of keys are none to choose", () => {
  const choice = new KeyChoice(USUAL, new Store());
  assert.deepEqual(["1", " ", "Enter", ""].map((key) => choice.choose("confirm", key)), [false, false, false, false]);
});

test("all usual keys come back, and what was kept and makes no sense is left out", () => {
  const store = new Store();
  const choice = new KeyChoice(USUAL, store);
  choice.choose("confirm", "x");
  choice.reset();
  assert.equal(choice.keyOf("confirm"), "c");
  for (const kept of ['{"confirm": "x", "reject": "x"}', '{"gone": "q"}', "nonsense", "null", '{"confirm": "12"}']) {
    store.setItem("viewer-keymap", kept);
    assert.deepEqual(new KeyChoice(USUAL, store).chosen, {}, kept);
  }
});

test("a command that has come since gets a free key where somebody had given its own to another", () => {
  const store = new Store();
  new KeyChoice({ c: "confirm", r: "reject" }, store).choose("confirm", "s");
  const later = new KeyChoice({ c: "confirm", r: "reject", s: "scan", a: "add-box" }, store);
  assert.deepEqual(later.table, { s: "confirm", r: "reject", b: "scan", a: "add-box" });
});

test("who tries a taken key and then a free one takes nothing from the other command", () => {
  const choice = new KeyChoice({ c: "confirm", s: "scan" }, new Store());
  choice.choose("scan", "c");
  assert.deepEqual(choice.table, { s: "confirm", c: "scan" });
  choice.choose("scan", "x");
  assert.deepEqual(choice.table, { c: "confirm", x: "scan" });
});

test("sentences name the keys of the page", () => {
  const page = { querySelector: (selector) => (selector === 'kbd[data-key="next-box"]' ? { textContent: "X" } : null) };
  assert.equal(withKeys("Press [[next-box]], or [[gone]].", page), "Press X, or ?.");
});
