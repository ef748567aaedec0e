"""Model folders for tests: a real small detector, one of fixed answers, one that knows the truth."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inference.engine.card import InputRule, ModelCard, PatchRule, write_card


def make_card(**changes: Any) -> ModelCard:
    """The card of a fake model with two labels, with changes."""
    card = ModelCard(
        name="fake",
        version="1",
        format="fake",
        labels=("elephant", "buffalo"),
        patch=PatchRule(800, 800, 200),
        score_threshold=0.25,
        nms_threshold=0.5,
        licence="CC0-1.0",
        source="made by the test",
    )
    return replace(card, **changes)


def make_fake_folder(folder: Path, **settings: Any) -> Path:
    """A model folder whose detector answers by rule; settings as in inference/engine/backends/fake.py."""
    folder.mkdir(parents=True, exist_ok=True)
    write_card(make_card(settings=settings), folder)
    return folder


def make_oracle_folder(folder: Path, truth: Sequence[dict[str, Any]], *, card: ModelCard | None = None) -> Path:
    """A model folder whose detector knows the truth; entries as in inference/engine/backends/oracle.py."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "truth.json").write_text(json.dumps(list(truth)), encoding="utf-8")
    write_card(replace(card or make_card(), name="oracle", format="oracle"), folder)
    return folder


def make_yolox_folder(shared_data: Path, folder: Path, **changes: Any) -> Path:
    """A model folder around the real YOLOX-nano of the shared data: 80 COCO labels, 416 px patches."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shared_data / "models" / "yolox_nano.onnx", folder / "model.onnx")
    labels = (shared_data / "models" / "coco_classes.txt").read_text(encoding="utf-8").split("\n")
    card = make_card(
        name="yolox-nano",
        format="onnx",
        architecture="YOLOX-nano",
        labels=tuple(label.strip() for label in labels if label.strip()),
        channel_order="BGR",
        input=InputRule(416, 416, "letterbox", 114.0),
        head="yolox",
        patch=PatchRule(416, 416, 128),
        score_threshold=0.25,
        nms_threshold=0.45,
        licence="Apache-2.0",
        source="YOLOX 0.1.1",
        training_data="COCO 2017",
        sha256=hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
    )
    write_card(replace(card, **changes), folder)
    return folder
