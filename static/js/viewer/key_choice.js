// Which key does what, as the person at this browser chose. Keys are swapped: no command is ever without one.

import { fill } from "./texts.js";

const STORED = "viewer-keymap";
const LETTERS = "abcdefghijklmnopqrstuvwxyz,.;";
const CHOSEN = /^[^\s1-9]$/; // digits switch labels

export class KeyChoice extends EventTarget {
  /** `usual`: command by key. Event: "change". */
  constructor(usual, store = localStorage) {
    super();
    this.usual = Object.fromEntries(Object.entries(usual).map(([key, command]) => [command, key]));
    this.store = store;
    this.chosen = this._kept();
    this.displaced = new Set(); // on this visit: commands whose key another one got
  }

  /** Command by key, as it is now. */
  get table() {
    return Object.fromEntries(Object.keys(this.usual).map((command) => [this.keyOf(command), command]));
  }

  keyOf(command) {
    return this.chosen[command] ?? this.usual[command];
  }

  /** Whether `key` can be one. What had it until now gets the command's former key. */
  choose(command, key) {
    const wanted = key.toLowerCase();
    if (!CHOSEN.test(wanted) || !(command in this.usual)) return false;
    const other = this.table[wanted];
    const before = this.keyOf(command);
    this.displaced.delete(command);
    this.chosen = { ...this.chosen, ...(other && other !== command ? { [other]: before } : {}), [command]: wanted };
    if (other && other !== command) this.displaced.add(other);
    this._putBack();
    this._keep();
    return true;
  }

  // Who tries one key and then another for a command takes nothing from the others.
  _putBack() {
    for (const command of this.displaced) {
      if (this.table[this.usual[command]]) continue;
      delete this.chosen[command];
      this.displaced.delete(command);
    }
  }

  reset() {
    this.chosen = {};
    this.displaced.clear();
    this._keep();
  }

  _keep() {
    this.store.setItem(STORED, JSON.stringify(this.chosen));
    this.dispatchEvent(new CustomEvent("change"));
  }

  // Of another version of the page, or of nobody's: what makes no sense is left out. A command that has come since, with
  // a key that somebody had given to another, gets one that is free; without any left, all usual keys hold.
  _kept() {
    try {
      const kept = JSON.parse(this.store.getItem(STORED) ?? "{}");
      const known = Object.entries(kept).filter(([command, key]) => command in this.usual && CHOSEN.test(key));
      const chosen = Object.fromEntries(known);
      if (new Set(Object.values(chosen)).size < known.length) return {};
      const taken = new Set(Object.values(chosen));
      const others = Object.entries(this.usual).filter(([command]) => !(command in chosen));
      const free = [...LETTERS].filter((key) => !taken.has(key) && !others.some(([, usual]) => usual === key));
      for (const [command, usual] of others) if (taken.has(usual)) chosen[command] = free.shift();
      return Object.values(chosen).every(Boolean) ? chosen : {};
    } catch {
      return {};
    }
  }
}

/** A sentence that names keys by what they do, as [[next-box]], with the keys of this page. */
export function withKeys(text, page = document) {
  return text.replace(/\[\[([\w-]+)\]\]/g, (_, command) => page.querySelector(`kbd[data-key="${command}"]`)?.textContent ?? "?");
}

/** Writes the chosen keys wherever the page names the usual ones. */
export function showKeys(page, choice) {
  const usual = new Map(Object.entries(choice.usual).map(([command, key]) => [key.toUpperCase(), command]));
  for (const kbd of page.querySelectorAll("kbd")) {
    const command = (kbd.dataset.key ??= usual.get(kbd.textContent) ?? "");
    if (command) kbd.textContent = choice.keyOf(command).toUpperCase();
  }
  for (const button of page.querySelectorAll("[data-command][aria-keyshortcuts]")) {
    if (button.dataset.command in choice.usual) button.setAttribute("aria-keyshortcuts", choice.keyOf(button.dataset.command));
  }
}

/** The part of the list of keys in which one changes them. */
export class KeyChoiceForm {
  constructor(element, choice) {
    this.choice = choice;
    this.command = element.querySelector("select");
    this.key = element.querySelector("input");
    for (const option of [...this.command.options]) if (!(option.value in choice.usual)) option.remove();
    this.command.addEventListener("change", () => this._show());
    this.said = element.querySelector("[role=status]");
    this.key.addEventListener("keydown", (event) => this._press(event));
    element.querySelector("[data-usual]").addEventListener("click", () => choice.reset());
    choice.addEventListener("change", () => this._show());
    this._show();
  }

  _press(event) {
    if (event.key.length > 1 || event.ctrlKey || event.altKey || event.metaKey) return; // Tab and Escape stay what they are
    event.preventDefault();
    const other = this.choice.table[event.key.toLowerCase()];
    this.choice.choose(this.command.value, event.key);
    const isTaken = other && other !== this.command.value;
    this.said.textContent = isTaken ? this._sentence(other) : "";
  }

  _sentence(other) {
    const name = [...this.command.options].find(({ value }) => value === other)?.textContent ?? other;
    return fill(this.said.dataset.taken, { name, key: this.choice.keyOf(other).toUpperCase() });
  }

  _show() {
    this.key.value = this.choice.keyOf(this.command.value).toUpperCase();
  }
}
