// What people say of an image, beside it: read, answered and resolved by keyboard as by mouse. A thread leads to its box
// or place, a mark on the image to its thread.

import { toast } from "../toast.js";
import { withKeys } from "../viewer/key_choice.js";
import { fill, number } from "../viewer/texts.js";
import { ask, threadsAt } from "./comment_asking.js";
import { Drafts } from "./comment_drafts.js";
import { CommentForm } from "./comment_form.js";
import { CommentPlaces } from "./comment_places.js";

const LOOK_AGAIN_MS = 30_000;

export class Comments {
  /** Without `scene` and `state` (an image that could not be read) all comments are on the image as a whole. */
  constructor(element, config, { scene = null, state = null } = {}) {
    this.element = element;
    this.config = config;
    this.state = state;
    this.tab = document.getElementById("tab-comments");
    this.list = element.querySelector('[data-part="threads"]');
    this.shown = null; // the state of the threads in the list, as the server names it
    this.current = null; // id of the thread that is looked at
    this.places = scene && new CommentPlaces(scene, state, config.texts, (id) => this.open(id));
    this.drafts = new Drafts(config.user, config.write);
    this.form = config.mayWrite ? new CommentForm(element, config.texts, this.drafts, (at) => this._return(at)) : null;
    this.keys = this.form ? { t: "comment" } : {};
    this.commands = this.form ? { comment: () => this._begin() } : {};
    this._listen();
    if (this.form && this.drafts.get("new")) queueMicrotask(() => toast(withKeys(config.texts.begun))); // keys are there then
    this._start(new URLSearchParams(location.search).get("comment"));
  }

  async _start(wanted) {
    if (!wanted && !this.config.count) return;
    await this.load();
    if (!wanted) return;
    this.open(wanted);
    // Its box may still be on its way.
    if (!this.state?.boxes.count) this.state?.addEventListener("boxes", () => this.open(wanted), { once: true });
  }

