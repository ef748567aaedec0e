// The review grid without its page: what is selected, what is sent, what is taken back, how pages come.
import assert from "node:assert/strict";
import test from "node:test";
import { GridJudging, together } from "../../static/js/review/grid_judging.js";
import { GridPages, unpackPage } from "../../static/js/review/grid_pages.js";
import { Selection } from "../../static/js/review/grid_selection.js";

function selectionOf(count) {
  const selection = new Selection();
  selection.count = count;
  return selection;
}

test("a click selects one box, with Ctrl one more or no longer, with Shift all between", () => {
  const selection = selectionOf(10);
  selection.pick(2);
  selection.pick(5, { isMore: true });
  assert.deepEqual(selection.all, [2, 5]);
  selection.pick(2, { isMore: true });
  assert.deepEqual(selection.all, [5]);
  selection.pick(4);
  selection.pick(7, { isRange: true });
  assert.deepEqual(selection.all, [4, 5, 6, 7]);
  selection.pick(3, { isRange: true });
  assert.deepEqual(selection.all, [3, 4]);
});

test("a click on the only selected box selects none", () => {
  const selection = selectionOf(10);
  selection.pick(2);
  selection.pick(2);
  assert.equal(selection.size, 0);
});

test("arrow keys go from box to box and stop at both ends; with Shift they select", () => {
  const selection = selectionOf(10);
  selection.move(4);
  assert.deepEqual([selection.current, selection.size], [0, 0]);
  selection.move(-1);
  selection.move(4);
  selection.move(4);
  selection.move(4);
  assert.equal(selection.current, 8);
  selection.move(1, { isRange: true });
  assert.deepEqual(selection.all, [8, 9]);
  selection.move(-4, { isRange: true });
  assert.deepEqual(selection.all, [5, 6, 7, 8]);
});

test("without a selection an action is about the box that the keys are at", () => {
  const selection = selectionOf(3);
  assert.deepEqual(selection.meant, []);
  selection.move(1);
  assert.deepEqual(selection.meant, [0]);
});

test("all is no more than one action takes", () => {
  const selection = selectionOf(10);
  selection.selectAll(4);
  assert.deepEqual(selection.all, [0, 1, 2, 3]);
});

// --- what is said -----------------------------------------------------------------------------------------------------
const TEXTS = {
  selectFirst: "select", mostAtOnce: "at most {n}", undone: "{n} back", refused: "{n}: {sentence}", nothingToUndo: "nothing", nothingToRedo: "nothing left",
  done: { rejected: "{n} rejected", confirmed: "{n} confirmed", open: "{n} open" },
};

function judgingOf(rows) {
  const outbox = Object.assign(new EventTarget(), { added: [], add: (entry) => outbox.added.push(entry) });
  const full = rows.map((row, n) => ({ id: `box${n}`, verdict: "", species: "", count: 1, mine: null, ...row }));
  const judging = new GridJudging(full, { texts: TEXTS, user: "amani", reviews: "/reviews/", most: 5 }, outbox);
  const said = [];
  judging.addEventListener("said", ({ detail }) => said.push(detail.text));
  const answer = (entry, answer) => outbox.dispatchEvent(new CustomEvent("answer", { detail: { entry, answer } }));
  return { judging, outbox, rows: full, said, answer };
}

const verdicts = (rows) => rows.map(({ verdict }) => verdict);

test("many boxes are one request, with the verdict said once", () => {
  const { judging, outbox, rows, said } = judgingOf([{}, {}, {}]);
  judging.judge([0, 2], "rejected");
  const { id, ...body } = outbox.added[0].body;
  assert.deepEqual(body, { author: "amani", verdict: "rejected", species: "", count: 1, seen: { verdict: "" }, detections: ["box0", "box2"] });
  assert.deepEqual(verdicts(rows), ["rejected", "", "rejected"]);
  assert.deepEqual(said, ["2 rejected"]);
});

test("undo says again what was one's own, and takes back the rest", () => {
  const { judging, outbox, rows } = judgingOf([{ verdict: "confirmed", species: "kob", mine: { verdict: "confirmed", count: 2 } }, { verdict: "uncertain" }, {}]);
  judging.judge([0, 1, 2], "rejected");
  judging.undo();
  const { verdicts: sent } = outbox.added[1].body;
  assert.deepEqual(sent, [
    { detection: "box0", verdict: "confirmed", count: 2 },
    { detection: "box1", verdict: "open" },
    { detection: "box2", verdict: "open" },
  ]);
  assert.deepEqual(verdicts(rows), ["confirmed", "uncertain", ""]);
  judging.redo();
  assert.deepEqual(verdicts(rows), ["rejected", "rejected", "rejected"]);
});

