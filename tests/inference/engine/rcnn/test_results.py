"""Proposals and boxes out of answers made by hand."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import math
from dataclasses import replace

import pytest
import torch

from inference.engine.backends.rcnn.fpn import Fpn
from inference.engine.backends.rcnn.proposals import Proposals, propose
from inference.engine.backends.rcnn.reading import read_config
from inference.engine.backends.rcnn.results import Found, judge, judge_anchors, merge_branches, rescale
from tests.inference.engine.rcnn.networks import settings

SIZES = torch.tensor([[50, 100]])
C4, RETINA = read_config(settings("c4")), read_config(settings("retina"))


def logit(score: float) -> float:
    return math.log(score / (1 - score))


def probabilities(*rows: tuple[float, float, float]) -> torch.Tensor:
    """Logits whose softmax is these rows: two labels, then the background."""
    return torch.tensor(rows).log()


def proposals(*boxes: tuple[float, float, float, float]) -> Proposals:
    return Proposals(torch.tensor(boxes), torch.zeros(len(boxes)), torch.zeros(len(boxes), dtype=torch.long))


def cells(*values: float) -> torch.Tensor:
    """One image, one anchor a cell, one row of cells."""
    return torch.tensor(values).view(1, 1, 1, -1)


def proposed(anchors: list[list[float]], scores: tuple[float, ...], **changes: float) -> list[list[float]]:
    rule = replace(C4.rpn, **changes)
    found = propose([cells(*scores)], [torch.zeros(1, 4, 1, len(scores))], [torch.tensor(anchors)], SIZES, rule)
    return found.boxes.tolist()


def test_proposals_are_cut_to_the_image_and_dropped_where_nothing_is_left() -> None:
    anchors = [[-10.0, -10, 20, 20], [100, 0, 130, 20], [60, 40, 90, 80]]
    assert proposed(anchors, (1, 3, 2)) == [[60, 40, 90, 50], [0, 0, 20, 20]]


def test_only_the_best_anchors_of_a_level_are_looked_at_and_only_so_many_kept() -> None:
    anchors = [[float(left), 0, left + 10.0, 10] for left in (0, 20, 40, 60)]
    assert proposed(anchors, (1, 4, 3, 2), pre_nms=3) == [anchors[1], anchors[2], anchors[3]]
    assert proposed(anchors, (1, 4, 3, 2), post_nms=1) == [anchors[1]]


def test_proposals_of_two_levels_do_not_suppress_each_other() -> None:
    anchor = torch.tensor([[0.0, 0, 10, 10]])
    levels = [[cells(1.0), cells(2.0)], [torch.zeros(1, 4, 1, 1)] * 2, [anchor] * 2]
    assert propose(*levels, SIZES, C4.rpn).logits.tolist() == [2, 1]


def test_the_background_is_the_last_label_and_each_label_has_its_own_deltas() -> None:
    deltas = torch.tensor([[0, 0, 0, 0, 10.0, 0, 0, 0]])  # of the second label: one width to the right
    found = judge(probabilities((0.32, 0.6, 0.08)), deltas, proposals((0, 0, 20, 10)), SIZES, C4.roi, 100)
    assert found.labels.tolist() == [1, 0]
    assert found.boxes.tolist() == [[20, 0, 40, 10], [0, 0, 20, 10]]
    assert found.scores.tolist() == pytest.approx([0.6, 0.32])


def test_a_score_of_just_the_threshold_is_not_above_it() -> None:
    rule = replace(C4.roi, score_threshold=0.5)
    logits = torch.tensor([[0.0, -math.inf, 0.0], [0.1, -math.inf, 0.0]])
    found = judge(logits, torch.zeros(2, 8), proposals((0, 0, 9, 9), (20, 0, 40, 9)), SIZES, rule, 100)
    assert found.boxes.tolist() == [[20, 0, 40, 9]]


def test_labels_that_share_their_deltas_have_one_box() -> None:
    rule = replace(C4.roi, is_agnostic=True)
    deltas = torch.tensor([[10.0, 0, 0, 0]])
    found = judge(probabilities((0.4, 0.5, 0.1)), deltas, proposals((0, 0, 20, 10)), SIZES, rule, 100)
    assert found.boxes.tolist() == [[20, 0, 40, 10]] * 2


def test_retinanets_boxes_know_their_anchor_and_label_and_are_not_cut() -> None:
    logits = torch.full((1, 4, 1, 2), -9.0)  # two anchors of two labels in each of two cells
    logits[0, 3, 0, 1] = logit(0.75)  # second cell, second anchor, second label
    anchors = torch.tensor([[at * 10.0, -5, at * 10.0 + 5, 5] for at in range(4)])
    found = judge_anchors([logits], [torch.zeros(1, 8, 1, 2)], [anchors], RETINA.retina, 100)
    assert (found.boxes.tolist(), found.labels.tolist()) == ([[30, -5, 35, 5]], [1])
    assert found.scores.tolist() == pytest.approx([0.75])


def test_retinanet_looks_at_the_best_candidates_of_each_level_alone() -> None:
    rule = replace(RETINA.retina, candidates=1, n_labels=1)
    logits = [cells(2.0, 3.0), cells(1.0, 0.5)]
    anchors = [torch.tensor([[at, 0.0, at + 5, 5] for at in pair]) for pair in ((0.0, 10.0), (20.0, 30.0))]
    found = judge_anchors(logits, [torch.zeros(1, 4, 1, 2)] * 2, anchors, rule, 100)
    assert found.boxes[:, 0].tolist() == [10, 20]


def test_branches_are_merged_image_by_image() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10]] * 4)
    found = Found(boxes, torch.tensor([0.9, 0.8, 0.7, 0.6]), torch.tensor([0, 0, 0, 1]), torch.arange(4))
    merged = merge_branches(found, 2, iou=0.5, limit=100)
    assert (merged.image.tolist(), merged.scores.tolist()) == ([0, 1, 1], pytest.approx([0.9, 0.8, 0.6]))


def test_boxes_are_scaled_to_the_original_and_those_wholly_outside_dropped() -> None:
    boxes = torch.tensor([[10.0, 10, 20, 20], [-30, 0, -5, 10], [90, 40, 130, 60]])
    found = Found(boxes, torch.ones(3), torch.zeros(3, dtype=torch.long), torch.zeros(3, dtype=torch.long))
    scaled = rescale(found, SIZES, torch.tensor([[100, 300]]))  # twice as high, three times as wide
    assert scaled.boxes.tolist() == [[30, 20, 60, 40], [270, 80, 300, 100]]


@pytest.mark.parametrize(("fuse", "share"), [("sum", 1.0), ("avg", 0.5)])
def test_a_pyramid_adds_the_level_above_or_takes_the_mean(fuse: str, share: float) -> None:
    config = read_config(settings("fpn", FPN__FUSE_TYPE=fuse))
    pyramid = Fpn(config.fpn, config.resnet)
    lateral, above = torch.rand(1, 16, 4, 4), torch.rand(1, 16, 2, 2)
    twice = above.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert torch.allclose(pyramid._fused(lateral, above), (lateral + twice) * share)
