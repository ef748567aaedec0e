"""A run with a pre-filter, from the job to the rows."""

import csv
import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from inference import detect, screening
from inference.models import Detection, PatchRecord, Run
from inference.patch_records import replay, unpack
from inference.registry import register_model
from inference.runs import start_run
from surveys.models import Image, Survey
from tests.factories.inference import make_model_folder, make_yolox_folder
from tests.factories.jobs import run_jobs
from tests.factories.onnx_files import make_onnx
from tests.factories.pictures import make_stored_image, noise
from tests.factories.surveys import make_survey

pytestmark = pytest.mark.django_db
STARTER = Path(__file__).parents[2] / "models" / "starter"


@pytest.fixture(autouse=True)
def _no_model_of_another_test() -> None:
    detect.loaded_model.cache_clear()
    screening.loaded_screen.cache_clear()


@pytest.fixture
def survey() -> Survey:
    return make_survey()


def search(survey: Survey, folder: Path, *, share: float = 0.0, screen: dict[str, Any], **card: Any) -> Run:
    """The detector of a card after the pre-filter of another; both see one animal in every 512 x 512 cell."""
    model, first = (
        register_model(make_model_folder(folder / name, name=name, **how), for_tests=True)[0]
        for name, how in (("detector", card), ("screen", screen))
    )
    run = start_run(survey, model, survey.created_by)
    Run.objects.filter(pk=run.pk).update(screen=first, screen_threshold=0.5, random_share=share)
    run_jobs()
    return Run.objects.get(pk=run.pk)


def test_a_pre_filter_that_sees_the_animals_lets_their_patches_pass(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)  # 1024 x 512
    result = search(survey, tmp_path, screen={}).result_sets.get()
    assert (result.n_detections, result.n_at_random, result.n_lost) == (2, 0, 0)
    assert 2 <= result.n_passed < result.n_patches == 15
    assert result.screen_s is not None


def test_what_the_pre_filter_leaves_out_is_not_found_unless_chance_has_it_searched(
    survey: Survey, tmp_path: Path
) -> None:
    image = make_stored_image(survey)
    blind = search(survey, tmp_path / "a", screen={"settings": {"score": 0.1}}).result_sets.get()
    assert (blind.n_detections, blind.n_passed, blind.n_at_random, blind.n_lost) == (0, 0, 0, 0)
    run = search(survey, tmp_path / "b", share=1.0, version="2", screen={"version": "2", "settings": {"score": 0.1}})
    lucky = run.result_sets.get()
    assert (lucky.n_detections, lucky.n_passed, lucky.n_at_random, lucky.n_lost) == (2, 0, 15, 2)
    image.refresh_from_db()
    assert image.n_detections == 2


def test_without_a_pre_filter_its_columns_are_blank(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    run = start_run(survey, register_model(make_model_folder(tmp_path), for_tests=True)[0], survey.created_by)
    run_jobs()
    result = run.result_sets.get()
    assert (result.n_passed, result.n_at_random, result.n_lost, result.screen_s) == (None, None, None, None)


def test_every_searched_image_has_a_patch_record_that_gives_its_boxes(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    make_stored_image(survey, pixels=np.full((512, 512, 3), 90, np.uint8))
    run = search(survey, tmp_path, share=0.3, screen={})
    assert PatchRecord.objects.count() == 2
    for result in run.result_sets.all():
        said = unpack(bytes(result.patch_record.content))
        settings = detect.loaded_model(run.model_version_id, run.threshold, "cpu").settings
        found = replay(said, settings)
        rows = Detection.objects.filter(run=run, image=result.image_id).values_list("left", "top", "right", "bottom")
        assert sorted(map(tuple, found.corners.tolist())) == sorted(rows)
        assert said.decisions is not None
        assert (said.decisions >= 2).sum() == result.n_passed


def test_a_search_tried_again_draws_the_same_patches(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    run = search(survey, tmp_path, share=0.4, screen={"settings": {"score": 0.1}})
    result = run.result_sets.get()
    first, again = (
        search_again.screened.decisions.tolist() for search_again in (looked(result), looked(result)) if search_again
    )
    assert first == again == unpack(bytes(result.patch_record.content)).decisions.tolist()
    assert 0 < sum(first) < len(first)


def looked(result: Any) -> Any:
    class Held:
        def check_held(self) -> None:
            pass

    return detect._look(result, Held()).found


def test_a_classifier_screens_and_its_uncertain_patches_are_exported(
    survey: Survey, tmp_path: Path, as_user: Any
) -> None:
    image = make_stored_image(survey, pixels=noise(500, 400))
    scores = np.array([[0.05, 0.45, 0.99]], np.float32)
    how = {"labels": ["wildlife", "livestock", "empty"], "head": "patch_classes", "format": "onnx"}
    sizes = {"patch": {"width": 256, "height": 256, "overlap": 32}, "input": {"resize": "letterbox"}}
    content = make_onnx({"scores": scores})
    pixels = {"channel_order": "RGB", "pixel_mean": [0, 0, 0], "pixel_std": [1, 1, 1]}
    settings = {"uncertain": [0.4, 0.6], "ignored": ["empty"]}
    folder = make_model_folder(
        tmp_path / "c", **how, **sizes, **pixels, settings=settings, sha256=hashlib.sha256(content).hexdigest()
    )
    (folder / "model.onnx").write_bytes(content)
    classifier, _ = register_model(folder)
    run = start_run(
        survey, register_model(make_model_folder(tmp_path / "m", name="m"), for_tests=True)[0], survey.created_by
    )
    Run.objects.filter(pk=run.pk).update(screen=classifier, screen_threshold=0.9, random_share=0.1)
    run_jobs()
    result = run.result_sets.get()
    assert (result.n_patches, result.n_passed, result.n_uncertain, result.n_lost) == (6, 6, 6, 0)
    answer = as_user(survey.created_by).get(f"/api/v1/surveys/{survey.slug}/exports/uncertain_patches.csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))
    assert [row["left"] for row in rows[:3]] == ["0", "224", "244"]
    assert {(row["image_id"], row["label"], row["score"], row["pre_filter"]) for row in rows} == {
        (str(image.pk), "livestock", "0.45", "plains 1")
    }
    assert sum(int(row["n_boxes"]) for row in rows) == 0
    assert len(rows) == 6


@pytest.mark.slow
@pytest.mark.shared
def test_the_starter_model_screens_for_a_real_detector(survey: Survey, tmp_path: Path, shared_data: Path) -> None:
    picture = Pillow.open(shared_data / "buffalo" / "koger_4096x2160.jpg").convert("RGB")
    # At half its size its animals are as long as those that the starter model knows: it passes by what is longer.
    make_stored_image(survey, pixels=np.asarray(picture.reduce(2)))
    model, _ = register_model(make_yolox_folder(tmp_path / "m", shared_data))
    starter, _ = register_model(STARTER)
    run = start_run(survey, model, survey.created_by)
    Run.objects.filter(pk=run.pk).update(screen=starter, screen_threshold=0.6, random_share=0.5)
    run_jobs()
    result = run.result_sets.get()
    assert 10 <= result.n_passed <= result.n_patches - 10  # the herd lies across more than half of the photo
    assert 40 <= result.n_detections == Image.objects.get().n_detections
    assert result.n_at_random > 0
