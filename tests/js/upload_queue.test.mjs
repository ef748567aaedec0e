import assert from "node:assert/strict";
import { test } from "node:test";

import { Queue } from "../../static/js/upload/queue.js";

function queueOf(n, options) {
  const queue = new Queue(options);
  for (let i = 0; i < n; i += 1) queue.add({ file: {}, name: `${i}.jpg`, folder: "DCIM", size: 100 });
  return queue;
}

const names = (items) => items.map((item) => item.name);

test("three files are sent at a time, in the order they came", () => {
  const queue = queueOf(5);
  assert.deepEqual(names(queue.takeReady()), ["0.jpg", "1.jpg", "2.jpg"]);
  assert.deepEqual(queue.takeReady(), []);
  queue.arrive(queue.inState("sending")[0]);
  assert.deepEqual(names(queue.takeReady()), ["3.jpg"]);
});

test("nothing starts while there is a reason to hold", () => {
  const queue = queueOf(2);
  queue.hold("offline");
  queue.hold("paused");
  queue.release("offline");
  assert.deepEqual(queue.takeReady(), []);
  queue.release("paused");
  assert.equal(queue.takeReady().length, 2);
});

test("what was put back goes on before all others", () => {
  const queue = queueOf(3, { slots: 1 });
  const [first] = queue.takeReady();
  queue.progress(first, 40);
  queue.putBack(first);
  assert.equal(queue.bytes.done, 40);
  assert.deepEqual(names(queue.takeReady()), ["0.jpg"]);
});

test("the same file is taken once, a refused one again", () => {
  const queue = queueOf(1);
  const again = { file: {}, name: "0.jpg", folder: "DCIM", size: 100 };
  assert.equal(queue.add(again), null);
  assert.notEqual(queue.add({ ...again, folder: "DCIM 2" }), null);
  queue.refuse(queue.takeReady()[0], "Empty.");
  assert.notEqual(queue.add(again), null);
  assert.deepEqual(queue.counts, { waiting: 1, sending: 1, arrived: 0, stored: 0, duplicate: 0, refused: 0 });
});

test("bytes add up whatever becomes of a file", () => {
  const queue = queueOf(3);
  const [a, b, c] = queue.takeReady();
  queue.progress(a, 100);
  queue.arrive(a);
  queue.repeat(b, "image");
  queue.progress(c, 30);
  assert.deepEqual(queue.bytes, { total: 300, done: 230, moved: 130 });
  queue.remove(c);
  assert.deepEqual(queue.bytes, { total: 200, done: 200, moved: 130 });
});

test("what was there from an earlier time is done but did not move", () => {
  const queue = queueOf(1);
  const [item] = queue.takeReady();
  queue.skipTo(item, 60);
  queue.progress(item, 80);
  assert.deepEqual(queue.bytes, { total: 100, done: 80, moved: 20 });
});

test("only what may be sent again is sent again", () => {
  const queue = queueOf(2);
  const [a, b] = queue.takeReady();
  queue.refuse(a, "Card taken out.", { canRetry: true });
  queue.refuse(b, "Too large.");
  queue.retry(a);
  queue.retry(b);
  assert.deepEqual(names(queue.takeReady()), ["0.jpg"]);
  assert.equal(queue.bytes.done, 100);
});

test("a file removed while it is sent comes back no more", () => {
  const queue = queueOf(2, { slots: 1 });
  const [item] = queue.takeReady();
  queue.remove(item);
  queue.putBack(item);
  queue.arrive(item);
  assert.deepEqual(names(queue.takeReady()), ["1.jpg"]);
  assert.equal(queue.items.size, 1);
});

test("a removed file leaves the line", () => {
  const queue = queueOf(4, { slots: 1 });
  queue.remove(queue.inState("waiting")[0]);
  assert.deepEqual(names(queue.takeReady()), ["1.jpg"]);
});

test("a hundred thousand files are added and gone through in seconds of work", () => {
  const start = process.cpuUsage(); // beside other work the clock says nothing
  const queue = queueOf(100_000);
  for (let items = queue.takeReady(); items.length; items = queue.takeReady()) items.forEach((item) => queue.arrive(item));
  assert.equal(queue.counts.arrived, 100_000);
  const { user, system } = process.cpuUsage(start);
  assert.ok(user + system < 5_000_000);
});
