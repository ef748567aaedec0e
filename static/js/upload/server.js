/* What the server knows of this person's uploads: unfinished ones, and what became of those that arrived. */
const MOST_IDS = 50;

export class UploadList {
  #unfinished = new Map();

  constructor(url) {
    this.url = url;
  }

  /** All uploads that were broken off earlier, page by page. Without an answer nothing is resumed, only sent anew. */
  async loadUnfinished() {
    let query = "?state=receiving&page_size=200";
    while (query) {
      const answer = await ask(this.url + query);
      for (const upload of answer.body?.results ?? []) this.#unfinished.set(keyOf(upload), upload);
      query = answer.body?.next && new URL(answer.body.next).search;
    }
  }

  /** The address of the unfinished upload of the same file, once. */
  take({ name, folder, size, sha256 }) {
    const key = keyOf({ file_name: name, path: folder, size_bytes: size, sha256 });
    const upload = sha256 ? this.#unfinished.get(key) : undefined;
    this.#unfinished.delete(key);
    return upload?.url;
  }

  /** What became of these: a map of upload id to upload. */
  async outcomes(ids) {
    const answer = await ask(`${this.url}?ids=${ids.slice(0, MOST_IDS).join(",")}&page_size=${MOST_IDS}`);
    return new Map((answer.body?.results ?? []).map((upload) => [upload.id, upload]));
  }

  /** The status of a small question: 0 where nobody answers. */
  async ping() {
    return (await ask(`${this.url}?state=receiving&page_size=1`)).status;
  }
}

function keyOf({ file_name: name, path, size_bytes: size, sha256 }) {
  return [path, name, size, sha256].join("\n");
}

async function ask(url) {
  try {
    const response = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15_000) });
    return { status: response.status, body: response.ok ? await response.json() : null };
  } catch {
    return { status: 0, body: null };
  }
}
