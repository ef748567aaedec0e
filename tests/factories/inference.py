"""Rows of the inference room for tests."""

import hashlib
import json
import shutil
from itertools import count
from pathlib import Path
from typing import Any

from django.utils import timezone

from inference.engine import Boxes
from inference.engine.agreement import agreement
from inference.engine.set_figures import Judge, KnownAnimals
from inference.evaluation_sets import EvaluationSet
from inference.models import ComparedModel, Comparison, Detection, ModelVersion, ResultSet, Run, SpeedCheck
from jobs.models import Job
from surveys.models import Image, ImageLabel, Survey
from tests.factories.jobs import make_job
from tests.factories.surveys import make_image, make_survey

_number = count(1)
CARD = {
    "name": "plains",
    "version": "1",
    "format": "fake",
    "labels": ["buffalo", "zebra"],
    "patch": {"width": 256, "height": 256, "overlap": 32},
    "score_threshold": 0.25,
    "nms_threshold": 0.5,
}


def make_model_folder(folder: Path, **card: Any) -> Path:
    """A model folder of the format `fake`, which needs no weights."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.json").write_text(json.dumps(CARD | card))
    return folder


def make_model_version(**fields: Any) -> ModelVersion:
    """A registered version, without a folder on disk."""
    name = fields.pop("name", f"model-{next(_number)}")
    version = fields.pop("version", "1")
    card = CARD | {"name": name, "version": version} | fields.pop("card", {})
    return ModelVersion.objects.create(name=name, version=version, card=card, **fields)


def make_run(survey: Survey | None = None, *, is_current: bool = True, **fields: Any) -> Run:
    """An active run; the survey's current one, which follows uploads, unless told otherwise."""
    survey = survey or make_survey()
    defaults = {
        "model_version": fields.get("model_version") or make_model_version(),
        "threshold": 0.25,
        "created_by": survey.created_by,
        "does_follow_uploads": is_current,
    }
    run = Run.objects.create(survey=survey, **defaults | fields)
    if is_current:
        survey.current_run, survey.current_model = run.pk, str(run.model_version)
        survey.save()
    return run


NOTHING = agreement([Boxes.none()] * 10, [Boxes.none()] * 10, (), threshold=0.25, seconds=(2.0, 0.5))
EMPTY_REPORT = NOTHING.as_json() | {"crops": []}
_ONE = [Boxes.of([[10.0, 10.0, 40.0, 30.0]], [0.9], [0])]
ONE_KEPT = agreement(_ONE, _ONE, ("buffalo",), threshold=0.25, seconds=(2.0, 0.5)).as_json() | {"crops": []}


def a_report(image: Image) -> dict[str, Any]:
    """Of a speed-up check that lost a buffalo, gained a zebra and kept one; the crops themselves are not there."""
    scores = [(0.9, 0.85), (0.3, 0.0), (0.0, 0.4)]
    box = [10.0, 10.0, 40.0, 30.0]
    exact, fast = (
        [Boxes.of([[edge + 100 * i for edge in box]], [pair[mode]], [i % 2]) for i, pair in enumerate(scores)]
        for mode in (0, 1)
    )
    said = agreement(exact, fast, ("buffalo", "zebra"), threshold=0.25, seconds=(2.0, 0.5))
    facts = {"image": str(image.pk), "label": "buffalo", "exact": 0.3, "fast": 0.0, "place": box, "size": [64, 64]}
    return said.as_json() | {"crops": [facts | {"is_lost": True}]}


def make_speed_check(survey: Survey | None = None, **fields: Any) -> SpeedCheck:
    """A speed-up check that is done, in which both modes kept one animal."""
    survey = survey or make_survey()
    defaults = {"mode": "fast", "n_patches": 10, "state": "done", "created_by": survey.created_by}
    defaults["report"] = ONE_KEPT
    version = fields.pop("model_version", None) or make_model_version()
    return SpeedCheck.objects.create(survey=survey, model_version=version, **defaults | fields)


