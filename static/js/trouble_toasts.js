/* Says in a sentence why a fragment could not be fetched, instead of doing nothing.

   Stands on the element of the live region; its data- attributes carry the translated sentences. A poll says nothing
   here: it tries again by itself and shows its own line when the server stays away. */
import { toast } from "./toast.js";

export class TroubleToasts {
  constructor(region) {
    this.sentences = region.dataset;
    document.addEventListener("htmx:sendError", (event) => this.tell(event, this.sentences.offline));
    document.addEventListener("htmx:timeout", (event) => this.tell(event, this.sentences.offline));
    document.addEventListener("htmx:responseError", (event) => this.tell(event, this.sentenceFor(event.detail.xhr.status)));
  }

  sentenceFor(status) {
    if (status === 403 || status === 401) return this.sentences.forbidden;
    if (status === 404) return this.sentences.missing;
    return this.sentences.broken;
  }

  tell(event, sentence) {
    if (event.detail.elt.dataset.module?.includes("poll")) return;
    toast(sentence, { isError: true });
  }
}

export function start(element) {
  new TroubleToasts(element);
}
