"""What a survey says that labels are, and that every counter goes by it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from inference import detect, recount
from inference.models import Detection, ResultSet, Run, SpeciesRule
from inference.registry import register_model
from inference.runs import make_current, start_run
from inference.species_saving import Said, SpeciesRefusedError, set_species
from inference.verify import check_columns, check_counters
from jobs import run as attempt
from jobs.models import Job
from surveys.models import Activity, Image, ImageLabel, Survey
from tests.factories.inference import make_model_folder, make_model_version, make_run, make_searched
from tests.factories.jobs import run_jobs, run_jobs_of_kind
from tests.factories.pictures import make_stored_image
from tests.factories.surveys import make_survey

pytestmark = pytest.mark.django_db
LABELS = ["buffalo", "zebra", "boma"]


@pytest.fixture
def run(cast: SimpleNamespace) -> Run:
    """Of a model that knows buffaloes, zebras and bomas."""
    return make_run(cast.survey, model_version=make_model_version(name="plains", card={"labels": LABELS}))


def say(survey: Survey, **said: Any) -> bool:
    """A word is a species, None leaves the label out."""
    rows = {label: Said(species or "", species is None) for label, species in said.items()}
    return set_species(survey, "plains", rows, survey.created_by)


def counters(run: Run) -> dict[tuple[str, str], tuple[int, float | None]]:
    rows = ImageLabel.objects.filter(run=run.pk).select_related("image")
    return {(row.image.file_name, row.label): (row.n_detections, row.max_score) for row in rows}


def totals(run: Run) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in ImageLabel.objects.filter(run=run.pk):
        found[row.label] = found.get(row.label, 0) + row.n_detections
    return found


def faults(survey: Survey) -> list[str]:
    survey.refresh_from_db()
    return [fault for check in (check_columns, check_counters) for fault in check(survey).faults]


def test_two_labels_of_one_species_are_counted_together(run: Run) -> None:
    image = make_searched(run, buffalo=2, zebra=3).image
    Detection.objects.filter(label="zebra").update(score=0.95)
    assert say(run.survey, buffalo="grazer", zebra="grazer")
    assert counters(run) == {(image.file_name, "grazer"): (5, 0.95)}
    assert faults(run.survey) == []


def test_what_is_left_out_has_no_counter_and_leaves_the_image_searched_and_empty(run: Run) -> None:
    image = make_searched(run, boma=2).image
    say(run.survey, boma=None)
    image.refresh_from_db()
    assert (image.search_state, image.n_detections) == ("searched", 0)
    assert not ImageLabel.objects.exists()
    assert (ResultSet.objects.get().n_detections, ResultSet.objects.get().n_dropped) == (2, 2)
    assert faults(run.survey) == []


def test_what_the_machine_said_is_not_edited(run: Run) -> None:
    make_searched(run, buffalo=2, boma=1)
    before = list(Detection.objects.order_by("pk").values())
    say(run.survey, buffalo="syncerus", boma=None)
    assert list(Detection.objects.order_by("pk").values()) == before


def test_everything_can_be_taken_back(run: Run) -> None:
    image = make_searched(run, buffalo=2, zebra=1, boma=1).image
    before = counters(run)
    say(run.survey, buffalo="zebra", boma=None)
    assert say(run.survey)
    image.refresh_from_db()
    assert (counters(run), image.n_detections) == (before, 4)
    assert not SpeciesRule.objects.exists()


def test_labels_may_change_places(run: Run) -> None:
    make_searched(run, buffalo=2, zebra=1)
    say(run.survey, buffalo="zebra", zebra="buffalo")
    assert totals(run) == {"zebra": 2, "buffalo": 1}


def test_verdicts_of_people_follow_their_boxes(run: Run) -> None:
    make_searched(run, buffalo=2, zebra=1)
    Detection.objects.filter(label="zebra").update(verdict="confirmed")
    first = Detection.objects.filter(label="buffalo").first()
    Detection.objects.filter(pk=first.pk).update(verdict="rejected")
    say(run.survey, buffalo="grazer", zebra="grazer")
    row = ImageLabel.objects.get()
    assert (row.n_detections, row.n_confirmed, row.n_rejected) == (3, 1, 1)


def test_a_label_that_only_people_gave_stays_and_joins_the_species_of_its_name(run: Run) -> None:
    image = make_searched(run, buffalo=2, zebra=1).image
    for label in ("warthog", "grazer"):
        ImageLabel.objects.create(image=image, run=run.pk, label=label, n_confirmed=1)
    say(run.survey, buffalo="grazer")
    rows = {row.label: (row.n_detections, row.n_confirmed) for row in ImageLabel.objects.all()}
    assert rows == {"grazer": (2, 1), "zebra": (1, 0), "warthog": (0, 1)}


def test_all_searches_by_the_model_are_counted_anew_and_no_others(run: Run) -> None:
    version = make_model_version(name="plains", version="2", card={"labels": LABELS})
    former = make_run(run.survey, is_current=False, model_version=version)
    other = make_run(run.survey, is_current=False, model_version=make_model_version(name="forest"))
    elsewhere = make_run(make_survey(), model_version=run.model_version)
    for one in (run, former, other, elsewhere):
        make_searched(one, buffalo=1)
    say(run.survey, buffalo="syncerus")
    assert [list(totals(one)) for one in (run, former, other, elsewhere)] == [
        ["syncerus"], ["syncerus"], ["buffalo"], ["buffalo"],
    ]  # fmt: skip


def test_a_former_search_leaves_the_images_columns_alone_until_it_is_the_current_one(run: Run) -> None:
    other = make_model_version(name="forest")
    current = make_run(run.survey, is_current=False, model_version=other)
    image = make_searched(run, buffalo=1, boma=2).image
    make_searched(current, image, buffalo=5)
    make_current(current, run.created_by)
    say(run.survey, boma=None)
    image.refresh_from_db()
    assert image.n_detections == 5
    make_current(run, run.created_by)
    image.refresh_from_db()
    assert image.n_detections == 1
    assert faults(run.survey) == []


def test_it_is_recorded_who_said_what(run: Run) -> None:
    say(run.survey, buffalo="grazer", zebra="grazer", boma=None)
    told = Activity.objects.get(verb="species_set").subject
    assert told.startswith("plains: The labels buffalo and zebra are counted as grazer. boma is left out")


def test_saying_the_same_again_writes_nothing(run: Run) -> None:
    say(run.survey, buffalo="grazer")
    assert not say(run.survey, buffalo=" grazer ", zebra="zebra")
    assert Activity.objects.filter(verb="species_set").count() == 1


@pytest.mark.parametrize(
    ("said", "label", "sentence"),
    [
        ({"hippo": "x"}, "hippo", "The model has no such label."),
        ({"buffalo": "x" * 81}, "buffalo", "at most 80 characters"),
        ({"buffalo": "a\x00b"}, "buffalo", "cannot be shown"),
        ({"buffalo": "Zebra"}, "zebra", "“zebra” and “Zebra” would be counted apart"),
        ({"buffalo": None, "zebra": None, "boma": None}, "", "Keep at least one label"),
    ],
)
def test_nonsense_is_refused_at_its_label(run: Run, said: Any, label: str, sentence: str) -> None:
    with pytest.raises(SpeciesRefusedError) as refusal:
        say(run.survey, **said)
    assert sentence in refusal.value.errors[label]
    assert not SpeciesRule.objects.exists()


def test_of_each_version_that_searched_a_label_must_stay(run: Run) -> None:
    other = make_model_version(name="plains", version="2", card={"labels": ["boma"]})
    make_run(run.survey, is_current=False, model_version=other)
    with pytest.raises(SpeciesRefusedError, match="of each version"):
        say(run.survey, boma=None)


def test_the_database_keeps_one_rule_a_label_and_no_nameless_species(run: Run) -> None:
    fields = {"survey": run.survey, "model_name": "plains", "label": "buffalo"}
    SpeciesRule.objects.create(species="a", **fields)
    for wrong in ({**fields, "species": "b"}, {**fields, "label": "zebra", "species": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SpeciesRule.objects.create(**wrong)


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two images at once, and nothing while the person waits."""
    monkeypatch.setattr(recount, "BATCH", 2)
    monkeypatch.setattr(recount, "AT_ONCE", 0)


