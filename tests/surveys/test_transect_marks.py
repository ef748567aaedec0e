"""Who said yes to one preview of transects did not say yes to another."""

from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from surveys.models import Image, TransectTable
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
PATTERN = "T{transect}_{camera}_*"
URL = "/surveys/ruaha/transects/"


@pytest.fixture
def page(cast, as_user):
    """The page as one analyst uses it in two tabs."""
    client = as_user(cast.analyst)

    def upload(text, name="a.csv"):
        answer = client.post(f"{URL}table/", {"table": SimpleUploadedFile(name, text.encode())}, follow=True)
        return answer.context["plan"].mark

    def confirm(mark):
        return client.post(f"{URL}table/confirmation/", {"mark": mark}, follow=True).content.decode()

    def look(pattern=PATTERN, **more):
        return client.get(f"{URL}pattern/", {"pattern": pattern, **more}).context["preview"].plan.mark

    def save(mark, pattern=PATTERN, **more):
        body = {"pattern": pattern, "mark": mark, **more}
        return client.post(f"{URL}pattern/", body, follow=True).content.decode()

    return SimpleNamespace(upload=upload, confirm=confirm, look=look, save=save)


def images(cast, *names, **fields):
    return [make_image(survey=cast.survey, file_name=name, **fields) for name in names]


def transects():
    return [*Image.objects.order_by("pk").values_list("transect", flat=True)]


class TestTables:
    def test_a_yes_to_one_table_saves_no_other(self, cast, page):
        images(cast, "a.JPG")
        mark = page.upload("file,transect\na.JPG,T1\n")
        other = page.upload("file,transect\na.JPG,T2\n", "b.csv")
        assert "nothing was saved" in page.confirm(mark)
        assert transects() == [""]
        assert "1 image are set" in page.confirm(other)
        assert transects() == ["T2"]

    def test_a_row_that_fits_another_image_now_is_shown_again(self, cast, page):
        images(cast, "a.JPG", path="card1")
        mark = page.upload("file,transect\na.JPG,T1\n")
        images(cast, "a.JPG", path="card2")
        assert "nothing was saved" in page.confirm(mark)
        assert transects() == ["", ""]

    def test_other_images_may_arrive_meanwhile(self, cast, page):
        images(cast, "a.JPG")
        mark = page.upload("file,transect\na.JPG,T1\n")
        images(cast, "b.JPG")
        page.confirm(mark)
        assert transects() == ["T1", ""]

    def test_a_table_uploaded_at_the_same_moment_is_not_thrown_away(self, cast, page, monkeypatch):
        images(cast, "a.JPG")
        mark = page.upload("file,transect\na.JPG,T1\n")
        monkeypatch.setattr(
            "surveys.transect_table_views.save_plan",
            lambda *_a, **_k: page.upload("file,transect\na.JPG,T2\n", "b.csv") and 1,
        )
        page.confirm(mark)
        assert TransectTable.objects.get().file_name == "b.csv"

    def test_a_table_is_saved_and_forgotten_in_one(self, cast, page, monkeypatch):
        images(cast, "a.JPG")
        mark = page.upload("file,transect\na.JPG,T1\n")
        monkeypatch.setattr("surveys.transect_table_views._forget", lambda kept: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            page.confirm(mark)
        assert transects() == [""]


class TestPatterns:
    def test_a_yes_to_one_pattern_saves_no_other(self, cast, page):
        images(cast, "T1_L_1.JPG")
        assert "nothing was saved" in page.save(page.look("*_{camera}_*"))
        assert transects() == [""]

    def test_an_image_that_would_get_one_meanwhile_is_shown_first(self, cast, page):
        images(cast, "T1_L_1.JPG")
        (other,) = images(cast, "T2_L_1.JPG", trashed_at="2026-06-01T06:00Z")
        images(cast, "T3_L_1.JPG")
        mark = page.look()
        Image.objects.filter(pk=other.pk).update(trashed_at=None)
        assert "nothing was saved" in page.save(mark)
        assert transects() == ["", "", ""]

    def test_images_that_came_later_are_read_only_where_later_ones_shall_be(self, cast, page):
        images(cast, "T1_L_1.JPG")
        mark = page.look()
        images(cast, "T2_L_1.JPG")
        page.save(mark)
        assert transects() == ["1", ""]
        mark = page.look()
        images(cast, "T3_L_1.JPG")
        page.save(mark, follow="1")
        assert transects() == ["1", "2", "3"]

    def test_an_image_that_came_later_loses_nothing_unseen(self, cast, page):
        images(cast, "T1_L_1.JPG")
        mark = page.look()
        images(cast, "T2_L_1.JPG", transect="9", transect_source="pattern")
        assert "nothing was saved" in page.save(mark, follow="1")
        assert transects() == ["", "9"]

    def test_an_image_that_got_just_that_meanwhile_is_no_reason_to_ask_again(self, cast, page):
        one, _two = images(cast, "T1_L_1.JPG", "T2_L_1.JPG")
        mark = page.look()
        Image.objects.filter(pk=one.pk).update(transect="1", camera="left", transect_source="pattern")
        page.save(mark)
        assert transects() == ["1", "2"]
