import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference import detect
from inference.engine.backends.fake import FakeDetector
from inference.models import Detection, ModelVersion, ResultSet, Run
from inference.registry import register_model
from inference.run_plan import RunPlan
from inference.runs import cancel_run, make_current, start_run
from jobs.errors import LeaseLostError
from jobs.models import Job
from surveys.files import original_path, pyramid_path
from surveys.models import Image, ImageLabel, Survey
from tests.factories.inference import make_model_folder, make_speed_check, make_yolox_folder
from tests.factories.jobs import run_jobs
from tests.factories.pictures import make_stored_image, noise
from tests.factories.surveys import make_image, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_model_of_another_test() -> None:
    detect.loaded_model.cache_clear()


@pytest.fixture
def survey() -> Survey:
    return make_survey()


def fake(folder: Path, **card: Any) -> ModelVersion:
    return register_model(make_model_folder(folder, **card), for_tests=True)[0]


def search(survey: Survey, model: ModelVersion, **how: Any) -> Run:
    run = start_run(survey, model, survey.created_by, **how)
    run_jobs()
    return run


def test_an_image_with_animals_gets_boxes_counters_columns_and_a_pyramid(survey: Survey, tmp_path: Path) -> None:
    image = make_stored_image(survey)  # 1024 x 512: the fake detector sees one animal in each half
    run = search(survey, fake(tmp_path / "m"))
    image.refresh_from_db()
    assert (image.search_state, image.n_detections, image.pyramid_state) == ("searched", 2, "ready")
    assert pyramid_path(image.pk).exists()
    found = Detection.objects.filter(run=run).order_by("left").values_list("label", "left", "top", "right", "bottom")
    assert list(found) == [("buffalo", 232, 232, 280, 280), ("zebra", 744, 232, 792, 280)]
    counters = ImageLabel.objects.filter(run=run.pk).values_list("label", "n_detections", "max_score")
    assert set(counters) == {("buffalo", 1, 0.9), ("zebra", 1, 0.9)}


def test_an_empty_image_is_a_real_zero_without_a_pyramid(survey: Survey, tmp_path: Path) -> None:
    image = make_stored_image(survey, pixels=np.full((512, 512, 3), 90, np.uint8))
    run = search(survey, fake(tmp_path / "m"))
    image.refresh_from_db()
    assert (image.search_state, image.n_detections, image.pyramid_state) == ("searched", 0, "none")
    assert run.result_sets.get().n_detections == 0
    assert not pyramid_path(image.pk).exists()


def test_a_failing_image_says_why_and_stops_no_other(survey: Survey, tmp_path: Path) -> None:
    bad = make_stored_image(survey, pixels=noise(640, 480))
    good = make_stored_image(survey)
    search(survey, fake(tmp_path / "m", settings={"fail_sizes": [[640, 480]]}))
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.search_state, bad.n_detections, bad.failure_code) == ("failed", None, "search_failed")
    assert "told to fail" in bad.failure
    assert good.search_state == "searched"
    assert set(ResultSet.objects.values_list("state", flat=True)) == {"failed", "searched"}


def test_a_file_that_broke_on_disk_fails_with_the_readers_sentence(survey: Survey, tmp_path: Path) -> None:
    image = make_stored_image(survey)
    path = original_path(image.pk)
    path.write_bytes(path.read_bytes()[:5000])
    search(survey, fake(tmp_path / "m"))
    image.refresh_from_db()
    assert (image.search_state, image.ingest_state) == ("failed", "done")
    assert "cut short" in image.failure


def test_a_failed_image_is_searched_when_its_job_is_tried_again(survey: Survey, tmp_path: Path) -> None:
    from jobs.retry import retry

    image = make_stored_image(survey)
    content = original_path(image.pk).read_bytes()
    original_path(image.pk).write_bytes(content[:5000])
    search(survey, fake(tmp_path / "m"))
    original_path(image.pk).write_bytes(content)
    retry(Job.objects.failed())
    run_jobs()
    image.refresh_from_db()
    assert (image.search_state, image.n_detections, image.failure) == ("searched", 2, "")


