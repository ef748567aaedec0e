"""A worker on which a model computes something else refuses to search, instead of bringing wrong boxes."""

from pathlib import Path

import numpy as np
import pytest

from inference import detect
from inference.engine import Boxes
from inference.engine.selftest import write_selftest
from inference.models import Detection
from inference.registry import register_model
from inference.runs import start_run
from tests.factories.inference import make_model_folder
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image
from tests.factories.surveys import make_survey

PATCH = np.random.default_rng(5).integers(0, 255, (512, 512, 3), np.uint8)


@pytest.mark.django_db
@pytest.mark.parametrize(("left", "state"), [(232, "searched"), (100, "failed")])
def test_only_a_model_that_passes_its_self_test_searches(tmp_path: Path, left: int, state: str) -> None:
    detect.loaded_model.cache_clear()
    survey = make_survey()
    image = make_stored_image(survey)
    version, _ = register_model(make_model_folder(tmp_path / "m"), for_tests=True)
    found = Boxes.of([[left, 232, left + 48, 280]], [0.9], [0])
    write_selftest(version.folder, PATCH, found, ("buffalo", "zebra"))  # as if this machine computed something else
    start_run(survey, version, survey.created_by)
    run_jobs()
    image.refresh_from_db()
    assert image.search_state == state
    assert ("The self-test of plains, version 1, failed" in image.failure) == (state == "failed")
    assert Detection.objects.exists() == (state == "searched")
