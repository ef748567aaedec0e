"""One tile: read inside the server against os.pread, and over HTTP, authorised, against nginx serving files."""

import sys

from benchmarks import tile_http, tile_read
from benchmarks.report import report

READ_LIMIT, HTTP_LIMIT = 5.0, 30.0


def main() -> None:
    ours, reference = tile_read.measure()
    also = {}
    if (http := tile_http.measure()) is None:
        print("nginx is absent: the HTTP half is left out. Install the package nginx.", file=sys.stderr)
    else:
        also = {"http_cpu": (http[0] / http[1], HTTP_LIMIT)}
        print(f"HTTP: {http[0]:.1f} us of CPU a request, nginx {http[1]:.1f} us", file=sys.stderr)
    report(
        bench="tile", ratio=ours / reference, limit=READ_LIMIT, ours=ours, reference=reference, unit="CPU us", also=also
    )


if __name__ == "__main__":
    main()
