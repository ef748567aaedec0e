// The boxes of the grid, page after page, each with its crop in the same answer.

/** What one page's bytes say: its rows, each with `jpeg` (null where it has to be asked for), and the next address. */
export function unpackPage(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const { next, rows } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  const filled = rows.map((row) => {
    const jpeg = row.crop ? new Uint8Array(buffer, at, row.crop) : null;
    at += row.crop;
    return { ...row, jpeg };
  });
  return { next, rows: filled };
}

export class GridPages {
  /** `fetchPage(url)` answers the bytes of a page. */
  constructor(url, fetchPage) {
    this.next = url;
    this.fetchPage = fetchPage;
    this.underWay = null;
  }

  /** The rows of the next page; asked again meanwhile, the same ones come once. Empty at the end. Raises what the
      network does, and can then be asked again. */
  async load(size) {
    if (this.underWay || !this.next) return [];
    const url = new URL(this.next, globalThis.location?.href ?? "http://localhost");
    url.searchParams.set("page_size", size);
    this.underWay = this.fetchPage(url);
    try {
      const { next, rows } = unpackPage(await this.underWay);
      this.next = next;
      return rows;
    } finally {
      this.underWay = null;
    }
  }
}

export async function fetchPage(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status}`);
  return response.arrayBuffer();
}
