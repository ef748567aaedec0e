// What was said goes out in order, once, and stays until the server has it.
import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../static/js/review/outbox.js";
import { newId } from "../../static/js/review/sending.js";
import { PageStore } from "../../static/js/review/store.js";

function made(answers = []) {
  const sent = [];
  const waits = [];
  const store = new PageStore();
  const send = async (entry) => {
    sent.push(entry.name);
    return { kind: answers.shift() ?? "saved" };
  };
  const outbox = new Outbox(store, send, (act, ms) => waits.push({ act, ms }));
  return { outbox, store, sent, waits };
}

test("everything goes out in the order in which it was said", async () => {
  const { outbox, sent, store } = made();
  await Promise.all(["a", "b", "c"].map((name) => outbox.add({ name })));
  await outbox.flush();
  assert.deepEqual(sent, ["a", "b", "c"]);
  assert.equal(store.entries.length + outbox.count, 0);
});

test("what is said while something is sent goes out too", async () => {
  const { outbox, sent } = made();
  outbox.addEventListener("answer", ({ detail }) => detail.entry.name === "a" && outbox.add({ name: "b" }));
  await outbox.add({ name: "a" });
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(sent, ["a", "b"]);
});

test("it counts as not saved from the moment it is said", async () => {
  const { outbox } = made();
  const adding = outbox.add({ name: "a" });
  assert.equal(outbox.count, 1);
  await adding;
  assert.equal(outbox.count, 0);
});

test("without a link it waits, longer each time, and nothing overtakes it", async () => {
  const { outbox, sent, waits } = made(["offline", "offline", "offline"]);
  await outbox.add({ name: "a" });
  await outbox.add({ name: "b" });
  assert.deepEqual([outbox.count, outbox.trouble], [2, "offline"]);
  await waits.at(-1).act();
  await waits.at(-1).act();
  assert.deepEqual(waits.map(({ ms }) => ms), [1000, 2000, 4000]);
  await waits.at(-1).act();
  assert.deepEqual(sent, ["a", "a", "a", "a", "b"]);
  assert.deepEqual([outbox.count, outbox.trouble], [0, ""]);
});

test("a hundred things said without a link try it once at a time", async () => {
  const { outbox, sent, waits } = made(Array(3).fill("offline"));
  for (let i = 0; i < 100; i += 1) await outbox.add({ name: String(i) });
  assert.deepEqual([sent.length, waits.length, outbox.count], [1, 1, 100]);
  await outbox.flush(); // the browser says that it is online
  assert.deepEqual([sent.length, waits.length], [2, 1]);
});

test("what the server refuses is over, and the rest goes on", async () => {
  const { outbox, sent } = made(["refused"]);
  const answers = [];
  outbox.addEventListener("answer", ({ detail }) => answers.push([detail.entry.name, detail.answer.kind]));
  await Promise.all([outbox.add({ name: "a" }), outbox.add({ name: "b" })]);
  await outbox.flush();
  assert.deepEqual(answers, [["a", "refused"], ["b", "saved"]]);
  assert.deepEqual(sent, ["a", "b"]);
});

test("an id looks as one of version 4 and is another each time", () => {
  const ids = new Set(Array.from({ length: 50 }, () => newId()));
  assert.equal(ids.size, 50);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
