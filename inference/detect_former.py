"""What a former detect command left in a file, also one that was killed while it wrote its last line."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from inference.detect_files import EMPTY, FAILED, FOUND, Record
from inference.detect_output import (
    BOX_COLUMNS,
    COCO_DECIMALS,
    COLUMNS,
    FILE_COLUMNS,
    KEPT_COLUMNS,
    SEARCHED_WITH,
    part_of,
)
from surveys.csvfile import cell_text

NUMBERS = ("score", "left", "top", "right", "bottom", "threshold")
WHOLE_NUMBERS = ("width", "height", "n_detections", "bytes")
KEYS = {*FILE_COLUMNS, *KEPT_COLUMNS, "detections"}


class FormerError(Exception):
    """The file holds something else."""


def read_former(out: Path, kind: str) -> dict[str, Record]:
    """The files that a former command wrote down, by name. Raises FormerError, OSError."""
    read: dict[str, Callable[[Path], Iterator[Record]]] = {"csv": _read_csv, "json": _read_json, "coco": _read_coco}
    try:
        return {record["file"]: _without_false_zero(record) for record in read[kind](out)}
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise FormerError(str(error)) from error


def _without_false_zero(record: Record) -> Record:
    """Files of former versions say 0 of what failed."""
    return record | {"n_detections": None} if record["state"] == FAILED else record


def _text_of(path: Path) -> str:
    """Text as it was written; what was cut in the middle of a letter is not yet cut off."""
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""


def _read_csv(path: Path) -> Iterator[Record]:
    text = _text_of(path)
    whole_lines = text[: text.rfind("\r\n") + 2] if "\r\n" in text else ""
    lines = csv.reader(io.StringIO(whole_lines, newline=""))
    if tuple(next(lines, COLUMNS if not text.strip() else ())) != COLUMNS:
        raise FormerError("Its columns are others.")
    records: dict[str, Record] = {}
    for cells in lines:
        row = dict(zip(COLUMNS, map(_value, COLUMNS, cells), strict=True))
        record = records.setdefault(row["file"], {name: row[name] for name in (*FILE_COLUMNS, *KEPT_COLUMNS)})
        boxes = record.setdefault("detections", [])
        if row["state"] == FOUND:
            boxes.append({name: row[name] for name in BOX_COLUMNS})
    for record in records.values():
        if len(record["detections"]) == (record["n_detections"] or 0):  # else the last rows were never written
            yield record


def _value(column: str, cell: str) -> Any:
    if column in WHOLE_NUMBERS:
        return int(cell) if cell else None
    if column in NUMBERS:
        return float(cell) if cell else None
    is_guarded = cell[:1] == "'" and cell_text(cell[1:]) == cell
    return cell[1:] if is_guarded else cell


def _read_json(path: Path) -> Iterator[Record]:
    text = _text_of(path)
    for record in _list_of(text) if text.strip() else ():
        if record.keys() != KEYS:
            raise FormerError("Its entries are others.")
        yield record


def _list_of(text: str) -> list[Any]:
    """The list; of one that was never ended, its whole entries: each stands on a line of its own."""
    for candidate in (text, _closed(text), _closed(text[: text.rfind("\n")])):
        try:
            found = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(found, list):
            return found
    raise FormerError("It is no list.")


def _closed(text: str) -> str:
    return text.rstrip(", \n") + "]"


def _read_coco(path: Path) -> Iterator[Record]:
    text = _text_of(path)
    if text.strip():
        yield from _records_of_coco(json.loads(text))
    yield from _read_json(part_of(path))


def _records_of_coco(coco: dict[str, Any]) -> Iterator[Record]:
    info, names = coco["info"], {each["id"]: each["name"] for each in coco["categories"]}
    found: dict[int, list[Record]] = {image["id"]: [] for image in coco["images"]}
    for each in coco["annotations"]:
        left, top, width, height = each["bbox"]
        right, bottom = round(left + width, COCO_DECIMALS), round(top + height, COCO_DECIMALS)
        corners = {"left": left, "top": top, "right": right, "bottom": bottom}
        found[each["image_id"]].append({"label": names[each["category_id"]], **corners, "score": each["score"]})
    for image in coco["images"]:
        boxes = found[image["id"]]
        yield _record(info, image, state=FOUND if boxes else EMPTY, detections=boxes)
    for failed in info["failed"]:
        yield _record(info, failed, state=FAILED, detections=[])


def _record(info: dict[str, Any], entry: dict[str, Any], **more: Any) -> Record:
    facts = {name: entry.get(name) for name in ("width", "height", "bytes", "modified_at")}
    with_what = {name: info[name] for name in SEARCHED_WITH} if "model" in info else {}
    counted = {"n_detections": len(more["detections"]), "reason": entry.get("reason", "")}
    return {"file": entry["file_name"], **facts, **counted, **with_what, **more}
