"""Setting transects and cameras: plans, saving, the pattern that new images follow, pages and API."""

import csv
import io
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from surveys import transect_plan
from surveys.models import Activity, Image, Survey, TransectChange, TransectTable
from surveys.name_patterns import Pattern
from surveys.transect_plan import ImageName, TooManyTransectsError, image_names_of, plan_by_pattern, plan_by_table
from surveys.transect_saving import follow_pattern, remove_old_tables, save_plan
from surveys.transect_table import read_table
from surveys.transects import BadNameError, alike, clean_camera, clean_transect, natural_key
from tests.factories.inference import make_run, make_searched
from tests.factories.pictures import noise, write_jpeg
from tests.factories.surveys import make_image
from tests.surveys.ingesting import make_uploaded, run_ingest

pytestmark = pytest.mark.django_db
JSON = "application/json"
PATTERN = "T{transect}_{camera}_*"
SOURCE = Image.TransectSource


@pytest.fixture
def image_named(cast):
    return lambda name, path="", **fields: make_image(survey=cast.survey, file_name=name, path=path, **fields)


def said(image):
    image.refresh_from_db()
    return (image.transect, image.camera, image.transect_source)


def by_pattern(cast, pattern=PATTERN, **options):
    return plan_by_pattern(image_names_of(cast.survey), Pattern.parse(pattern), **options)


def by_table(cast, text):
    return plan_by_table(image_names_of(cast.survey), read_table(text.encode()))


def save(cast, plan, source=SOURCE.PATTERN, pattern=None):
    return save_plan(cast.survey, cast.owner, plan, source=source, subject="it", pattern=pattern)


class TestNames:
    def test_blanks_are_tidied_and_what_cannot_be_seen_goes(self):
        assert clean_transect(" T\t 1\u202e\x00 ") == "T 1"

    def test_a_name_needs_a_letter_or_a_digit(self):
        with pytest.raises(BadNameError):
            clean_transect("--")

    def test_sides_get_one_word(self):
        assert [clean_camera(text) for text in ("L", "RSOR", "Nadir", "cam 2", "")] == [
            "left",
            "right",
            "nadir",
            "cam 2",
            "",
        ]

    def test_transects_are_in_natural_order(self):
        assert sorted(["T10", "T2", "9", "", "t1"], key=natural_key) == ["", "9", "t1", "T2", "T10"]

    def test_names_that_look_like_one_are_found(self):
        assert alike(["T01", "t-1", "T1", "T10", "T2"]) == [["T01", "T1", "t-1"]]


class TestPattern:
    def test_images_get_what_their_names_say(self, cast, image_named):
        one, other = image_named("T1_L_1.JPG"), image_named("IMG_1.JPG")
        plan = by_pattern(cast)
        assert [line.pk for line in plan.left] == [other.pk]
        assert save(cast, plan) == 1
        assert said(one) == ("1", "left", "pattern")
        assert said(other) == ("", "", "")

    def test_what_is_not_in_the_pattern_stays(self, cast, image_named):
        image = image_named("T1_L_1.JPG", camera="right", transect_source="pattern")
        save(cast, by_pattern(cast, "T{transect}_*"))
        assert said(image) == ("1", "right", "pattern")

    @pytest.mark.parametrize("source", ["table", "person"])
    def test_what_a_table_or_a_person_said_wins(self, cast, image_named, source):
        image = image_named("T1_L_1.JPG", transect="9", transect_source=source)
        plan = by_pattern(cast)
        assert [change.transect for change in plan.kept] == ["1"]
        save(cast, plan)
        assert said(image) == ("9", "left", source)

    def test_unless_somebody_says_yes_to_that(self, cast, image_named):
        image = image_named("T1_L_1.JPG", transect="9", transect_source="person")
        plan = by_pattern(cast, replaces_firm=True)
        assert [(c.image.transect, c.transect) for c in plan.replaced] == [("9", "1")]
        save(cast, plan)
        assert said(image) == ("1", "left", "pattern")

    def test_another_pattern_replaces_what_a_pattern_said(self, cast, image_named):
        image = image_named("T1_L_1.JPG", transect="9", transect_source="pattern")
        assert len(by_pattern(cast).replaced) == 1
        save(cast, by_pattern(cast))
        assert said(image) == ("1", "left", "pattern")

    def test_an_image_changed_meanwhile_stays_as_it_is(self, cast, image_named):
        image = image_named("T1_L_1.JPG")
        plan = by_pattern(cast)
        Image.objects.update(transect="7", transect_source="person")
        assert save(cast, plan) == 0
        assert said(image) == ("7", "", "person")

    def test_images_in_the_trash_are_left_alone(self, cast, image_named):
        image_named("T1_L_1.JPG", trashed_at=timezone.now())
        assert by_pattern(cast).changes == []

    def test_a_transect_for_every_image_is_a_mistake(self, cast, image_named, monkeypatch):
        monkeypatch.setattr(transect_plan, "MAX_TRANSECTS", 2)
        for n in range(3):
            image_named(f"T{n}_L_1.JPG")
        with pytest.raises(TooManyTransectsError, match="3 transects"):
            by_pattern(cast)

    def test_a_sample_holds_the_first_and_the_last(self, cast, image_named):
        names = [image_named(f"T{n}_L.JPG").file_name for n in range(9)]
        assert [line.file_name for line in image_names_of(cast.survey, sample=4)] == [*names[:2], *names[-2:]]
        assert len(image_names_of(cast.survey, sample=40)) == 9

    def test_saving_takes_as_many_queries_for_many_images_as_for_few(self, cast, image_named):
        def queries():
            with CaptureQueriesContext(
                connection,
            ) as found:
                save(cast, by_pattern(cast))
            return len(found)

        image_named("T1_L_0.JPG")
        few = queries()
        for n in range(1, 60):
            image_named(f"T1_L_{n}.JPG")
        assert queries() <= few + 1


