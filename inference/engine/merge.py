"""One box for each animal, out of the boxes of overlapping patches.

The rule: two boxes of different patches are one animal when both patches saw the same thing in the area they share.
Each box is cut to that area and the two cuts must agree: intersection over union of at least `iou`, or all edges
within EDGE px, since slivers and tiny boxes have no meaningful overlap. This one rule covers an animal that both
patches see whole, one that a border cuts for one patch, and one larger than the overlap of which each patch sees a
part. Two animals side by side do not agree, however close they stand.

The hints, weaker, for boxes that end at an inner border of their patch and so may be fragments: a fragment lies for
the most part within another patch's box that crosses the same border; or two fragments, each cut by a border of the
other's patch, both span the shared area and agree across it. Last of all, where asked for, a fragment may yield to a
whole box of another label: half an animal is often taken for something else.

Pairs are joined best first: rule before hint, with a bonus for views that no border cuts and for pairs of which one
lies wholly in the shared area. A group never takes two boxes of one patch (what one patch saw as two animals stays
two), nor whole boxes of two labels. A group's box is its best view that no border cuts, or else the hull of its
fragments; its score is the best score that any view gave to its label.

Limits: without overlap, two animals that meet exactly at a border look like one that it cuts. Where the overlap is
smaller than the animals and these stand one over another at the border, wrong halves can be joined: choose an
overlap at least as large as the largest animal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.engine.boxes import Boxes, Floats, Indices
from inference.engine.pairs import touching_pairs
from inference.engine.patches import Patch

GROWTH = 2.0
EDGE = 4.0
TOUCH = 4.0
TOUCH_SHARE = 0.05
COVER = 0.7
WHOLE_BONUS = 0.3
INSIDE_BONUS = 0.1
Mask = NDArray[np.bool_]


def merge(
    boxes_per_patch: Sequence[Boxes],
    patches: Sequence[Patch],
    *,
    iou: float = 0.4,
    image_size: tuple[int, int] | None = None,
    across_labels: bool = False,
) -> Boxes:
    """Merges the boxes of overlapping patches, given in the pixels of each patch.

    `image_size` is width and height in px; without it the patches' hull is the image. `across_labels` lets a fragment
    yield to a whole box of another label. Returns boxes in image pixels, in no particular order.
    Near-linear in the number of boxes unless most of them overlap each other.
    """
    views = _Views.of(boxes_per_patch, patches, image_size)
    return _group_boxes(views, _groups(views, iou, across_labels))


def merge_seen(
    boxes_per_patch: Sequence[Boxes],
    patches: Sequence[Patch],
    *,
    iou: float = 0.4,
    image_size: tuple[int, int] | None = None,
    across_labels: bool = False,
) -> tuple[Boxes, list[Indices]]:
    """What `merge` answers, and for each box the numbers of the patches that saw it."""
    views = _Views.of(boxes_per_patch, patches, image_size)
    groups = _groups(views, iou, across_labels)
    return _group_boxes(views, groups), [views.patch[group] for group in groups]


@dataclass(frozen=True, eq=False)
class _Views:
    """All boxes in image pixels; of each, its patch's number and corners, and which sides an inner border may cut."""

    boxes: Boxes
    patch: Indices
    frame: Floats
    cut: Mask

    @classmethod
    def of(cls, boxes_per_patch: Sequence[Boxes], patches: Sequence[Patch], size: tuple[int, int] | None) -> "_Views":
        moved = [boxes.shifted(patch.left, patch.top) for boxes, patch in zip(boxes_per_patch, patches, strict=True)]
        boxes = Boxes.join(moved)
        frames = np.array([[p.left, p.top, p.right, p.bottom] for p in patches], dtype=np.float32).reshape(-1, 4)
        number = np.repeat(np.arange(len(patches)), [len(each) for each in boxes_per_patch])
        hull: Floats = _hull(frames) if size is None else np.array([0, 0, *size], dtype=np.float32)
        frame = frames[number]
        return cls(boxes, number, frame, _touching(boxes, frame) & (frame != hull))

    @property
    def whole(self) -> Mask:
        whole: Mask = np.logical_and.reduce(~self.cut, axis=1)
        return whole

    def same_label(self, first: Indices, second: Indices) -> Mask:
        same: Mask = self.boxes.label[first] == self.boxes.label[second]
        return same

    def may_be_one(self, first: Indices, second: Indices, across_labels: bool) -> Mask:
        """Of pairs: seen by different patches, and of one label or a fragment beside a whole box."""
        whole = self.whole
        labels: Mask = self.same_label(first, second) | np.asarray(across_labels & (whole[first] != whole[second]))
        possible: Mask = (self.patch[first] != self.patch[second]) & labels
        return possible


