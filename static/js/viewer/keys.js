// Single keys for the image page. They keep quiet while somebody types, while a dialog is open, with Ctrl or Alt held,
// and when they are switched off in the list of keys.

const STORED = "viewer-keys";

export class Keys {
  /** `actions`: key as in KeyboardEvent.key, lower case → function(number for digits). */
  constructor(actions, store = localStorage) {
    this.actions = actions;
    this.store = store;
    document.addEventListener("keydown", (event) => this.handle(event));
  }

  get areOn() {
    return this.store.getItem(STORED) !== "off";
  }

  set areOn(value) {
    this.store.setItem(STORED, value ? "on" : "off");
  }

  handle(event) {
    const action = this.actions[actionName(event.key)];
    if (!action || isElsewhere(event) || (!this.areOn && event.key !== "?")) return;
    event.preventDefault();
    action(Number(event.key));
  }
}

export function actionName(key) {
  return /^[1-9]$/.test(key) ? "1-9" : key.toLowerCase();
}

function isElsewhere(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target;
  return Boolean(target.closest?.("dialog[open], textarea, select, [contenteditable], input:not([type=range], [type=checkbox])"));
}
