"""Cutting an image into overlapping patches."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Patch:
    """A rectangle of an image in pixels, origin top-left, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class PatchPlan:
    """How images are cut: patch size and overlap in px."""

    width: int
    height: int
    overlap: int

    def patches(self, width: int, height: int) -> list[Patch]:
        """Those of an image of this size in px, as `plan_patches` has them."""
        return plan_patches(width, height, patch_width=self.width, patch_height=self.height, overlap=self.overlap)


def plan_patches(width: int, height: int, *, patch_width: int, patch_height: int, overlap: int) -> list[Patch]:
    """Patches of an image, row by row, that cover every pixel; all numbers in pixels.

    Every patch has the full patch size: the last of a row or column is shifted in, so neighbours overlap by at
    least `overlap`. Along an axis on which the image is smaller than a patch, the patch has the image's size.
    Raises ValueError for an empty image, an empty patch or an overlap that leaves no step forward.
    """
    columns = _starts(width, patch_width, overlap)
    rows = _starts(height, patch_height, overlap)
    return [
        Patch(left, top, min(left + patch_width, width), min(top + patch_height, height))
        for top in rows
        for left in columns
    ]


def _starts(length: int, patch: int, overlap: int) -> list[int]:
    if length < 1 or patch < 1:
        raise ValueError(f"An image of {length} px cannot be cut into patches of {patch} px.")
    if not 0 <= overlap < patch:
        raise ValueError(f"The overlap ({overlap} px) must be at least 0 and smaller than the patch ({patch} px).")
    if length <= patch:
        return [0]
    last = length - patch
    return [*range(0, last, patch - overlap), last]