  _listen() {
    this.tab.addEventListener("tab-open", () => this.load());
    this.list.addEventListener("click", (event) => this._click(event.target));
    this.list.addEventListener("submit", (event) => this._takeBack(event));
    this.state?.addEventListener("select", () => this._follow());
    document.addEventListener("visibilitychange", () => this._lookAgain());
    setInterval(() => this._lookAgain(), LOOK_AGAIN_MS);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** What the server has now; not while somebody writes in the list. */
  async load() {
    if (this.list.contains(this.form?.form ?? null)) return;
    const html = await threadsAt(this.config.threads, this.shown);
    if (html) this._show(html);
    if (html === null && this.shown === null) this.list.textContent = this.config.texts.notLoaded;
    if (html !== null && this.isOpen) await this._tellSeen();
  }

  /** The thread of a comment comes into view, and the image goes where it is. */
  open(id) {
    const comment = this.list.querySelector(`[data-comment="${CSS.escape(id)}"]`);
    if (!comment) return this.shown !== null && toast(this.config.texts.gone);
    this._openTab();
    this._go(comment.closest("[data-thread]"));
  }

  _lookAgain() {
    if (!document.hidden) this.load();
  }

  _show(html) {
    const had = this.list.contains(document.activeElement);
    const isUnfolded = this.list.querySelector("details")?.open;
    this.list.innerHTML = html;
    // As htmx does it: modules.js, which would start what is in the list, imports this file.
    this.list.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: this.list } }));
    const facts = this.list.firstElementChild.dataset;
    this.shown = facts.state;
    this.last = facts.last;
    this.config.count = Number(facts.count);
    if (isUnfolded) this.list.querySelector("details")?.setAttribute("open", "");
    this._tell(Number(facts.unread));
    this.places?.show(this.list.querySelectorAll(".thread:not(.is-resolved)"));
    this._emphasise();
    if (had) this._thread(this.current)?.focus();
  }

  _tell(unread) {
    this.unread = unread;
    this.tab.querySelector('[data-part="comments-count"]').textContent = this.config.count ? number(this.config.count) : "";
    const part = this.tab.querySelector('[data-part="comments-new"]');
    part.textContent = fill(this.config.texts.new, { n: number(unread) });
    part.hidden = !unread;
  }

  // What is new stays marked in the list as long as the list does.
  async _tellSeen() {
    if (!this.unread) return;
    const { isDone } = await ask("POST", this.config.seen, { up_to: this.last });
    if (isDone) this._tell(0);
  }

  _openTab() {
    if (!this.isOpen) this.tab.click();
  }

  _begin() {
    this._openTab();
    const { places } = this;
    this.form.open("new", {
      about: "new",
      choices: places ? places.choices() : [],
      places: (choice) => places?.preview(choice),
      send: (text, on, id) => this._write({ id, text, ...places?.on(on) }),
    });
  }

  async _write(body) {
    const answer = await ask("POST", this.config.write, { author: this.config.user, ...body });
    if (answer.isDone) this.current = answer.said.parent ?? answer.said.id;
    return answer;
  }

  _change(id, body, method = "PATCH") {
    return ask(method, fill(this.config.comment, { id }), body);
  }

  // The form has been sent or left: the keyboard goes on where it stood.
  async _return(at) {
    const thread = at.closest("[data-thread]");
    if (thread) this.current = thread.dataset.thread;
    await this.load();
    this._emphasise();
    (this._thread(this.current) ?? this.element).focus();
  }

  _click(target) {
    const thread = target.closest("[data-thread]");
    if (!thread) return;
    const [edit, resolve] = ["[data-edit]", "[data-resolve]"].map((button) => target.closest(button));
    if (edit) this._edit(edit);
    else if (resolve) this._resolve(thread, resolve.dataset.resolve === "true");
    else if (target.closest("[data-reply]")) this._answer(thread);
    else if (!target.closest("a, form") && getSelection().isCollapsed) this._go(thread);
  }

  _answer(thread) {
    const parent = thread.dataset.thread;
    this.form.open("answer", { at: thread, about: parent, send: (text, _on, id) => this._write({ id, text, parent }) });
  }

  _edit(button) {
    const comment = button.closest("[data-comment]");
    const { comment: id } = comment.dataset;
    this.form.open("edit", { at: comment, text: button.dataset.edit, send: (text) => this._change(id, { text }) });
  }

  async _resolve(thread, resolved) {
    const { texts } = this.config;
    await this._done(thread, await this._change(thread.dataset.thread, { resolved }), resolved ? texts.resolved : texts.reopened);
  }

  // The first time the form is held to ask whether that is meant (js/confirm.js).
  async _takeBack(event) {
    if (event.defaultPrevented || !event.target.matches("[data-take-back]")) return;
    event.preventDefault();
    const { comment } = event.target.closest("[data-comment]").dataset;
    const answer = await this._change(comment, undefined, "DELETE");
    await this._done(event.target.closest("[data-thread]"), answer, this.config.texts.takenBack);
  }

  async _done(thread, { isDone, sentence }, told) {
    if (!isDone) return toast(sentence || this.config.texts.notDone, { isError: true });
    this.current = thread.dataset.thread;
    toast(told);
    await this.load();
    (this._thread(this.current) ?? this.element).focus();
  }

  _go(thread) {
    thread.closest("details")?.setAttribute("open", "");
    this.places?.goTo(thread); // which may select a box, and with that the first thread on it
    this.current = thread.dataset.thread;
    this._emphasise();
    thread.scrollIntoView({ block: "nearest" });
  }

  // Who selects a box sees what was said of it.
  _follow() {
    const { selected, boxes } = this.state;
    const id = selected < 0 ? null : boxes.idOf(selected);
    const on = `[data-detection="${id}"], [data-observation="${id}"]`;
    if (id && this._thread(this.current)?.matches(on)) return;
    const thread = id && this.list.querySelector(on);
    this.current = thread ? thread.dataset.thread : null;
    this._emphasise();
    if (thread && this.isOpen) thread.scrollIntoView({ block: "nearest" });
  }

  _emphasise() {
    for (const thread of this.list.querySelectorAll("[data-thread]")) {
      if (thread.dataset.thread === this.current) thread.setAttribute("aria-current", "true");
      else thread.removeAttribute("aria-current");
    }
    this.places?.emphasise(this.current);
  }

  _thread(id) {
    return id ? this.list.querySelector(`[data-thread="${id}"]`) : null;
  }
}
