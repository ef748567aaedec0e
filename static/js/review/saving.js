// The outbox of a page on which people judge, and the line that tells whether everything is saved.

import { fill, number } from "../viewer/texts.js";
import { Outbox } from "./outbox.js";
import { sender } from "./sending.js";
import { openStore } from "./store.js";

/** `config`: user, account, texts. What waited from earlier visits goes out at once. */
export function outboxOf({ user, account, texts }, line) {
  const store = openStore(user);
  const outbox = new Outbox(store, sender(account));
  let words = texts;
  outbox.addEventListener("change", () => {
    const { count, trouble, questions } = outbox;
    const said = trouble ? words[trouble] : count ? words.saving : questions ? words.asks : words.saved;
    line.textContent = fill(said, { n: number(count || questions) });
    line.dataset.trouble = trouble;
  });
  store.then(({ isLasting }) => {
    if (isLasting) return;
    words = { ...texts, offline: texts.offlineHere }; // here what waits goes with the page
    window.addEventListener("beforeunload", (event) => outbox.count && event.preventDefault());
  });
  window.addEventListener("online", () => outbox.flush());
  outbox.flush();
  return outbox;
}
