// Which windows a scan goes through: rows from the top, every other one backwards, so that the eye never jumps.

/** Windows of one size that cover the image, as {left, top, right, bottom} in image pixels; neighbours share at least
    `overlap`. Along a side on which the window is larger than the image there is one, in its middle. */
export function windows(image, { width, height }, overlap) {
  const lefts = spread(image.width, width, overlap);
  const tops = spread(image.height, height, overlap);
  return tops.flatMap((top, row) => {
    const inRow = lefts.map((left) => ({ left, top, right: left + width, bottom: top + height }));
    return row % 2 ? inRow.reverse() : inRow;
  });
}

/** The number of the window to look at after the one at `point`, or from the first on without a point; -1 for none. */
export function nextWindow(plan, isSeen, point = null) {
  const start = point ? nearest(plan, point) + 1 : 0;
  const order = plan.map((_, n) => (start + n) % plan.length);
  return order.find((n) => !isSeen(plan[n])) ?? -1;
}

/** The one before that at `point`, seen or not. */
export function windowBefore(plan, point) {
  return Math.max(0, nearest(plan, point) - 1);
}

export function middle({ left, top, right, bottom }) {
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
}

function spread(length, window, overlap) {
  if (window >= length) return [(length - window) / 2];
  const n = Math.ceil((length - overlap) / Math.max(1, window - overlap));
  return Array.from({ length: n }, (_, i) => (i * (length - window)) / (n - 1));
}

function nearest(plan, { x, y }) {
  let [best, least] = [0, Infinity];
  plan.forEach((window, n) => {
    const distance = Math.hypot(middle(window).x - x, middle(window).y - y);
    if (distance < least) [best, least] = [n, distance];
  });
  return best;
}
