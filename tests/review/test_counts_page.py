"""The page of counts: what people accepted comes first, and a part is no count."""

from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference.exports import ExportOf
from inference.models import Detection, Run
from review.accepted import accepted_in
from review.numbers import Standing, image_numbers, standings
from surveys.models import Image, ImageLabel, Observation
from tests.factories.inference import make_result_set, make_run, make_searched
from tests.factories.surveys import make_image
from tests.inference.test_pages import text_of
from tests.review.test_table_formats import EXPECTED, fetch, known
from tests.review.test_verdicts import say, say_of_image

pytestmark = pytest.mark.django_db
PAGE = "/surveys/ruaha/counts/"


def test_the_page_tells_the_unknown_from_zeros(every_state: Any, cast: Any) -> None:
    told = {row.transect: dict(row.counts)["buffalo"] for row in accepted_in(cast.survey, ["buffalo"]).transects}
    assert {name: told[name] for name in EXPECTED} == EXPECTED


def test_the_page_shows_a_dash_where_nothing_is_known(every_state: Any, cast: Any, as_user: Any) -> None:
    table = text_of(as_user(cast.viewer).get(PAGE)).split('id="accepted-by-transect"')[1].split("</table>")[0]
    rows = {row.split("</a>")[0].split(">")[-1]: row for row in table.split("<tr>")[2:]}
    assert {name: "not known" in rows[name] for name in EXPECTED} == {n: v is None for n, v in EXPECTED.items()}
    assert 'data-label="buffalo" class="num">40</td>' in rows["reviewed"]


def test_the_page_says_what_is_accepted_and_how_many_images_are_finished(
    every_state: Any,
    cast: Any,
    as_user: Any,
) -> None:
    page = text_of(as_user(cast.viewer).get(PAGE))
    section = page.split('id="accepted"')[1].split("</section>")[0]
    for words in ("3 images finished", "1 unusable: blank", "2 not searched: blank", "<b>40</b>", "No zebra accepted"):
        assert words in section
    assert "Whose verdict counts: of each person the latest" in section
    assert page.index("Accepted by people") < page.index("Proposed by the model")


def test_page_and_tables_agree(every_state: Any, cast: Any, as_user: Any) -> None:
    of_page = accepted_in(cast.survey, ["buffalo", "zebra"])
    observed = fetch(as_user(cast.viewer), "observations")
    assert sum(row["n_animals"] for row in observed) == sum(row.n for row in of_page.species) == 40
    table = known(fetch(as_user(cast.viewer), "transect_counts"), "n_animals")
    assert table == {row.transect: dict(row.counts)["buffalo"] for row in of_page.transects}


def test_every_image_stands_the_same_in_the_database_and_in_the_tables(cast: Any) -> None:
    run = make_run(cast.survey)
    for state, search in product(Image.Review.values, ("none", "waiting", "failed", "nothing", "found")):
        image = make_image(survey=cast.survey, review_state=state)
        if search in ("nothing", "found"):
            make_searched(run, image, **({"buffalo": 1} if search == "found" else {}))
        elif search != "none":
            make_result_set(run, image, state=search)
    images = Image.objects.filter(survey=cast.survey)
    told = {number.line.image_id: number.standing for number in image_numbers(ExportOf(cast.survey, run, cast.owner))}
    found = [
        (str(pk), name)
        for name, which in standings().items()
        for pk in images.filter(which).values_list("pk", flat=True)
    ]
    assert len(found) == images.count()
    assert dict(found) == told
    assert set(told.values()) == set(Standing)


