"""The detections of an image as its page takes them: bytes that need no reading, also where there are ten thousand."""

from typing import Any

import numpy as np
import orjson

ALIGNMENT = 4  # of the first column
NUMBERS = ("left", "top", "right", "bottom", "score")


def packed(columns: dict[str, Any], about: dict[str, Any]) -> bytes:
    """The length of a header (4 bytes), the header, and one column after another, all little-endian.

    The header is JSON, filled up with spaces so that the columns begin at a multiple of four: `about`, `labels`,
    `states`, `dropped`, `count` and, where the survey names a label otherwise than the model, `model_labels`. The
    columns: left, top, right, bottom, score (4-byte floats), label (2 bytes, an index into `labels`), with
    `model_labels` an index into these (2 bytes), state (1 byte, an index into `states`), id (16 bytes).
    """
    states = sorted(set(columns["state"]))
    index = {state: number for number, state in enumerate(states)}
    told = {"states": states, "count": len(columns["id"]), "labels": columns["labels"], "dropped": columns["dropped"]}
    is_renamed = columns["labels"] != columns["model_labels"]
    header = orjson.dumps({**about, **told, **({"model_labels": columns["model_labels"]} if is_renamed else {})})
    header += b" " * (-len(header) % ALIGNMENT)
    return b"".join(
        [
            len(header).to_bytes(4, "little"),
            header,
            *(np.array(columns[name], "<f4").tobytes() for name in NUMBERS),
            *(np.array(columns[name], "<u2").tobytes() for name in ("label", "model_label")[: 1 + is_renamed]),
            bytes(index[state] for state in columns["state"]),
            bytes.fromhex("".join(columns["id"]).replace("-", "")),
        ]
    )
