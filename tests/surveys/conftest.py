"""What several tests of this room ask for."""

import pytest

from surveys.models import Image, ImageLabel, Role
from tests.factories.surveys import make_image, make_member, make_survey


@pytest.fixture
def many_rows(cast):
    """`many_rows(n)`: n more surveys of the owner, and n more searched images, members and activities in the cast's."""

    def make(n):
        for _ in range(n):
            make_survey(owner=cast.owner)
            make_member(cast.survey, Role.VIEWER)
            image = make_image(
                survey=cast.survey, search_state=Image.Search.SEARCHED, n_detections=2, latitude=-7.5, longitude=34.2
            )
            ImageLabel.objects.create(image=image, run=image.pk, label="zebra", n_detections=2, max_score=0.9)
            cast.survey.activities.create(actor=cast.owner, verb="image_changed", subject=image.file_name)

    return make
