// Image pixels, zoom levels and tiles: plain arithmetic, no page.

export const TILE = 512;

/** The zoom of full size: how often the image must be halved until it fits into one tile. */
export function topZoom(width, height) {
  let zoom = 0;
  while (Math.max(width, height) > TILE * 2 ** zoom) zoom += 1;
  return zoom;
}

/** The image's size at a zoom, not rounded: its last pixel column may be half a pixel wide. */
export function levelSize(size, top, zoom) {
  const scale = 2 ** (zoom - top);
  return { width: size.width * scale, height: size.height * scale };
}

/** How much of a tile lies outside the image, as shares of the tile; null where the tile is wholly outside. */
export function tileOverhang({ x, y }, level) {
  const right = overhang(x, level.width);
  const bottom = overhang(y, level.height);
  return right < 1 && bottom < 1 && x >= 0 && y >= 0 ? { right, bottom } : null;
}

function overhang(position, length) {
  return Math.min(1, Math.max(0, ((position + 1) * TILE - length) / TILE));
}

/** The largest whole zoom at which the image fits into the view; below 0 for small views. */
export function fitZoom(size, view, top) {
  const scale = Math.min(view.width / size.width, view.height / size.height);
  return Math.floor(top + Math.log2(scale) + 1e-9);
}

/** From image pixels to the pixels of a canvas whose top left corner lies on `origin` (image pixels). */
export function canvasTransform(origin, scale) {
  return { scale, dx: -origin.x * scale, dy: -origin.y * scale };
}

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** A zoom at which the box fills a comfortable part of the view, never beyond twice full size. */
export function zoomForBox(box, view, top, share = 0.25) {
  const side = Math.max((box.right - box.left) / view.width, (box.bottom - box.top) / view.height);
  return Math.min(top + 1, Math.round(top + Math.log2(share / side)));
}

export function contains(outer, inner) {
  return inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;
}
