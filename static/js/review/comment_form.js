// The one form in which comments are written: below "New comment", or moved into the thread that is answered or the
// comment that is changed. What was typed stays until it is sent or left, a new comment and an answer also when the page
// is closed.

import { newId } from "./sending.js";

export class CommentForm {
  /** `onClose` is called with the element that the form stood in. */
  constructor(element, texts, drafts, onClose) {
    this.home = element.querySelector('[data-part="comment-home"]');
    this.form = this.home.querySelector("form");
    this.text = this.form.elements.text;
    this.on = this.form.elements.on;
    this.texts = texts;
    this.drafts = drafts;
    this.onClose = onClose;
    this.form.addEventListener("submit", (event) => this._submit(event));
    this.form.addEventListener("keydown", (event) => this._press(event));
    this.form.querySelector("[data-cancel]").addEventListener("click", () => this.close());
    this.text.addEventListener("input", () => this._keep());
    this.on.addEventListener("change", () => this.places?.(this.on.value));
  }

  get isOpen() {
    return !this.form.hidden;
  }

  /** `send(text, on, id)` answers as `ask` does. `choices`: what a new comment may be on, [value, words]; `places` hears
      which one is chosen, and "" at the end; `about`: what a draft is kept as. */
  open(kind, { at = this.home, text = "", about = "", choices = [], places = null, send }) {
    if (this.isOpen && this.text.value.trim() && this.text.value !== this.first) return this.text.focus();
    this.places?.("");
    Object.assign(this, { send, places, about, first: text, id: newId() });
    const title = this._part("comment-title");
    title.textContent = title.dataset[kind];
    this._part("comment-on").hidden = !choices.length;
    this.on.replaceChildren(...choices.map(([value, words, isChosen]) => new Option(words, value, isChosen, isChosen)));
    this._tell("");
    at.append(this.form);
    this.form.hidden = false;
    this.text.value = (about && this.drafts.get(about)) || text;
    this.text.focus();
    this.places?.(this.on.value);
  }

  close() {
    const at = this.form.parentElement;
    this.form.hidden = true;
    this.text.value = this.first = "";
    this._keep();
    this.places?.("");
    this.home.append(this.form);
    this.onClose(at);
  }

  async _submit(event) {
    event.preventDefault();
    if (this.isSending || !this.text.value.trim()) return;
    this.isSending = true;
    const answer = await this.send(this.text.value, this.on.value, this.id);
    this.isSending = false;
    if (answer.isDone) this.close();
    else this._tell(answer.sentence || (answer.trouble === "offline" ? this.texts.notSent : this.texts.stranger));
  }

  _keep() {
    if (this.about) this.drafts.set(this.about, this.text.value);
  }

  // Keys of the page keep quiet in here; these two are the form's own.
  _press(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  _tell(trouble) {
    const part = this._part("comment-trouble");
    part.textContent = trouble;
    part.hidden = !trouble;
  }

  _part(name) {
    return this.form.querySelector(`[data-part="${name}"]`);
  }
}
