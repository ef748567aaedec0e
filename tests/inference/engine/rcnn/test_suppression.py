"""Suppression in blocks, held against the definition: box by box."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest
import torch

from inference.engine.backends.rcnn.suppression import BLOCK, suppress


def overlap(first, second) -> float:
    inside = np.maximum(np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2]), 0).prod()
    union = (first[2:] - first[:2]).prod() + (second[2:] - second[:2]).prod() - inside
    return inside / union if union else 0.0


def one_by_one(boxes, scores, image, group, iou, limit) -> list[int]:
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: (image[i], -scores[i])):
        rivals = [j for j in kept if image[j] == image[i]]
        rivals_of_group = [j for j in rivals if group[j] == group[i]]
        if len(rivals) < limit and all(overlap(boxes[i], boxes[j]) <= iou for j in rivals_of_group):
            kept.append(i)
    return kept


def crowd(count: int, *, images: int, groups: int, seed: int = 1):
    random = np.random.default_rng(seed)
    corner, size = random.uniform(0, 300, (count, 2)), random.uniform(10, 80, (count, 2))
    boxes = np.concatenate([corner, corner + size], axis=1).astype(np.float32)
    scores = random.permutation(count).astype(np.float32)
    return boxes, scores, random.integers(0, images, count), random.integers(0, groups, count)


def suppressed(boxes, scores, image, group, **wanted) -> list[int]:
    return suppress(*(torch.from_numpy(np.asarray(each)) for each in (boxes, scores, image, group)), **wanted).tolist()


@pytest.mark.parametrize(
    ("count", "images", "groups", "iou", "limit"),
    [
        (1, 1, 1, 0.5, 10),
        (60, 1, 1, 0.0, 60),
        (400, 3, 2, 0.4, 25),
        pytest.param(1200, 2, 1, 0.5, 150, marks=pytest.mark.slow),
        pytest.param(700, 1, 4, 0.7, 700, marks=pytest.mark.slow),
    ],
)
def test_the_same_boxes_are_kept_as_one_by_one(count, images, groups, iou, limit) -> None:
    given = crowd(count, images=images, groups=groups)
    assert suppressed(*given, iou=iou, limit=limit) == one_by_one(*given, iou, limit)


def test_a_chain_longer_than_a_block_is_settled_box_by_box() -> None:
    count = BLOCK + 101
    left = np.arange(count, dtype=np.float32) * 4
    boxes = np.stack([left, np.zeros_like(left), left + 10, np.full_like(left, 10)], axis=1)
    scores = np.arange(count, 0, -1, dtype=np.float32)
    zero = np.zeros(count, np.int64)
    assert suppressed(boxes, scores, zero, zero, iou=0.4, limit=-1) == list(range(0, count, 2))


def test_the_limit_counts_what_earlier_blocks_kept() -> None:
    count = 2 * BLOCK
    left = np.arange(count, dtype=np.float32) * 20
    boxes = np.stack([left, np.zeros_like(left), left + 10, np.full_like(left, 10)], axis=1)
    scores = np.arange(count, 0, -1, dtype=np.float32)
    zero = np.zeros(count, np.int64)
    assert suppressed(boxes, scores, zero, zero, iou=0.5, limit=BLOCK + 100) == list(range(BLOCK + 100))


def test_empty_boxes_suppress_nothing() -> None:
    boxes = np.array([[5, 5, 5, 9], [5, 5, 5, 9], [0, 0, 9, 9]], np.float32)
    zero = np.zeros(3, np.int64)
    assert suppressed(boxes, np.array([3, 2, 1], np.float32), zero, zero, iou=0.0, limit=9) == [0, 1, 2]


def test_an_overlap_of_just_the_limit_is_kept() -> None:
    boxes = np.array([[0, 0, 2, 1], [1, 0, 2, 1]], np.float32)  # a half
    zero = np.zeros(2, np.int64)
    assert suppressed(boxes, np.array([2, 1], np.float32), zero, zero, iou=0.5, limit=9) == [0, 1]


def test_images_without_boxes_are_passed_over() -> None:
    boxes = np.array([[0, 0, 9, 9]] * 3, np.float32)
    image = np.array([4, 1, 4])
    assert suppressed(boxes, np.array([1, 2, 3], np.float32), image, np.zeros(3, np.int64), iou=0.5, limit=9) == [1, 2]


def test_of_no_boxes_none_are_kept() -> None:
    nothing = np.zeros(0, np.int64)
    assert suppressed(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), nothing, nothing, iou=0.5, limit=9) == []
