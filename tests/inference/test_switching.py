from collections.abc import Callable

import pytest

from tests.services import Stack, wait_until

LIVE = "SELECT count(*) FROM jobs_job WHERE state IN ('new', 'queued', 'running')"


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_searches_switched_in_the_midst_of_uploads_and_results_leave_no_column_behind(
    database: str, make_stack: Callable[..., Stack]
) -> None:
    stack = make_stack(database)
    stack.start_dispatcher()
    stack.start_worker()
    probe = "from tests.inference import switching_probe as probe; "
    stack.shell(f"{probe}probe.begin({str(stack.folder / 'models')!r})")
    stack.shell(f"{probe}probe.upload_and_switch()")
    wait_until(lambda: stack.sql(LIVE) == [(0,)], what="the end of all jobs")
    assert stack.manage("verify_survey", "ruaha") == ""
    stack.shell(f"{probe}probe.complete()")
    wait_until(lambda: stack.sql(LIVE) == [(0,)], what="the end of the rest")
    assert stack.sql("SELECT state, count(*) FROM inference_resultset GROUP BY state") == [("searched", 48)]
    assert stack.sql("SELECT count(*) FROM jobs_job WHERE attempt > 1 OR state <> 'done'") == [(0,)]
    assert stack.manage("verify_survey", "ruaha") == ""


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_species_changed_in_the_midst_of_uploads_and_results_leave_no_counter_behind(
    database: str, make_stack: Callable[..., Stack]
) -> None:
    stack = make_stack(database)
    stack.start_dispatcher()
    stack.start_worker()
    probe = "from tests.inference import species_probe as probe; "
    stack.shell(f"{probe}probe.switching_probe.begin({str(stack.folder / 'models')!r})")
    stack.shell(f"{probe}probe.upload_and_rename()")
    wait_until(lambda: stack.sql(LIVE) == [(0,)], what="the end of all jobs")
    assert stack.sql("SELECT count(*) FROM jobs_job WHERE kind = 'recount_labels' AND state = 'done'")[0][0] >= 1
    assert stack.sql("SELECT DISTINCT label FROM surveys_imagelabel") == [("last",)]
    assert stack.sql("SELECT count(*) FROM inference_detection WHERE label NOT IN ('buffalo', 'zebra')") == [(0,)]
    assert stack.manage("verify_survey", "ruaha") == ""
