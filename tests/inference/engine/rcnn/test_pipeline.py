"""From images to boxes with small networks of every shape."""

from dataclasses import replace

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest
import torch

from inference.engine import DetectorError
from inference.engine.backends.rcnn.images import make_batch, resize, resized_size
from inference.engine.backends.rcnn.reading import read_config
from inference.engine.backends.rcnn.suppression import suppress
from tests.inference.engine.rcnn.networks import MODELS, find, pipeline, pixels, rows, wasteful

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("name", MODELS)
def test_images_of_one_size_are_found_together_as_each_alone(name: str) -> None:
    made, images = pipeline(name), [pixels(seed=seed) for seed in (1, 2, 3)]
    together = find(made, *images)
    for at, image in enumerate(images):
        alone = rows(find(made, image))
        assert len(alone) > 3
        assert np.abs(rows(together, at) - alone).max() < 1e-3


@pytest.mark.parametrize("name", MODELS)
def test_boxes_lie_within_their_image_best_first(name: str) -> None:
    found = rows(find(pipeline(name), pixels(90, 70)))
    assert (found[:, :2] >= 0).all()
    assert (found[:, 2:4] <= [70, 90]).all()
    assert (np.diff(found[:, 4]) <= 0).all()
    assert set(found[:, 5]) <= {0, 1}


@pytest.mark.parametrize("name", ["fpn", "trident"])
def test_in_a_batch_of_several_sizes_boxes_are_cut_to_their_own_image(name: str) -> None:
    found = find(pipeline(name, TRIDENT__TEST_BRANCH_IDX=-1 if name == "trident" else 1), pixels(), pixels(64, 160))
    for at, size in enumerate([(128, 96), (160, 64)]):
        assert (rows(found, at)[:, 2:4].max(axis=0) == size).all()  # a box reaches each edge, and none passes it


def test_all_branches_are_the_branches_one_by_one_after_suppression() -> None:
    each = [find(pipeline("trident", TRIDENT__TEST_BRANCH_IDX=branch), pixels()) for branch in range(3)]
    boxes, scores, labels = (
        torch.cat([getattr(found, name) for found in each]) for name in ("boxes", "scores", "labels")
    )
    kept = suppress(boxes, scores, torch.zeros_like(labels), labels, iou=0.5, limit=100)
    together = find(pipeline("trident", TRIDENT__TEST_BRANCH_IDX=-1), pixels())
    assert len(kept) < len(boxes)
    assert torch.allclose(together.boxes, boxes[kept], atol=1e-3)
    assert together.labels.tolist() == labels[kept].tolist()


def test_branches_stay_with_their_image_in_a_batch() -> None:
    made = pipeline("trident", TRIDENT__TEST_BRANCH_IDX=-1)
    together = find(made, pixels(seed=1), pixels(seed=2))
    assert np.abs(rows(together, 1) - rows(find(made, pixels(seed=2)))).max() < 1e-3


def test_bins_that_are_never_read_are_not_pooled_and_what_sees_one_cell_is_computed_before() -> None:
    made = pipeline("c4")
    assert made.pool_step == 2
    usual = find(made, pixels())
    assert made.dense(made.batch([pixels()]).images)[0][0].shape[1] == 32 + 128  # the first one's and the shortcut's
    whole = find(wasteful(made), pixels())
    assert len(usual.boxes) > 3
    assert torch.allclose(usual.boxes, whole.boxes, atol=1e-3)
    assert torch.allclose(usual.scores, whole.scores, atol=1e-6)


def test_where_the_stride_is_in_the_middle_every_bin_is_pooled() -> None:
    assert pipeline("c4", RESNETS__STRIDE_IN_1X1=False).pool_step == 1


def test_labels_may_share_their_deltas() -> None:
    found = find(pipeline("c4", ROI_BOX_HEAD__CLS_AGNOSTIC_BBOX_REG=True), pixels())
    assert {0, 1} == set(found.labels.tolist())


def test_a_limit_holds_image_by_image() -> None:
    made = pipeline("c4")
    made = replace(made, config=replace(made.config, limit=2))
    assert torch.bincount(find(made, pixels(seed=1), pixels(seed=2)).image).tolist() == [2, 2]


def test_without_proposals_there_are_no_boxes() -> None:
    assert len(find(pipeline("fpn", PROPOSAL_GENERATOR__MIN_SIZE=10_000), pixels()).boxes) == 0


def test_answers_that_are_no_numbers_are_refused() -> None:
    made = pipeline("c4")
    made.dense.head.objectness_logits.bias.fill_(float("nan"))
    with pytest.raises(DetectorError, match="no numbers"):
        find(made, pixels())


@pytest.mark.parametrize(
    ("size", "resized"),
    [((800, 800), (800, 800)), ((500, 800), (800, 1280)), ((3000, 8256), (484, 1333)), ((1000, 400), (1333, 533))],
)
def test_the_shorter_side_is_resized_unless_the_longer_one_would_pass_its_limit(size, resized) -> None:
    assert resized_size(*size, read_config({}).input) == resized


def test_boxes_come_back_in_the_pixels_of_the_image_as_it_came() -> None:
    made = pipeline("c4")
    twice = replace(made, config=replace(made.config, input=replace(made.config.input, shortest=192)))
    image = pixels(96, 128)
    assert twice.batch([image]).images.shape[2:] == (192, 256)
    direct = find(made, resize(image, twice.config.input))
    assert np.allclose(rows(find(twice, image))[:, :4] * 2, rows(direct)[:, :4], atol=1e-3)


def test_input_is_normalised_in_the_networks_channel_order_and_filled_up_with_zeros() -> None:
    rule = replace(read_config({}).input, mean=(1.0, 2.0, 3.0), std=(1.0, 2.0, 4.0), shortest=0)
    image = np.full((2, 3, 3), (10, 20, 30), np.uint8)
    batch = make_batch([image, image[:1]], rule, 4, torch.device("cpu"))
    assert batch.images.shape == (2, 3, 4, 4)
    assert batch.images[0, :, 0, 0].tolist() == [29, 9, 1.75]  # blue, green, red
    assert batch.images[0, :, :, 3].abs().max() == batch.images[1, :, 1].abs().max() == 0
    assert batch.sizes.tolist() == [[2, 3], [1, 3]]
