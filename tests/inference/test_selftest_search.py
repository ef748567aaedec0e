"""A worker on which a model computes something else refuses to search, instead of bringing wrong boxes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference import detect, screening
from inference.engine import Boxes
from inference.engine.selftest import FILES, SelfTestError, write_selftest
from inference.models import Detection, ModelVersion, ResultSet
from inference.registry import register_model
from inference.run_plan import AS_USUAL, PreFilter, RunPlan
from inference.runs import retry_failed, start_run
from tests.factories.inference import make_model_folder
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image
from tests.factories.surveys import make_survey

PATCH = np.random.default_rng(5).integers(0, 255, (512, 512, 3), np.uint8)

RIGHT, WRONG = ((left, 232, left + 48, 280) for left in (232, 100))


def expect(version: ModelVersion, corners: tuple[int, ...]) -> None:
    write_selftest(version.folder, PATCH, Boxes.of([corners], [0.9], [0]), ("buffalo", "zebra"))


@pytest.mark.django_db
@pytest.mark.parametrize(("left", "state"), [(232, "searched"), (100, "failed")])
def test_only_a_model_that_passes_its_self_test_searches(tmp_path: Path, left: int, state: str) -> None:
    detect.loaded_model.cache_clear()
    survey = make_survey()
    image = make_stored_image(survey)
    version, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    expect(version, (left, 232, left + 48, 280))  # as if this machine computed something else
    start_run(survey, version, survey.created_by)
    run_jobs()
    image.refresh_from_db()
    assert image.search_state == state
    assert ("The self-test of plains, version 1, failed" in image.failure) == (state == "failed")
    assert Detection.objects.exists() == (state == "searched")


def count_loads(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> list[Any]:
    loads: list[Any] = []
    load = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args, **how: loads.append(args) or load(*args, **how))
    return loads


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["detector", "pre-filter"])
def test_a_model_that_failed_its_self_test_is_not_loaded_for_each_image_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    detect.loaded_model.cache_clear()
    screening.loaded_screen.cache_clear()
    survey = make_survey()
    for _ in range(3):
        make_stored_image(survey)
    broken, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    other, _ = register_model(make_model_folder(tmp_path / "n", name="other"), for_tests=True)
    expect(broken, WRONG)
    is_detector = role == "detector"
    module, name = (detect, "load_detector") if is_detector else (screening, "load_screen")
    loads = count_loads(monkeypatch, module, name)
    plan = AS_USUAL if is_detector else RunPlan(pre_filter=PreFilter(broken, 0.5))
    run = start_run(survey, broken if is_detector else other, survey.created_by, plan=plan)
    run_jobs()
    sentences = set(ResultSet.objects.filter(run=run, state="failed").values_list("failure", flat=True))
    assert (len(loads), run.result_sets.filter(state="failed").count(), len(sentences)) == (1, 3, 1)
    assert "The self-test of plains, version 1, failed" in sentences.pop()
    expect(broken, RIGHT)  # somebody mended the folder
    retry_failed(run, survey.created_by)
    run_jobs()
    assert run.result_sets.filter(state="searched").count() == 3
    assert len(loads) == 2


@pytest.mark.django_db
def test_a_self_test_taken_away_ends_the_refusal(tmp_path: Path) -> None:
    detect.loaded_model.cache_clear()
    version, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    expect(version, WRONG)
    for _ in range(2):
        with pytest.raises(SelfTestError):
            detect.loaded_model(version.pk, 0.25, "cpu")
    for name in FILES:
        (version.folder / name).unlink()
    assert detect.loaded_model(version.pk, 0.25, "cpu")
