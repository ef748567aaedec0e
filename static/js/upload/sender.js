/* Sends one file: its hash, its upload (a new one, or the unfinished one of an earlier time), and what came of it. */
import { csrfToken } from "../cookies.js";
import { meaning } from "./answers.js";
import { UnreadableFileError } from "./hasher.js";

const CHUNK = 4 * 2 ** 20;
const STALL_MS = 60_000;

export class Sender {
  /** `unfinished`: an UploadList; `words`: the sentences of the page. */
  constructor({ endpoint, survey, hasher, unfinished, words }) {
    Object.assign(this, { endpoint, survey, hasher, unfinished, words });
    this.running = new Map();
  }

  /** `onProgress(sent, { isKnown })`. Resolves to { kind: arrived | duplicate | refused | hold | aborted, … }; never rejects. */
  async send(item, onProgress) {
    const run = { isAborted: false, abort: () => (run.isAborted = true) };
    this.running.set(item.id, run);
    try {
      await this.#prepare(item);
      if (run.isAborted) return { kind: "aborted" };
      return await this.#upload(item, run, onProgress);
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      return { kind: "refused", sentence: this.words.unreadable, canRetry: true };
    } finally {
      this.running.delete(item.id);
    }
  }

  abort(item) {
    this.running.get(item.id)?.abort();
  }

  async #prepare(item) {
    if (item.sha256 === undefined) item.sha256 = await this.hasher.sha256(item.file);
    else await readable(item.file);
    item.url ??= this.unfinished.take(item);
  }

  #upload(item, run, onProgress) {
    return new Promise((resolve) => {
      let watch, isKnown = Boolean(item.url); // the first news of a resumed upload tells what was there already
      const end = (outcome) => {
        clearTimeout(watch);
        resolve(outcome);
      };
      const upload = new window.tus.Upload(item.file, {
        ...this.#options(item),
        onProgress: (sent) => {
          clearTimeout(watch);
          watch = setTimeout(() => stop({ kind: "hold", reason: "offline" }), STALL_MS);
          onProgress(sent, { isKnown });
          isKnown = false;
        },
        onUploadUrlAvailable: () => (item.url = upload.url),
        onSuccess: () => end({ kind: "arrived", uploadId: idOf(upload.url) }),
        onError: (error) => end(this.#meaningOf(error, item)),
      });
      const stop = (outcome) => {
        upload.abort();
        end(outcome);
      };
      run.abort = () => stop({ kind: "aborted" });
      watch = setTimeout(() => stop({ kind: "hold", reason: "offline" }), STALL_MS);
      upload.start();
    });
  }

  #options(item) {
    const { name: filename, folder: path, sha256 } = item;
    return {
      endpoint: this.endpoint,
      uploadUrl: item.url ?? null,
      chunkSize: CHUNK,
      retryDelays: null, // the queue decides when to go on: all files at once, not each by itself
      storeFingerprintForResuming: false, // the server knows what is unfinished
      metadata: { survey: this.survey, filename, path, sha256 },
      onBeforeRequest: (request) => request.setHeader("X-CSRFToken", csrfToken()),
    };
  }

  #meaningOf(error, item) {
    const answer = error.originalResponse;
    const status = answer?.getStatus() ?? 0;
    if (item.url && [404, 410].includes(status)) {
      item.url = null; // ended meanwhile, or somebody else is signed in: a new one will tell
      return { kind: "hold", reason: "busy" };
    }
    return meaning(status, answer?.getBody() ?? "", this.words);
  }

  /** Gives the file up on the server too. Without an answer it expires there by itself. */
  forget(item) {
    this.abort(item);
    if (!item.url || item.uploadId) return;
    const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": csrfToken() };
    fetch(item.url, { method: "DELETE", headers }).catch(() => {});
  }
}

export function idOf(url) {
  return url.split("/").pop();
}

/** A file that was moved, changed or whose card was taken out looks to the network like a broken line. */
async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new UnreadableFileError();
  }
}