def _hull(frames: Floats) -> Floats:
    if not len(frames):
        return np.zeros(4, dtype=np.float32)
    return np.concatenate([frames[:, :2].min(axis=0), frames[:, 2:].max(axis=0)])


def _touching(boxes: Boxes, frame: Floats) -> Mask:
    """(n, 4): which sides of a box end at its patch's border, give or take what detectors are off by."""
    sides = np.stack([boxes.right - boxes.left, boxes.bottom - boxes.top] * 2, axis=1)
    near: Mask = np.abs(boxes.corners - frame) <= np.maximum(TOUCH, TOUCH_SHARE * sides)
    return near


def _ranked(views: _Views, first: Indices, second: Indices, iou: float) -> Indices:
    """(m, 2) pairs that may be one animal, best first."""
    shared = _intersection(views.frame[first], views.frame[second])
    agreement, same_edges = _agreement(views, first, second, shared)
    hint = np.maximum(_covered(views, first, second), _covered(views, second, first))
    hint = np.maximum(hint, _spanning(views, first, second, shared))
    whole = views.whole
    inside = _inside(views.boxes.corners[first], shared) | _inside(views.boxes.corners[second], shared)
    sure = 1 + agreement + WHOLE_BONUS * (whole[first].astype(np.float32) + whole[second]) + INSIDE_BONUS * inside
    rank = np.where((agreement >= iou) | same_edges, sure, np.where(hint >= COVER, hint, 0))
    rank *= np.where(views.same_label(first, second), 1, 0.01)
    order = np.argsort(-rank, kind="stable")
    order = order[: np.count_nonzero(rank)]
    return np.stack([first[order], second[order]], axis=1)


def _agreement(views: _Views, first: Indices, second: Indices, shared: Floats) -> tuple[Floats, Mask]:
    """Of each pair, cut to the area that their patches share: intersection over union after growing both a little,
    and whether all edges lie within EDGE px of each other."""
    ours, theirs = _cut_to(views.boxes.corners[first], shared), _cut_to(views.boxes.corners[second], shared)
    grown_ours, grown_theirs = _grown(ours), _grown(theirs)
    inside = _area(_intersection(grown_ours, grown_theirs))
    agreement: Floats = inside / (_area(grown_ours) + _area(grown_theirs) - inside)
    # Patches that meet in a corner only have nothing to compare.
    comparable = (_size(shared) > 0).any(axis=1)
    return np.where(comparable, agreement, 0), comparable & (np.abs(ours - theirs) <= EDGE).all(axis=1)


def _covered(views: _Views, first: Indices, second: Indices) -> Floats:
    """The share of each possible fragment `first` that lies within `second`, where that crosses the cutting border."""
    fragment, cover, border = views.boxes.corners[first], views.boxes.corners[second], views.frame[first]
    crossing = np.concatenate([cover[:, :2] <= border[:, :2], cover[:, 2:] >= border[:, 2:]], axis=1)
    share = _area(_intersection(fragment, cover)) / np.maximum(_area(fragment), 1e-6)
    covered: Floats = np.where((views.cut[first] & crossing).any(axis=1), share, 0)
    return covered


def _spanning(views: _Views, first: Indices, second: Indices, shared: Floats) -> Floats:
    """How well two fragments, each cut by a border of the other's patch, agree across the area both span."""
    ours, theirs = views.boxes.corners[first], views.boxes.corners[second]
    inside, hull = _size(_intersection(ours, theirs)), _size(_union(ours, theirs))
    best = np.zeros(len(first), dtype=np.float32)
    for axis in (0, 1):
        spans = _spans(ours, shared, axis) & _spans(theirs, shared, axis)
        opposite = (views.cut[first, axis + 2] & views.cut[second, axis]) | (
            views.cut[first, axis] & views.cut[second, axis + 2]
        )
        across = inside[:, 1 - axis] / np.maximum(hull[:, 1 - axis], 1e-6)
        best = np.maximum(best, np.where(spans & opposite, across, 0))
    return best


