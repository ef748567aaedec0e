"""Two searches of one image side by side: which boxes are the first one's alone, the second one's, and both's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inference.engine import Boxes
from inference.engine.matching import match_boxes
from inference.models import Detection, ResultSet, Run
from inference.species import species_map
from surveys.models import Image, Survey

SAME_ANIMAL_IOU = 0.5
SIDES = ("left", "top", "right", "bottom")
FIRST, SECOND, BOTH = range(3)


@dataclass(frozen=True)
class RunOnImage:
    """One search and how far it is with the image: only where it `is_searched` do no boxes mean that it found none."""

    run: Run
    is_searched: bool
    n_boxes: int | None


def runs_on(image: Image) -> list[RunOnImage]:
    """All searches of the survey that have the image among theirs, newest first."""
    results = ResultSet.objects.filter(image=image).select_related("run__model_version").order_by("-run_id")
    return [RunOnImage(result.run, result.state == "searched", _n_counted(result)) for result in results]


def _n_counted(result: ResultSet) -> int | None:
    return None if result.n_detections is None else result.n_detections - result.n_dropped


def default_pair(survey: Survey, known: Sequence[RunOnImage]) -> tuple[Run, Run] | None:
    """The current search, if it knows the image, and the newest other one."""
    runs = sorted((one.run for one in known), key=lambda run: (run.pk != survey.current_run, -run.pk.int))
    return (runs[0], runs[1]) if len(runs) > 1 else None


def compared(image: Image, first: Run, second: Run) -> dict[str, Any]:
    """Parallel arrays as the image page takes them: `label` says whose a box is, `state` what it is and how sure."""
    rows = [list(_boxes_of(image, run)) for run in (first, second)]
    names = list(dict.fromkeys(row["label"] for of_run in rows for row in of_run))
    one, other = (_as_boxes(of_run, names) for of_run in rows)
    matches = match_boxes(one, other, iou=SAME_ANIMAL_IOU, same_label=False)
    partner, taken = {i: j for i, j, _share in matches}, {j for _i, j, _share in matches}
    shown = [_both(row, rows[1][partner[i]]) if i in partner else _alone(row, FIRST) for i, row in enumerate(rows[0])]
    shown += [_alone(row, SECOND) for j, row in enumerate(rows[1]) if j not in taken]
    shown.sort(key=lambda box: -box["score"])
    columns = ("id", *SIDES, "score", "label", "state")
    return {"labels": group_names(first, second), **{name: [box[name] for box in shown] for name in columns}}


def group_names(first: Run, second: Run) -> list[str]:
    return [*(_("only %(run)s") % {"run": name} for name in run_names(first, second)), _("both")]


def run_names(first: Run, second: Run) -> tuple[str, str]:
    """Told apart by model and version; where these are the same by mode; else as the first and the second."""
    one, other = (f"{run.model_version.name} {run.model_version.version}" for run in (first, second))
    if one == other:
        one, other = (f"{name}, {run.get_mode_display()}" for name, run in ((one, first), (other, second)))
    return (one, other) if one != other else (f"{one} (1)", f"{other} (2)")


def _boxes_of(image: Image, run: Run) -> Iterator[dict[str, Any]]:
    """As the survey names them, without what it leaves out."""
    species = species_map(run)
    found = Detection.objects.filter(image=image, run=run).exclude(label__in=species.dropped).order_by("-score", "pk")
    for row in found.values("pk", *SIDES, "score", "label"):
        yield row | {"label": species.of(row["label"])}


def _as_boxes(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> Boxes:
    number = {name: place for place, name in enumerate(names)}
    corners = [[row[side] for side in SIDES] for row in rows]
    return Boxes.of(corners, [row["score"] for row in rows], [number[row["label"]] for row in rows])


def _alone(row: dict[str, Any], group: int) -> dict[str, Any]:
    return {"id": str(row["pk"]), **{side: round(row[side], 2) for side in SIDES}, "score": row["score"],
            "label": group, "state": row["label"]}  # fmt: skip


def _both(row: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Drawn as the first one has it; with what the second one says of it."""
    said = {"label": row["label"], "other": other["label"], "score": f"{other['score']:.2f}"}
    sentence = _("%(label)s, there %(score)s") if row["label"] == other["label"] else _("%(label)s, there %(other)s")
    return _alone(row, BOTH) | {"state": sentence % said}
