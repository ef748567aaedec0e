"""What happened, in sentences."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from surveys.activity import record, sentence
from surveys.models import Activity
from surveys.signals import image_uploaded
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db


def upload(survey, person, n=1):
    for _ in range(n):
        with transaction.atomic():
            image_uploaded.send(sender=None, image=make_image(survey=survey, uploaded_by=person))


def told(survey):
    return [sentence(activity) for activity in survey.activities.order_by("pk")]


def test_images_brought_in_one_after_the_other_are_one_story(cast):
    upload(cast.survey, cast.analyst, 3)
    assert told(cast.survey) == ["uploaded 3 images"]


def test_each_person_has_a_story(cast):
    upload(cast.survey, cast.analyst)
    upload(cast.survey, cast.owner, 2)
    assert told(cast.survey) == ["uploaded 1 image", "uploaded 2 images"]


def test_after_an_hour_a_new_story_begins(cast):
    upload(cast.survey, cast.analyst)
    Activity.objects.update(at=timezone.now() - timedelta(hours=2))
    upload(cast.survey, cast.analyst)
    assert told(cast.survey) == ["uploaded 1 image", "uploaded 1 image"]


def test_a_verb_that_nobody_described_stands_for_itself(cast):
    record(cast.survey, cast.owner, "counted_by_eye", "T14")
    assert told(cast.survey) == ["counted by eye T14"]