def make_comparison(survey: Survey | None = None, **fields: Any) -> Comparison:
    """Of one model, which is done, unless its `state` says otherwise: of two buffaloes on two images it found one,
    and a zebra that is none."""
    survey = survey or make_survey()
    version = fields.pop("model_version", None) or make_model_version()
    row = {name: fields.pop(name) for name in ("mode", "state", "failure", "report") if name in fields}
    defaults = {"source": "known.json", "iou": 0.5, "n_images": 3, "n_animals": 2, "labels": ["buffalo"]}
    made = Comparison.objects.create(
        survey=survey, known=EvaluationSet("", {}).packed(), created_by=survey.created_by, **defaults | fields
    )
    default_row = {"mode": "exact", "state": "done", "device": "cpu", "report": COMPARED}
    ComparedModel.objects.create(comparison=made, model_version=version, **default_row | row)
    return made


def _compared() -> dict[str, Any]:
    animal, other, none = Boxes.of([[0, 0, 9, 9]], [0.9], [0]), Boxes.of([[0, 0, 9, 9]], [0.4], [1]), Boxes.none()
    judge = Judge(("buffalo", "zebra"), iou=0.5)
    for kept, truth in ((animal, animal), (none, animal), (other, none)):
        judge.add(kept, kept, KnownAnimals(truth, none))
    return judge.figures.as_json() | {"read_s": 0.3, "search_s": 5.7, "detector_s": 5.4, "threshold": 0.25}


COMPARED = _compared()


def make_result_set(run: Run, image: Image | None = None, **fields: Any) -> ResultSet:
    return ResultSet.objects.create(run=run, image=image or make_image(survey=run.survey), **fields)


def make_searched(run: Run, image: Image | None = None, **found: int) -> ResultSet:
    """A searched image with so many detections a label, and all the rows and columns that follow from it."""
    image = image or make_image(survey=run.survey)
    number = sum(found.values())
    result = make_result_set(run, image, state="searched", n_detections=number, searched_at=timezone.now())
    for label, n in found.items():
        Detection.objects.bulk_create([a_detection(run, image, label=label, left=20.0 * i) for i in range(n)])
        ImageLabel.objects.create(image=image, run=run.pk, label=label, n_detections=n, max_score=0.9)
    if run.survey.current_run == run.pk:
        Image.objects.filter(pk=image.pk).update(search_state="searched", n_detections=number)
    return result


def a_detection(run: Run, image: Image, **fields: Any) -> Detection:
    """Not saved; 10 x 10 px."""
    box = {"label": "buffalo", "score": 0.9, "left": 0.0, "top": 0.0} | fields
    return Detection(run=run, image=image, right=box["left"] + 10, bottom=box["top"] + 10, **box)


def make_yolox_folder(folder: Path, shared_data: Path, **card: Any) -> Path:
    """The real COCO detector of the shared data as a model folder."""
    weights = shared_data / "models" / "yolox_nano.onnx"
    labels = (shared_data / "models" / "coco_classes.txt").read_text().split("\n")
    make_model_folder(
        folder,
        **{
            "name": "yolox-nano",
            "format": "onnx",
            "labels": [label.strip() for label in labels if label.strip()],
            "channel_order": "BGR",
            "pixel_mean": [0, 0, 0],
            "pixel_std": [1, 1, 1],
            "input": {"width": 416, "height": 416, "resize": "letterbox", "fill": 114},
            "head": "yolox",
            "patch": {"width": 416, "height": 416, "overlap": 128},
            "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        }
        | card,
    )
    shutil.copyfile(weights, folder / "model.onnx")
    return folder


def make_model_upload(actor: Any, **fields: Any) -> Job:
    """The job of a model that was posted and that no worker has looked at; without its files."""
    payload = {"kind": "folder", "actor": actor.pk, "names": ["model.zip"], "facts": {}, "typed": {}}
    return make_job(kind="register_model", queue="detect", payload=payload | fields.pop("payload", {}), **fields)
