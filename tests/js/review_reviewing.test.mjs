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

const TEXTS = { selectFirst: "select", nothingToUndo: "nothing", nothingToRedo: "nothing", allJudged: "all" };

function made({ mine = {}, named = {} } = {}) {
  const boxes = new Boxes({
    id: ["a", "b", "c"], labels: ["buffalo", "zebra"], label: [0, 1, 0], score: [0.9, 0.6, 0.3],
    state: ["proposed", "rejected", "proposed"], left: [0, 0, 0], top: [0, 0, 0], right: [9, 9, 9], bottom: [9, 9, 9],
  });
  const state = new ViewerState(boxes);
  const outbox = new Outbox();
  const config = { id: "i", image: "/i/", detection: "/d/{id}/", imageState: "unreviewed", mine, named, texts: TEXTS };
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
  assert.deepEqual([outbox.sent[0].url, outbox.sent[0].body.seen], ["/d/a/", ""]);
});

test("what a colleague said earlier is told as seen", () => {
  const { state, outbox, reviewing } = made();
  state.select(1);
  reviewing.judge("confirmed");
  assert.equal(outbox.sent[0].body.seen, "rejected");
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
  const { state, outbox, reviewing } = made({ mine: { b: { verdict: "rejected", species: "", count: 1 } } });
  state.select(1);
  reviewing.judge("confirmed");
  state.select(0);
  reviewing.judge("duplicate");
  reviewing.undo();
  reviewing.undo();
  assert.deepEqual(outbox.sent.slice(2).map(({ body }) => body.verdict), ["open", "rejected"]);
});
