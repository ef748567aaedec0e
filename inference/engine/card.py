"""The model card: everything that must be known to use a model the way it was trained."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from imaging.wording import gettext as _
from inference.engine.cardfields import Fields
from inference.engine.errors import CardError

CARD_FILE = "card.json"
MAX_CARD_BYTES = 1_000_000
MAX_DEPTH = 10
RESIZE_RULES = ("letterbox", "stretch", "none", "shortest_edge")
CHANNEL_ORDERS = ("RGB", "BGR")
VIEWS = ("nadir", "oblique")
WEIGHTLESS_FORMATS = ("fake", "oracle")
WEIGHTS_FILES = {"onnx": "model.onnx", "rcnn": "model.safetensors", "detectron2": "model.safetensors"}
FORMATS = (*WEIGHTS_FILES, *WEIGHTLESS_FORMATS)
# What the card of a model with weights must say besides, and which resize rules its backend has.
NEEDED: dict[str, tuple[str, ...]] = {"onnx": ("head",), "rcnn": (), "detectron2": ()}
RESIZES = {"onnx": RESIZE_RULES[:3], "rcnn": RESIZE_RULES[2:], "detectron2": RESIZE_RULES[2:]}


@dataclass(frozen=True)
class InputRule:
    """How a patch becomes the network's input: its size in px (None: the model file or the patch says), how the
    patch is fitted into it, and the raw pixel value that fills what stays free."""

    width: int | None = None
    height: int | None = None
    resize: str = "none"
    fill: float = 114.0


@dataclass(frozen=True)
class PatchRule:
    """The patch size the model is meant for and how far neighbours overlap, in px."""

    width: int
    height: int
    overlap: int


@dataclass(frozen=True)
class ModelCard:
    """A frozen model version. `labels` are in the order of the network's outputs; the network sees
    (pixel * pixel_scale - pixel_mean) / pixel_std with channels in `channel_order`, mean and std in that order too."""

    name: str
    version: str
    format: str
    labels: tuple[str, ...]
    patch: PatchRule
    score_threshold: float
    nms_threshold: float
    architecture: str = ""
    channel_order: str = "RGB"
    pixel_mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    pixel_std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    pixel_scale: float = 1.0
    input: InputRule = InputRule()
    head: str = ""
    sha256: str = ""
    trained_gsd_cm: tuple[float, float] | None = None
    view: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    training_data: str = ""
    intended_use: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weights_file(self) -> str | None:
        """The name of the weights file in the model folder; None for a format that needs none."""
        return WEIGHTS_FILES.get(self.format)


def load_card(folder: str | os.PathLike[str]) -> ModelCard:
    """The card of a model folder. Raises CardError, naming the key and what is allowed there."""
    return parse_card(_read_json(Path(folder) / CARD_FILE))


def write_card(card: ModelCard, folder: str | os.PathLike[str]) -> Path:
    """Writes card.json into an existing folder and returns its path."""
    path = Path(folder) / CARD_FILE
    path.write_text(json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def parse_card(content: object) -> ModelCard:
    """A card from parsed JSON. Raises CardError, naming the key and what is allowed there."""
    fields = Fields.of(content)
    fields.only(tuple(ModelCard.__dataclass_fields__))
    card = ModelCard(
        **_identity(fields),
        **_pixels(fields),
        **_thresholds(fields),
        **_story(fields),
        patch=_patch(fields.section("patch")),
        input=_input(fields.section("input", optional=True)),
        settings=fields.mapping("settings"),
    )
    return _checked(card, fields)


def _identity(fields: Fields) -> dict[str, Any]:
    return {
        "name": fields.matching("name", r"[a-z0-9][a-z0-9._-]{0,99}", _("small letters, digits, dots, dashes")),
        "version": fields.matching("version", r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}", _("letters, digits, dots, dashes")),
        "format": fields.choice("format", FORMATS),
        "architecture": fields.text("architecture"),
        "labels": fields.labels("labels"),
        "head": fields.text("head"),
        "sha256": fields.text("sha256").lower(),
    }


def _pixels(fields: Fields) -> dict[str, Any]:
    return {
        "channel_order": fields.choice("channel_order", CHANNEL_ORDERS, default="RGB"),
        "pixel_mean": fields.numbers("pixel_mean", 3, default=(0.0, 0.0, 0.0)),
        "pixel_std": fields.numbers("pixel_std", 3, default=(1.0, 1.0, 1.0), above=0),
        "pixel_scale": fields.number("pixel_scale", above=0, default=1.0),
    }


def _thresholds(fields: Fields) -> dict[str, Any]:
    return {name: fields.number(name, lowest=0, highest=1) for name in ("score_threshold", "nms_threshold")}


def _story(fields: Fields) -> dict[str, Any]:
    story: dict[str, Any] = {name: fields.text(name) for name in ("licence", "source", "training_data", "intended_use")}
    gsd = fields.numbers("trained_gsd_cm", 2, default=None, above=0)
    if gsd is not None and gsd[0] > gsd[1]:
        raise fields.error("trained_gsd_cm", _("two numbers, the smaller first"))
    return story | {"trained_gsd_cm": gsd, "view": fields.choices("view", VIEWS), "metrics": fields.mapping("metrics")}


def _patch(fields: Fields) -> PatchRule:
    fields.only(("width", "height", "overlap"))
    patch = PatchRule(
        fields.whole("width", 16, 20_000), fields.whole("height", 16, 20_000), fields.whole("overlap", 0, 10_000)
    )
    if patch.overlap >= min(patch.width, patch.height):
        raise fields.error("overlap", _("smaller than the patch's width and height"))
    return patch


def _input(fields: Fields) -> InputRule:
    fields.only(("width", "height", "resize", "fill"))
    return InputRule(
        fields.whole("width", 16, 20_000, default=None),
        fields.whole("height", 16, 20_000, default=None),
        fields.choice("resize", RESIZE_RULES, default="none"),
        fields.number("fill", lowest=-1e6, highest=1e6, default=114.0),
    )


def _checked(card: ModelCard, fields: Fields) -> ModelCard:
    """Rules of models with weights: nothing that silently changes the boxes may be left to a default."""
    if card.weights_file is None:
        return card
    for key in ("channel_order", "pixel_mean", "pixel_std", "input", *NEEDED[card.format], "sha256"):
        fields.require(key)
    fields.section("input").choice("resize", RESIZES[card.format], default="none" if card.format == "onnx" else None)
    if not re.fullmatch(r"[0-9a-f]{64}", card.sha256):
        allowed = _("the 64 hexadecimal digits of the SHA-256 of %(file)s") % {"file": card.weights_file}
        raise fields.error("sha256", allowed)
    return card


def _read_json(path: Path) -> object:
    try:
        if path.stat().st_size > MAX_CARD_BYTES:
            sentence = _("%(file)s is larger than %(most)d bytes; a model card is a short JSON file.")
            raise CardError(sentence % {"file": CARD_FILE, "most": MAX_CARD_BYTES})
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
        # Python reads NaN, 1e999 and half of a character, but no database and no file keeps them.
        json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except OSError as problem:
        sentence = _("There is no readable %(file)s in the model folder %(folder)r.")
        raise CardError(sentence % {"file": CARD_FILE, "folder": path.parent.name}) from problem
    except (ValueError, RecursionError) as problem:
        sentence = _("%(file)s is not valid JSON: %(problem)s.")
        raise CardError(sentence % {"file": CARD_FILE, "problem": problem}) from problem
    if _is_deeper(content, MAX_DEPTH) or "\\u0000" in text:
        sentence = _("%(file)s may nest at most %(most)d levels and hold no zero characters.")
        raise CardError(sentence % {"file": CARD_FILE, "most": MAX_DEPTH})
    return content


def _is_deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(item, levels - 1) for item in inner)