class TestTable:
    def test_rows_find_their_images(self, cast, image_named):
        one, two = image_named("a.JPG"), image_named("b.JPG")
        plan = by_table(cast, "file,transect,camera\nA.jpg,T1,L\nb.JPG,,R\nc.JPG,T9,L\n")
        assert [row.file_name for row in plan.unknown] == ["c.JPG"]
        save(cast, plan, SOURCE.TABLE)
        assert (said(one), said(two)) == (("T1", "left", "table"), ("", "right", "table"))

    def test_images_without_a_row_are_listed(self, cast, image_named):
        image_named("a.JPG")
        other = image_named("b.JPG")
        assert [line.pk for line in by_table(cast, "file,transect\na.JPG,T1\n").left] == [other.pk]

    def test_one_name_in_two_folders_needs_the_folder(self, cast, image_named):
        one, two = image_named("a.JPG", "card1"), image_named("a.JPG", "card2")
        assert len(by_table(cast, "file,transect\na.JPG,T1\n").ambiguous) == 1
        plan = by_table(cast, "path,transect\ncard1/a.JPG,T1\nD:\\x\\card2\\a.JPG,T2\n")
        assert {change.image.pk: change.transect for change in plan.changes} == {one.pk: "T1", two.pk: "T2"}

    def test_another_folder_is_another_file(self, cast, image_named):
        image_named("a.JPG", "card1")
        assert len(by_table(cast, "path,transect\ncard2/a.JPG,T1\n").unknown) == 1

    def test_the_deeper_folder_decides(self, cast, image_named):
        image_named("a.JPG", "T1")
        deep = image_named("a.JPG", "card/T1")
        plan = by_table(cast, "path,transect\ncard/T1/a.JPG,X\n")
        assert [change.image.pk for change in plan.changes] == [deep.pk]
        assert len(by_table(cast, "path,transect\n1/a.JPG,X\n").unknown) == 1

    @pytest.mark.parametrize(("folder", "found"), [
        ("T1", 2), ("card1/T1", 1), ("E:/all/card1/T1", 1), ("E:/all/card3/T1", 0), ("ard1/T1", 0), ("", 2),
    ])  # fmt: skip
    def test_either_path_may_begin_further_up(self, cast, image_named, folder, found):
        image_named("a.JPG", "card1/T1")
        image_named("a.JPG", "card2/T1")
        plan = by_table(cast, f"path,file,transect\n{folder},a.JPG,X\n")
        assert (len(plan.changes), len(plan.ambiguous), len(plan.unknown)) == (found == 1, found > 1, found == 0)

    def test_many_files_of_one_name_are_told_apart_quickly(self, cast):
        """Looking at every image for every row would take the time of a hundred million comparisons."""
        lines = [ImageName(n, f"card{n}", "a.JPG", "", "", "") for n in range(10_000)]
        table = read_table(("path,transect\n" + "".join(f"E:/card{n}/a.JPG,T1\n" for n in range(10_000))).encode())
        began = time.process_time()
        assert len(plan_by_table(lines, table).changes) == 10_000
        assert time.process_time() - began < 2

    def test_rows_repeated_are_looked_up_once_and_exact_paths_not_among_others(self, monkeypatch):
        looked = []
        look = transect_plan._in_folder
        monkeypatch.setattr(transect_plan, "_in_folder", lambda *args: looked.append(args) or look(*args))
        images = [ImageName(n, f"card{n}/T1", "a.JPG", "", "", "") for n in range(600)]
        table = read_table(b"path,transect\n" + b"E:/card1/T1/A.JPG,X\n" * 50 + b"CARD2/T1/a.JPG,Y\n")
        plan = plan_by_table(images[:400], table)
        assert {change.image.pk: change.transect for change in plan.changes} == {1: "X", 2: "Y"}
        assert len(looked) == 1
        assert {change.image.pk: change.transect for change in plan_by_table(images, table).changes} == {2: "Y"}

    def test_raw_files_find_the_images_developed_from_them(self, cast, image_named):
        image_named("a.JPG")
        plan = by_table(cast, "file,transect\na.NEF,T1\n")
        assert (len(plan.changes), plan.n_by_stem) == (1, 1)

    def test_rows_that_contradict_each_other_do_nothing(self, cast, image_named):
        image_named("a.JPG")
        plan = by_table(cast, "file,transect\na.JPG,T1\na.JPG,T2\n")
        assert (plan.changes, len(plan.contradicting)) == ([], 2)

    def test_rows_that_agree_are_one(self, cast, image_named):
        image_named("a.JPG")
        assert len(by_table(cast, "file,transect\na.JPG,T1\na.JPG,T1\n").changes) == 1

    def test_a_table_that_agrees_makes_it_firm(self, cast, image_named):
        image = image_named("a.JPG", transect="T1", transect_source="pattern")
        assert save(cast, by_table(cast, "file,transect\na.JPG,T1\n"), SOURCE.TABLE) == 0
        assert said(image) == ("T1", "", "table")

    def test_transects_written_in_two_ways_are_noticed_also_against_other_images(self, cast, image_named):
        image_named("a.JPG")
        image_named("b.JPG", transect="T01")
        assert by_table(cast, "file,transect\na.JPG,T1\n").alike == [["T01", "T1"]]


