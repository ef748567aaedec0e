/* Uploads one file with tus-js-client in Node: `node tus_js_client.mjs endpoint token file`. Tries again until it is through. */
import { createReadStream, statSync } from "node:fs";
import { basename } from "node:path";

import tus from "tus-js-client";

const [endpoint, token, path] = process.argv.slice(2);
const retryDelays = Array(40).fill(300);

const upload = new tus.Upload(createReadStream(path), {
  endpoint,
  uploadSize: statSync(path).size,
  chunkSize: 2 ** 20,
  retryDelays,
  uploadDataDuringCreation: true,
  headers: { Authorization: `Token ${token}` },
  metadata: { survey: "ruaha", filename: basename(path), path: "card/DCIM" },
  onSuccess: () => console.log(upload.url),
  onError: (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
});
upload.start();
