/* What an answer of the server, or none, means for a file and for the queue. */

/** `status` 0: nobody answered. Returns what the queue does: end this file, or hold everything for a reason. */
export function meaning(status, text, words) {
  const body = parse(text);
  const sentence = body.detail ?? "";
  if (status === 0) return { kind: "hold", reason: "offline" };
  if ([401, 403, 404].includes(status)) return { kind: "hold", reason: "signed-out" };
  if (status === 507) return { kind: "hold", reason: "disk-full", sentence };
  if (status === 409 && body.code === "duplicate") return { kind: "duplicate", image: body.image };
  if (isPassing(status)) return { kind: "hold", reason: "busy" };
  return { kind: "refused", sentence: sentence || words.refused, canRetry: ![400, 413].includes(status) };
}

/** Goes by itself: somebody else holds the file, the offset moved on, the server is busy or starting. */
function isPassing(status) {
  return [408, 409, 423, 425, 429, 460].includes(status) || status >= 500;
}

function parse(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Seconds until the next question to a server that does not answer: 1, 2, 4 … 30, each a little different. */
export function askAgainIn(failures, chance = Math.random()) {
  return Math.min(30, 2 ** failures) * (0.75 + chance / 2);
}