class TestNewImages:
    @pytest.fixture(autouse=True)
    def pattern(self, cast):
        Survey.objects.update(file_name_pattern=PATTERN)

    def test_an_uploaded_file_follows_it_when_it_is_read(self, cast, tmp_path):
        path = tmp_path / "T4_L_1.jpg"
        write_jpeg(path, noise(64, 64))
        assert said(run_ingest(make_uploaded(cast.survey, path))) == ("4", "left", "pattern")

    def test_they_follow_the_pattern(self, image_named):
        image = image_named("T3_R_1.JPG")
        follow_pattern(image)
        assert said(image) == ("3", "right", "pattern")

    def test_what_a_person_said_meanwhile_wins(self, image_named):
        image = image_named("T3_R_1.JPG", transect="X", transect_source="person")
        follow_pattern(image)
        assert said(image) == ("X", "", "person")

    def test_a_name_that_does_not_fit_gets_nothing(self, image_named):
        image = image_named("other.JPG")
        follow_pattern(image)
        assert said(image) == ("", "", "")

    def test_a_pattern_that_is_none_any_more_harms_nobody(self, image_named):
        Survey.objects.update(file_name_pattern="{gone}")
        follow_pattern(image_named("T3_R_1.JPG"))


class TestPage:
    URL = "/surveys/ruaha/transects/"

    def post_pattern(self, client, **fields):
        page = client.get(f"{self.URL}pattern/", {"pattern": PATTERN, **fields})
        mark = page.context["preview"].plan.mark
        return client.post(
            f"{self.URL}pattern/", {"pattern": PATTERN, "mark": mark, "follow": "1", **fields}, follow=True
        )

    def take_back(self, client):
        change = {"change": TransectChange.objects.get().pk}
        return client.post(f"{self.URL}reversal/", change, follow=True).content.decode()

    def upload(self, client, text):
        file = SimpleUploadedFile("flight 1.csv", text.encode())
        return client.post(f"{self.URL}table/", {"table": file}, follow=True)

    def test_it_suggests_a_pattern_and_shows_what_it_does(self, cast, as_user, image_named):
        for n in range(6):
            image_named(f"T{n // 3}_{'LR'[n % 2]}_{n}.JPG")
        page = as_user(cast.analyst).get(self.URL).content.decode()
        assert "{transect}_{camera}_{number}" in page
        assert "6 of 6 images fit." in page
        assert "Save for 6 images" in page

    def test_a_pattern_is_saved_for_all_images_and_for_those_to_come(self, cast, as_user, image_named):
        image = image_named("T1_L_1.JPG")
        page = self.post_pattern(as_user(cast.analyst)).content.decode()
        assert "Transect and camera of 1 image are set." in page
        assert said(image) == ("1", "left", "pattern")
        cast.survey.refresh_from_db()
        assert cast.survey.file_name_pattern == PATTERN

    def test_the_pattern_can_be_stopped(self, cast, as_user):
        Survey.objects.update(file_name_pattern=PATTERN)
        as_user(cast.analyst).post(f"{self.URL}pattern/end/")
        cast.survey.refresh_from_db()
        assert cast.survey.file_name_pattern == ""

    def test_a_yes_to_another_preview_saves_nothing(self, cast, as_user, image_named):
        image = image_named("T1_L_1.JPG")
        client = as_user(cast.analyst)
        mark = client.get(f"{self.URL}pattern/", {"pattern": PATTERN}).context["preview"].plan.mark
        Image.objects.update(transect="9", transect_source="pattern")  # would be lost now
        page = client.post(f"{self.URL}pattern/", {"pattern": PATTERN, "mark": mark}, follow=True).content.decode()
        assert "nothing was saved" in page
        assert said(image) == ("9", "", "pattern")

    def test_a_wrong_pattern_is_told_while_it_is_typed(self, cast, as_user, image_named):
        image_named("T1_L_1.JPG")
        page = as_user(cast.analyst).get(f"{self.URL}pattern/", {"pattern": "{tran"})
        assert (page.status_code, "Known are {transect}" in page.content.decode()) == (200, True)

    def test_a_long_survey_is_looked_at_in_part_until_it_is_saved(self, cast, as_user, image_named, monkeypatch):
        monkeypatch.setattr("surveys.pattern_preview.LIVE", 4)
        for n in range(6):
            image_named(f"T{n}_L_1.JPG")
        client = as_user(cast.analyst)
        part = client.get(f"{self.URL}pattern/", {"pattern": PATTERN}).content.decode()
        assert "Check all 6 images" in part
        assert "Save for" not in part
        assert "Save for 6 images" in client.get(f"{self.URL}pattern/", {"pattern": PATTERN, "all": 1}).content.decode()

    def test_a_table_is_shown_and_then_saved(self, cast, as_user, image_named):
        one, two = image_named("a.JPG", transect="9", transect_source="person"), image_named("b.JPG")
        client = as_user(cast.analyst)
        page = self.upload(client, "file,transect\na.JPG,T1\nb.JPG,T1\nnone.JPG,T1\n")
        assert said(one)[0] == "9"
        assert [page.context["lists"][name]["n"] for name in ("replaced", "new", "unknown", "left")] == [1, 1, 1, 0]
        mark = page.context["plan"].mark
        client.post(f"{self.URL}table/confirmation/", {"mark": mark})
        assert (said(one), said(two)) == (("T1", "", "table"), ("T1", "", "table"))
        assert not TransectTable.objects.exists()

    def test_a_table_is_not_saved_where_more_would_be_lost_than_was_shown(self, cast, as_user, image_named):
        image = image_named("a.JPG")
        client = as_user(cast.analyst)
        mark = self.upload(client, "file,transect\na.JPG,T1\n").context["plan"].mark
        Image.objects.update(transect="9")
        page = client.post(f"{self.URL}table/confirmation/", {"mark": mark}, follow=True)
        assert "nothing was saved" in page.content.decode()
        assert said(image)[0] == "9"

    def test_somebody_else_s_table_is_not_mine(self, cast, as_user, image_named):
        image_named("a.JPG")
        self.upload(as_user(cast.analyst), "file,transect\na.JPG,T1\n")
        assert as_user(cast.owner).get(f"{self.URL}table/").status_code == 302

    def test_a_table_that_cannot_be_read_is_refused_with_a_sentence(self, cast, as_user, image_named):
        image_named("a.JPG")
        assert (
            "The first row must name the columns" in self.upload(as_user(cast.analyst), "a,b\n1,2\n").content.decode()
        )
        assert (
            "Choose a CSV file first" in as_user(cast.analyst).post(f"{self.URL}table/", follow=True).content.decode()
        )

    def test_old_tables_are_thrown_away(self, cast):
        TransectTable.objects.create(survey=cast.survey, owner=cast.owner, file_name="a.csv", content=b"")
        remove_old_tables(timezone.now())
        assert TransectTable.objects.exists()
        remove_old_tables(timezone.now() + timedelta(days=1, minutes=1))
        assert not TransectTable.objects.exists()

    def test_the_table_to_fill_in_can_be_read_back(self, cast, as_user, image_named):
        image_named("=a.JPG", "card", transect="T1", camera="left")
        content = as_user(cast.viewer).get(f"{self.URL}table.csv").getvalue()
        assert content.startswith(b"\xef\xbb\xbf")
        (row,) = read_table(content).rows
        assert (row.folder, row.file_name, row.transect, row.camera) == ("card", "=a.JPG", "T1", "left")

    def test_taking_back_is_a_button(self, cast, as_user, image_named):
        image = image_named("T1_L_1.JPG")
        client = as_user(cast.analyst)
        assert "Take it back" in self.post_pattern(client).content.decode()
        assert "1 image is as it was before" in self.take_back(client)
        assert said(image) == ("", "", "")
        assert not TransectChange.objects.exists()

    def test_a_viewer_sees_the_transects_and_no_forms(self, cast, as_user, image_named):
        image_named("a.JPG", transect="T1", camera="left")
        page = as_user(cast.viewer).get(self.URL).content.decode()
        assert "T1" in page
        assert "Pattern" not in page
        assert "Look at the table" not in page

    def test_without_images_it_says_what_comes_first(self, cast, as_user):
        assert "Upload images first" in as_user(cast.analyst).get(self.URL).content.decode()

    def test_the_overview_leads_there_until_a_transect_is_set(self, cast, as_user, image_named):
        image = image_named("a.JPG")
        client = as_user(cast.analyst)
        assert "Set transects" in client.get("/surveys/ruaha/").content.decode()
        assert "Set transects" not in as_user(cast.viewer).get("/surveys/ruaha/").content.decode()
        Image.objects.filter(pk=image.pk).update(transect="T1")
        assert "Set transects" not in client.get("/surveys/ruaha/").content.decode()

    def test_names_are_escaped(self, cast, as_user, image_named):
        image_named("T<b>1_L_1.JPG", transect="<i>")
        page = as_user(cast.analyst).get(self.URL, {"pattern": "<s>{transect}"}).content.decode()
        assert not any(tag in page for tag in ("<b>1", "<i>", "<s>"))


