// What the page shows of a box while a verdict on it is on its way, and when the server says something else.
import assert from "node:assert/strict";
import test from "node:test";
import { Boxes } from "../../static/js/viewer/boxes.js";
import { ViewerState } from "../../static/js/viewer/state.js";
import { Reviewing } from "../../static/js/review/reviewing.js";

class Outbox extends EventTarget {
  sent = [];
  add(entry) {
    this.sent.push(entry);
  }
  answer(answer, place = 0) {
    this.dispatchEvent(new CustomEvent("answer", { detail: { entry: this.sent[place], answer } }));
  }
}

const TEXTS = { selectFirst: "select", noBoxes: "none", nothingToUndo: "nothing", nothingToRedo: "nothing", allJudged: "all" };

function made({ mine = {}, theirs = ["b"] } = {}) {
  const boxes = new Boxes({
    id: ["a", "b", "c"], labels: ["buffalo", "zebra"], label: [0, 1, 0], score: [0.9, 0.6, 0.3],
    state: ["proposed", "rejected", "proposed"], left: [0, 0, 0], top: [0, 0, 0], right: [9, 9, 9], bottom: [9, 9, 9],
  });
  const state = new ViewerState(boxes);
  const outbox = new Outbox();
  const addresses = { image: "/i/", detection: "/d/{id}/", observation: "/o/{id}/", observations: "/i/o/" };
  const config = { id: "i", ...addresses, imageState: "unreviewed", isOwnState: false, mine, theirs, texts: TEXTS };
  const reviewing = new Reviewing(state, config, outbox);
  const said = [];
  reviewing.addEventListener("said", ({ detail }) => said.push(detail));
  return { boxes, state, outbox, reviewing, said };
}

test("a verdict is shown at once, and the next box that nobody judged is selected", () => {
  const { boxes, state, outbox, reviewing } = made();
  state.select(0);
  reviewing.judge("confirmed");
  assert.deepEqual([boxes.state[0], state.selected], ["confirmed", 2]);
  assert.deepEqual([outbox.sent[0].url, outbox.sent[0].body.seen], ["/d/a/", { verdict: "" }]);
});

test("what a colleague said earlier is told as seen", () => {
  const { state, outbox, reviewing } = made();
  state.select(1);
  reviewing.judge("confirmed");
  assert.deepEqual(outbox.sent[0].body.seen, { verdict: "rejected" });
});

test("a verdict that is refused leaves what stood there before", () => {
  const { boxes, state, outbox, reviewing, said } = made();
  state.select(1);
  reviewing.judge("confirmed");
  outbox.answer({ kind: "refused", sentence: "Say which species it is." });
  assert.deepEqual([boxes.state[1], said.at(-1)], ["rejected", "Say which species it is."]);
  reviewing.undo();
  assert.equal(outbox.sent.length, 1, "nothing was said, so nothing is taken back");
});

test("who is overtaken is asked, once, with what was said last, and may say it again", () => {
  const { boxes, state, outbox, reviewing, said } = made();
  const asked = [];
  reviewing.addEventListener("overtaken", ({ detail }) => asked.push(detail));
  state.select(0);
  reviewing.judge("confirmed");
  state.select(0);
  reviewing.judge("relabelled", { species: "eland", count: 3 });
  assert.deepEqual(outbox.sent[1].body.seen, { verdict: "" }, "one's own first word is not what one has seen");
  const standing = { verdict: "rejected", author: "amina", count: 1 };
  outbox.answer({ kind: "refused", sentence: "Somebody else", standing }, 0);
  outbox.answer({ kind: "refused", sentence: "Somebody else", standing }, 1);
  assert.deepEqual([asked.length, asked[0].said.species, asked[0].standing.author, said], [1, "eland", "amina", []]);
  assert.equal(boxes.state[0], "rejected");
  reviewing.insist(asked[0]);
  const { verdict, species, count, seen } = outbox.sent.at(-1).body;
  assert.deepEqual([verdict, species, count, seen], ["relabelled", "eland", 3, { verdict: "rejected" }]);
  assert.deepEqual([state.selected, boxes.state[0]], [0, "relabelled"]);
  reviewing.undo();
  assert.equal(outbox.sent.at(-1).body.verdict, "open", "the colleague's word is not said in one's own name");
});

test("what was said on an earlier visit is answered once the boxes are there, and disturbs nothing", () => {
  const { boxes, state, outbox, reviewing } = made();
  state.isLoaded = false;
  const asked = [];
  reviewing.addEventListener("overtaken", ({ detail }) => asked.push([detail.i, detail.said.verdict]));
  const old = (verdict) => ({ about: { image: "i", box: "a" }, body: { id: verdict, verdict } });
  outbox.sent.push(old("confirmed"), old("open"));
  const first = { id: "r", verdict: "confirmed", species: "buffalo", count: 1 };
  outbox.answer({ kind: "saved", said: { review: "in_progress", counts: "r", reviews: [first] } }, 0);
  outbox.answer({ kind: "refused", sentence: "", standing: { verdict: "duplicate", author: "amina" } }, 1);
  assert.deepEqual([boxes.state[0], asked], ["proposed", []]);
  state.noteLoaded();
  assert.deepEqual([boxes.state[0], asked], ["duplicate", [[0, "open"]]]);
  state.select(0);
  reviewing.judge("rejected");
  assert.deepEqual([outbox.sent.at(-1).body.verdict, outbox.sent.at(-1).body.seen], ["rejected", { verdict: "duplicate" }]);
});