def _inside(box: Floats, shared: Floats) -> Mask:
    """Whether a box lies wholly in the shared area, so that cutting it there loses nothing."""
    inside: Mask = (np.abs(_cut_to(box, shared) - box) <= EDGE).all(axis=1)
    return inside


def _spans(box: Floats, shared: Floats, axis: int) -> Mask:
    reach: Mask = (box[:, axis] <= shared[:, axis] + TOUCH) & (box[:, axis + 2] >= shared[:, axis + 2] - TOUCH)
    return reach


def _groups(views: _Views, iou: float, across_labels: bool) -> list[list[int]]:
    if not len(views.boxes):
        return []
    first, second = touching_pairs(views.boxes.corners, margin=TOUCH)
    possible = views.may_be_one(first, second, across_labels)
    return _group(views, _ranked(views, first[possible], second[possible], iou))


def _group(views: _Views, pairs: Indices) -> list[list[int]]:
    """Groups of box numbers: pairs joined in order, unless a group would hold two boxes of one patch, or whole boxes
    of two labels."""
    group_of = list(range(len(views.patch)))
    members = [[i] for i in group_of]
    seen_by = [{number} for number in views.patch.tolist()]
    called = [{label} if whole else set() for label, whole in zip(views.boxes.label.tolist(), views.whole, strict=True)]
    for first, second in pairs.tolist():
        ours, theirs = group_of[first], group_of[second]
        if ours == theirs or seen_by[ours] & seen_by[theirs] or len(called[ours] | called[theirs]) > 1:
            continue
        for moved in members[theirs]:
            group_of[moved] = ours
        members[ours] += members[theirs]
        seen_by[ours] |= seen_by[theirs]
        called[ours] |= called[theirs]
        members[theirs] = []
    return [group for group in members if group]


def _group_boxes(views: _Views, groups: list[list[int]]) -> Boxes:
    """One box a group: its best view that no border cut, else the hull of its fragments."""
    if not groups:
        return Boxes.none()
    number = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    member = np.concatenate([np.array(group) for group in groups])
    score = views.boxes.score[member]
    whole = views.whole[member]
    order = np.lexsort((-score, ~whole, number))
    number, member, whole = number[order], member[order], whole[order]
    start = np.searchsorted(number, np.arange(len(groups)))
    corners = views.boxes.corners[member]
    hull = np.concatenate(
        [np.minimum.reduceat(corners[:, :2], start), np.maximum.reduceat(corners[:, 2:], start)], axis=1
    )
    label = views.boxes.label[member]
    own = np.where(label == label[start][number], views.boxes.score[member], 0)
    best = np.maximum.reduceat(own, start)
    return Boxes.of(np.where(whole[start, None], corners[start], hull), best, label[start])


def _cut_to(boxes: Floats, area: Floats) -> Floats:
    """Each box cut to an area; one that lies outside becomes a line or point on the area's edge."""
    return np.clip(boxes, np.tile(area[:, :2], 2), np.tile(area[:, 2:], 2))


def _grown(boxes: Floats) -> Floats:
    return boxes + np.array([-GROWTH, -GROWTH, GROWTH, GROWTH], dtype=np.float32)


def _intersection(first: Floats, second: Floats) -> Floats:
    return np.concatenate([np.maximum(first[:, :2], second[:, :2]), np.minimum(first[:, 2:], second[:, 2:])], axis=1)


def _union(first: Floats, second: Floats) -> Floats:
    return np.concatenate([np.minimum(first[:, :2], second[:, :2]), np.maximum(first[:, 2:], second[:, 2:])], axis=1)


def _size(boxes: Floats) -> Floats:
    size: Floats = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return size


def _area(boxes: Floats) -> Floats:
    area: Floats = np.prod(_size(boxes), axis=1)
    return area
