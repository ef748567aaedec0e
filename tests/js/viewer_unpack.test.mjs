import assert from "node:assert/strict";
import { test } from "node:test";
import { PackedIds, unpack } from "../../static/js/viewer/unpack.js";

const IDS = ["01a22149-d8fe-732e-a954-ce80b0b05495", "01a22149-d9a1-76f5-b4e2-1b916dcc7b8d"];
const bytesOf = (ids) => Buffer.from(ids.join("").replaceAll("-", ""), "hex");

function packedPair({ more = {}, said = [] } = {}) {
  const told = { labels: ["buffalo", "zebra"], states: ["confirmed", "proposed"], count: 2, ...more };
  const header = Buffer.from(JSON.stringify(told));
  const padded = Buffer.concat([header, Buffer.alloc(-header.length & 3, " ")]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(padded.length);
  const numbers = Buffer.from(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8, 0.75, 0.5]).buffer);
  const parts = [length, padded, numbers, Buffer.from([1, 0, 0, 0]), Buffer.from(said), Buffer.from([1, 0]), bytesOf(IDS)];
  return Uint8Array.from(Buffer.concat(parts)).buffer;
}

test("packed columns say what the plain ones say", () => {
  const { left, top, right, bottom, score, label, state, labels, id } = unpack(packedPair());
  assert.deepEqual([left, top, right, bottom, score].map((column) => Array.from(column)), [[1, 2], [3, 4], [5, 6], [7, 8], [0.75, 0.5]]);
  assert.deepEqual([Array.from(label), state, labels], [[1, 0], ["proposed", "confirmed"], ["buffalo", "zebra"]]);
  assert.deepEqual([id.at(0), id.at(1)], IDS);
});

test("where the survey names labels otherwise, a column says what the model said", () => {
  const more = { model_labels: ["bovid", "stripes", "boma"], dropped: [1] };
  const { label, modelLabel, modelLabels, dropped, state, id } = unpack(packedPair({ more, said: [2, 0, 0, 0] }));
  assert.deepEqual([Array.from(label), Array.from(modelLabel), modelLabels, dropped], [[1, 0], [2, 0], more.model_labels, [1]]);
  assert.deepEqual([state, id.at(0), id.at(1)], [["proposed", "confirmed"], ...IDS]);
});

test("a packed id is found as it stands in an address, and nonsense is not", () => {
  const ids = new PackedIds(Uint8Array.from(bytesOf(IDS)));
  assert.equal(ids.indexOf(IDS[1]), 1);
  assert.equal(ids.indexOf(IDS[1].toUpperCase()), 1);
  assert.equal(ids.indexOf("01a22149-d9a1-76f5-b4e2-000000000000"), -1);
  for (const nonsense of ["", "zebra", IDS[0].slice(1)]) assert.equal(ids.indexOf(nonsense), -1);
});
