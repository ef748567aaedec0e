"""Transect and camera of one image, as a person says on its page."""

import re

import pytest

from surveys.models import Activity, Image
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
SHOWN = {"shown_transect": "T9", "shown_camera": "left"}


@pytest.fixture
def image(cast):
    return make_image(survey=cast.survey, transect="T9", camera="left", transect_source="pattern")


@pytest.fixture
def say(cast, as_user, image):
    """What the part of the page shows after the form was sent."""

    def post(**body):
        client = as_user(cast.analyst)
        return client.post(f"/images/{image.pk}/transect/", {"reason": "Flight log"} | body).content.decode()

    return post


def said(image):
    image.refresh_from_db()
    return (image.transect, image.camera, image.transect_source)


def test_the_form_says_what_it_showed(cast, as_user, image):
    page = as_user(cast.analyst).get(f"/images/{image.pk}/").content.decode()
    assert dict(re.findall(r'name="(shown_\w+)" value="(\w+)"', page)) == SHOWN


def test_a_field_that_was_not_touched_keeps_what_others_set_meanwhile(say, image):
    Image.objects.update(camera="right", transect_source="table")
    say(**SHOWN, transect="T1", camera="left")
    assert said(image) == ("T1", "right", "person")
    assert ", transect: Flight log" in Activity.objects.get().subject


def test_who_changes_nothing_says_nothing(say, image):
    assert "nothing was saved" in say(**SHOWN, transect=" T9", camera="L")
    assert said(image) == ("T9", "left", "pattern")
    assert not Activity.objects.exists()


def test_a_field_may_be_emptied(say, image):
    assert 'role="alert"' not in say(**SHOWN, transect="", camera="left")
    assert said(image) == ("", "left", "person")


def test_what_no_database_keeps_is_left_out_of_the_reason(say):
    say(**SHOWN, transect="T1", camera="left", reason="\x00Flight\x00 log")
    assert Activity.objects.get().subject.endswith(": Flight log")


def test_a_reason_of_nothing_that_can_be_kept_is_none(say, image):
    assert "Say why" in say(**SHOWN, transect="T1", camera="left", reason=" \x00 ")
    assert said(image) == ("T9", "left", "pattern")