class TestImages:
    def test_the_grid_is_filtered_by_transect_and_camera_with_numbers(self, cast, as_user, image_named):
        image_named("a.JPG", transect="T 1", camera="left")
        image_named("b.JPG", transect="T 1", camera="right")
        image_named("c.JPG")
        page = as_user(cast.viewer).get("/surveys/ruaha/images/?transect=T+1&camera=right")
        assert [image.file_name for image in page.context["page"].rows] == ["b.JPG"]
        assert [c["options"] for c in page.context["choices"]] == [
            [("-", 1), ("T 1", 2)],
            [("-", 1), ("left", 1), ("right", 1)],
        ]

    @pytest.mark.parametrize(("query", "names"), [
        ("transect=T1", ["a.JPG"]), ("camera=left", ["a.JPG"]), ("transect=-", ["b.JPG"]), ("transect=T2", []),
    ])  # fmt: skip
    def test_the_api_filters_too(self, cast, as_user, image_named, query, names):
        image_named("a.JPG", transect="T1", camera="left")
        image_named("b.JPG")
        answer = as_user(cast.viewer).get(f"/api/v1/surveys/ruaha/images/?{query}").json()
        assert [image["file_name"] for image in answer["results"]] == names

    def test_a_person_sets_one_image(self, cast, as_user, image_named):
        image = image_named("a.JPG", transect="T9", transect_source="pattern")
        body = {"transect": " T1 ", "camera": "L", "reason": "Flight log"}
        answer = as_user(cast.analyst).patch(f"/api/v1/images/{image.pk}/", body, JSON).json()
        assert (answer["transect"], answer["camera"], answer["transect_source"]) == ("T1", "left", "person")
        assert "a.JPG, transect, camera: Flight log" in Activity.objects.get().subject

    @pytest.mark.parametrize("body", [{"transect": "--"}, {"camera": "x" * 41}, {"transect": "x" * 81}])
    def test_what_is_no_name_is_refused(self, cast, as_user, image_named, body):
        image = image_named("a.JPG")
        answer = as_user(cast.analyst).patch(f"/api/v1/images/{image.pk}/", body | {"reason": "x"}, JSON)
        assert (answer.status_code, list(answer.json())) == (400, list(body))

    def test_a_person_sets_one_image_on_its_page(self, cast, as_user, image_named):
        image = image_named("a.JPG")
        body = {"transect": "T1", "camera": "R", "reason": "Flight log"}
        part = as_user(cast.analyst).post(f"/images/{image.pk}/transect/", body).content.decode()
        assert "a person, for this image" in part
        assert said(image) == ("T1", "right", "person")

    @pytest.mark.parametrize("body", [{"transect": "T1"}, {"transect": "--", "reason": "x"}])
    def test_without_a_reason_or_a_name_nothing_is_set(self, cast, as_user, image_named, body):
        image = image_named("a.JPG")
        assert 'role="alert"' in as_user(cast.analyst).post(f"/images/{image.pk}/transect/", body).content.decode()
        assert said(image) == ("", "", "")

    def test_a_reviewer_sees_no_form(self, cast, as_user, image_named):
        image = image_named("a.JPG")
        assert "set-transect" in as_user(cast.analyst).get(f"/images/{image.pk}/").content.decode()
        assert "set-transect" not in as_user(cast.reviewer).get(f"/images/{image.pk}/").content.decode()

    def test_the_image_page_says_who_set_it(self, cast, as_user, image_named):
        image = image_named("a.JPG", transect="T1", camera="left", transect_source="table")
        page = as_user(cast.viewer).get(f"/images/{image.pk}/").content.decode()
        assert "/surveys/ruaha/images/?transect=T1" in page
        assert "set by a table" in page


