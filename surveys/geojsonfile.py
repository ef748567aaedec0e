"""Tables with positions as GeoJSON (RFC 7946), streamed: a point a row, WGS 84, longitude first."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from surveys.csvfile import Cell, cell_text

CHUNK_BYTES = 64 * 1024
LATITUDE, LONGITUDE = "latitude", "longitude"


def geojson_chunks(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], about: Sequence[tuple[str, str]]
) -> Iterator[bytes]:
    """A feature a row; its cells are the properties, the two of the position excepted. Where there is none the geometry
    is null, as the format has it. `about` stands before the features."""
    said = b"".join(orjson.dumps(name) + b":" + orjson.dumps(value) + b"," for name, value in about)
    pieces, size = [b'{"type":"FeatureCollection",' + said + b'"features":['], 0
    before = b""
    for row in rows:
        pieces += (before, orjson.dumps(_feature(dict(zip(header, row, strict=True)))))
        before, size = b",\n", size + len(pieces[-1])
        if size >= CHUNK_BYTES:
            yield b"".join(pieces)
            pieces, size = [], 0
    yield b"".join([*pieces, b"]}\n"])


def _feature(cells: dict[str, Cell]) -> dict[str, Any]:
    latitude, longitude = cells.pop(LATITUDE), cells.pop(LONGITUDE)
    is_known = latitude is not None and longitude is not None
    geometry = {"type": "Point", "coordinates": [longitude, latitude]} if is_known else None
    properties = {name: cell_text(cell) if isinstance(cell, datetime) else cell for name, cell in cells.items()}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
