"""What was looked at, and how closely."""

import zlib
from base64 import b64decode
from typing import Any

import pytest

from review.coverage import Cells, Look, look
from review.models import Coverage
from surveys.models import Image
from tests.factories.surveys import make_image


def told(client: Any, image: Image, *looks: tuple[float, ...], **more: Any) -> Any:
    names = ("left", "top", "right", "bottom", "halvings")
    body = {"looks": [dict(zip(names, each, strict=True)) for each in looks], **more}
    return client.post(f"/api/v1/images/{image.pk}/coverage/", body, content_type="application/json")


def kept(client: Any, image: Image) -> Any:
    return client.get(f"/api/v1/images/{image.pk}/coverage/").json()


class TestCells:
    @pytest.mark.parametrize(
        ("width", "height", "side", "columns", "rows"),
        [
            (1, 1, 32, 1, 1),
            (64, 33, 32, 2, 2),
            (16384, 100, 32, 512, 4),
            (16385, 5000, 64, 257, 79),
            (65537, 9, 256, 257, 1),
        ],
    )
    def test_no_side_has_more_than_512(self, width: int, height: int, side: int, columns: int, rows: int) -> None:
        cells = Cells.of(Image(width=width, height=height))
        assert (cells.side, cells.columns, cells.rows) == (side, columns, rows)

    def test_only_what_was_wholly_on_the_screen_counts(self) -> None:
        cells = Cells.of(Image(width=100, height=70))  # 4 columns and 3 rows, the last ones of 4 and 6 px
        closeness = cells.none()
        cells.add(closeness, Look(31, 0, 96, 64, 1))
        assert closeness.tolist() == [[0, 3, 3, 0], [0, 3, 3, 0], [0, 0, 0, 0]]
        cells.add(closeness, Look(64, 33, 100, 70, 0))
        assert closeness.tolist() == [[0, 3, 3, 0], [0, 3, 3, 0], [0, 0, 4, 4]]

    def test_a_look_from_further_away_takes_nothing_back(self) -> None:
        cells = Cells.of(Image(width=64, height=64))
        closeness = cells.none()
        cells.add(closeness, Look(0, 0, 32, 32, 0))
        cells.add(closeness, Look(-500, -500, 5000, 5000, 3))
        assert closeness.tolist() == [[4, 1], [1, 1]]

    def test_shares_are_of_the_area(self) -> None:
        cells = Cells.of(Image(width=100, height=70))
        closeness = cells.none()
        cells.add(closeness, Look(96, 64, 100, 70, 0))
        cells.add(closeness, Look(0, 0, 96, 64, 2))
        full = 4 * 6 / 7000
        assert cells.shares(closeness) == pytest.approx([full, full, full + 96 * 64 / 7000, full + 96 * 64 / 7000])

    @pytest.mark.parametrize("sides", [(90, 60, 10, 5), (1e300, 1e300, 2e300, 2e300), (-9, -9, -1, -1), (0, 0, 0, 0)])
    def test_what_is_beside_the_image_is_nothing(self, sides: tuple[float, ...]) -> None:
        cells = Cells.of(Image(width=100, height=70))
        closeness = cells.none()
        cells.add(closeness, Look(*sides, 0))
        assert not closeness.any()


@pytest.fixture
def image(cast: Any) -> Image:
    return make_image(survey=cast.survey, width=128, height=64)