def test_a_large_survey_is_counted_anew_by_a_job_step_by_step(run: Run, small_steps: None) -> None:
    make_searched(run, boma=1)
    for number in range(1, 5):
        make_searched(run, buffalo=number, boma=1)
    say(run.survey, buffalo="grazer", boma=None)
    assert "grazer" not in totals(run)
    assert faults(run.survey) == []  # what is under way is no fault
    assert run_jobs() == 1
    assert totals(run) == {"grazer": 10}
    assert sorted(Image.objects.values_list("n_detections", flat=True)) == [0, 1, 2, 3, 4]
    assert Job.objects.get().payload == {"model": "plains", "n_done": 5, "n_images": 5}
    assert faults(run.survey) == []


def test_a_second_change_in_the_midst_of_the_first_leaves_no_image_behind(
    run: Run, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one's job has passed some images then; they would keep what it wrote."""
    for _ in range(5):
        make_searched(run, buffalo=1)
    step, steps = recount.recount_next, []

    def interrupted(*args: Any) -> Any:
        steps.append(args)
        if len(steps) == 2:
            say(run.survey, buffalo="second")
        return step(*args)

    monkeypatch.setattr(recount, "recount_next", interrupted)
    say(run.survey, buffalo="first")
    run_jobs()
    assert totals(run) == {"second": 5}
    assert Job.objects.filter(kind="recount_labels", state="done").count() == 2


def test_a_job_that_was_killed_half_way_starts_again(run: Run, small_steps: None) -> None:
    for _ in range(4):
        make_searched(run, buffalo=1)
    say(run.survey, buffalo="grazer")
    recount.recount_next(run, None)
    assert totals(run) == {"grazer": 2, "buffalo": 2}
    run_jobs()
    assert totals(run) == {"grazer": 4}


@pytest.fixture
def searching(tmp_path: Path) -> Run:
    """A search of three stored images by a model that finds buffaloes and zebras; one is done, two wait."""
    detect.loaded_model.cache_clear()
    survey = make_survey()
    for _ in range(3):
        make_stored_image(survey)
    model, _ = register_model(make_model_folder(tmp_path / "m", name="plains"), for_tests=True)
    run = start_run(survey, model, survey.created_by)
    run_jobs_of_kind("start_run")
    run_one()
    return run


def run_one() -> None:
    attempt.run(Job.objects.live().filter(kind="detect").order_by("pk").first().pk)


def test_rules_that_change_while_a_search_is_under_way_hold_for_all_its_images(searching: Run) -> None:
    say(searching.survey, buffalo="grazer")
    run_one()
    say(searching.survey, buffalo="grazer", zebra=None)
    run_jobs()
    labels = set(Detection.objects.values_list("label", flat=True))
    assert labels
    n_grazers = Detection.objects.filter(label="buffalo").count()
    assert totals(searching) == ({"grazer": n_grazers} if n_grazers else {})
    assert faults(searching.survey) == []


def test_an_image_found_while_the_rules_change_goes_by_those_that_hold_when_it_is_written(
    searching: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = detect._look

    def change_meanwhile(*args: Any) -> Any:
        found = looked(*args)
        say(searching.survey, buffalo=None, zebra="stripes")
        return found

    monkeypatch.setattr(detect, "_look", change_meanwhile)
    run_jobs()
    assert set(totals(searching)) <= {"stripes"}
    for image in Image.objects.all():
        assert image.n_detections == Detection.objects.filter(image=image, label="zebra").count()
    assert faults(searching.survey) == []


def test_a_counter_that_a_change_forgot_is_found(run: Run) -> None:
    make_searched(run, buffalo=2, boma=1)
    SpeciesRule.objects.create(survey=run.survey, model_name="plains", label="boma", species="boma", is_dropped=True)
    assert any("the counter of boma is wrong" in fault for fault in faults(run.survey))
    assert any("0 detections are left out, but 1 should be" in fault for fault in faults(run.survey))


def test_counting_anew_takes_as_many_queries_for_many_images(run: Run) -> None:
    taken = []
    for species in ("a", "b"):
        for _ in range(5):
            make_searched(run, buffalo=2, boma=1)
        with CaptureQueriesContext(connection) as queries:
            say(run.survey, buffalo=species, boma=None)
        taken.append(len(queries))
    assert taken[1] - taken[0] <= 1  # the rules of before are deleted


def test_a_rewriting_that_failed_is_told_until_a_later_one_of_the_same_model_is_done(run: Run) -> None:
    def ended(state: str, model: str) -> Job:
        fields = {"kind": "recount_labels", "queue": "control", "group": run.survey_id, "payload": {"model": model}}
        return Job.objects.create(subject=uuid4(), state=state, **fields)

    failed = ended("failed", "plains")
    ended("done", "forest")
    assert recount.pending_recount(run.survey) == failed
    assert recount.pending_recount(run.survey, is_live=True) is None
    ended("done", "plains")
    assert recount.pending_recount(run.survey) is None
