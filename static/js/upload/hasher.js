/* Asks a worker for the SHA-256 of files: crypto.subtle is missing on http:// addresses of a local network. */
export class UnreadableFileError extends Error {}

const UNREADABLE = ["NotReadableError", "NotFoundError", "SecurityError"];

export class Hasher {
  #worker;
  #waiting = new Map();
  #number = 0;

  constructor(workerUrl, libraryUrl) {
    this.libraryUrl = libraryUrl;
    this.#worker = new Worker(workerUrl);
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onerror = () => this.#giveUp();
  }

  /** Hexadecimal; "" where the browser cannot do it: then only the server does. Rejects for a file that cannot be read. */
  sha256(file) {
    if (!this.#worker) return Promise.resolve("");
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, file, libraryUrl: this.libraryUrl });
    });
  }

  #answered({ id, sha256, error }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (UNREADABLE.includes(error)) reject(new UnreadableFileError());
    else resolve(sha256 ?? "");
  }

  #giveUp() {
    this.#worker = null;
    for (const { resolve } of this.#waiting.values()) resolve("");
    this.#waiting.clear();
  }
}