class TestApi:
    def test_it_adds_up_over_visits_and_people_are_apart(self, cast: Any, as_user: Any, image: Image) -> None:
        reviewer, analyst = as_user(cast.reviewer), as_user(cast.analyst)
        assert told(reviewer, image, (0, 0, 64, 64, 0)).json() == {"shares": [0.5] * 4}
        assert told(reviewer, image, (64, 0, 128, 32, 1), (0, 0, 9, 9, 0)).json() == {"shares": [0.5, 0.75, 0.75, 0.75]}
        told(analyst, image, (0, 0, 128, 64, 2))
        said = kept(as_user(cast.viewer), image)
        assert (said["side"], said["columns"], said["rows"]) == (32, 4, 2)
        shares = {each["person"]: each["shares"] for each in said["people"]}
        assert shares == {"analyst": [0, 0, 1, 1], "reviewer": [0.5, 0.75, 0.75, 0.75]}
        cells = {each["person"]: list(zlib.decompress(b64decode(each["cells"]))) for each in said["people"]}
        assert cells["reviewer"] == [4, 4, 3, 3, 4, 4, 0, 0]

    def test_told_twice_it_comes_to_the_same(self, cast: Any, as_user: Any, image: Image) -> None:
        client = as_user(cast.reviewer)
        first = told(client, image, (0, 0, 64, 64, 0)).json()
        assert told(client, image, (0, 0, 64, 64, 0)).json() == first
        assert Coverage.objects.count() == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"looks": []},
            {"looks": [{"left": 0, "top": 0, "right": 9, "bottom": 9, "halvings": 4}]},
            {"looks": [{"left": 0, "top": 0, "right": 9, "bottom": 9}]},
            {"looks": [{"left": "NaN", "top": 0, "right": 9, "bottom": 9, "halvings": 0}]},
            {"looks": [{"left": 0, "top": 0, "right": 9, "bottom": 9, "halvings": 0}] * 501},
            {"looks": [{"left": 0, "top": 0, "right": 9, "bottom": 9, "halvings": 0, "seen": True}]},
        ],
    )
    def test_what_is_no_look_is_refused(self, cast: Any, as_user: Any, image: Image, wrong: Any) -> None:
        path = f"/api/v1/images/{image.pk}/coverage/"
        answer = as_user(cast.reviewer).post(path, wrong, content_type="application/json")
        assert answer.status_code == 400
        assert not Coverage.objects.exists()

    def test_of_another_person_nothing_is_kept(self, cast: Any, as_user: Any, image: Image) -> None:
        answer = told(as_user(cast.reviewer), image, (0, 0, 64, 64, 0), author="analyst")
        assert answer.status_code == 401
        assert not Coverage.objects.exists()

    def test_an_image_that_was_not_read_has_none(self, cast: Any, as_user: Any) -> None:
        image = make_image(survey=cast.survey, ingest_state="waiting", width=None, height=None)
        assert told(as_user(cast.reviewer), image, (0, 0, 9, 9, 0)).status_code == 404

    def test_read_again_with_another_size_nothing_is_known(self, cast: Any, as_user: Any, image: Image) -> None:
        client = as_user(cast.reviewer)
        told(client, image, (0, 0, 128, 32, 0))
        Image.objects.filter(pk=image.pk).update(width=64, height=128)  # as many cells, in other places
        assert kept(client, image)["people"][0]["shares"] == [0] * 4
        assert told(client, image, (0, 0, 64, 64, 0)).json()["shares"] == [0.5] * 4

    def test_the_page_knows_ones_own_and_that_of_others(self, cast: Any, as_user: Any, image: Image) -> None:
        told(as_user(cast.reviewer), image, (0, 0, 64, 64, 0))
        told(as_user(cast.analyst), image, (0, 0, 128, 64, 0))
        page = as_user(cast.reviewer).get(f"/images/{image.pk}/")
        coverage = page.context["config"]["review"]["coverage"]
        assert list(zlib.decompress(b64decode(coverage["cells"]))) == [4, 4, 0, 0, 4, 4, 0, 0]
        assert coverage["others"] == [{"person": "analyst", "shares": [1, 1, 1, 1]}]


def test_a_large_image_takes_little_room(cast: Any) -> None:
    image = make_image(survey=cast.survey, width=9504, height=6336)
    spots = [(x * 700.0, y * 700.0, x * 700.0 + 1100, y * 700.0 + 800) for x in range(13) for y in range(9)]
    look(image, cast.reviewer, [Look(*spot, 0) for spot in spots])
    assert len(Coverage.objects.get().cells) < 500
