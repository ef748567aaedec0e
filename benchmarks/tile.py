"""One tile: read inside the server against os.pread, and over HTTP, authorised, against nginx serving files."""

import sys

from benchmarks import tile_http, tile_read
from benchmarks.report import report

READ_LIMIT, HTTP_LIMIT = 5.0, 30.0


def main() -> None:
    if (http := tile_http.measure()) is None:
        sys.exit("nginx is absent, and a limit that is not measured is not held. Install the package nginx.")
    print(f"HTTP: {http[0]:.1f} us of CPU a request, nginx {http[1]:.1f} us", file=sys.stderr)
    ours, reference = tile_read.measure()
    also = {"http_cpu": (http[0] / http[1], HTTP_LIMIT)}
    report(
        bench="tile", ratio=ours / reference, limit=READ_LIMIT, ours=ours, reference=reference, unit="CPU us", also=also
    )


if __name__ == "__main__":
    main()
