"""What the pre-filter of the survey's current search made of an image, for its page."""

from dataclasses import dataclass
from typing import Any

from inference.models import ResultSet
from inference.uncertain_patches import UncertainPatch, uncertain_patches_of
from surveys.models import Image


@dataclass(frozen=True)
class ScreenedImage:
    """Patches of one image: all, those that the pre-filter let pass, and those that chance had searched besides."""

    pre_filter: str
    n_patches: int
    n_passed: int
    n_at_random: int
    uncertain: tuple[UncertainPatch, ...]

    @property
    def n_searched(self) -> int:
        return self.n_passed + self.n_at_random

    @property
    def outlines(self) -> list[dict[str, Any]]:
        return [{side: getattr(patch, side) for side in ("left", "top", "right", "bottom")} for patch in self.uncertain]


def screened_image(image: Image) -> ScreenedImage | None:
    """None where the current search has no pre-filter, or has not searched the image."""
    searched = ResultSet.objects.filter(run=image.survey.current_run, image=image, n_passed__isnull=False)
    result = searched.select_related("run__screen").first() if image.survey.current_run else None
    if result is None or result.n_passed is None:
        return None
    uncertain = tuple(uncertain_patches_of(result.run, image.pk)) if result.n_uncertain else ()
    return ScreenedImage(
        str(result.run.screen), result.n_patches or 0, result.n_passed, result.n_at_random or 0, uncertain
    )
