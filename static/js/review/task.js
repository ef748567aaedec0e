// The review task on the image page: the image stays in this person's hands while something is done, goes back when the
// page is left, and the next one comes once everything said here is saved.

import { csrfToken } from "../cookies.js";
import { toast } from "../toast.js";
import { withKeys } from "../viewer/key_choice.js";
import { fill, number } from "../viewer/texts.js";
import { Lease } from "./lease.js";

const DONE = ["reviewed", "empty", "unusable"];
const SIGNS_OF_LIFE = ["keydown", "pointerdown", "wheel", "review:saving"];

export class TaskBar {
  constructor(element, task, lease) {
    this.element = element;
    this.task = task;
    this.lease = lease;
    this.isDone = task.isDone;
    this.unsaved = { count: 0, trouble: "" };
    this.next = document.querySelector('[data-part="task-next"]');
    this.next.addEventListener("click", (event) => this._leave(event));
    document.addEventListener("review:saving", (event) => this._hearSaving(event.detail));
    document.addEventListener("review:image-state", (event) => this._hearState(event.detail));
    for (const type of SIGNS_OF_LIFE) document.addEventListener(type, () => this._work(), { passive: true, capture: true });
    // With something unsaved the image stays in hand until the lease ends: it may be done already.
    window.addEventListener("pagehide", () => this.unsaved.count || this.lease.giveBack());
    // Back in a page that the browser kept: the image may be somebody else's by now.
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  async _work() {
    if ((await this.lease.work()) === "lost") toast(this.task.texts.lost);
  }

  _hearSaving(saving) {
    this.unsaved = saving;
    if (this.leavesTo && !saving.count) location.assign(this.leavesTo);
  }

  // A verdict still on its way would leave this image open, and somebody else would be given it.
  _leave(event) {
    if (!this.unsaved.count || this.unsaved.trouble) return;
    event.preventDefault();
    this.leavesTo = this.next.href;
    toast(this.task.texts.saving);
  }

  _hearState(state) {
    const isDone = DONE.includes(state);
    if (isDone === this.isDone) return;
    this.isDone = isDone;
    this.task.nDone += isDone ? 1 : -1;
    const numbers = { done: number(this.task.nDone), images: number(this.task.nImages) };
    this.element.querySelector('[data-part="task-done"]').textContent = fill(this.task.texts.done, numbers);
    this.next.classList.toggle("btn-primary", isDone);
    if (!isDone) return;
    this.lease.end();
    toast(withKeys(this.task.texts.finished));
  }
}

/** `ask(method, url, body)` answers the status; 0 without a link. */
export async function ask(method, url, body) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  try {
    return (await fetch(url, { method, headers, body: body && JSON.stringify(body), keepalive: true })).status;
  } catch {
    return 0;
  }
}

export function start(element) {
  const { task } = JSON.parse(document.getElementById("viewer-config").textContent).review;
  new TaskBar(element, task, new Lease(task, ask));
}
