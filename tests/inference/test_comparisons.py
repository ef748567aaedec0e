"""Models against known animals: what a COCO file may say, which images it means, what the comparison keeps."""

import json
from pathlib import Path
from typing import Any

import pytest

from inference import comparisons
from inference.coco_truth import MOST_BYTES, CocoError, read_coco
from inference.comparisons import (
    cancel_comparison,
    compare_model,
    figures_of,
    retry_failed,
    start_comparison,
    ways_to_search,
)
from inference.evaluation_sets import MOST_LABELS, EvaluationSet, all_labels, set_of_coco, unpack
from inference.models import ComparedModel, Comparison, ModelVersion, SpeciesRule
from inference.registry import register_model
from jobs.errors import LeaseLostError
from jobs.models import Job
from surveys.files import original_path
from surveys.models import Survey
from tests.factories.inference import make_model_folder, make_model_version
from tests.factories.jobs import run_jobs
from tests.factories.models import make_card, make_oracle_folder
from tests.factories.pictures import make_stored_image, noise
from tests.factories.surveys import make_image, make_survey

SIZE = {"width": 1024, "height": 512}


def coco(*images: dict[str, Any], **changes: Any) -> bytes:
    """`images`: file name and more, and `boxes`: left, top, width, height, and the label where it is no buffalo."""
    labels = ["buffalo", "zebra"]
    told: dict[str, Any] = {
        "images": [{"id": n, **{k: v for k, v in image.items() if k != "boxes"}} for n, image in enumerate(images)],
        "categories": [{"id": n, "name": label} for n, label in enumerate(labels)],
        "annotations": [
            {"image_id": n, "category_id": labels.index((*box, "buffalo")[4]), "bbox": list(box[:4])}
            for n, image in enumerate(images)
            for box in image.get("boxes", [])
        ],
    }
    return json.dumps(told | changes).encode()


BOX = {"image_id": 0, "category_id": 0, "bbox": [1, 2, 3, 4]}
ONE = {"file_name": "a.jpg", "boxes": [(10, 20, 30, 40)]}


