"""Comparisons on pages and in the API: who starts, who sees, what is shown."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from inference.comparison_plot import HEIGHT, WIDTH, Point, plot
from inference.models import ComparedModel, Comparison
from inference.templatetags.comparison_pages import two_places
from jobs.models import Job
from tests.factories.inference import COMPARED, make_comparison, make_model_version
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
PAGE, API = "/surveys/ruaha/compare/", "/api/v1/surveys/ruaha/comparisons/"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def coco_file(file_name: str = "a.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    told = {
        "images": [{"id": 1, "file_name": file_name}],
        "categories": [{"id": 1, "name": "buffalo"}],
        "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    return SimpleUploadedFile("herd.json", content or json.dumps(told).encode(), "application/json")


def test_an_analyst_starts_a_comparison_of_every_model_and_mode(cast: Any, as_user: Any) -> None:
    make_image(survey=cast.survey, file_name="a.jpg")
    make_model_version()
    answer = as_user(cast.analyst).post(PAGE, {"file": coco_file(), "iou": "0.3"})
    made = Comparison.objects.get()
    assert answer["Location"] == f"/comparisons/{made.pk}/"
    assert (made.source, made.iou, made.n_images, made.n_animals) == ("herd.json", 0.3, 1, 1)
    assert Job.objects.filter(kind="compare_model").count() == made.compared.count() == 3


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (coco_file("b.jpg"), "None of the images of this file is in the survey. It speaks of b.jpg."),
        (coco_file(content=b"{"), "This file is no JSON"),
        (None, "This field is required."),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_at_its_field(cast: Any, as_user: Any, file: Any, sentence: str) -> None:
    make_image(survey=cast.survey, file_name="a.jpg")
    make_model_version()
    answer = as_user(cast.analyst).post(PAGE, {"file": file} if file else {})
    assert (answer.status_code, sentence in text_of(answer)) == (422, True)
    assert not Comparison.objects.exists()


def test_without_a_model_there_is_nothing_to_compare(cast: Any, as_user: Any) -> None:
    make_image(survey=cast.survey, file_name="a.jpg")
    answer = as_user(cast.analyst).post(PAGE, {"file": coco_file()})
    assert (answer.status_code, "there is nothing to compare" in text_of(answer)) == (422, True)


def test_the_page_says_what_each_model_is_worth_with_numbers_and_intervals(cast: Any, as_user: Any) -> None:
    made = make_comparison(cast.survey, left_out={"unknown": 1})
    page = text_of(as_user(cast.analyst).get(f"/comparisons/{made.pk}/"))
    for words in (
        '0.50 <span class="soft">(0.09–0.91) of 2</span>',  # one of two, by Wilson
        'data-label="Empty images with boxes" class="num">1 of 1',
        "1 image of the file is not in this survey.",
        'class="mark mark-exact"', 'data-label="Seconds an image" class="num">2.00',
        "say what an hour costs",
        'data-label="F1" class="num">0.67',  # of buffaloes: two thirds, rounded
    ):  # fmt: skip
        assert words in page


def test_what_only_people_know_is_kept_for_the_person_who_said_it(cast: Any, as_user: Any) -> None:
    made = make_comparison(cast.survey)
    path, analyst = f"/comparisons/{made.pk}/", as_user(cast.analyst)
    assert analyst.post(path, {"n_images": "36000", "workers": "4", "price_an_hour": "1.5"}).status_code == 302
    page = text_of(analyst.get(path))
    for words in ("What 36,000 images would take", ">20.0 h<", ">5.0 h<", ">30.00<"):  # 2 s an image
        assert words in page
    assert "36,000" not in text_of(as_user(cast.owner).get(path))
    assert analyst.post(path, {"n_images": "-3"}).status_code == 422


def test_one_under_way_tells_how_far_it_is_and_is_asked_for_again(cast: Any, as_user: Any) -> None:
    began = (timezone.now() - timezone.timedelta(minutes=10)).isoformat()
    made = make_comparison(cast.survey, n_images=60, state="waiting", report={"n_done": 20, "began_at": began})
    page = text_of(as_user(cast.analyst).get(f"/comparisons/{made.pk}/progress/"))
    assert 'data-module="poll"' in page
    assert "20 of 60 images, done about 19 minutes from now" in page.replace("20 minutes", "19 minutes")
    assert "<html" not in page


def test_one_that_failed_says_why_and_is_tried_again(cast: Any, as_user: Any) -> None:
    made = make_comparison(cast.survey, state="failed", failure="PyTorch is not installed.", report={})
    page = f"/comparisons/{made.pk}/"
    assert "PyTorch is not installed." in text_of(as_user(cast.analyst).get(page))
    assert as_user(cast.analyst).post(f"{page}retries/").status_code == 302
    assert (ComparedModel.objects.get().state, Job.objects.get().kind) == ("waiting", "compare_model")


def test_a_model_without_the_labels_of_the_set_is_said_to_be_so(cast: Any, as_user: Any) -> None:
    made = make_comparison(cast.survey, labels=["gnu"])
    assert "has none of the labels" in text_of(as_user(cast.analyst).get(f"/comparisons/{made.pk}/"))


def test_the_page_says_which_species_the_labels_were(cast: Any, as_user: Any) -> None:
    made = make_comparison(cast.survey, labels=["grazer"], report=COMPARED | {"species": {"buffalo": "grazer"}})
    page = text_of(as_user(cast.analyst).get(f"/comparisons/{made.pk}/"))
    assert "The label buffalo is counted as grazer." in page
    assert "has none of the labels" not in page


def test_names_from_a_file_do_no_harm(cast: Any, as_user: Any) -> None:
    made = make_comparison(cast.survey, source="<script>alert(1)</script>", labels=["<b>"])
    for path in (f"/comparisons/{made.pk}/", PAGE):
        assert "<script>alert" not in text_of(as_user(cast.analyst).get(path))


def test_the_api_starts_a_comparison_and_gives_its_figures(cast: Any, as_user: Any) -> None:
    make_image(survey=cast.survey, file_name="a.jpg")
    make_model_version()
    client = as_user(cast.analyst)
    started = client.post(API, {"file": coco_file()})
    assert (started.status_code, started.json()["n_animals"], started.json()["iou"]) == (201, 1, 0.5)
    assert list(client.post(API, {"file": coco_file(content=b"[")}).json()) == ["file"]
    told = client.get(f"/api/v1/comparisons/{make_comparison(cast.survey).pk}/").json()
    (model,) = told["models"]
    assert (model["state"], model["report"]["total"]["recall"]) == ("done", 0.5)
    assert len(client.get(API).json()["results"]) == 2


@pytest.mark.parametrize(
    ("share", "words"),
    [(0, "0.00"), (0.0004, "< 0.01"), (0.666, "0.67"), (0.9996, "> 0.99"), (1, "1.00"), (None, "–")],
)
def test_a_share_is_rounded_to_none_or_all_only_where_it_is_that(share: float | None, words: str) -> None:
    assert two_places(share) == words


def test_marks_lie_within_the_drawing_and_more_is_higher_and_slower_is_to_the_right() -> None:
    points = [Point(1, "exact", 40.0, 0.9, 0.8, 1.0), Point(2, "turbo", 0.5, 0.6, 0.5, 0.7)]
    (slow, quick), ticks = plot(points)
    assert 0 < quick.x < slow.x < WIDTH
    assert 0 <= slow.y_high <= slow.y < quick.y <= quick.y_low <= HEIGHT
    assert [tick.text for tick in ticks] == ["0.5", "1", "2", "5", "10", "20", "50"]
    assert plot([]) == ([], [])
    assert len(plot(points[:1])[0]) == 1