test("who took back a word has not seen what stands there then", () => {
  const { state, outbox, reviewing } = made({ theirs: [], mine: {} });
  state.select(1);
  reviewing.judge("open");
  state.select(1);
  reviewing.judge("uncertain");
  assert.deepEqual(outbox.sent.map(({ body }) => body.seen), [{ verdict: "rejected" }, undefined]);
});

test("a conflict about a box that this page does not have is told with the way there", () => {
  const { outbox, reviewing } = made();
  const told = [];
  reviewing.addEventListener("refused-elsewhere", ({ detail }) => told.push(detail.box));
  outbox.sent.push({ about: { image: "i", box: "gone" }, body: { id: "1", verdict: "confirmed" } });
  outbox.answer({ kind: "refused", sentence: "Somebody else", standing: null });
  outbox.sent.push({ about: { grid: "/g/" }, body: { id: "2" } });
  outbox.answer({ kind: "saved", said: { saved: 1, refused: [{ detail: "Somebody else" }] } }, 1);
  assert.deepEqual(told, ["gone", undefined]);
});

test("who says the same as the colleague is a second voice and no question", () => {
  const { boxes, state, outbox, reviewing } = made();
  const asked = [];
  reviewing.addEventListener("overtaken", ({ detail }) => asked.push(detail));
  state.select(0);
  reviewing.judge("rejected");
  outbox.answer({ kind: "refused", sentence: "", standing: { verdict: "rejected", species: "", count: 1, author: "amina" } });
  const { verdict, seen } = outbox.sent[1].body;
  assert.deepEqual([asked, verdict, seen, boxes.state[0]], [[], "rejected", { verdict: "rejected" }, "rejected"]);
});

test("another number or another species is a question", () => {
  for (const theirs of [{ species: "buffalo", count: 3 }, { species: "eland", count: 1 }]) {
    const { state, outbox, reviewing } = made();
    const asked = [];
    reviewing.addEventListener("overtaken", ({ detail }) => asked.push(detail.box));
    state.select(0);
    reviewing.judge("relabelled", { species: "buffalo" });
    outbox.answer({ kind: "refused", sentence: "", standing: { verdict: "relabelled", life: "", author: "amina", ...theirs } });
    assert.deepEqual(asked, ["a"]);
  }
});

test("what is kept but does not count is told", () => {
  const { state, outbox, reviewing } = made();
  const told = [];
  reviewing.addEventListener("overruled", ({ detail }) => told.push(detail.standing.author));
  state.select(0);
  reviewing.judge("confirmed");
  const reviews = [
    { id: "m", author: "me", verdict: "confirmed", species: "buffalo", count: 1 },
    { id: "t", author: "owner", verdict: "rejected", species: "", count: 1 },
  ];
  reviewing.config.user = "me";
  outbox.answer({ kind: "saved", said: { review: "in_progress", counts: "t", reviews } });
  assert.deepEqual(told, ["owner"]);
});

test("what is changed later on the same visit goes by what stands there then", () => {
  const { state, outbox, reviewing } = made();
  state.select(0);
  reviewing.judge("confirmed");
  const mine = { id: "r", verdict: "confirmed", species: "buffalo", count: 1, life: "" };
  outbox.answer({ kind: "saved", said: { review: "in_progress", counts: "r", reviews: [mine] } });
  state.select(0);
  reviewing.judge("rejected");
  assert.equal(outbox.sent[1].body.seen.verdict, "confirmed");
});

test("a refusal of what was said on another image is told too", () => {
  const { outbox, reviewing } = made();
  const told = [];
  reviewing.addEventListener("refused-elsewhere", ({ detail }) => told.push(detail));
  outbox.sent.push({ about: { image: "j", box: "x" }, body: { verdict: "confirmed" } });
  outbox.answer({ kind: "refused", sentence: "Somebody else", standing: null });
  assert.deepEqual([told.length, told[0].image, told[0].box, told[0].sentence], [1, "j", "x", "Somebody else"]);
  assert.deepEqual([told[0].said.verdict, told[0].standing], ["confirmed", null], "it is asked when that image is opened");
});

test("what counts is shown, which is not always what one said", () => {
  const { boxes, state, outbox, reviewing } = made();
  state.select(0);
  reviewing.judge("confirmed");
  const theirs = { id: "r", verdict: "relabelled", species: "eland", count: 4 };
  outbox.answer({ kind: "saved", said: { review: "in_progress", counts: "r", reviews: [theirs] } });
  assert.deepEqual([boxes.state[0], boxes.labelName(0)], ["relabelled", "4 × eland (buffalo)"]);
});

