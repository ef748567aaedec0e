/* A form with large files: sent with a bar and the time left; then the page goes where the answer leads.

   <form data-module="sending" data-words="{done} of {total} sent, about {left} left" data-taken="…" data-broken="…">
   What is wrong with the form comes back as the same page, of which the content takes the place of this one. Without
   scripts it is a form like any other. */
import { fill, durationWords, sizeWords } from "./upload/words.js";
import { Pace } from "./upload/pace.js";
import { toast } from "./toast.js";

export class Sending {
  constructor(form) {
    this.form = form;
    this.language = document.documentElement.lang;
    form.addEventListener("submit", (event) => this.send(event));
  }

  send(event) {
    event.preventDefault();
    if (this.xhr) return;
    this.pace = new Pace();
    this.showBar();
    this.xhr = new XMLHttpRequest();
    this.xhr.upload.addEventListener("progress", ({ loaded, total }) => this.move(loaded, total));
    this.xhr.addEventListener("load", () => this.answered(this.xhr));
    this.xhr.addEventListener("error", () => this.over());
    this.xhr.open("POST", this.form.action);
    this.xhr.send(new FormData(this.form));
  }

  showBar() {
    this.bar = document.createElement("progress");
    this.bar.className = "bar bar-stored";
    this.words = document.createElement("p");
    this.words.setAttribute("role", "status");
    this.words.id = "sending-words";
    this.bar.setAttribute("aria-labelledby", this.words.id);
    this.form.append(this.bar, this.words);
    this.form.querySelector("[type=submit]").disabled = true;
  }

  move(loaded, total) {
    this.pace.note(loaded, performance.now() / 1000);
    this.bar.max = total;
    this.bar.value = loaded;
    const seconds = this.pace.secondsFor(total - loaded);
    this.words.textContent =
      loaded === total || seconds === null
        ? this.form.dataset.taken
        : fill(this.form.dataset.words, {
            done: sizeWords(loaded, this.language),
            total: sizeWords(total, this.language),
            left: durationWords(seconds, this.language),
          });
  }

  answered(xhr) {
    if (xhr.status === 200 && xhr.responseURL !== this.form.action) return location.assign(xhr.responseURL);
    const content = new DOMParser().parseFromString(xhr.responseText, "text/html").getElementById("content");
    if (xhr.status !== 422 || !content) return this.over();
    document.getElementById("content").replaceWith(content);
    // As htmx does it: importing modules.js, which imports this file, would go round in a circle.
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: content } }));
    content.querySelector("[aria-invalid=true], .form-errors")?.scrollIntoView({ block: "center" });
    content.querySelector("[aria-invalid=true]")?.focus();
  }

  over() {
    this.xhr = null;
    this.bar.remove();
    this.words.remove();
    this.form.querySelector("[type=submit]").disabled = false;
    toast(this.form.dataset.broken, { isError: true });
  }
}

export function start(element) {
  new Sending(element);
}
