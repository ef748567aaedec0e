// What was looked at, and the windows through which a scan goes.
import assert from "node:assert/strict";
import test from "node:test";
import { deflateSync } from "node:zlib";
import { Coverage, uncovered } from "../../static/js/review/coverage.js";
import { LookedStore } from "../../static/js/review/looked_store.js";
import { middle, nextWindow, windowBefore, windows } from "../../static/js/review/scan_plan.js";
import { squares } from "../../static/js/viewer/grid_lines.js";

const SMALL = { width: 100, height: 70 };
const GRID = { side: 32, columns: 4, rows: 3 };

function rows({ closeness, columns }) {
  return Array.from({ length: closeness.length / columns }, (_, row) => [...closeness.slice(row * columns, (row + 1) * columns)]);
}

test("only what was wholly on the screen counts, as on the server", () => {
  const coverage = new Coverage(GRID, SMALL);
  assert.equal(coverage.add({ left: 31, top: 0, right: 96, bottom: 64, halvings: 1 }), true);
  assert.deepEqual(rows(coverage), [[0, 3, 3, 0], [0, 3, 3, 0], [0, 0, 0, 0]]);
  coverage.add({ left: 64, top: 33, right: 100, bottom: 70, halvings: 0 });
  assert.deepEqual(rows(coverage), [[0, 3, 3, 0], [0, 3, 3, 0], [0, 0, 4, 4]]);
  assert.equal(coverage.add({ left: 0, top: 0, right: 64, bottom: 64, halvings: 3 }), true);
  assert.equal(coverage.add({ left: 0, top: 0, right: 64, bottom: 64, halvings: 3 }), false);
});

test("what the server kept is there again, and shares are of the area", async () => {
  const coverage = new Coverage(GRID, SMALL);
  coverage.add({ left: 0, top: 0, right: 100, bottom: 32, halvings: 0 });
  await coverage.recall(deflateSync(Uint8Array.of(4, 4, 0, 0, 3, 3, 3, 3, 0, 0, 0, 0)).toString("base64"));
  await coverage.recall("");
  assert.equal(coverage.share(0), 32 / 70);
  assert.equal(coverage.share(1), 64 / 70);
  assert.equal(coverage.isSeen({ left: 0, top: 0, right: 100, bottom: 40 }, 0), true);
  assert.equal(coverage.isSeen({ left: 0, top: 0, right: 100, bottom: 70 }, 1), false);
  assert.equal(coverage.isSeen({ left: 40, top: 0, right: 60, bottom: 20 }, 0), false, "no cell lies in it");
});

test("what lies over the view is cut off along one side", () => {
  const view = { left: 0, top: 0, right: 1000, bottom: 600 };
  const mini = { left: 14, top: 446, right: 224, bottom: 586 };
  const buttons = { left: 942, top: 14, right: 986, bottom: 180 };
  assert.deepEqual(uncovered(view, [mini]), { ...view, left: 224 });
  assert.deepEqual(uncovered(view, [buttons, mini]), { left: 224, top: 0, right: 942, bottom: 600 });
  assert.deepEqual(uncovered(view, [{ left: 1000, top: 0, right: 1200, bottom: 600 }]), view);
});

for (const [image, window] of [
  [{ width: 8256, height: 5504 }, { width: 1080, height: 760 }],
  [{ width: 5504, height: 8256 }, { width: 330, height: 410 }],
  [{ width: 9504, height: 900 }, { width: 1700, height: 1000 }],
  [{ width: 640, height: 480 }, { width: 1080, height: 760 }],
  [{ width: 9504, height: 6336 }, { width: 320, height: 110 }],
  [{ width: 70_000, height: 60_000 }, { width: 930, height: 686 }],
]) {
  test(`a scan of ${image.width} by ${image.height} leaves no cell out`, () => {
    const side = Math.max(32, 2 ** Math.ceil(Math.log2(Math.max(image.width, image.height) / 512)));
    const [columns, rows] = [Math.ceil(image.width / side), Math.ceil(image.height / side)];
    const coverage = new Coverage({ side, columns, rows }, image);
    const plan = windows(image, window, Math.max(side, 0.08 * Math.min(window.width, window.height)));
    const isSeen = (each) => coverage.isSeen(each, 0);
    let [n, point] = [0, null];
    for (let next = nextWindow(plan, isSeen); next >= 0; next = nextWindow(plan, isSeen, point)) {
      point = middle(plan[next]);
      coverage.add({ ...plan[next], halvings: 0 });
      n += 1;
      assert.ok(n <= plan.length);
    }
    assert.equal(n, plan.length);
    assert.equal(coverage.share(0), 1);
  });
}

