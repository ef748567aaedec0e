"""What the network is asked to answer for a crop, and how crops are cut and turned."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import numpy as np
import pytest

from training.crops import Crops, cut, quarter_turns
from training.targets import make_target
from training.truth import Truth

SIDE, LABELS = 64, 7


def peaks(target) -> list[tuple[int, int, int]]:
    """Label, row and column of every cell that is to answer 1."""
    return [tuple(int(number) for number in place) for place in np.argwhere(target.heat == 1)]


def test_the_cell_in_an_animals_middle_is_to_answer_one_for_its_label():
    target = make_target(Truth.of([[8, 16, 28, 26]], [4]), SIDE, LABELS)
    assert peaks(target) == [(4, 5, 4)]


def test_around_the_middle_the_wanted_score_falls_off_further_along_the_longer_side():
    heat = make_target(Truth.of([[0, 20, 60, 40]], [4]), SIDE, LABELS).heat[4]
    row, column = 7, 7
    assert 1 > heat[row, column + 1] > heat[row, column + 2] > 0
    assert heat[row, column + 1] > heat[row + 1, column]


def test_cells_of_the_inner_part_learn_the_box():
    target = make_target(Truth.of([[8, 16, 28, 26]], [4]), SIDE, LABELS)
    assert target.boxes[:, 5, 4].tolist() == [8, 16, 28, 26]
    assert target.weight[5, 4] == 1
    assert target.weight[0, 0] == 0


def test_a_box_made_of_a_point_counts_less():
    target = make_target(Truth.of([[8, 16, 28, 26]], [4], [0.25]), SIDE, LABELS)
    assert target.weight[5, 4] == 0.25
    assert target.heat[4, 5, 4] == 1


def test_a_small_animal_beside_a_large_one_keeps_its_cell():
    boxes = [[24, 24, 36, 36], [2, 2, 62, 62]]
    target = make_target(Truth.of(boxes, [6, 0]), SIDE, LABELS)
    assert target.boxes[:, 7, 7].tolist() == boxes[0]
    assert {label for label, _, _ in peaks(target)} == {0, 6}


def test_an_animal_that_the_crop_shows_less_than_half_of_is_left_alone():
    target = make_target(Truth.of([[-30, 20, 10, 40]], [4]), SIDE, LABELS)
    assert peaks(target) == []
    assert target.counts[7, 0] == 0
    assert target.counts[0, 0] == 1


def test_an_animal_that_the_crop_cuts_is_wanted_as_far_as_it_shows():
    target = make_target(Truth.of([[-10, 20, 30, 40]], [4]), SIDE, LABELS)
    assert target.boxes[:, 7, 3].tolist() == [0, 20, 30, 40]


def test_animals_outside_the_crop_leave_no_trace():
    target = make_target(Truth.of([[-90, 20, -60, 40]], [4]), SIDE, LABELS)
    assert not target.heat.any()
    assert target.counts.all()


@pytest.mark.parametrize("turns", range(4))
def test_boxes_turn_with_the_pixels(turns):
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[10:20, 30:50] = 255
    turned, boxes = quarter_turns(pixels, np.array([[30, 10, 50, 20]], np.float32), turns)
    rows, columns = np.nonzero(turned[..., 0])
    assert boxes[0].tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_a_resized_crop_keeps_its_boxes_on_the_animals():
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[90:110, 140:180] = 255
    crop, truth = cut(pixels, Truth.of([[140, 90, 180, 110]], [2]), 96, np.random.default_rng(3), (0.5, 0.5))
    assert crop.shape == (96, 96, 3)
    rows, columns = np.nonzero(crop[..., 0] > 127)
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert truth.boxes[0].clip(0, 96).tolist() == pytest.approx(found, abs=1)


def test_batches_are_cut_from_a_folder_of_scenes(tmp_path):
    np.save(tmp_path / "0000001.npy", np.full((96, 96, 3), 90, np.uint8))
    (tmp_path / "0000001.json").write_text('{"boxes": [[40, 40, 60, 52]], "labels": [1]}')
    crops = Crops(tmp_path, [], LABELS, side=64, batch=3, photo_share=0.5, seed=1)
    (images,), (heat, boxes, weight, counts) = next(iter(crops))
    assert images.shape == (3, 3, 64, 64)
    assert heat.shape == (3, LABELS, 16, 16)
    assert boxes.shape == (3, 4, 16, 16)
    assert weight.shape == counts.shape == (3, 16, 16)
    assert heat[:, 1].max() == 1