class TestATransect:
    """Its number is one only where all its images have theirs."""

    @pytest.fixture
    def run(self, cast: Any) -> Run:
        return make_run(cast.survey)

    def image(self, run: Run, camera: str = "left", **fields: Any) -> Image:
        return make_image(survey=run.survey, transect="T1", camera=camera, **fields)

    def row(self, client: Any) -> dict[str, Any]:
        return next(row for row in fetch(client, "transect_counts") if row["species"] == "buffalo")

    def reviewed(self, run: Run, client: Any, count: int, camera: str = "left", **fields: Any) -> Image:
        image = make_searched(run, self.image(run, camera), buffalo=1).image
        box = client.get(f"/api/v1/images/{image.pk}/detections/?layout=rows").json()["detections"][0]["id"]
        client.post(
            f"/api/v1/detections/{box}/reviews/",
            {"verdict": "confirmed", "count": count, **fields},
            content_type="application/json",
        )
        say_of_image(client, image, "reviewed")
        return image

    def test_an_image_that_is_not_finished_makes_it_blank(self, run: Run, cast: Any, as_user: Any) -> None:
        client = as_user(cast.reviewer)
        self.reviewed(run, client, 7)
        make_searched(run, self.image(run), buffalo=1)
        row = self.row(client)
        assert (row["n_animals"], row["n_on_final_images"], row["is_final"]) == (None, 7, "false")
        assert (row["n_images"], row["n_images_final"], row["n_images_open"]) == (2, 1, 1)

    def test_an_unusable_image_holds_nothing_up(self, run: Run, cast: Any, as_user: Any) -> None:
        client = as_user(cast.reviewer)
        self.reviewed(run, client, 7)
        say_of_image(client, make_searched(run, self.image(run), buffalo=1).image, "unusable", note="Fog")
        row = self.row(client)
        assert (row["n_animals"], row["is_final"], row["n_images"], row["n_images_unusable"]) == (7, "true", 2, 1)

    def test_an_excluded_image_is_no_part_of_it(self, run: Run, cast: Any, as_user: Any) -> None:
        client = as_user(cast.reviewer)
        self.reviewed(run, client, 7)
        Image.objects.filter(pk=self.reviewed(run, client, 100).pk).update(is_excluded=True)
        row = self.row(client)
        assert (row["n_animals"], row["n_images"], row["n_images_excluded"]) == (7, 1, 1)
        assert [(row.n, row.n_final) for row in accepted_in(cast.survey, []).species] == [(7, 7)]

    def test_left_and_right_stand_apart(self, run: Run, cast: Any, as_user: Any) -> None:
        client = as_user(cast.reviewer)
        self.reviewed(run, client, 7)
        self.reviewed(run, client, 5, "right")
        make_searched(run, self.image(run, "right"), buffalo=1)
        row = self.row(client)
        assert (row["n_left"], row["n_right"], row["n_animals"]) == (7, None, None)

    def test_carcasses_are_told_apart(self, run: Run, cast: Any, as_user: Any) -> None:
        client = as_user(cast.reviewer)
        self.reviewed(run, client, 7)
        self.reviewed(run, client, 2, life="carcass")
        row = self.row(client)
        assert (row["n_animals"], row["n_carcasses"]) == (9, 2)
        assert "Of them carcasses" in text_of(client.get(PAGE))

    def test_transects_come_in_their_natural_order(self, run: Run, cast: Any, as_user: Any) -> None:
        for name in ("T10", "", "T9"):
            make_searched(run, make_image(survey=cast.survey, transect=name))
        rows = fetch(as_user(cast.viewer), "transect_counts_wide")
        assert [row["transect"] for row in rows] == [None, "T9", "T10"]
        assert [row.transect for row in accepted_in(cast.survey, []).transects] == ["", "T9", "T10"]


def test_a_drawn_group_is_counted(cast: Any, as_user: Any) -> None:
    image, client = make_searched(make_run(cast.survey)).image, as_user(cast.reviewer)
    drawn = {"species": "eland", "count": 40, "left": 10, "top": 20, "right": 30, "bottom": 50}
    client.post(f"/api/v1/images/{image.pk}/observations/", drawn, content_type="application/json")
    assert [(row.species, row.n, row.n_final) for row in accepted_in(cast.survey, []).species] == [("eland", 40, 0)]
    say_of_image(client, image, "reviewed")
    assert [(row.species, row.n, row.n_final) for row in accepted_in(cast.survey, []).species] == [("eland", 40, 40)]


def test_the_reviewer_of_an_observation_is_whose_verdict_counts(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=1)
    say(as_user(cast.reviewer), Detection.objects.get(), "confirmed")
    say(as_user(cast.analyst), Detection.objects.get(), "confirmed", count=2)
    (row,) = fetch(as_user(cast.viewer), "observations")
    assert (row["reviewer"], row["n_animals"]) == ("analyst", 2)


def test_how_often_the_model_was_wrong_stands_beside_its_detections(cast: Any, as_user: Any) -> None:
    make_searched(make_run(cast.survey), buffalo=4)
    ImageLabel.objects.update(n_confirmed=1, n_rejected=2)
    assert 'data-label="Rejected of judged" class="num">67 %</td>' in text_of(as_user(cast.viewer).get(PAGE))


def test_detections_on_an_unusable_image_are_in_no_sum(cast: Any, as_user: Any) -> None:
    run = make_run(cast.survey)
    make_searched(run, make_image(survey=cast.survey, transect="T1"), buffalo=3)
    Image.objects.update(review_state="unusable")
    page = text_of(as_user(cast.viewer).get(PAGE))
    assert "1 unusable image is left out too: it gives no zero." in page
    assert "not known" in page.split('id="by-transect"')[1].split("</table>")[0]


def test_the_page_takes_as_many_queries_for_many_images(cast: Any, as_user: Any) -> None:
    run, client, taken = make_run(cast.survey), as_user(cast.viewer), []
    for n in range(2):
        for _ in range(5):
            image = make_searched(run, make_image(survey=cast.survey, transect=f"T{n}"), buffalo=1).image
            Observation.objects.create(
                image=image, species=f"eland {n}", created_by=cast.owner, left=1, top=1, right=2, bottom=2
            )
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        taken.append(len(queries))
    assert taken[0] == taken[1]
