"""Rows of the review room for tests."""

from typing import Any

from review.models import Comment
from surveys.models import Image


def make_comment(
    image: Image, author: Any, text: str = "Is this a calf?", *, parent: Comment | None = None, **fields: Any
) -> Comment:
    """The first of a thread on the image as a whole, or an answer to `parent`."""
    return Comment.objects.create(survey=image.survey, image=image, author=author, text=text, parent=parent, **fields)