def test_boxes_below_the_runs_threshold_are_left_out(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    run = search(survey, fake(tmp_path / "m"), threshold=0.95)
    assert run.result_sets.get().n_detections == 0


def test_a_result_set_is_written_once(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    run = search(survey, fake(tmp_path / "m"))
    Job.objects.create(kind="detect", queue="detect", subject=run.result_sets.get().pk)
    run_jobs()
    assert Detection.objects.filter(run=run).count() == 2
    assert Job.objects.filter(kind="detect", state="done").count() == 2


def test_a_search_cancelled_meanwhile_writes_nothing(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = make_stored_image(survey)
    model = fake(tmp_path / "m")
    run = start_run(survey, model, survey.created_by)
    looked = detect._look

    def cancelled_while_looking(*args: Any) -> Any:
        cancel_run(run, survey.created_by)
        return looked(*args)

    monkeypatch.setattr(detect, "_look", cancelled_while_looking)
    run_jobs()
    image.refresh_from_db()
    assert (image.search_state, image.n_detections) == ("none", None)
    assert not Detection.objects.exists()
    assert Job.objects.get(kind="detect").state == "cancelled"


def test_a_job_taken_away_ends_the_search_at_the_next_batch(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    run = search(survey, fake(tmp_path / "m"))
    stranger = Job.objects.get(kind="detect")
    with pytest.raises(LeaseLostError):
        detect._look(run.result_sets.get(), stranger)


def test_results_of_a_former_run_leave_the_images_columns_alone(survey: Survey, tmp_path: Path) -> None:
    image = make_stored_image(survey)
    model = fake(tmp_path / "m")
    former = start_run(survey, model, survey.created_by)
    current = start_run(survey, model, survey.created_by)
    Job.objects.filter(kind="start_run", subject=current.pk).update(next_try_at="2999-01-01T00:00Z")
    run_jobs()
    image.refresh_from_db()
    assert former.result_sets.get().state == "searched"
    assert (image.search_state, image.n_detections) == ("none", None)


def test_a_former_search_made_current_shows_what_it_found(survey: Survey, tmp_path: Path) -> None:
    image = make_stored_image(survey)
    former = search(survey, fake(tmp_path / "m"))
    search(survey, fake(tmp_path / "n", version="2"), threshold=0.99)
    make_current(former, survey.created_by)
    image.refresh_from_db()
    assert image.n_detections == 2


def test_the_model_is_loaded_once_a_process(survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []
    load = detect.load_detector
    monkeypatch.setattr(detect, "load_detector", lambda *args, **kw: loads.append(args) or load(*args, **kw))
    for _ in range(3):
        make_stored_image(survey)
    search(survey, fake(tmp_path / "m"))
    assert Image.objects.filter(search_state="searched").count() == 3
    assert len(loads) == 1


def test_a_pyramid_that_cannot_be_written_costs_no_detection(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(detect, "write_pyramid", full)
    image = make_stored_image(survey)
    search(survey, fake(tmp_path / "m"))
    image.refresh_from_db()
    assert image.n_detections == 2


def test_what_the_machine_said_is_kept_to_the_last_digit(survey: Survey, tmp_path: Path) -> None:
    make_stored_image(survey)
    search(survey, fake(tmp_path / "m", settings={"score": 0.7}))
    assert Detection.objects.first().score == 0.7


@pytest.mark.slow
@pytest.mark.shared
def test_a_threshold_below_the_cards_finds_weaker_animals(survey: Survey, tmp_path: Path, shared_data: Path) -> None:
    image = make_image(survey=survey, width=4096, height=2160)
    shutil.copyfile(shared_data / "buffalo" / "koger_4096x2160.jpg", original_path(image.pk))
    model, _ = register_model(make_yolox_folder(tmp_path / "m", shared_data, score_threshold=0.5))
    usual, low = search(survey, model), search(survey, model, threshold=0.1)
    n_usual, n_low = (run.result_sets.get().n_detections for run in (usual, low))
    assert 20 <= n_usual < n_low
    assert usual.result_sets.get().device == "cpu"
    assert not Detection.objects.filter(run=usual, score__lt=0.5).exists()


def test_an_image_full_of_boxes_is_no_result(survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when somebody searches with a model score of zero."""
    monkeypatch.setattr(detect, "MAX_DETECTIONS", 1)
    image = make_stored_image(survey)
    search(survey, fake(tmp_path / "m"))
    image.refresh_from_db()
    assert (image.search_state, image.n_detections) == ("failed", None)
    assert "higher model score" in image.failure
    assert not Detection.objects.exists()


@pytest.mark.parametrize(("mode", "score"), [("exact", 0.9), ("fast", 0.8)])
def test_a_search_computes_its_model_in_its_mode(survey: Survey, tmp_path: Path, mode: str, score: float) -> None:
    make_stored_image(survey)
    model = fake(tmp_path / "m", settings={"score": 0.9, "fast": {"score": 0.8}})
    make_speed_check(survey, model_version=model, mode="fast")
    search(survey, model, plan=RunPlan(mode=mode))
    assert set(Detection.objects.values_list("score", flat=True)) == {score}


@pytest.mark.slow
def test_a_cancelled_search_stops_within_one_batch(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The detector is asked about eight patches at a time; each batch takes longer than the pause between two looks."""
    make_stored_image(survey, pixels=noise(2048, 1024))  # 50 patches
    asked = []

    class Counting(FakeDetector):
        def detect(self, windows: Any) -> Any:
            asked.append(len(windows))
            if len(asked) == 2:
                cancel_run(Run.objects.get(), survey.created_by)
            return super().detect(windows)

    monkeypatch.setattr("inference.engine.backends.fake.FakeDetector", Counting)
    search(survey, fake(tmp_path / "m", settings={"seconds_per_patch": 0.07}))
    assert len(asked) == 2
    assert ResultSet.objects.get().state == "cancelled"
