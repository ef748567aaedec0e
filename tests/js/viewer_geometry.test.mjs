import assert from "node:assert/strict";
import { test } from "node:test";
import { canvasTransform, contains, fitZoom, levelSize, tileOverhang, topZoom, zoomForBox } from "../../static/js/viewer/geometry.js";

const CAMERA = { width: 8256, height: 5504 };

test("the top zoom is the number of halvings until one tile holds the image", () => {
  assert.deepEqual([[512, 300], [513, 300], [1024, 1024], [8256, 5504], [20480, 20000]].map(([w, h]) => topZoom(w, h)), [0, 1, 1, 5, 6]);
});

test("a level keeps the half pixels that rounding would hide", () => {
  assert.deepEqual(levelSize({ width: 3001, height: 2003 }, 3, 2), { width: 1500.5, height: 1001.5 });
});

test("a tile inside the image has no overhang", () => {
  assert.deepEqual(tileOverhang({ x: 0, y: 0 }, CAMERA), { right: 0, bottom: 0 });
});

test("a corner tile hangs over by what the image lacks to whole tiles", () => {
  // 8256 = 16 tiles and 64 pixels; 5504 = 10 tiles and 384 pixels
  assert.deepEqual(tileOverhang({ x: 16, y: 10 }, CAMERA), { right: 448 / 512, bottom: 128 / 512 });
});

test("a tile beyond the image is none", () => {
  assert.equal(tileOverhang({ x: 17, y: 0 }, CAMERA), null);
  assert.equal(tileOverhang({ x: -1, y: 0 }, CAMERA), null);
  assert.equal(tileOverhang({ x: 1, y: 0 }, { width: 512, height: 512 }), null);
});

test("fit is the largest whole zoom that shows the whole image, below zero on small screens", () => {
  assert.equal(fitZoom(CAMERA, { width: 1090, height: 800 }, 5), 2);
  assert.equal(fitZoom(CAMERA, { width: 1032, height: 688 }, 5), 2);
  assert.equal(fitZoom(CAMERA, { width: 1031, height: 688 }, 5), 1);
  assert.equal(fitZoom({ width: 4096, height: 2160 }, { width: 390, height: 500 }, 3), -1);
});

test("a canvas transform puts its origin at the corner", () => {
  const { scale, dx, dy } = canvasTransform({ x: 100, y: 50 }, 2);
  assert.deepEqual([100 * scale + dx, 50 * scale + dy], [0, 0]);
  assert.deepEqual([101 * scale + dx, 52 * scale + dy], [2, 4]);
});

test("zooming to a box stops at twice full size", () => {
  const view = { width: 1000, height: 800 };
  assert.equal(zoomForBox({ left: 0, top: 0, right: 4, bottom: 4 }, view, 5), 6);
  assert.equal(zoomForBox({ left: 0, top: 0, right: 2000, bottom: 100 }, view, 5), 2);
});

test("a rectangle contains those inside it, edges included", () => {
  const outer = { left: 0, top: 0, right: 10, bottom: 10 };
  assert.equal(contains(outer, { left: 0, top: 0, right: 10, bottom: 10 }), true);
  assert.equal(contains(outer, { left: 0, top: 0, right: 11, bottom: 10 }), false);
});
