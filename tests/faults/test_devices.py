"""Two workers on different devices share a search, and each leaves where it ran."""

from pathlib import Path

import pytest

from tests.factories.models import make_fake_folder
from tests.services import Stack, wait_until

pytestmark = pytest.mark.slow

N_IMAGES = 12
BEGIN = f"""
from inference.models import ModelVersion
from inference.runs import start_run
from tests.factories.pictures import make_stored_image
from tests.factories.surveys import make_survey
survey = make_survey()
for _ in range({N_IMAGES}):
    make_stored_image(survey)
start_run(survey, ModelVersion.objects.get(), survey.created_by)
"""


def test_each_worker_leaves_the_device_that_it_ran_on(make_stack, tmp_path: Path) -> None:
    stack: Stack = make_stack()
    # Slow enough that one worker alone does not take all images before the other is awake.
    folder = make_fake_folder(tmp_path / "model", seconds_per_patch=0.3)
    stack.manage("register_model", "--for-tests", str(folder))
    stack.start_dispatcher()
    stack.start_worker(concurrency=1, queues="control")
    for device in ("cpu", "auto"):
        stack.environment["DEVICE"] = device
        stack.start_worker(concurrency=1, queues="detect")
    stack.shell(BEGIN)
    states = "SELECT COUNT(*) FROM inference_resultset WHERE state = 'searched'"
    wait_until(lambda: stack.sql(states)[0][0] == N_IMAGES, timeout_s=120, what="all images to be searched")
    where = dict(stack.sql("SELECT device, COUNT(*) FROM inference_resultset GROUP BY device"))
    assert set(where) == {"cpu", "auto"}
    assert sum(where.values()) == N_IMAGES
