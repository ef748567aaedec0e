// An image of a review task stays in one's hands while something is done, and goes back when its page is left.
import assert from "node:assert/strict";
import test from "node:test";
import { Lease } from "../../static/js/review/lease.js";

const MINUTE = 60_000;

function made({ token = "t", status = 200 } = {}) {
  const asked = [];
  const clock = { now: 0 };
  const ask = async (method, url, body) => {
    asked.push([method, url, body?.token]);
    return status;
  };
  return { lease: new Lease({ lease: "/next/", token }, ask, () => clock.now), asked, clock };
}

test("it is renewed once a minute, while something is done", async () => {
  const { lease, asked, clock } = made();
  for (const now of [1, MINUTE, MINUTE + 1, 2 * MINUTE - 1, 2 * MINUTE]) {
    clock.now = now;
    assert.equal(await lease.work(), "kept");
  }
  assert.deepEqual(asked, [["PATCH", "/next/", "t"], ["PATCH", "/next/", "t"]]);
});

test("that the image is somebody else's by now is said once", async () => {
  const { lease, clock } = made({ status: 409 });
  clock.now = MINUTE;
  assert.equal(await lease.work(), "lost");
  clock.now = 2 * MINUTE;
  assert.equal(await lease.work(), "kept");
});

for (const status of [0, 500]) {
  test(`an answer of ${status} says nothing of whose it is`, async () => {
    const { lease, clock } = made({ status });
    clock.now = MINUTE;
    assert.equal(await lease.work(), "kept");
  });
}

test("it is given back once", () => {
  const { lease, asked } = made();
  lease.giveBack();
  lease.giveBack();
  assert.deepEqual(asked, [["DELETE", "/next/?token=t", undefined]]);
});

test("what is done or was never held is not given back", () => {
  const [done, never] = [made(), made({ token: null })];
  done.lease.end();
  done.lease.giveBack();
  never.lease.giveBack();
  assert.deepEqual([done.asked, never.asked], [[], []]);
});
