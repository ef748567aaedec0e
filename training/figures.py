"""The figures of a model on the three test sets, as the card names them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imaging.decode import read_upright
from inference.engine.boxes import Boxes
from inference.engine.evaluation import Tally, average_precision, match, tally, tally_by_label
from training.matching import match_points
from training.photos import photos_in
from training.render import KINDS, LANDSCAPES, Scene, render_scene
from training.scenes import truth_of
from training.searching import Ask

WIDTH, HEIGHT = 6000, 4000
HIDDEN_BELOW = 0.7
Figures = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Judged:
    """One scene: the boxes kept, all boxes down to low scores, and what is true."""

    kept: Boxes
    all: Boxes
    scene: Scene
    truth: Boxes


def full_scene(seed: int) -> Scene:
    """A scene of full size; neighbouring seeds go through all landscapes."""
    return render_scene(seed, WIDTH, HEIGHT, landscape=LANDSCAPES[seed % len(LANDSCAPES)])


def on_scenes(ask: Ask, threshold: float, seeds: Sequence[int]) -> Figures:
    judged = [_judged(ask, threshold, full_scene(seed)) for seed in seeds]
    total, hidden = Tally(), Tally()
    kinds = dict.fromkeys(KINDS, Tally())
    found_of_kind = dict.fromkeys(KINDS, 0)
    for each in judged:
        partner = match(each.kept, each.truth)
        total += tally(each.kept, each.truth, partner)
        for kind, own in tally_by_label(each.kept, each.truth, partner, KINDS).items():
            kinds[kind] += own
        hit = set(partner.tolist())
        for index, animal in enumerate(each.scene.animals):
            found_of_kind[animal.label] += index in hit
            if animal.visible < HIDDEN_BELOW:
                hidden += Tally(1, 0, int(index in hit))
    return {
        "images": len(judged),
        "first_seed": seeds[0],
        "animals": total.wanted,
        **_three(total),
        "ap": _round(_average_precision(judged)),
        "recall_partly_hidden": _round(hidden.recall),
        "kinds": {kind: _kind(own, found_of_kind[kind]) for kind, own in kinds.items()},
    }


def on_photos(ask: Ask, threshold: float, folder: Path) -> Figures:
    """Photos with points, the test part of a folder as `photos` reads it."""
    photos = photos_in(folder, "test")
    total = Tally()
    for photo in photos:
        found = ask(photo.pixels()).at(threshold)
        total += Tally(len(photo.points), len(found), int((match_points(found, photo.points) >= 0).sum()))
    return {"images": len(photos), "animals": total.wanted, **_three(total)}


def on_empty(ask: Ask, threshold: float, paths: Iterable[Path]) -> Figures:
    counts = [len(ask(read_upright(path)).at(threshold)) for path in paths]
    return {"images": len(counts), "false_detections_an_image": _round(float(np.mean(counts)))}


def _judged(ask: Ask, threshold: float, scene: Scene) -> Judged:
    answer = ask(scene.pixels)
    return Judged(answer.at(threshold), answer.at(0), scene, truth_of(scene).as_boxes())


def _average_precision(judged: Sequence[Judged]) -> float:
    right = np.concatenate([match(each.all, each.truth) >= 0 for each in judged])
    scores = np.concatenate([each.all.score for each in judged])
    return average_precision(scores, right, sum(len(each.truth) for each in judged))


def _kind(own: Tally, found: int) -> Figures:
    """Recall: of the animals of this kind, found under whatever name; precision: of the boxes so named, right in
    place and name."""
    recall = _round(found / own.wanted) if own.wanted else None
    precision = _round(own.precision) if own.found else None
    return {"animals": own.wanted, "recall": recall, "recall_with_label": _round(own.recall), "precision": precision}


def _three(total: Tally) -> Figures:
    return {name: _round(getattr(total, name)) for name in ("recall", "precision", "f1")}


def _round(value: float) -> float:
    return round(value, 3)
