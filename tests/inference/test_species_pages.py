"""The page and the API on which a survey says which species labels are."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference import recount
from inference.models import Run, SpeciesRule
from inference.species_saving import Said, set_species
from jobs.models import Job
from surveys.models import ImageLabel
from tests.factories.inference import make_model_version, make_run, make_searched

pytestmark = pytest.mark.django_db
PAGE, API, COUNTS = "/surveys/ruaha/species/", "/api/v1/surveys/ruaha/species/", "/surveys/ruaha/counts/"
FORM = {"label-1": "buffalo", "species-1": "grazer", "label-2": "zebra", "species-2": "", "dropped-2": "on"}


@pytest.fixture
def run(cast: SimpleNamespace) -> Run:
    run = make_run(cast.survey, model_version=make_model_version(name="plains"))
    make_searched(run, buffalo=2, zebra=3)
    return run


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def put(client: Any, species: list[dict[str, Any]], query: str = "") -> Any:
    return client.put(f"{API}{query}", {"species": species}, content_type="application/json")


def test_an_analyst_says_it_for_all_labels_with_one_button(cast: Any, as_user: Any, run: Run) -> None:
    answer = as_user(cast.analyst).post(PAGE, FORM, follow=True)
    assert answer.redirect_chain == [(f"{PAGE}?model=plains", 302)]
    page = text_of(answer)
    assert "Saved. Lists, counts and tables go by it now." in page
    assert 'value="grazer"' in page
    assert page.count(" checked>") == 1
    assert list(ImageLabel.objects.values_list("label", "n_detections")) == [("grazer", 2)]


def test_every_label_has_a_row_with_the_number_of_its_boxes(cast: Any, as_user: Any, run: Run) -> None:
    page = text_of(as_user(cast.analyst).get(PAGE))
    assert page.count('data-label="Label"') == 2
    assert '<td data-label="Boxes" class="num">3</td>' in page


def test_nearly_all_of_very_many_labels_may_be_left_out(cast: Any, as_user: Any) -> None:
    labels = [f"thing {n}" for n in range(1200)]
    make_run(cast.survey, model_version=make_model_version(name="things", card={"labels": labels}))
    form = {f"label-{n}": label for n, label in enumerate(labels)} | {f"species-{n}": "" for n in range(1200)}
    answer = as_user(cast.analyst).post(PAGE, form | {f"dropped-{n}": "on" for n in range(1199)})
    assert (answer.status_code, SpeciesRule.objects.count()) == (302, 1199)


def test_of_many_boxes_the_latest_are_counted(
    cast: Any, as_user: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.species_views.N_EXAMPLES", 2)
    assert "how many of the latest 2 have the label" in text_of(as_user(cast.analyst).get(PAGE))


def test_species_that_are_used_already_are_suggested(cast: Any, as_user: Any, run: Run) -> None:
    SpeciesRule.objects.create(survey=cast.survey, model_name="forest", label="duiker", species="Sylvicapra")
    assert '<option value="Sylvicapra">' in text_of(as_user(cast.analyst).get(PAGE))


def test_a_viewer_reads_it_and_finds_nothing_to_change(cast: Any, as_user: Any, run: Run) -> None:
    set_species(cast.survey, "plains", {"zebra": Said(is_dropped=True)}, cast.owner)
    page = text_of(as_user(cast.viewer).get(PAGE)).split("<main")[1].split("</main>")[0]
    assert "left out" in page
    assert "<input" not in page.replace('<input type="hidden" name="csrf', "")
    assert "<button" not in page


def test_what_is_wrong_stands_at_its_label_and_what_was_typed_stays(cast: Any, as_user: Any, run: Run) -> None:
    answer = as_user(cast.analyst).post(PAGE, {"label-1": "buffalo", "species-1": "Zebra", "label-2": "zebra"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="Zebra"' in page
    assert 'aria-describedby="error-2"' in page
    assert "“zebra” and “Zebra” would be counted apart: spell them alike." in page
    assert not SpeciesRule.objects.exists()


def test_leaving_everything_out_is_refused(cast: Any, as_user: Any, run: Run) -> None:
    answer = as_user(cast.analyst).post(PAGE, FORM | {"dropped-1": "on"})
    assert answer.status_code == 422
    assert "Keep at least one label" in text_of(answer)


def test_a_save_without_a_change_says_so(cast: Any, as_user: Any, run: Run) -> None:
    client = as_user(cast.analyst)
    client.post(PAGE, FORM)
    assert "You changed nothing, so nothing was saved." in text_of(client.post(PAGE, FORM, follow=True))


def test_another_model_of_the_survey_has_a_page_of_its_own(cast: Any, as_user: Any, run: Run) -> None:
    make_run(
        cast.survey, is_current=False, model_version=make_model_version(name="forest", card={"labels": ["duiker"]})
    )
    client = as_user(cast.analyst)
    assert '<a href="?model=forest">forest</a>' in text_of(client.get(PAGE))
    assert "duiker" in text_of(client.get(f"{PAGE}?model=forest"))
    assert client.get(f"{PAGE}?model=ocean").status_code == 404


def test_labels_of_all_versions_that_searched_the_survey_are_there(cast: Any, as_user: Any, run: Run) -> None:
    newer = make_model_version(name="plains", version="2", card={"labels": ["zebra", "eland"]})
    make_run(cast.survey, is_current=False, model_version=newer)
    answer = as_user(cast.viewer).get(API).json()
    assert [row["label"] for row in answer["species"]] == ["zebra", "eland", "buffalo"]


def test_the_page_says_that_counts_are_still_old(
    cast: Any, as_user: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recount, "AT_ONCE", 0)
    client = as_user(cast.analyst)
    assert "The counts follow in a few minutes." in text_of(client.post(PAGE, FORM, follow=True))
    Job.objects.update(payload={"model": "plains", "n_done": 4000, "n_images": 90000})
    for path in (PAGE, COUNTS):
        assert "4,000 of 90,000 images with boxes are done." in text_of(client.get(path))
    Job.objects.update(state="failed")
    assert "Counting by species anew has failed" in text_of(client.get(COUNTS))


def test_the_counts_page_says_what_was_merged_and_left_out(cast: Any, as_user: Any, run: Run) -> None:
    client = as_user(cast.viewer)
    assert "counted as" not in text_of(client.get(COUNTS))
    set_species(cast.survey, "plains", {"buffalo": Said("grazer"), "zebra": Said(is_dropped=True)}, cast.owner)
    page = text_of(client.get(COUNTS))
    assert "The label buffalo is counted as grazer. zebra is left out: its boxes are neither counted nor drawn." in page
    assert f'href="{PAGE}"' in page


def test_the_searches_lead_to_the_page(cast: Any, as_user: Any, run: Run) -> None:
    assert f'href="{PAGE}"' in text_of(as_user(cast.viewer).get("/surveys/ruaha/runs/"))


def test_programs_read_and_write_it(cast: Any, as_user: Any, run: Run) -> None:
    client = as_user(cast.analyst)
    answer = put(client, [{"label": "buffalo", "species": "grazer"}, {"label": "zebra", "is_dropped": True}])
    assert answer.status_code == 200
    assert answer.json() == client.get(API).json() == {
        "model": "plains",
        "models": ["plains"],
        "species": [
            {"label": "buffalo", "species": "grazer", "is_dropped": False},
            {"label": "zebra", "species": "zebra", "is_dropped": True},
        ],
        "named": [],
        "is_recounting": False,
    }  # fmt: skip
    assert [row["species"] for row in put(client, []).json()["species"]] == ["buffalo", "zebra"]


@pytest.mark.parametrize(
    ("species", "sentence"),
    [
        ([{"label": "hippo"}], "hippo: The model has no such label."),
        ([{"label": "buffalo", "name": "x"}], "There is no such field."),
        ([{"label": "buffalo"}, {"label": "buffalo", "species": "x"}], "buffalo: This label is named twice."),
        ([{"species": "x"}], "This field is required."),
        ([{"label": "buffalo", "species": "x" * 81}], "no more than 80 characters"),
    ],
)
def test_nonsense_of_programs_is_answered_with_a_sentence(
    cast: Any, as_user: Any, run: Run, species: Any, sentence: str
) -> None:
    answer = put(as_user(cast.analyst), species)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("reviewer", 403), ("outsider", 404)])
def test_who_may_not_change_it(cast: Any, as_user: Any, run: Run, who: str, status: int) -> None:
    client = as_user(getattr(cast, who))
    assert (put(client, []).status_code, client.post(PAGE, FORM).status_code) == (status, status)


def test_without_a_search_there_is_nothing_to_say(cast: Any, as_user: Any) -> None:
    client = as_user(cast.analyst)
    assert "Once a model has searched them, its labels stand here." in text_of(client.get(PAGE))
    assert client.get(API).json()["species"] == []
    assert client.get(f"{API}?model=plains").status_code == 404


def test_the_page_takes_as_many_queries_for_many_labels(cast: Any, as_user: Any, run: Run) -> None:
    client, taken = as_user(cast.analyst), []
    for n_labels in (2, 60):
        version = make_model_version(name=f"of-{n_labels}", card={"labels": [f"label {n}" for n in range(n_labels)]})
        make_run(cast.survey, is_current=False, model_version=version)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{PAGE}?model=of-{n_labels}")
        taken.append(len(queries))
    assert taken[0] == taken[1]
