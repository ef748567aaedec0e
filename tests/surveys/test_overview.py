"""What a survey's page and its card show of its images."""

import re
from uuid import uuid4

from django.http import QueryDict

from surveys.cards import cards, summary
from surveys.found import found_in
from surveys.models import ImageLabel, Survey
from surveys.overview import overview_of
from surveys.progress import counts_of
from surveys.quick_filters import quick_filters
from tests.factories.surveys import make_image, make_survey


def searched(survey: Survey, **found: int):
    """An image that the current search went through, with so many of each label."""
    if survey.current_run is None:
        Survey.objects.filter(pk=survey.pk).update(current_run=uuid4(), current_model="plains 1")
        survey.refresh_from_db()
    image = make_image(survey=survey, search_state="searched", n_detections=sum(found.values()))
    for label, n in found.items():
        ImageLabel.objects.create(image=image, run=survey.current_run, label=label, n_detections=n, max_score=0.9)
    return image


def test_the_cover_is_the_image_with_most_animals(db):
    survey = make_survey()
    searched(survey, zebra=2)
    most = searched(survey, zebra=5, buffalo=4)
    searched(survey)
    assert cards([survey])[0].cover == most.pk


def test_without_animals_the_cover_is_the_latest_image(db):
    survey = make_survey()
    searched(survey)
    latest = make_image(survey=survey)
    make_image(survey=survey, ingest_state="failed")
    assert cards([survey])[0].cover == latest.pk


def test_surveys_are_summed_up_in_a_line(db):
    survey = make_survey()
    searched(survey, zebra=2)
    make_image(survey=survey, review_state="empty")
    assert summary(cards([survey, make_survey()])) == "2 surveys, 2 images, 2 detections, 50 % of the images reviewed"


def test_pictures_begin_with_the_most_animals_and_end_with_the_latest_images(db):
    survey = make_survey()
    few, many, empty = searched(survey, zebra=1), searched(survey, zebra=7), searched(survey)
    make_image(survey=survey, ingest_state="failed")
    assert overview_of(survey.created_by, survey).pictures == [many, few, empty]


def test_animals_are_told_by_label_most_frequent_first(db):
    survey = make_survey()
    searched(survey, zebra=2, buffalo=4)
    searched(survey, zebra=3)
    excluded = searched(survey, seal=9)
    excluded.is_excluded = True
    excluded.save()
    found = found_in(survey, is_known=True)
    assert [(label.label, label.proposed) for label in found.labels] == [("zebra", 5), ("buffalo", 4)]
    assert (found.most, found.is_reviewed) == (5, False)


def test_before_any_search_nothing_is_known(db, as_user):
    survey = make_survey(slug="plain")
    make_image(survey=survey)
    answer = as_user(survey.created_by).get("/surveys/plain/")
    assert "until then they are blank, not zero" in answer.content.decode()


def test_a_search_that_found_nothing_is_a_zero(db, as_user):
    survey = make_survey(slug="plain")
    searched(survey)
    answer = as_user(survey.created_by).get("/surveys/plain/")
    assert "Nothing was found in the 1 image searched" in answer.content.decode()


def test_a_zero_is_that_of_the_images_that_are_counted(db, as_user):
    survey = make_survey(slug="plain")
    client = as_user(survey.created_by)
    excluded = searched(survey, seal=2)
    survey.images.filter(pk=excluded.pk).update(is_excluded=True)
    assert "excluded from counts, so there is no count" in client.get("/surveys/plain/").content.decode()
    searched(survey)
    assert "Nothing was found in the 1 image searched" in client.get("/surveys/plain/").content.decode()


def test_failures_stand_with_their_number_and_reason(db, as_user):
    survey = make_survey(slug="plain")
    for _ in range(2):
        make_image(survey=survey, ingest_state="failed", failure="It is cut short.", failure_code="truncated")
    page = as_user(survey.created_by).get("/surveys/plain/").content.decode()
    assert "2 images could not be read." in page
    assert "It is cut short." in page


def test_states_of_images_are_links_with_numbers(db, as_user):
    survey = make_survey(slug="plain")
    searched(survey, zebra=2, buffalo=4)
    searched(survey)
    make_image(survey=survey, ingest_state="failed", failure="It is cut short.")
    found = quick_filters(counts_of([survey.pk])[survey.pk], QueryDict("state=with_animals&label=zebra&after=7"))
    assert [(quick.word, quick.n, quick.is_here) for quick in found] == [
        ("All images", 3, False), ("With animals", 1, True), ("Searched, empty", 1, False), ("Not searched", 1, False),
        ("Failed", 1, False),
    ]  # fmt: skip
    assert found[2].query == "label=zebra&state=without_animals"


def test_a_card_says_what_was_found_on_the_image(db, as_user):
    survey = make_survey(slug="plain")
    searched(survey, zebra=2, buffalo=4)
    page = as_user(survey.created_by).get("/surveys/plain/images/").content.decode()
    assert 'buffalo <b class="num">4</b>, zebra <b class="num">2</b>' in page


def test_the_grid_shows_whole_images_or_where_most_was_found(db, as_user):
    survey = make_survey(slug="plain")
    found, empty = searched(survey, zebra=2), searched(survey)
    client = as_user(survey.created_by)
    whole = client.get("/surveys/plain/images/").content.decode()
    assert "highlight.jpg" not in whole
    close = client.get("/surveys/plain/images/?view=close&label=").content.decode()
    assert f"/api/v1/images/{found.pk}/highlight.jpg" in close
    assert f"/api/v1/images/{empty.pk}/preview.jpg" in close
    assert 'name="view" value="close"' in close  # the filters keep it


def test_a_picture_has_another_address_once_its_image_was_searched(db, as_user):
    survey = make_survey(slug="plain")
    image = searched(survey)
    client, address = as_user(survey.created_by), re.compile(r'[^"]+/highlight\.jpg[^"]*')
    [empty] = address.findall(client.get("/surveys/plain/").content.decode())
    type(image).objects.filter(pk=image.pk).update(n_detections=3)
    [found] = address.findall(client.get("/surveys/plain/").content.decode())
    assert empty.split("?")[0] == found.split("?")[0]
    assert empty != found  # browsers keep pictures for an hour
