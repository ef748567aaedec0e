import assert from "node:assert/strict";
import { test } from "node:test";

import { askAgainIn, meaning } from "../../static/js/upload/answers.js";
import { folderOf, isImageName, isSystemName, scan } from "../../static/js/upload/gather.js";
import { Pace } from "../../static/js/upload/pace.js";
import { durationWords, fill, sizeWords } from "../../static/js/upload/words.js";

const words = { refused: "Refused." };

test("no answer and passing trouble hold the queue", () => {
  assert.deepEqual(meaning(0, "", words), { kind: "hold", reason: "offline" });
  for (const status of [408, 423, 429, 500, 502, 503]) assert.deepEqual(meaning(status, "<html>", words), { kind: "hold", reason: "busy" });
  for (const status of [401, 403, 404]) assert.equal(meaning(status, "{}", words).reason, "signed-out");
});

test("a conflict is a duplicate only where the server says so", () => {
  const body = JSON.stringify({ code: "duplicate", image: "7", detail: "Already in this survey as A." });
  assert.deepEqual(meaning(409, body, words), { kind: "duplicate", image: "7" });
  assert.equal(meaning(409, "{}", words).kind, "hold");
});

test("a full disk holds the queue with the server's sentence", () => {
  assert.deepEqual(meaning(507, '{"detail": "Full."}', words), { kind: "hold", reason: "disk-full", sentence: "Full." });
});

test("a refusal tells why, and whether sending again helps", () => {
  assert.deepEqual(meaning(413, '{"detail": "Too large."}', words), { kind: "refused", sentence: "Too large.", canRetry: false });
  assert.deepEqual(meaning(415, "null", words), { kind: "refused", sentence: "Refused.", canRetry: true });
});

test("a silent server is asked less and less often", () => {
  assert.equal(askAgainIn(0, 0.5), 1);
  assert.equal(askAgainIn(3, 0.5), 8);
  assert.ok(askAgainIn(50, 1) <= 37.5);
});

test("the pace is known at once and follows changes", () => {
  const pace = new Pace();
  pace.note(0, 0);
  pace.note(1000, 1);
  assert.ok(Math.abs(pace.bytesPerSecond - 1000) < 1);
  for (let second = 2; second < 120; second += 1) pace.note(1000 + 500 * (second - 1), second);
  assert.ok(Math.abs(pace.bytesPerSecond - 500) < 25);
  assert.ok(Math.abs(pace.secondsFor(5000) - 10) < 1);
});

test("a pause does not slow the pace", () => {
  const pace = new Pace();
  pace.note(0, 0);
  pace.note(1000, 1);
  pace.rest();
  pace.note(1000, 600);
  pace.note(2000, 601);
  assert.ok(Math.abs(pace.bytesPerSecond - 1000) < 1);
});

test("without a pace there is no time", () => {
  assert.equal(new Pace().secondsFor(10), null);
});

test("sizes and durations are said as people say them", () => {
  assert.equal(sizeWords(0, "en"), "0 byte");
  assert.equal(sizeWords(1_310_720, "en"), "1.3 MB");
  assert.equal(sizeWords(512 * 2 ** 20, "en"), "512 MB");
  assert.equal(durationWords(12, "en"), "15 seconds");
  assert.equal(durationWords(290, "en"), "5 minutes");
  assert.equal(durationWords(7800, "en"), "2 hours 10 minutes");
  assert.equal(durationWords(3590, "en"), "1 hour");
  assert.equal(fill("{a} of {b}", { a: 1, b: 2 }), "1 of 2");
});

test("of folders images are taken, system files passed over, others named", async () => {
  const names = ["DSC_1.JPG", "DSC_2.tif", "._DSC_1.JPG", "Thumbs.db", "flight.csv"];
  const found = names.map((name) => ({ file: { name, size: 1 }, folder: "card/DCIM", isFromFolder: true }));
  const taken = [], left = [];
  await scan(found, { take: ({ name }) => taken.push(name), left: (name) => left.push(name), note: () => {} });
  assert.deepEqual(taken, ["DSC_1.JPG", "DSC_2.tif"]);
  assert.deepEqual(left, ["flight.csv"]);
});

test("files chosen one by one are all taken: the server says what they are", async () => {
  const taken = [];
  const found = [{ file: { name: "a.avif", size: 1 }, folder: "", isFromFolder: false }];
  await scan(found, { take: ({ name }) => taken.push(name), left: assert.fail, note: () => {} });
  assert.deepEqual(taken, ["a.avif"]);
});

test("names", () => {
  assert.equal(folderOf("card/DCIM/a.jpg"), "card/DCIM");
  assert.equal(folderOf(""), "");
  assert.ok(isImageName("x.JPEG") && !isImageName("x.jpg.xml"));
  assert.ok(isSystemName(".DS_Store") && !isSystemName("DS_Store.jpg"));
});
