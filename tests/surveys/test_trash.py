"""The trash: bringing back, and deleting for good after 30 days."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

import surveys.trash
from surveys.files import original_path
from surveys.models import Image, Observation, Survey
from surveys.trash import AlreadyThereError, empty_trash, restore_image, trash_image
from tests.factories.surveys import make_image

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=31)


def test_an_image_comes_back(cast):
    image = make_image(survey=cast.survey)
    trash_image(image, cast.owner)
    restore_image(image, cast.owner)
    assert Image.objects.get().trashed_at is None


def test_an_image_that_came_in_again_cannot_come_back(cast):
    image = make_image(survey=cast.survey, sha256="a" * 64)
    trash_image(image, cast.owner)
    make_image(survey=cast.survey, sha256="a" * 64)
    with pytest.raises(AlreadyThereError):
        restore_image(image, cast.owner)


@pytest.mark.django_db(transaction=True)
def test_after_thirty_days_row_and_file_are_gone(cast):
    image = make_image(survey=cast.survey, trashed_at=LONG_AGO)
    original_path(image.pk).write_bytes(b"pixels")
    assert empty_trash() == 1
    assert not Image.objects.exists()
    assert not original_path(image.pk).exists()


def test_more_than_go_at_once_go_all_the_same(cast, monkeypatch):
    monkeypatch.setattr(surveys.trash, "AT_ONCE", 2)
    for _ in range(5):
        make_image(survey=cast.survey, trashed_at=LONG_AGO)
    assert empty_trash() == 5
    assert not Image.objects.exists()


def test_before_that_all_stays(cast):
    make_image(survey=cast.survey, trashed_at=timezone.now() - timedelta(days=29))
    assert empty_trash() == 0
    assert Image.objects.exists()


def test_a_survey_goes_with_its_images_and_what_was_counted(cast, capsys):
    image = make_image(survey=cast.survey)
    box = {"left": 0, "top": 0, "right": 9, "bottom": 9}
    Observation.objects.create(image=image, species="buffalo", created_by=cast.owner, **box)
    Survey.objects.update(trashed_at=LONG_AGO)
    call_command("empty_trash")
    assert not Survey.objects.exists()
    assert "1 image deleted" in capsys.readouterr().out


class TestPages:
    def test_an_analyst_moves_an_image_there_and_back(self, cast, as_user):
        image, client = make_image(survey=cast.survey), as_user(cast.analyst)
        client.post(f"/images/{image.pk}/removal/")
        assert image.file_name in client.get("/surveys/ruaha/trash/").content.decode()
        client.post(f"/images/{image.pk}/restoration/")
        assert Image.objects.get().trashed_at is None

    def test_a_reviewer_may_neither(self, cast, as_user):
        image, client = make_image(survey=cast.survey), as_user(cast.reviewer)
        assert client.post(f"/images/{image.pk}/removal/").status_code == 403
        trash_image(image, cast.owner)
        assert client.post(f"/images/{image.pk}/restoration/").status_code == 403

    def test_an_outsider_cannot_know_of_it(self, cast, as_user):
        image = make_image(survey=cast.survey, trashed_at=timezone.now())
        assert as_user(cast.outsider).post(f"/images/{image.pk}/restoration/").status_code == 404

    def test_what_came_in_again_stays_there_with_a_reason(self, cast, as_user):
        image = make_image(survey=cast.survey, sha256="a" * 64, trashed_at=timezone.now())
        make_image(survey=cast.survey, sha256="a" * 64)
        page = as_user(cast.analyst).post(f"/images/{image.pk}/restoration/", follow=True).content.decode()
        assert "uploaded again since" in page
