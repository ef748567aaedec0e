// The detections API's packed layout: a header in JSON, then one column after another (inference/api/packed.py).
// The columns are used where they lie: ten thousand boxes in JSON take longer to read than to draw.

const ID_BYTES = 16;

/** Columns as of the JSON layout. */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { count, states } = header;
  let offset = 4 + length;
  const take = (Type, n = count) => {
    const column = new Type(buffer, offset, n);
    offset += column.byteLength;
    return column;
  };
  const numbers = Object.fromEntries(["left", "top", "right", "bottom", "score"].map((name) => [name, take(Float32Array)]));
  const label = take(Uint16Array);
  const said = header.model_labels ? { modelLabels: header.model_labels, modelLabel: take(Uint16Array) } : {};
  const state = Array.from(take(Uint8Array), (place) => states[place]);
  const id = new PackedIds(take(Uint8Array, count * ID_BYTES));
  return { labels: header.labels, dropped: header.dropped, ...numbers, label, ...said, state, id };
}

/** What is asked of an array of ids. They are written out one at a time: hardly any is ever asked for. */
export class PackedIds {
  constructor(bytes) {
    this.bytes = bytes;
  }

  at(i) {
    const bytes = this.bytes.subarray(i * ID_BYTES, (i + 1) * ID_BYTES);
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  indexOf(id) {
    const digits = id.replaceAll("-", "").toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(digits)) return -1;
    const wanted = Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
    for (let i = 0; i * ID_BYTES < this.bytes.length; i += 1) if (this._isAt(i, wanted)) return i;
    return -1;
  }

  _isAt(i, wanted) {
    return wanted.every((byte, place) => this.bytes[i * ID_BYTES + place] === byte);
  }
}
