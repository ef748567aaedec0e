// Draws boxes on a canvas. A dashed box is a proposal, a solid one was accepted, a faint one counts nothing here; what is
// too small for a box is a dot.

import { clamp } from "./geometry.js";

const DOT_BELOW = 4;
const DASH_FROM = 16;
const DASHES_UP_TO = 1500;
const NAMES_UP_TO = 40;
const FAINT = 0.4;
const TAG_HEIGHT = 19;
const TAG_GAP = 4;
const DARK = "rgba(0, 0, 0, 0.55)";

export class BoxPainter {
  /** `colours` one a label, going round when there are more labels; `font` as in CSS. */
  constructor(colours, font) {
    this.colours = colours;
    this.font = font;
  }

  colour(boxes, i) {
    return boxes.colourOf(boxes.label[i], this.colours);
  }

  /** All of `indices`, grouped by label: changing the colour for each box costs more than drawing it. */
  paint(context, boxes, indices, transform) {
    const isFine = indices.length <= DASHES_UP_TO;
    for (const group of groupByLabel(boxes, indices)) {
      context.strokeStyle = context.fillStyle = this.colour(boxes, group[0]);
      for (const i of group) this._paintOne(context, boxes, i, transform, isFine);
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    if (indices.length <= NAMES_UP_TO) for (const i of indices) this.name(context, boxes, i, transform);
  }

  _paintOne(context, boxes, i, transform, isFine) {
    const box = project(boxes, i, transform);
    if (Math.max(box.width, box.height) < DOT_BELOW) {
      context.fillRect(box.x + box.width / 2 - 1, box.y + box.height / 2 - 1, 2, 2);
      return;
    }
    context.globalAlpha = boxes.isPutAside(i) ? FAINT : 1;
    const isLarge = isFine && Math.min(box.width, box.height) >= DASH_FROM;
    if (isLarge) this._shade(context, box);
    const isAccepted = boxes.isAccepted(i);
    context.lineWidth = isAccepted || isLarge ? 2 : 1;
    if (isFine) context.setLineDash(isLarge && !isAccepted ? [6, 4] : []);
    context.strokeRect(box.x, box.y, box.width, box.height);
  }

  // A thin dark line outside keeps the colour readable on bright sand.
  _shade(context, box) {
    const colour = context.strokeStyle;
    context.setLineDash([]);
    context.lineWidth = 1;
    context.strokeStyle = DARK;
    context.strokeRect(box.x - 1.5, box.y - 1.5, box.width + 3, box.height + 3);
    context.strokeStyle = colour;
  }

  /** The hovered or selected box again, over the others: a white halo when selected. */
  emphasise(context, boxes, i, transform, isSelected) {
    const box = project(boxes, i, transform);
    const gap = isSelected ? 3 : 2;
    context.setLineDash([]);
    context.strokeStyle = "rgba(255, 255, 255, 0.9)";
    context.lineWidth = isSelected ? 3 : 1.5;
    const half = Math.max(0, DOT_BELOW - box.width / 2);
    context.strokeRect(box.x - gap - half, box.y - gap - half, box.width + 2 * (gap + half), box.height + 2 * (gap + half));
    this.name(context, boxes, i, transform, true);
  }

  /** Label and score on a tag. */
  name(context, boxes, i, transform, isAlways = false) {
    const box = project(boxes, i, transform);
    if (!isAlways && box.width < 40) return;
    context.font = this.font;
    const text = `${boxes.labelName(i)} ${boxes.scoreText(i)}`.trim();
    const width = context.measureText(text).width + 12;
    const { x, y } = tagPlace(box, width, transform.view);
    context.fillStyle = this.colour(boxes, i);
    context.beginPath();
    context.roundRect(x, y, width, TAG_HEIGHT, 4);
    context.fill();
    context.fillStyle = "#111";
    context.textBaseline = "middle";
    context.fillText(text, x + 6, y + 10);
  }
}

export function project(boxes, i, { scale, dx, dy }) {
  const x = boxes.left[i] * scale + dx;
  const y = boxes.top[i] * scale + dy;
  return { x, y, width: boxes.right[i] * scale + dx - x, height: boxes.bottom[i] * scale + dy - y };
}

/** Above the box; inside it where the view has no room above, and never beyond the sides of the view. */
export function tagPlace(box, width, view) {
  const above = { x: box.x - 1, y: box.y - TAG_GAP - TAG_HEIGHT };
  if (!view || !overlap(box, view)) return above;
  const x = clamp(above.x, view.x, Math.max(view.x, view.x + view.width - width));
  return { x, y: above.y >= view.y ? above.y : Math.max(box.y, view.y) + TAG_GAP };
}

function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function groupByLabel(boxes, indices) {
  const groups = boxes.labels.map(() => []);
  for (const i of indices) groups[boxes.label[i]].push(i);
  return groups.filter((group) => group.length);
}
