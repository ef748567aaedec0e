// One verdict on its way to the server, and what its answer means.

import { csrfToken } from "../cookies.js";

/** A function that sends one entry and answers {kind: "saved", said}, {kind: "refused", sentence, standing?}, or why it
    cannot be sent now: "offline", "stranger". `account`: a page that only those see who are logged in. */
export function sender(account) {
  return (entry) => send(entry, account);
}

async function send({ method = "POST", url, body }, account) {
  let response;
  try {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
    response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    // Who is logged out hears the same as a stranger: that there is nothing. It is no answer to what was said.
    if ([401, 403, 404].includes(response.status) && (await isStranger(response, account))) return { kind: "stranger" };
  } catch {
    return { kind: "offline" };
  }
  if (response.status >= 500 || response.status === 429) return { kind: "offline" };
  const said = await response.json().catch(() => ({}));
  if (response.ok) return { kind: "saved", said };
  return { kind: "refused", sentence: sentenceOf(said), standing: said.standing };
}

async function isStranger(response, account) {
  if (response.status === 401) return true;
  return (await fetch(account, { redirect: "manual" })).type === "opaqueredirect";
}

function sentenceOf(said) {
  return said.detail ?? Object.values(said).flat()[0] ?? "";
}

/** Random, of version 4; crypto.randomUUID is there on secure pages only, and an office network has no certificate. */
export function newId(random = (bytes) => crypto.getRandomValues(bytes)) {
  const bytes = random(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
