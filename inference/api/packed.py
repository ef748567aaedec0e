"""The detections of an image as its page takes them: bytes that need no reading, also where there are ten thousand."""

from typing import Any

import numpy as np
import orjson

ALIGNMENT = 4  # of the first column
NUMBERS = ("left", "top", "right", "bottom", "score")


def packed(columns: dict[str, Any], about: dict[str, Any]) -> bytes:
    """The length of a header (4 bytes), the header, and one column after another, all little-endian.

    The header is JSON, filled up with spaces so that the columns begin at a multiple of four: `about`, `labels`,
    `states` and `count`. The columns: left, top, right, bottom, score (4-byte floats), label (2 bytes, an index into
    `labels`), state (1 byte, an index into `states`), id (16 bytes).
    """
    states = sorted(set(columns["state"]))
    index = {state: number for number, state in enumerate(states)}
    header = orjson.dumps({**about, "labels": columns["labels"], "states": states, "count": len(columns["id"])})
    header += b" " * (-len(header) % ALIGNMENT)
    return b"".join(
        [
            len(header).to_bytes(4, "little"),
            header,
            *(np.array(columns[name], "<f4").tobytes() for name in NUMBERS),
            np.array(columns["label"], "<u2").tobytes(),
            bytes(index[state] for state in columns["state"]),
            bytes.fromhex("".join(columns["id"]).replace("-", "")),
        ]
    )
