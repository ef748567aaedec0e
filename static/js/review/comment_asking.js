// One request about comments, and what its answer means.

import { csrfToken } from "../cookies.js";

/** {isDone, said} or {isDone: false, sentence}: the server's own, or "" where `trouble` says what happened: "offline",
    "stranger" (who is logged out hears that there is nothing). */
export async function ask(method, url, body = undefined) {
  let response;
  try {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
    response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    return failed("offline");
  }
  const said = await response.json().catch(() => ({}));
  if (response.ok) return { isDone: true, said };
  if (response.status >= 500 || response.status === 429) return failed("offline");
  if (response.status === 401 || response.status === 404) return failed("stranger");
  return failed("", said.detail ?? Object.values(said).flat()[0]);
}

/** The threads as the server prints them; "" while they are those of `state`, null where they cannot be had. */
export async function threadsAt(url, state) {
  try {
    const response = await fetch(state === null ? url : `${url}?seen=${encodeURIComponent(state)}`);
    if (response.status === 204) return "";
    return response.ok && !response.redirected ? await response.text() : null; // to the page for logging in
  } catch {
    return null;
  }
}

function failed(trouble, sentence = "") {
  return { isDone: false, trouble, sentence };
}
