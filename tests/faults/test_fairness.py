"""Surveys take turns: a small one is not kept waiting by a large one that came first."""

from pathlib import Path

import pytest

from tests.factories.models import make_fake_folder
from tests.faults.conftest import BACKENDS
from tests.services import Stack, wait_until

pytestmark = pytest.mark.slow

N_LARGE, N_SMALL = 300, 5
BEGIN = """
from inference.models import ModelVersion
from inference.runs import start_run
from tests.factories.pictures import make_stored_image
from tests.factories.surveys import make_survey, make_user
survey = make_survey(owner=make_user({slug!r}), slug={slug!r})
for _ in range({number}):
    make_stored_image(survey)
start_run(survey, ModelVersion.objects.get(), survey.created_by)
"""


@pytest.mark.parametrize("on", BACKENDS)
def test_a_small_survey_is_searched_while_a_large_one_has_hundreds_of_images_waiting(make_stack, tmp_path: Path, on):
    stack = make_stack(on=on)
    stack.manage("register_model", "--for-tests", str(make_fake_folder(tmp_path / "model", seconds_per_patch=0.02)))
    stack.start_dispatcher()
    stack.start_worker(concurrency=1, queues="control")
    for slug, number in (("large", N_LARGE), ("small", N_SMALL)):  # one after the other: what is handed out stays so
        stack.shell(BEGIN.format(slug=slug, number=number))
        wait_until(
            lambda s=slug, n=number: images(stack, s, "waiting") == n, timeout_s=120, what=f"images of {slug} to wait"
        )
    stack.start_worker(queues="detect")
    wait_until(
        lambda: images(stack, "small", "searched") == N_SMALL, timeout_s=180, what="the small survey to be searched"
    )
    assert images(stack, "large", "waiting") > 200


def images(stack: Stack, slug: str, state: str) -> int:
    """How many images of the survey have come that far in its search."""
    survey = f"SELECT id FROM surveys_survey WHERE slug = '{slug}'"
    runs = f"SELECT id FROM inference_run WHERE survey_id = ({survey})"
    return stack.sql(f"SELECT COUNT(*) FROM inference_resultset WHERE run_id IN ({runs}) AND state = '{state}'")[0][0]
