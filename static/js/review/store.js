// Where an outbox keeps what waits: in the browser, one store a person, so that nobody sends another's verdicts.

const NAME = "waiting";

/** The browser's store for that person. Where a browser gives none (some do not in private windows), one that lasts as
    long as the page. */
export async function openStore(user) {
  try {
    return new BrowserStore(await opened(`kopje-outbox-${user}`));
  } catch {
    return new PageStore();
  }
}

function opened(name) {
  return new Promise((done, fail) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(NAME, { keyPath: "key", autoIncrement: true });
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

class BrowserStore {
  isLasting = true;

  constructor(database) {
    this.database = database;
  }

  add(entry) {
    return this._ask("readwrite", (store) => store.add(entry));
  }

  /** The oldest, with its `key`; undefined when nothing waits. */
  async first() {
    const cursor = await this._ask("readonly", (store) => store.openCursor());
    return cursor?.value;
  }

  remove(key) {
    return this._ask("readwrite", (store) => store.delete(key));
  }

  count() {
    return this._ask("readonly", (store) => store.count());
  }

  // Done when the browser has written it, not when it has taken the order.
  _ask(mode, act) {
    return new Promise((done, fail) => {
      const transaction = this.database.transaction(NAME, mode, { durability: "strict" });
      const request = act(transaction.objectStore(NAME));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
  }
}

/** The same in the memory of the page. */
export class PageStore {
  isLasting = false;
  entries = [];
  last = 0;

  async add(entry) {
    this.entries.push({ ...entry, key: (this.last += 1) });
  }

  async first() {
    return this.entries[0];
  }

  async remove(key) {
    this.entries = this.entries.filter((entry) => entry.key !== key);
  }

  async count() {
    return this.entries.length;
  }
}