class TestExports:
    @pytest.mark.parametrize("table", ["detection_counts", "image_counts_wide", "detections", "images"])
    def test_transect_and_camera_stand_in_every_table(self, cast, as_user, image_named, table):
        image = image_named("a.JPG", transect="T1", camera="left", camera_model="Nikon D800")
        make_searched(make_run(cast.survey), image, buffalo=1)
        content = as_user(cast.viewer).get(f"/api/v1/surveys/ruaha/exports/{table}.csv").getvalue().decode()
        row = next(csv.DictReader(io.StringIO(content, newline="")))
        assert (row["transect"], row["camera"]) == ("T1", "left")

    def test_images_csv_counts_only_what_was_searched(self, cast, as_user, image_named):
        run = make_run(cast.survey)
        make_searched(run, image_named("a.JPG", camera_model="Nikon"), buffalo=2, zebra=1)
        make_searched(run, image_named("b.JPG"))
        image_named("c.JPG")
        content = as_user(cast.viewer).get("/api/v1/surveys/ruaha/exports/images.csv").getvalue().decode()
        rows = list(csv.DictReader(io.StringIO(content, newline="")))
        assert [(row["n_detections"], row["image_state"]) for row in rows] == [
            ("3", "searched"),
            ("0", "searched"),
            ("", "not_searched"),
        ]
        assert rows[0]["camera_model"] == "Nikon"