test("what is refused looks as before and is not undone later", () => {
  const { judging, outbox, rows, said, answer } = judgingOf([{}, {}]);
  judging.judge([0, 1], "confirmed");
  answer(outbox.added[0], { kind: "saved", said: { otherwise: [], refused: [{ detection: "box0", detail: "Fog", standing: null }] } });
  assert.deepEqual(verdicts(rows), ["", "confirmed"]);
  assert.equal(said.at(-1), "1: Fog");
  judging.undo();
  assert.deepEqual(outbox.added[1].body.detections, ["box1"]);
});

test("a request that is refused as a whole takes all of it back", () => {
  const { judging, outbox, rows, answer, said } = judgingOf([{}, {}]);
  judging.judge([0, 1], "rejected");
  judging.undo();
  answer(outbox.added[0], { kind: "refused", sentence: "No" });
  judging.redo();
  assert.deepEqual([verdicts(rows), said.at(-1)], [["", ""], TEXTS.nothingToRedo]);
});

test("where a colleague was quicker, or ranks higher, the colleague's verdict shows", () => {
  const { judging, outbox, rows, answer } = judgingOf([{}, {}]);
  judging.judge([0, 1], "rejected");
  const theirs = { verdict: "confirmed", species: "kob", count: 2, author: "baraka" };
  answer(outbox.added[0], {
    kind: "saved",
    said: {
      otherwise: [{ detection: "box0", counts: theirs }],
      refused: [{ detection: "box1", detail: "Somebody", standing: theirs }],
    },
  });
  assert.deepEqual(verdicts(rows), ["confirmed", "confirmed"]);
  assert.deepEqual(rows.map(({ mine }) => mine), [null, null]);
});

test("no more boxes than one action takes, and not none", () => {
  const { judging, outbox, said } = judgingOf(Array(6).fill({}));
  judging.judge([0, 1, 2, 3, 4, 5], "rejected");
  judging.judge([], "rejected");
  judging.undo();
  assert.deepEqual([outbox.added, said], [[], ["at most 5", "select", "nothing"]]);
});

test("verdicts that differ are sent one a box", () => {
  const one = together([{ detection: "a", verdict: "open" }, { detection: "b", verdict: "open" }]);
  assert.deepEqual(one, { verdict: "open", detections: ["a", "b"] });
  const two = [{ detection: "a", verdict: "open" }, { detection: "b", verdict: "rejected" }];
  assert.deepEqual(together(two), { verdicts: two });
});

// --- pages ------------------------------------------------------------------------------------------------------------
function pageOf(next, rows) {
  const header = new TextEncoder().encode(JSON.stringify({ next, rows: rows.map(({ jpeg, ...row }) => ({ ...row, crop: jpeg.length })) }));
  const buffer = new Uint8Array(4 + header.length + rows.reduce((sum, { jpeg }) => sum + jpeg.length, 0));
  new DataView(buffer.buffer).setUint32(0, header.length, true);
  buffer.set(header, 4);
  let at = 4 + header.length;
  for (const { jpeg } of rows) {
    buffer.set(jpeg, at);
    at += jpeg.length;
  }
  return buffer.buffer;
}

test("each row has its own picture, or none", () => {
  const { next, rows } = unpackPage(pageOf("/more", [{ id: "a", jpeg: [1, 2] }, { id: "b", jpeg: [] }, { id: "c", jpeg: [3] }]));
  assert.equal(next, "/more");
  assert.deepEqual(rows.map(({ jpeg }) => jpeg && [...jpeg]), [[1, 2], null, [3]]);
});

test("a page is asked for once at a time, and again after the link was lost", async () => {
  const asked = [];
  const answers = [Promise.reject(new Error("lost")), pageOf(null, [{ id: "a", jpeg: [] }])];
  const pages = new GridPages("/boxes?label=kob", async (url) => asked.push(url.searchParams.get("page_size")) && answers.shift());
  await assert.rejects(pages.load(60));
  const [first, second] = await Promise.all([pages.load(60), pages.load(120)]);
  assert.deepEqual([first.length, second.length, asked], [1, 0, ["60", "60"]]);
  assert.deepEqual(await pages.load(60), []);
});

test("boxes that were rejected on another search are opened again, and nobody is asked what was seen of them", () => {
  const { judging, outbox, rows } = judgingOf([{ verdict: "suppressed" }, { verdict: "suppressed" }]);
  judging.judge([0, 1], "open");
  assert.deepEqual(outbox.added[0].body, { id: outbox.added[0].body.id, author: "amani", verdict: "open", detections: ["box0", "box1"] });
  assert.deepEqual(verdicts(rows), ["", ""]);
  judging.judge([0], "confirmed");
  judging.undo();
  assert.deepEqual(verdicts(rows), ["", ""]);
});
