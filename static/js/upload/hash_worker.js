/* The SHA-256 of a file, read in pieces. A classic worker: the hash library is a classic script. */
const PIECE = 4 * 2 ** 20;
let library = null;

self.onmessage = async ({ data: { id, file, libraryUrl } }) => {
  try {
    if (!library) library = self.importScripts(libraryUrl) ?? self.hashwasm;
    self.postMessage({ id, sha256: await hash(file) });
  } catch (error) {
    self.postMessage({ id, error: error.name });
  }
};

async function hash(file) {
  const sum = await library.createSHA256();
  for (let start = 0; start < file.size; start += PIECE) {
    sum.update(new Uint8Array(await file.slice(start, start + PIECE).arrayBuffer()));
  }
  return sum.digest("hex");
}
