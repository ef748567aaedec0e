"""Saving transects and cameras for many images, twice or at the same time, and taking it back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from surveys.models import Activity, Image, Survey, TransectChange
from surveys.name_patterns import Pattern
from surveys.transect_plan import image_names_of, plan_by_pattern, plan_by_table
from surveys.transect_saving import OtherChangeError, save_plan, stop_pattern, undo
from surveys.transect_table import read_table
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
PATTERN = "T{transect}_{camera}_*"
URL = "/surveys/ruaha/transects/"
SOURCE = Image.TransectSource


@pytest.fixture
def image_named(cast):
    return lambda name, path="", **fields: make_image(survey=cast.survey, file_name=name, path=path, **fields)


def said(image):
    image.refresh_from_db()
    return (image.transect, image.camera, image.transect_source)


def by_pattern(cast, pattern=PATTERN):
    return plan_by_pattern(image_names_of(cast.survey), Pattern.parse(pattern))


def save(cast, plan, source=SOURCE.PATTERN, pattern=None, subject="it"):
    return save_plan(cast.survey, cast.owner, plan, source=source, subject=subject, pattern=pattern)


def take_back(cast):
    change = TransectChange.objects.first()
    return undo(cast.survey, cast.owner, shown=str(change.pk) if change else "")


def pattern_of(cast):
    return Survey.objects.get(pk=cast.survey.pk).file_name_pattern


class TestUndo:
    def test_the_last_change_is_taken_back(self, cast, image_named):
        new, old = image_named("T1_L_1.JPG"), image_named("T2_R_2.JPG", transect="9", transect_source="pattern")
        save(cast, by_pattern(cast), pattern=PATTERN)
        assert take_back(cast) == 2
        assert (said(new), said(old)) == (("", "", ""), ("9", "", "pattern"))
        assert pattern_of(cast) == ""
        assert take_back(cast) is None

    def test_what_was_changed_since_stays(self, cast, image_named):
        image = image_named("T1_L_1.JPG")
        save(cast, by_pattern(cast))
        Image.objects.update(transect="7", transect_source="person")
        assert take_back(cast) == 0
        assert said(image) == ("7", "left", "person")

    def test_who_set_what_is_told(self, cast, image_named, as_user):
        image_named("T1_L_1.JPG")
        save(cast, by_pattern(cast))
        take_back(cast)
        assert list(Activity.objects.values_list("verb", flat=True)) == ["transects_set", "transects_undone"]
        assert (
            "set transect and camera of 1 image by it" in as_user(cast.viewer).get("/surveys/ruaha/").content.decode()
        )

    def test_a_pattern_chosen_since_stays(self, cast, image_named):
        image_named("a.JPG")
        table = plan_by_table(image_names_of(cast.survey), read_table(b"file,transect\na.JPG,T1\n"))
        save(cast, table, SOURCE.TABLE)
        Survey.objects.update(file_name_pattern=PATTERN)
        take_back(cast)
        assert pattern_of(cast) == PATTERN

    def test_a_pattern_that_was_stopped_does_not_come_back(self, cast, image_named):
        image_named("T1_L_1.JPG")
        Survey.objects.update(file_name_pattern="{camera}_*")
        save(cast, by_pattern(cast), pattern=PATTERN)
        stop_pattern(cast.survey, cast.owner)
        take_back(cast)
        assert pattern_of(cast) == ""

    def test_another_change_than_the_one_shown_is_not_taken_back(self, cast, image_named):
        image = image_named("T1_L_1.JPG")
        save(cast, by_pattern(cast, "T{transect}_*"))
        shown = str(TransectChange.objects.get().pk)
        save(cast, by_pattern(cast))
        with pytest.raises(OtherChangeError):
            undo(cast.survey, cast.owner, shown=shown)
        assert said(image) == ("1", "left", "pattern")

    def test_the_page_says_that_somebody_was_quicker(self, cast, as_user, image_named):
        image = image_named("T1_L_1.JPG")
        client = as_user(cast.analyst)
        save(cast, by_pattern(cast))
        shown = client.get(URL).context["last_change"].pk
        TransectChange.objects.update(id=shown + 1)
        page = client.post(f"{URL}reversal/", {"change": shown}, follow=True).content.decode()
        assert "nothing was taken back" in page
        assert said(image) == ("1", "left", "pattern")
        assert f'name="change" value="{shown + 1}"' in page

    @pytest.mark.parametrize("act", ["undo", "stop"])
    def test_the_survey_is_always_locked_first(self, cast, image_named, act):
        """Else a save and an undo at the same time would wait for each other for ever, where rows are locked."""
        image_named("T1_L_1.JPG")
        save(cast, by_pattern(cast), pattern=PATTERN)
        shown = str(TransectChange.objects.get().pk)
        with CaptureQueriesContext(connection) as found:
            undo(cast.survey, cast.owner, shown=shown) if act == "undo" else stop_pattern(cast.survey, cast.owner)
        tables = [query["sql"] for query in found if "surveys_" in query["sql"]]
        assert tables[0].startswith("SELECT")
        assert 'FROM "surveys_survey"' in tables[0]


class TestTwice:
    def test_pressing_the_button_twice_leaves_the_way_back(self, cast, image_named):
        image = image_named("T1_L_1.JPG")
        first = by_pattern(cast)
        save(cast, first, pattern=PATTERN)
        assert save(cast, first, pattern=PATTERN) == 0  # both were planned before either was saved
        assert save(cast, by_pattern(cast), pattern=PATTERN) == 0
        assert [a.verb for a in Activity.objects.all()] == ["transects_set"]
        assert TransectChange.objects.get().n_images == 1
        assert take_back(cast) == 1
        assert (said(image), pattern_of(cast)) == (("", "", ""), "")

    def test_on_the_page_too(self, cast, as_user, image_named):
        image = image_named("T1_L_1.JPG")
        client = as_user(cast.analyst)
        mark = client.get(f"{URL}pattern/", {"pattern": PATTERN}).context["preview"].plan.mark
        body = {"pattern": PATTERN, "mark": mark, "follow": "1"}
        client.post(f"{URL}pattern/", body)
        assert "No image had to be changed" in client.post(f"{URL}pattern/", body, follow=True).content.decode()
        assert take_back(cast) == 1
        assert said(image) == ("", "", "")

    def test_a_table_saved_again_leaves_the_way_back(self, cast, image_named):
        image = image_named("a.JPG")
        for _time in range(2):
            plan = plan_by_table(image_names_of(cast.survey), read_table(b"file,transect\na.JPG,T1\n"))
            save(cast, plan, SOURCE.TABLE)
        assert take_back(cast) == 1
        assert said(image) == ("", "", "")

    def test_a_pattern_for_later_images_alone_leaves_the_way_back_and_is_told(self, cast, image_named):
        image_named("T1_L_1.JPG")
        save(cast, by_pattern(cast))
        save(cast, by_pattern(cast), pattern=PATTERN)
        assert pattern_of(cast) == PATTERN
        assert [a.verb for a in Activity.objects.order_by("pk")] == ["transects_set", "pattern_followed"]
        assert take_back(cast) == 1


class TestTheWayBackIsShown:
    def test_also_where_only_cameras_were_set(self, cast, as_user, image_named):
        image_named("x_L_1.JPG")
        save(cast, by_pattern(cast, "x_{camera}_*"))
        assert "Take it back" in as_user(cast.analyst).get(URL).content.decode()

    def test_also_where_no_image_has_a_transect_any_more(self, cast, as_user, image_named):
        image_named("T1_L_1.JPG")
        save(cast, by_pattern(cast))
        Image.objects.update(transect="", camera="")
        page = as_user(cast.analyst).get(URL).content.decode()
        assert page.count("Take it back") == 1
        Image.objects.update(trashed_at="2026-06-01T06:00Z")
        assert "Take it back" in as_user(cast.analyst).get(URL).content.decode()

    def test_viewers_are_not_told_that_there_is_nothing_where_there_are_cameras(self, cast, as_user, image_named):
        image_named("a.JPG", camera="left")
        page = as_user(cast.viewer).get(URL).content.decode()
        assert "No transects yet" not in page
        assert "left" in page
