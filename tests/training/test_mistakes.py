"""What the network gets wrong on scenes, and crops that show it again."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from training.crops import Crops, cut
from training.mistakes import mistakes_in, stored_mistakes, write_mistakes
from training.network import STRIDE, Starter
from training.truth import Truth

pytestmark = pytest.mark.usefixtures("one_thread")
CPU, SIDE = torch.device("cpu"), 128
ANIMAL = [40.0, 40.0, 56.0, 56.0]


class Sure(torch.nn.Module):
    """Sees one animal of 16 px around a place, with a score, whatever it is shown."""

    def __init__(self, x: int, y: int, score: float) -> None:
        super().__init__()
        self.place, self.score = (x // STRIDE, y // STRIDE), score

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        raw = torch.full((1, 7 + 4, images.shape[2] // STRIDE, images.shape[3] // STRIDE), -20.0)
        raw[:, 7:] = 0.0  # 8 px to every side
        raw[0, 2, self.place[1], self.place[0]] = float(torch.logit(torch.tensor(self.score)))
        return raw


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    folder = tmp_path / "scenes"
    folder.mkdir()
    np.save(folder / "0000001.npy", np.zeros((SIDE, SIDE, 3), np.uint8))
    (folder / "0000001.json").write_text(json.dumps({"boxes": [ANIMAL], "labels": [2]}))
    return folder / "0000001.json"


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (Sure(48, 48, 0.9), []),  # finds it
        (Sure(48, 48, 0.3), [(48, 48)]),  # finds it, but would lose it to a threshold
        (Sure(100, 100, 0.9), [(48, 48), (102, 102)]),  # misses it, and takes something else for one
        (Sure(100, 100, 0.1), [(48, 48)]),  # nothing that anybody would be told of
    ],
)
def test_what_is_missed_and_what_is_taken_for_an_animal_are_mistakes(network, expected, scene: Path) -> None:
    assert [place[1:] for place in mistakes_in(network, scene, CPU)] == expected


def test_every_process_writes_its_own_and_all_are_read(scene: Path) -> None:
    folder = scene.parent.parent
    write_mistakes(Sure(48, 48, 0.3), [scene], CPU, folder / "mistakes-0.json")
    write_mistakes(Sure(100, 100, 0.9), [scene], CPU, folder / "mistakes-1.json")
    assert [(name, x) for name, x, _y in stored_mistakes(folder)] == [
        ("0000001", 48),
        ("0000001", 48),
        ("0000001", 102),
    ]


def test_a_crop_shows_the_place_asked_for() -> None:
    pixels = np.zeros((2000, 2000, 3), np.uint8)
    pixels[1500, 700] = 255
    truth = Truth.of([[10, 10, 30, 30]], [0])
    for seed in range(20):
        crop, _ = cut(pixels, truth, 64, np.random.default_rng(seed), (1.0, 1.0), np.array([700.5, 1500.5]))
        assert crop.max() == 255


def test_half_of_the_crops_show_mistakes_once_there_are_some(scene: Path) -> None:
    """The animal is the only mistake of a scene in which chance would hardly meet it."""
    side = 4096
    np.save(scene.with_suffix(".npy"), np.zeros((side, side, 3), np.uint8))
    scene.write_text(json.dumps({"boxes": [], "labels": []}))
    pixels = np.load(scene.with_suffix(".npy"), mmap_mode="r+")
    pixels[3000:3008, 2000:2008] = 255
    pixels.flush()
    crops = Crops(scene.parent, [], 7, side=64, batch=40, photo_share=0.0, seed=3)
    before = next(iter(crops))[0][0].amax(dim=(1, 2, 3))
    (scene.parent.parent / "mistakes-0.json").write_text(json.dumps([["0000001", 2004.0, 3004.0]]))
    after = next(iter(crops))[0][0].amax(dim=(1, 2, 3))
    assert int((before > 100).sum()) == 0
    assert 10 <= int((after > 100).sum()) <= 30


def test_a_network_that_knows_nothing_misses_all(scene: Path) -> None:
    assert (48, 48) in [place[1:] for place in mistakes_in(Starter(7).eval(), scene, CPU)]