test("an answer to what has been said anew meanwhile changes nothing on the screen", () => {
  const { boxes, state, outbox, reviewing } = made();
  state.select(0);
  reviewing.judge("confirmed");
  state.select(0);
  reviewing.judge("rejected");
  const first = { id: "r", verdict: "confirmed", species: "buffalo", count: 1 };
  outbox.answer({ kind: "saved", said: { review: "in_progress", counts: "r", reviews: [first] } });
  assert.equal(boxes.state[0], "rejected");
});

test("undo says again what one had said on an earlier visit, or takes it back", () => {
  const { state, outbox, reviewing } = made({ theirs: [] });
  state.select(1);
  reviewing.judge("confirmed");
  state.select(0);
  reviewing.judge("duplicate");
  reviewing.undo();
  reviewing.undo();
  assert.deepEqual(outbox.sent.slice(2).map(({ body }) => body.verdict), ["open", "rejected"]);
});

test("undo of what only others had said takes back one's own", () => {
  const { state, outbox, reviewing } = made();
  state.select(1);
  reviewing.judge("confirmed");
  reviewing.undo();
  assert.deepEqual(outbox.sent.map(({ body }) => body.verdict), ["confirmed", "open"]);
});

test("a box that is moved is accepted where it was put, and undo puts it back", () => {
  const { boxes, state, outbox, reviewing } = made();
  state.select(0);
  reviewing.move(0, [1, 2, 8, 9]);
  const { verdict, left, bottom, seen } = outbox.sent[0].body;
  assert.deepEqual({ verdict, left, bottom, seen }, { verdict: "confirmed", left: 1, bottom: 9, seen: { verdict: "" } });
  assert.deepEqual(boxes.box(0), { left: 1, top: 2, right: 8, bottom: 9 });
  reviewing.undo();
  assert.deepEqual([boxes.box(0).left, boxes.state[0]], [0, "proposed"]);
});

test("what was moved and counted stays so when it is confirmed once more", () => {
  const { boxes, state, outbox, reviewing } = made();
  state.select(0);
  reviewing.judge("relabelled", { species: "eland", count: 40 });
  reviewing.move(0, [1, 2, 8, 9]);
  state.select(0);
  reviewing.judge("confirmed");
  const { verdict, species, count, left } = outbox.sent.at(-1).body;
  assert.deepEqual({ verdict, species, count, left }, { verdict: "confirmed", species: "", count: 40, left: 1 });
  assert.equal(boxes.labelName(0), "40 × buffalo");
});

test("a drawn box is made by its first message and changed by the others", () => {
  const { boxes, state, outbox, reviewing } = made();
  reviewing.draw([1, 2, 8, 9], { species: "eland", count: 40 });
  assert.deepEqual([state.selected, boxes.labelName(3), boxes.isAccepted(3)], [3, "40 × eland", true]);
  reviewing.undo();
  assert.deepEqual([state.filter.shown.includes(3), state.selected], [false, -1]);
  reviewing.redo();
  assert.deepEqual([state.filter.shown.includes(3), boxes.box(3).right], [true, 8]);
  const [made_, undone, again] = outbox.sent;
  assert.deepEqual([made_.method, made_.url, made_.body.species, "verdict" in made_.body], ["POST", "/i/o/", "eland", false]);
  assert.deepEqual([undone.method, undone.url, undone.body.verdict], ["PATCH", `/o/${made_.body.observation}/`, "open"]);
  assert.deepEqual([again.body.verdict, again.body.count, again.body.left], ["confirmed", 40, 1]);
});

test("a drawn box that the server refuses is gone", () => {
  const { boxes, state, outbox, reviewing, said } = made();
  reviewing.draw([1, 2, 8, 9], { species: "eland" });
  outbox.answer({ kind: "refused", sentence: "This image was set unusable." });
  assert.deepEqual([boxes.isGone(3), state.filter.shown.length, said.at(-1)], [true, 3, "This image was set unusable."]);
});

test("a drawn box that somebody calls a duplicate keeps its place and its name", () => {
  const { boxes, reviewing } = made();
  reviewing.draw([1, 2, 8, 9], { species: "eland" });
  reviewing.judge("duplicate");
  assert.deepEqual([boxes.state[3], boxes.labelName(3), boxes.box(3).left], ["duplicate", "eland", 1]);
});

test("the state of an image that a colleague gave is not taken back but set anew", () => {
  const { outbox, reviewing } = made();
  reviewing.judgeImage("open");
  reviewing.isOwnState = true;
  reviewing.judgeImage("open");
  assert.deepEqual(outbox.sent.map(({ body }) => body.verdict), ["in_progress", "open"]);
});

test("without a selection one is told to select, and that there is nothing where there is nothing", () => {
  const { state, reviewing, said } = made();
  reviewing.judge("confirmed");
  state.changeFilter((filter) => filter.setMinScore(1));
  reviewing.judge("confirmed");
  assert.deepEqual(said, ["select", "none"]);
});