def test_a_file_says_where_animals_are_and_which_images_are_empty() -> None:
    first, second = read_coco(coco(ONE | SIZE, {"file_name": "b.jpg"}))
    assert (first.file_name, first.size, first.rows) == ("a.jpg", (1024, 512), [(10, 20, 40, 60, "buffalo", False)])
    assert (second.size, second.rows) == (None, [])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe{", "no JSON"),
        (b'{"images": NaN}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[1]", "no COCO file"),
        (b'{"categories": [], "images": {}}', "“images” must be a list"),
        (b'{"categories": [], "images": []}', "lists no images"),
        (b'{"categories": [3], "images": []}', "must be an object"),
        (coco({"file_name": 3}), "lacks “file_name”"),
        (coco({"file_name": "x\x00"}), "lacks “file_name”"),
        (coco({"file_name": "x" * 900}), "at most 800 characters"),
        (coco(ONE, categories=[{"id": 0, "name": ""}]), "lacks “name”"),
        (coco(ONE, categories=[{"name": "buffalo"}]), "lacks “id”"),
        (coco(ONE, categories=[{"id": [1], "name": "buffalo"}]), "lacks “id”"),
        (coco(ONE, images=[{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}]), "have the id 1"),
        (coco(ONE, categories=[]), "does not list"),
        (coco({"file_name": "a", "boxes": [(1, 2, 0, 4)]}), "no area"),
        (coco({"file_name": "a", "boxes": [(1, 2, 3, "4")]}), "all numbers"),
        (coco({"file_name": "a", "boxes": [(1, 2, 3, 1e300)]}), "all numbers"),
        (coco({"file_name": "a", "boxes": [(1, 2, 3, True)]}), "all numbers"),
        (coco(ONE, annotations=[{"image_id": 0, "category_id": 0, "segmentation": []}]), "lacks “bbox”"),
        (coco(ONE, annotations=[BOX | {"iscrowd": "0"}]), "neither 0 nor 1"),
        (b" " * (MOST_BYTES + 1), "larger than 16 MB"),
        (b"[" + b"[]," * 900_000 + b"0]", "more than 800000 lists and objects"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(CocoError, match=sentence):
        read_coco(content)


@pytest.fixture
def survey(db: None) -> Survey:
    return make_survey()


def rows_of(survey: Survey, *images: dict[str, Any]) -> dict[Any, Any]:
    return set_of_coco(survey, coco(*images), "known.json").rows


def test_images_are_found_by_content_by_folder_and_by_name(survey: Survey) -> None:
    by_hash, in_folder, alone = (make_image(survey=survey, file_name="a.jpg", path=path) for path in ("", "T1", "T2"))
    unlike = make_image(survey=survey, file_name="B.JPG")
    found = rows_of(
        survey,
        ONE | {"file_name": "renamed.jpg", "sha256": by_hash.sha256.upper()},
        ONE | {"file_name": "t1\\a.jpg"},
        ONE | {"file_name": "T2/a.jpg"},
        {"file_name": "elsewhere/b.jpg"},
    )
    assert set(found) == {by_hash.pk, in_folder.pk, alone.pk, unlike.pk}
    assert found[unlike.pk] == []


def test_images_that_cannot_be_told_apart_or_are_of_another_size_are_left_out(survey: Survey) -> None:
    for path in ("T1", "T2"):
        make_image(survey=survey, file_name="a.jpg", path=path)
    make_image(survey=survey, file_name="b.jpg", path="T1")
    make_image(survey=survey, file_name="c.jpg")
    make_image(survey=survey, file_name="d.jpg")
    content = coco(
        ONE,
        {"file_name": "T1/b.jpg"}, {"file_name": "T2/b.jpg"},  # the same image twice
        {"file_name": "c.jpg", "width": 800, "height": 1200},
        {"file_name": "nowhere.jpg"},
        ONE | {"file_name": "d.jpg"},
    )  # fmt: skip
    known = set_of_coco(survey, content, "known.json")
    assert (len(known.rows), known.left_out) == (1, {"ambiguous": 3, "other_size": 1, "unknown": 1})


def test_a_file_of_other_images_is_refused(survey: Survey) -> None:
    make_image(survey=survey, file_name="b.jpg", ingest_state="waiting")
    make_image(file_name="a.jpg")  # of another survey
    for name in ("a.jpg", "b.jpg"):
        with pytest.raises(CocoError, match=f"None of the images.*{name}"):
            rows_of(survey, ONE | {"file_name": name})
    make_image(survey=survey, file_name="c.jpg")
    with pytest.raises(CocoError, match="other sizes"):
        rows_of(survey, ONE | {"file_name": "c.jpg", "width": 1, "height": 1})
    with pytest.raises(CocoError, match="of no image"):
        rows_of(survey, {"file_name": "c.jpg"})


@pytest.mark.parametrize("box", [(-40, 5, 40, 40), (1200, 5, 40, 40), (5, 800, 9, 9), (5, -3, 9, 2)])
def test_an_animal_beside_its_image_is_refused(survey: Survey, box: tuple[int, ...]) -> None:
    """Nobody could find it: every model would look worse than it is."""
    make_image(survey=survey, file_name="a.jpg")  # 1200 x 800
    assert rows_of(survey, {"file_name": "a.jpg", "boxes": [(1190, 790, 40, 40)]})
    with pytest.raises(CocoError, match=r"beside a\.jpg, which is 1200 × 800 px"):
        rows_of(survey, {"file_name": "a.jpg", "boxes": [box]})


def test_a_file_of_very_many_labels_is_refused(survey: Survey) -> None:
    make_image(survey=survey, file_name="a.jpg")
    names = [f"kind {n}" for n in range(MOST_LABELS + 1)]
    changes = {
        "categories": [{"id": n, "name": name} for n, name in enumerate(names)],
        "annotations": [BOX | {"category_id": n} for n in range(len(names))],
    }
    with pytest.raises(CocoError, match=f"more than {MOST_LABELS} labels"):
        set_of_coco(survey, coco(ONE, **changes), "known.json")


def test_known_animals_are_kept_and_read_again_and_capitals_do_not_matter(survey: Survey) -> None:
    image = make_image(survey=survey).pk
    known = EvaluationSet("x", {image: [(1, 2, 3, 4, "Zebra", False), (5, 5, 9, 9, "buffalo", True)]})
    labels = all_labels(known.labels, ["zebra", "gnu"])
    assert labels == ["Zebra", "buffalo", "gnu"]
    told = unpack(known.packed(), labels)[image]
    assert (told.boxes.corners.tolist(), told.boxes.label.tolist()) == ([[1, 2, 3, 4]], [0])
    assert told.crowds.label.tolist() == [1]


def oracle(folder: Path, **changes: Any) -> ModelVersion:
    """Sees a buffalo that is there, and a zebra that is not."""
    truth = {**SIZE, "boxes": [[10, 20, 40, 60, 0, 0.9], [500, 300, 540, 340, 1, 0.3]]}
    card = make_card(labels=("buffalo", "zebra"), **changes)
    return register_model(make_oracle_folder(folder, [truth], card=card), for_tests=True)[0]


def compared(survey: Survey, content: bytes) -> list[ComparedModel]:
    known = set_of_coco(survey, content, "known.json")
    made = start_comparison(survey, known, survey.created_by, iou=0.5)
    run_jobs()
    return list(made.compared.all())


def test_a_comparison_says_what_the_model_is_worth(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey, file_name="a.jpg")
    oracle(tmp_path / "m")
    content = coco(ONE | SIZE | {"boxes": [(10, 20, 30, 40), (800, 100, 50, 50)]})
    (row,) = compared(survey, content)
    told = figures_of(row)
    assert (row.state, row.device, row.failure) == ("done", "cpu", "")
    assert (told.n_images, told.n_with_animals, told.n_missed) == (1, 1, 0)
    assert [(label.label, label.n_true, label.n_right, label.n_false) for label in told.labels] == [
        ("buffalo", 2, 1, 0), ("zebra", 0, 0, 1)
    ]  # fmt: skip
    assert (told.total.recall, told.total.precision, told.total.ap) == (0.5, 0.5, 0.5)
    assert row.report["search_s"] >= row.report["detector_s"] > 0
    assert row.report["read_s"] > 0


def test_precision_is_of_the_boxes_that_a_search_keeps_and_average_precision_of_more(
    survey: Survey, tmp_path: Path
) -> None:
    make_stored_image(survey, file_name="a.jpg")
    oracle(tmp_path / "m", score_threshold=0.5)
    (row,) = compared(survey, coco(ONE | SIZE | {"boxes": [(500, 300, 40, 40, "zebra")]}))
    zebra = next(label for label in figures_of(row).labels if label.label == "zebra")
    assert (zebra.recall, zebra.ap) == (0.0, 1.0)  # its score is 0.3


def say(survey: Survey, label: str, species: str, **more: Any) -> None:
    SpeciesRule.objects.create(survey=survey, model_name="oracle", label=label, species=species, **more)


def test_labels_are_the_species_that_the_survey_counts(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey, file_name="a.jpg")
    oracle(tmp_path / "m")
    for label in ("buffalo", "zebra"):
        say(survey, label, "grazer")
    boxes = [
        {"image_id": 0, "category_id": n, "bbox": box} for n, box in ((0, [10, 20, 30, 40]), (1, [500, 300, 40, 40]))
    ]
    categories = [{"id": 0, "name": "Grazer"}, {"id": 1, "name": "zebra"}]  # the survey's word, and the model's
    (row,) = compared(survey, coco(ONE | SIZE, annotations=boxes, categories=categories))
    told = figures_of(row)
    assert [(label.label, label.n_true, label.n_right, label.n_false) for label in told.labels] == [("Grazer", 2, 2, 0)]
    assert row.report["species"] == {"buffalo": "grazer", "zebra": "grazer"}


def test_species_that_changed_places_are_those_of_the_survey(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey, file_name="a.jpg")
    oracle(tmp_path / "m")
    say(survey, "buffalo", "zebra")
    say(survey, "zebra", "buffalo")
    (row,) = compared(survey, coco(ONE | SIZE | {"boxes": [(10, 20, 30, 40, "zebra")]}))
    assert {label.label: label.n_right for label in figures_of(row).labels} == {"zebra": 1, "buffalo": 0}


def test_boxes_of_a_label_that_the_survey_leaves_out_are_no_false_positives(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey, file_name="a.jpg")
    oracle(tmp_path / "m")
    say(survey, "zebra", "zebra", is_dropped=True)
    (row,) = compared(survey, coco(ONE | SIZE))
    told = figures_of(row)
    assert (told.total.n_found, told.total.n_false, told.total.precision) == (1, 0, 1.0)
    assert row.report["species"] == {"zebra": None}


def test_a_model_that_finds_nothing_misses_the_image(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey, pixels=noise(256, 256), file_name="a.jpg")  # smaller than where the fake sees animals
    register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    rows = compared(survey, coco(ONE))
    assert [(row.mode, figures_of(row).miss_rate) for row in rows] == [("exact", 1), ("fast", 1), ("turbo", 1)]


def test_what_is_compared_is_every_detector_that_is_not_retired_in_its_modes(db: None) -> None:
    make_model_version(name="old", retired_at="2026-01-01T00:00Z")
    make_model_version(name="patches", card={"head": "patch_classes"})
    make_model_version(name="plain", card={"format": "onnx"})
    make_model_version(name="quick")
    network = {"detectron2": {"MODEL": {"META_ARCHITECTURE": "RetinaNet"}}}
    make_model_version(name="retina", card={"format": "rcnn", "settings": network})
    ways = [(version.name, mode) for version, mode in ways_to_search()]
    assert ways == [
        ("plain", "exact"), ("quick", "exact"), ("quick", "fast"), ("quick", "turbo"), ("retina", "exact"),
        ("retina", "fast"),
    ]  # fmt: skip


def test_one_model_that_cannot_be_run_does_not_hold_up_the_others_and_is_tried_again(
    survey: Survey, tmp_path: Path
) -> None:
    make_stored_image(survey, file_name="a.jpg")
    oracle(tmp_path / "m")
    version = register_model(make_model_folder(tmp_path / "n", settings={"fail_sizes": [[1024, 512]]}), for_tests=True)
    rows = compared(survey, coco(ONE))
    assert {(row.model_version.name, row.state) for row in rows} == {("oracle", "done"), ("plains", "failed")}
    failed = [row for row in rows if row.state == "failed"]
    assert "was told to fail" in failed[0].failure
    (version[0].folder / "card.json").write_text((make_model_folder(tmp_path / "o") / "card.json").read_text())
    comparisons.loaded_model.cache_clear()
    assert retry_failed(Comparison.objects.get()) == 3
    run_jobs()
    assert set(ComparedModel.objects.values_list("state", "failure")) == {("done", "")}


def test_images_in_the_trash_are_not_looked_at(survey: Survey, tmp_path: Path) -> None:
    gone, kept = make_stored_image(survey, file_name="a.jpg"), make_stored_image(survey, file_name="b.jpg")
    oracle(tmp_path / "m")
    known = set_of_coco(survey, coco(ONE, ONE | {"file_name": "b.jpg"}), "x")
    made = start_comparison(survey, known, survey.created_by, iou=0.5)
    survey.images.filter(pk=gone.pk).update(trashed_at="2026-01-01T00:00Z")
    run_jobs()
    assert figures_of(made.compared.get()).n_images == 1
    survey.images.filter(pk=kept.pk).update(trashed_at="2026-01-01T00:00Z")
    made.compared.update(state="failed")
    retry_failed(made)
    run_jobs()
    assert "is in the survey any more" in made.compared.get().failure


def test_an_image_that_cannot_be_read_any_more_ends_it_with_the_reason(survey: Survey, tmp_path: Path) -> None:
    image = make_stored_image(survey, file_name="a.jpg")
    original_path(image.pk).write_bytes(original_path(image.pk).read_bytes()[:5000])
    oracle(tmp_path / "m")
    (row,) = compared(survey, coco(ONE))
    assert (row.state, "cut short" in row.failure) == ("failed", True)


def test_it_says_how_far_it_is(survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "TELL_EVERY_S", 0.0)
    for name in ("a.jpg", "b.jpg"):
        make_stored_image(survey, file_name=name)
    oracle(tmp_path / "m")
    told: list[Any] = []
    held = Job.check_held
    monkeypatch.setattr(
        Job, "check_held", lambda job: told.append(ComparedModel.objects.get().report.get("n_done")) or held(job)
    )
    compared(survey, coco(ONE, ONE | {"file_name": "b.jpg"}))
    assert told == [None, 0, 0, 1]


def test_one_that_is_cancelled_searches_no_further_and_can_be_tried_again(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparisons, "TELL_EVERY_S", 0.0)
    make_stored_image(survey, file_name="a.jpg")
    oracle(tmp_path / "m")
    made = start_comparison(survey, set_of_coco(survey, coco(ONE), "x"), survey.created_by, iou=0.5)
    cancelled, held = [], Job.check_held
    monkeypatch.setattr(Job, "check_held", lambda job: cancelled.append(cancel_comparison(made)) or held(job))
    run_jobs()
    assert cancelled == [1]
    assert Job.objects.get(kind="compare_model").state == "cancelled"
    assert made.compared.values_list("state", "failure", "report").get() == (
        "failed",
        "Stopped before it was done.",
        {},
    )
    monkeypatch.setattr(Job, "check_held", held)
    retry_failed(made)
    run_jobs()
    assert made.compared.get().state == "done"


def test_one_whose_job_was_taken_away_writes_nothing(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey, file_name="a.jpg")
    oracle(tmp_path / "m")
    start_comparison(survey, set_of_coco(survey, coco(ONE), "x"), survey.created_by, iou=0.5)
    with pytest.raises(LeaseLostError):
        compare_model(Job.objects.get(kind="compare_model"))
    assert ComparedModel.objects.get().state == "waiting"
