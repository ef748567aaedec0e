/* A button that copies the text of the <code> beside it. */
import { toast } from "./toast.js";

export class CopyBox {
  constructor(element) {
    this.element = element;
    this.code = element.querySelector("code");
    element.querySelector("button").addEventListener("click", () => this.copy());
  }

  async copy() {
    const isCopied = await this.write(this.code.textContent.trim());
    toast(isCopied ? this.element.dataset.copied : this.element.dataset.selected);
  }

  /** Without HTTPS browsers offer no clipboard: then the old command, and at worst the text stays selected. */
  async write(text) {
    if (navigator.clipboard) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        /* refused by the browser: go on with the selection */
      }
    }
    window.getSelection().selectAllChildren(this.code);
    return document.execCommand("copy");
  }
}

export function start(element) {
  new CopyBox(element);
}
