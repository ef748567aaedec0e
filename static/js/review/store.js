// Where an outbox keeps what waits: in the browser, one store a person, so that nobody sends another's verdicts.

const NAME = "waiting";

export class BrowserStore {
  constructor(user) {
    this.opened = new Promise((done, fail) => {
      const request = indexedDB.open(`kopje-outbox-${user}`, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(NAME, { keyPath: "key", autoIncrement: true });
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
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
  async _ask(mode, act) {
    const database = await this.opened;
    return new Promise((done, fail) => {
      const transaction = database.transaction(NAME, mode, { durability: "strict" });
      const request = act(transaction.objectStore(NAME));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => fail(transaction.error);
    });
  }
}
