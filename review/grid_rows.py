"""What the review grid shows of each box, and the crops that go with it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from inference.crop_sheets import read_crops, window_of
from inference.species import SpeciesMap
from review.bulk_settling import grouped
from review.models import Review
from review.said import put_at
from review.settling import standing_of
from surveys.files import crop_sheet_path
from surveys.observations import sides


def grid_rows(boxes: Sequence[Any], species: SpeciesMap, user: Any) -> list[dict[str, Any]]:
    """`mine`: what readers would say again to have their own verdict back, None where none of theirs counts."""
    said = Review.objects.filter(detection__in=[box.pk for box in boxes])
    by_box = grouped((review.detection, review) for review in said)
    return [_row(box, species, standing_of(by_box.get(box.pk, ())), user) for box in boxes]


def _row(box: Any, species: SpeciesMap, standing: Review | None, user: Any) -> dict[str, Any]:
    edges = (box.left, box.top, box.right, box.bottom)
    window = window_of(edges, (box.image.width or 1, box.image.height or 1))
    return {
        "id": str(box.pk),
        "image": str(box.image_id),
        "file_name": box.image.file_name,
        "label": species.title(box.label),
        "score": box.score,
        "box": [round(edge, 2) for edge in edges],
        "place": window.place(edges),
        "verdict": standing.verdict if standing else box.verdict,
        "species": standing.species if standing else "",
        "count": standing.count if standing else 1,
        "mine": _again(standing) if standing is not None and standing.author_id == user.pk else None,
    }


def _again(review: Review) -> dict[str, Any]:
    facts = {"verdict": review.verdict, "species": review.species, "count": review.count, "life": review.life}
    place = put_at(review)
    return facts | (sides(place) if place else {})


def crops_of(boxes: Sequence[Any]) -> dict[UUID, bytes]:
    """Those that stand in sheets: each sheet is opened once."""
    by_sheet = grouped(((box.image_id, box.run_id), box.pk) for box in boxes)
    found: dict[UUID, bytes] = {}
    for (image_id, run_id), wanted in by_sheet.items():
        found |= read_crops(crop_sheet_path(image_id, run_id), wanted)
    return found


def packed_grid(rows: Sequence[dict[str, Any]], crops: dict[UUID, bytes], next_page: str | None) -> bytes:
    """The length of a JSON header (4 bytes, little-endian), the header, then the JPEGs: `crop` of a row says of how
    many bytes, 0 where it has to be asked for by itself."""
    jpegs = [crops.get(UUID(row["id"]), b"") for row in rows]
    told = [row | {"crop": len(jpeg)} for row, jpeg in zip(rows, jpegs, strict=True)]
    header = orjson.dumps({"next": next_page, "rows": told})
    return b"".join([len(header).to_bytes(4, "little"), header, *jpegs])
