// A place in the image as it stands in an address: #x=4100&y=2950&s=1&det=…, in image pixels, so that a link stays right
// whatever screen or tile size opens it. `s` is screen pixels an image pixel.

export function parsePlace(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const place = { x: number(parts.get("x")), y: number(parts.get("y")), scale: number(parts.get("s")) };
  const hasView = place.x !== null && place.y !== null && place.scale > 0;
  return { view: hasView ? place : null, detection: parts.get("det") || null };
}

export function formatPlace({ view, detection }) {
  const scale = String(Number(view.scale.toPrecision(4)));
  const parts = [`x=${Math.round(view.x)}`, `y=${Math.round(view.y)}`, `s=${scale}`];
  if (detection) parts.push(`det=${encodeURIComponent(detection)}`);
  return `#${parts.join("&")}`;
}

function number(text) {
  const value = text === null || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