test("rows go to and fro, and what was left out comes at the end", () => {
  const plan = windows({ width: 300, height: 200 }, { width: 100, height: 100 }, 0);
  assert.deepEqual(plan.map(({ left, top }) => [left, top]), [[0, 0], [100, 0], [200, 0], [200, 100], [100, 100], [0, 100]]);
  const seen = new Set([plan[0], plan[2], plan[3]]);
  const isSeen = (window) => seen.has(window);
  assert.equal(nextWindow(plan, isSeen), 1);
  assert.equal(nextWindow(plan, isSeen, { x: 250, y: 50 }), 4);
  seen.add(plan[4]).add(plan[5]);
  assert.equal(nextWindow(plan, isSeen, { x: 50, y: 150 }), 1);
  seen.add(plan[1]);
  assert.equal(nextWindow(plan, isSeen, { x: 50, y: 150 }), -1);
  assert.deepEqual([windowBefore(plan, { x: 50, y: 150 }), windowBefore(plan, { x: 40, y: 40 })], [4, 0]);
});

function kept() {
  const values = {};
  return { setItem: (name, value) => (values[name] = value), getItem: (name) => values[name] ?? null, values };
}

test("what was looked at waits in the browser until the server has it", async () => {
  const [store, sent, answers, waits] = [kept(), [], ["offline", "saved", "saved"], []];
  const send = async (entry) => (sent.push(entry), { kind: answers.shift() });
  const looked = new LookedStore("amina", "/a/", send, { store, later: (act) => waits.push(act) });
  looked.keep({ left: 1 });
  looked.keep({ left: 2 });
  assert.equal(waits.length, 1);
  await waits[0]();
  assert.deepEqual(sent, [{ url: "/a/", body: { author: "amina", looks: [{ left: 1 }, { left: 2 }] } }]);
  const later = new LookedStore("amina", "/b/", send, { store, later: (act) => waits.push(act) });
  later.keep({ left: 3 });
  await later.tell();
  assert.deepEqual(sent.slice(1).map(({ url, body }) => [url, body.looks.length]), [["/a/", 2], ["/b/", 1]]);
  assert.equal(store.values["kopje-looked-amina"], "{}");
});

test("what is kept while something is told is told too, and nothing twice at a time", async () => {
  const [store, sent] = [kept(), []];
  const looked = new LookedStore("amina", "/a/", send, { store, later: () => {} });
  async function send({ body }) {
    sent.push(body.looks.map(({ left }) => left));
    if (sent.length === 1) looked.keep({ left: 3 });
    await looked.tell();
    return { kind: "saved" };
  }
  looked.keep({ left: 1 });
  looked.keep({ left: 2 });
  await looked.tell();
  assert.deepEqual(sent, [[1, 2], [3]]);
  assert.equal(store.values["kopje-looked-amina"], "{}");
});

test("an image that the server does not take keeps no other from being told", async () => {
  const [store, sent, waits] = [kept(), [], []];
  store.values["kopje-looked-amina"] = JSON.stringify({ "/a/": [{ left: 1 }], "/b/": [{ left: 2 }] });
  const send = async (entry) => (sent.push(entry.url), { kind: entry.url === "/a/" ? "offline" : "saved" });
  await new LookedStore("amina", "/c/", send, { store, later: (act, ms) => waits.push(ms) }).tell();
  assert.deepEqual([sent, waits], [["/a/", "/b/"], [5000]]);
  assert.deepEqual(JSON.parse(store.values["kopje-looked-amina"]), { "/a/": [{ left: 1 }] });
});

test("without a link it is tried again with the next look, and a stranger's is kept apart", async () => {
  const [store, sent] = [kept(), []];
  const send = async (entry) => (sent.push(entry), { kind: "stranger" });
  const looked = new LookedStore("amina", "/a/", send, { store, later: () => {} });
  looked.keep({ left: 1 });
  await looked.tell();
  await new LookedStore("jonas", "/a/", send, { store }).tell();
  assert.equal(sent.length, 1);
  assert.deepEqual(JSON.parse(store.values["kopje-looked-amina"]), { "/a/": [{ left: 1 }] });
});

test("squares have letters across and numbers down", () => {
  const names = squares({ width: 8256, height: 5504 }).map(({ name }) => name);
  assert.equal(names.length, 8 * 6);
  assert.deepEqual([names[0], names[7], names[8], names.at(-1)], ["A1", "H1", "A2", "H6"]);
  assert.deepEqual(squares({ width: 400, height: 800 }).at(-1), { name: "D8", left: 300, top: 700, right: 400, bottom: 800 });
});
