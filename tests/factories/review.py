"""Rows of the review room for tests."""

from collections.abc import Sequence
from typing import Any

from review.models import Comment, ReviewTask, TaskImage, TaskPerson
from surveys.models import Image, Survey
from tests.factories.surveys import make_image


def make_review_task(
    survey: Survey, people: Sequence[Any] = (), images: Sequence[Image] = (), **fields: Any
) -> ReviewTask:
    """Of these images in their order, or of three new ones."""
    images = images or [make_image(survey=survey) for _ in range(3)]
    defaults = {"name": "North block", "created_by": survey.created_by, "n_images": len(images)}
    task = ReviewTask.objects.create(survey=survey, **defaults | fields)
    TaskImage.objects.bulk_create(TaskImage(task=task, image=image, place=n) for n, image in enumerate(images, 1))
    TaskPerson.objects.bulk_create(TaskPerson(task=task, user=person) for person in people)
    return task


def make_comment(
    image: Image, author: Any, text: str = "Is this a calf?", *, parent: Comment | None = None, **fields: Any
) -> Comment:
    """The first of a thread on the image as a whole, or an answer to `parent`."""
    return Comment.objects.create(survey=image.survey, image=image, author=author, text=text, parent=parent, **fields)
