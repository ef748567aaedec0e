"""What the merging study says of boxes that are merged wrongly in known ways."""

import re

import numpy as np
import pytest

from inference.engine import Boxes, Patch, plan_patches
from training.merging_study.__main__ import main
from training.merging_study.herds import Herd, borders, make_herd
from training.merging_study.judging import judge, seen_by
from training.merging_study.views import exact, ordinary, seen_in
from training.merging_study.ways import ways

SIZE = (700, 400)
PATCHES = plan_patches(*SIZE, patch_width=400, patch_height=400, overlap=100)


def a_herd(*boxes: tuple[int, int, int, int]) -> Herd:
    """Animals that fill their boxes; a later one lies over an earlier one."""
    owner = np.zeros((SIZE[1], SIZE[0]), np.int16)
    for number, (left, top, right, bottom) in enumerate(boxes, start=1):
        owner[top:bottom, left:right] = number
    return Herd(
        owner, np.array(boxes, np.float32), np.zeros(len(boxes), np.int32), lambda: np.zeros((1, 1, 3), np.uint8)
    )


ALONE, CUT, FAR = (20, 50, 60, 90), (280, 50, 340, 90), (600, 50, 640, 90)
HERD = a_herd(ALONE, CUT, FAR)


def found(*corners: tuple[int, int, int, int]) -> Boxes:
    return Boxes.of(np.array(corners).reshape(-1, 4), np.full(len(corners), 0.9), np.zeros(len(corners)))


def outcome(*corners: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    judged = judge(HERD, found(*corners), np.array([True, True, False]), 0.0)
    return judged.right, judged.lost, judged.twice, judged.wrong


def test_each_animal_once_is_right() -> None:
    assert outcome(ALONE, CUT, FAR) == (3, 0, 0, 0)


def test_a_fragment_left_beside_its_animal_counts_twice() -> None:
    assert outcome(ALONE, CUT, FAR, (300, 50, 340, 90)) == (3, 0, 1, 0)


def test_a_box_around_several_animals_is_wrong_and_what_was_seen_is_lost() -> None:
    assert outcome((20, 50, 340, 90)) == (0, 2, 0, 1)


def test_an_animal_that_no_patch_saw_is_not_lost_by_merging() -> None:
    assert outcome(ALONE, CUT) == (2, 0, 0, 0)


def test_a_patch_shows_the_part_of_an_animal_that_lies_in_it_and_is_not_hidden() -> None:
    hidden = a_herd(CUT, (320, 40, 360, 100))
    shown = [seen_in(hidden, patch) for patch in PATCHES]
    assert [each.boxes.tolist()[0] for each in shown] == [[280, 50, 320, 90], [0, 50, 20, 90]]
    assert [float(each.share[0]) for each in shown] == [1.0, 0.5]


def test_a_detector_without_a_fault_sees_every_animal_and_our_merge_keeps_it() -> None:
    shown = [seen_in(HERD, patch) for patch in PATCHES]
    views = exact(HERD, PATCHES, shown, 1)
    assert seen_by(views, shown, 3).all()
    merged, _ = ways()["ours"](views, PATCHES, SIZE)
    assert sorted(map(tuple, merged.corners.tolist())) == [ALONE, CUT, FAR]


def test_plain_suppression_leaves_the_fragment() -> None:
    cut_short = a_herd((290, 50, 410, 90))
    shown = [seen_in(cut_short, patch) for patch in PATCHES]
    views = exact(cut_short, PATCHES, shown, 1)
    assert len(ways(0.9)["NMS over the image, 0.9"](views, PATCHES, SIZE)[0]) == 2
    assert len(ways()["ours"](views, PATCHES, SIZE)[0]) == 1


def test_an_ordinary_detector_has_its_faults_again_with_the_same_seed() -> None:
    shown = [seen_in(HERD, patch) for patch in PATCHES]
    once, again, other = (
        [boxes.corners.tolist() for boxes in ordinary(HERD, PATCHES, shown, seed)] for seed in (1, 1, 2)
    )
    assert once == again != other


def test_borders_are_the_inner_edges_of_patches() -> None:
    assert [edges.tolist() for edges in borders([Patch(0, 0, 400, 400), Patch(300, 0, 700, 400)])] == [[300, 400], []]


@pytest.mark.slow
def test_a_rendered_animal_lies_where_its_box_says_and_the_same_seed_gives_it_again() -> None:
    patches = plan_patches(600, 400, patch_width=400, patch_height=400, overlap=100)
    herd, again = (make_herd("mothers with young", 5, (600, 400), patches) for _ in range(2))
    assert len(herd.boxes) > 5
    assert (herd.boxes == again.boxes).all()
    for number, (left, top, right, bottom) in enumerate(herd.boxes.astype(int).tolist(), start=1):
        inside = herd.owner[top:bottom, left:right] == number
        assert inside.sum() == (herd.owner == number).sum()
        assert all(edge.any() for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


def test_without_sahi_ours_and_plain_suppression_are_compared() -> None:
    assert list(ways())[:2] == ["ours", "NMS over the image, 0.5"]


@pytest.mark.slow
def test_the_study_prints_how_each_way_did(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--scenes", "1", "--detector", "ordinary", "--arrangement", "on borders", "--patch", "1056"])
    told = capsys.readouterr().out
    assert re.search(r"on borders \|\n\|---\|---\|\n\| - \| 1 scenes, \d+ animals, \d+ seen \|", told)
    ours, plain = re.findall(r"^\| (?:ours|NMS over the image, 0\.5) \| ([0-9.]+) \| ([0-9.]+)", told, re.M)
    assert float(ours[1]) > float(plain[1])
