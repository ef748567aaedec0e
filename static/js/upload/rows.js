/* The list of files: those under way, those that need attention, the next and the latest few. Never all of them. */
import { fill, numberWords, sizeWords } from "./words.js";

const SHOWN = [["sending", 10], ["refused", 200], ["arrived", 20], ["waiting", 20]];
const LATEST = 40;

export class Rows {
  #rows = new Map(); // item id → its row
  #latest = []; // stored and repeated ones, the last first

  constructor(list, more, { words, language, imageUrl, onRetry, onRemove }) {
    Object.assign(this, { list, more, words, language, imageUrl, onRetry, onRemove });
  }

  render(queue) {
    const items = this.#choose(queue);
    const ids = new Set(items.map((item) => item.id));
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#drop(id, row);
    let before = null;
    for (const item of items) {
      const row = this.#rows.get(item.id) ?? this.#make(item);
      if ((before ? before.nextSibling : this.list.firstChild) !== row) this.list.insertBefore(row, before?.nextSibling ?? this.list.firstChild);
      this.#update(row, item);
      before = row;
    }
    const rest = queue.items.size - items.length;
    this.more.textContent = rest > 0 ? fill(this.words.more, { n: numberWords(rest, this.language) }) : "";
  }

  /** A file has come to its end and may be shown among the latest. */
  ended(item) {
    this.#latest = [item, ...this.#latest].slice(0, LATEST);
  }

  #choose(queue) {
    const latest = this.#latest.filter((item) => queue.items.has(item.id) && ["stored", "duplicate"].includes(item.state));
    return [...SHOWN.flatMap(([state, most]) => queue.inState(state, most)), ...latest];
  }

  #drop(id, row) {
    row.remove();
    this.#rows.delete(id);
  }

  #make(item) {
    const row = document.createElement("li");
    row.append(part("span", "name"), part("progress", "bar bar-stored"), part("span", "line what"), part("span", "why"));
    const [name, bar] = row.children;
    name.textContent = item.name;
    name.title = item.folder ? `${item.folder}/${item.name}` : item.name;
    bar.max = item.size || 1;
    bar.setAttribute("aria-label", item.name);
    this.#rows.set(item.id, row);
    return row;
  }

  #update(row, item) {
    const [, bar, what, why] = row.children;
    bar.value = item.size ? item.sent : Number(item.state !== "waiting");
    if (row.dataset.state === item.state && item.state !== "sending") return;
    why.textContent = item.failure;
    if (row.dataset.state !== item.state) what.replaceChildren(...this.#what(item));
    if (item.state === "sending") what.firstChild.textContent = this.#sending(item);
    bar.classList.toggle("bar-failed", item.state === "refused");
    row.dataset.state = item.state;
  }

  #sending(item) {
    if (item.sent === 0) return this.words.checking;
    return `${sizeWords(item.sent, this.language)} / ${sizeWords(item.size, this.language)}`;
  }

  #what(item) {
    const parts = [part("small", "num")];
    parts[0].textContent = item.state === "refused" ? "" : (this.words[item.state] ?? "");
    if (item.image && item.state !== "refused") parts.push(this.#link(item));
    if (item.state === "refused" && item.canRetry) parts.push(this.#button("retry", item, this.onRetry));
    if (["refused", "waiting", "sending"].includes(item.state)) parts.push(this.#button("remove", item, this.onRemove));
    return parts;
  }

  #link(item) {
    const link = part("a");
    link.href = this.imageUrl.replace("IMAGE", item.image);
    link.textContent = this.words.open;
    link.setAttribute("aria-label", `${this.words.open}: ${item.name}`);
    return link;
  }

  #button(word, item, act) {
    const button = part("button", "btn btn-sm");
    button.type = "button";
    button.textContent = this.words[word];
    button.setAttribute("aria-label", `${this.words[word]}: ${item.name}`);
    button.addEventListener("click", () => act(item));
    return button;
  }
}

function part(name, className = "") {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
