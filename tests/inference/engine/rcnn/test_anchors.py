import numpy as np

from inference.engine.backends.rcnn.anchors import cell_anchors, grid_anchors, level_anchors
from inference.engine.backends.rcnn.reading import read_config


def test_an_anchor_keeps_its_area_whatever_its_ratio() -> None:
    anchors = cell_anchors((32.0, 64.0), (0.5, 1.0, 2.0))
    assert anchors.tolist()[1] == [-16, -16, 16, 16]
    assert np.allclose(anchors[0], [-22.627417, -11.3137085, 22.627417, 11.3137085])  # ratio is height to width
    size = anchors[:, 2:] - anchors[:, :2]
    assert np.allclose(size.prod(axis=1), [1024] * 3 + [4096] * 3)


def test_anchors_stand_row_by_row_and_then_by_column() -> None:
    cells = cell_anchors((2.0,), (1.0,))
    assert grid_anchors(cells, (2, 2), 16, 0.0).tolist() == [
        [-1, -1, 1, 1],
        [15, -1, 17, 1],
        [-1, 15, 1, 17],
        [15, 15, 17, 17],
    ]


def test_an_offset_moves_the_grid_by_a_share_of_its_stride() -> None:
    assert grid_anchors(cell_anchors((2.0,), (1.0,)), (1, 1), 16, 0.5).tolist() == [[7, 7, 9, 9]]


def test_every_level_has_its_anchors() -> None:
    (anchors,) = level_anchors(read_config({}), ((50, 50),), (16,))
    assert anchors.shape == (50 * 50 * 15, 4)
    assert anchors.dtype == np.float32
