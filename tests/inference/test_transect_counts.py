"""Counts by transect: a number stands only where every image was searched."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.transect_counts import transect_counts
from surveys.models import Image, Upload
from tests.factories.inference import make_result_set, make_run, make_searched
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(cast):
    return make_run(cast.survey)


def searched(run, transect, **found):
    make_searched(run, make_image(survey=run.survey, transect=transect), **found)


def table(run):
    return {row.transect: (row.n_images, row.n_searched, dict(row.counts)) for row in transect_counts(run).rows}


def test_detections_are_summed_by_transect_and_label(run):
    searched(run, "T1", buffalo=2)
    searched(run, "T1", buffalo=1, zebra=1)
    searched(run, "T2")
    assert table(run) == {"T1": (2, 2, {"buffalo": 3, "zebra": 1}), "T2": (1, 1, {"buffalo": 0, "zebra": 0})}


@pytest.mark.parametrize("state", [None, "waiting", "failed", "cancelled"])
def test_a_transect_of_which_an_image_was_not_searched_has_no_number(run, state):
    searched(run, "T1", buffalo=2)
    image = make_image(survey=run.survey, transect="T1")
    if state:
        make_result_set(run, image, state=state, **({"failure": "Cut short."} if state == "failed" else {}))
    assert table(run) == {"T1": (2, 1, {"buffalo": None, "zebra": None})}


def test_excluded_and_trashed_images_are_not_counted(run):
    searched(run, "T1", buffalo=2)
    searched(run, "T1", buffalo=5)
    Image.objects.filter(n_detections=5).update(is_excluded=True)
    make_image(survey=run.survey, transect="T1", trashed_at="2026-06-01T06:00Z")
    assert table(run)["T1"] == (1, 1, {"buffalo": 2, "zebra": 0})


def test_images_without_a_transect_are_a_line_of_their_own_before_the_others(run):
    searched(run, "")
    searched(run, "T10")
    searched(run, "T9")
    assert list(table(run)) == ["", "T9", "T10"]


def test_without_any_transect_there_is_no_table(run, cast, as_user):
    searched(run, "")
    assert transect_counts(run) is None
    assert "transects are set" in as_user(cast.viewer).get("/surveys/ruaha/counts/").content.decode()


def test_the_page_shows_the_table(run, cast, as_user):
    searched(run, "T 1", buffalo=41)
    page = as_user(cast.viewer).get("/surveys/ruaha/counts/").content.decode()
    assert "/surveys/ruaha/images/?transect=T%201" in page
    assert "41" in page.split('id="by-transect"')[1].split("</table>")[0]


class TestWhileImagesArrive:
    SAID = "Images are still arriving"

    def page(self, cast, as_user):
        return as_user(cast.viewer).get("/surveys/ruaha/counts/").content.decode()

    def upload(self, cast, **fields):
        now = timezone.now()
        made = {"state": "receiving", "held_at": now, "expires_at": now + timedelta(days=1), "size_bytes": 9} | fields
        Upload.objects.create(survey=cast.survey, owner=cast.owner, file_name="b.JPG", **made)

    def test_the_page_says_that_numbers_may_grow(self, run, cast, as_user):
        searched(run, "T1", buffalo=1)
        assert self.SAID not in self.page(cast, as_user)
        self.upload(cast)
        assert self.SAID in self.page(cast, as_user).split('id="by-transect"')[1].split("<table")[0]

    def test_also_while_an_image_waits_to_be_read(self, run, cast, as_user):
        """Only then does it get its transect: until then the transect looks complete without it."""
        searched(run, "T1", buffalo=1)
        make_image(survey=cast.survey, ingest_state="waiting", sha256="", width=None, height=None)
        assert self.SAID in self.page(cast, as_user)

    @pytest.mark.parametrize("fields", [{"state": "stored"}, {"held_at": "2026-06-01T06:00Z"}])
    def test_uploads_that_ended_or_were_left_do_not_count(self, run, cast, as_user, fields):
        searched(run, "T1", buffalo=1)
        self.upload(cast, **fields)
        assert self.SAID not in self.page(cast, as_user)
