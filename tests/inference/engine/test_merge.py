"""Merging the boxes of overlapping patches: the rules one by one."""

import numpy as np
import pytest

from inference.engine import Boxes, Patch, merge, plan_patches
from inference.engine.nms import suppress

LEFT, RIGHT = Patch(0, 0, 400, 400), Patch(300, 0, 700, 400)
SIDE_BY_SIDE = [LEFT, RIGHT]


def boxes(*rows):
    """Boxes from (left, top, right, bottom, score, label) with the last two optional."""
    full = [(*row, *(0.9, 0)[len(row) - 4 :]) for row in rows]
    return Boxes.of([row[:4] for row in full], [row[4] for row in full], [row[5] for row in full])


def seen(left, right, **options):
    """The merged corners, from left to right, of what two patches side by side saw, given in image pixels."""
    merged = merge([boxes(*left), boxes(*right).shifted(-300, 0) if right else Boxes.none()], SIDE_BY_SIDE, **options)
    return sorted(tuple(row) for row in merged.corners.tolist())


def test_no_patches_give_no_boxes():
    assert len(merge([], [])) == 0
    assert len(merge([Boxes.none()], [LEFT])) == 0


def test_an_animal_seen_whole_by_two_patches_is_one():
    assert seen([(320, 50, 360, 90)], [(322, 51, 361, 88)]) == [(320, 50, 360, 90)]


def test_the_better_scored_view_gives_the_box():
    assert seen([(320, 50, 360, 90, 0.6)], [(322, 51, 361, 88, 0.8)]) == [(322, 51, 361, 88)]


def test_a_fragment_at_the_border_is_absorbed_by_the_whole_animal():
    assert seen([(280, 50, 340, 90)], [(300, 50, 340, 90)]) == [(280, 50, 340, 90)]


def test_the_whole_animal_gives_the_box_even_where_its_fragment_scored_higher():
    merged = merge([boxes((280, 50, 340, 90, 0.5)), boxes((0, 50, 40, 90, 0.95))], SIDE_BY_SIDE)
    assert merged.corners.tolist() == [[280, 50, 340, 90]]
    assert merged.score.tolist() == pytest.approx([0.95])


def test_a_sliver_of_an_animal_is_absorbed():
    assert seen([(240, 50, 302, 90)], [(300, 50, 302, 90)]) == [(240, 50, 302, 90)]


def test_a_fragment_that_shows_only_a_leg_is_absorbed_too():
    assert seen([(240, 50, 340, 130)], [(300, 100, 330, 128)]) == [(240, 50, 340, 130)]


def test_two_halves_of_an_animal_larger_than_the_overlap_join():
    assert seen([(250, 50, 400, 150)], [(300, 50, 450, 150)]) == [(250, 50, 450, 150)]


def test_two_halves_whose_outlines_differ_join_when_each_is_cut_by_the_others_border():
    assert seen([(250, 60, 400, 150)], [(300, 50, 450, 135)]) == [(250, 50, 450, 150)]


def test_halves_join_without_any_overlap():
    patches = plan_patches(800, 400, patch_width=400, patch_height=400, overlap=0)
    merged = merge([boxes((370, 50, 400, 90)), boxes((0, 51, 25, 90))], patches)
    assert merged.corners.tolist() == [[370, 50, 425, 90]]


def test_four_quarters_in_the_corner_of_four_patches_join():
    patches = plan_patches(700, 700, patch_width=400, patch_height=400, overlap=100)
    animal = boxes((260, 270, 440, 430))
    views = [animal.shifted(-p.left, -p.top).clipped(400, 400) for p in patches]
    assert merge(views, patches).corners.tolist() == [[260, 270, 440, 430]]


def test_an_animal_longer_than_a_patch_joins_through_three_patches():
    patches = plan_patches(1000, 400, patch_width=400, patch_height=400, overlap=100)
    animal = boxes((250, 100, 760, 200))
    views = [animal.shifted(-p.left, -p.top).clipped(400, 400) for p in patches]
    assert merge(views, patches).corners.tolist() == [[250, 100, 760, 200]]


def test_two_animals_side_by_side_stay_two():
    pair = [(310, 50, 350, 90), (330, 50, 370, 90)]
    assert seen(pair, pair) == pair


def test_a_fragment_is_not_absorbed_by_the_neighbour_it_touches():
    """Both are whole in the left patch; the right one sees the second whole and a fragment of the first."""
    assert seen([(270, 50, 330, 90), (305, 60, 365, 100)], [(300, 50, 330, 90), (305, 60, 365, 100)]) == [
        (270, 50, 330, 90),
        (305, 60, 365, 100),
    ]


def test_boxes_of_one_patch_are_never_merged():
    pile = [(100, 50, 140, 90), (101, 50, 141, 90), (360, 50, 400, 90), (361, 50, 400, 90)]
    assert seen(pile, []) == pile


def test_two_labels_on_one_spot_stay_two():
    assert len(seen([(320, 50, 360, 90, 0.9, 0)], [(320, 50, 360, 90, 0.9, 1)], across_labels=True)) == 2


def test_a_fragment_of_another_label_stays_unless_asked_otherwise():
    whole, fragment = [(280, 50, 340, 90, 0.6, 0)], [(300, 50, 340, 90, 0.8, 1)]
    assert len(seen(whole, fragment)) == 2
    assert seen(whole, fragment, across_labels=True) == [(280, 50, 340, 90)]


def test_a_fragment_of_another_label_lends_neither_label_nor_score():
    views = [boxes((280, 50, 340, 90, 0.6, 0)), boxes((0, 50, 40, 90, 0.8, 1))]
    merged = merge(views, SIDE_BY_SIDE, across_labels=True)
    assert (merged.label.tolist(), merged.score.tolist()) == ([0], pytest.approx([0.6]))


def test_a_fragment_between_two_labels_does_not_tie_them_together():
    """The fragment belongs to the whole kob it agrees with; an elephant over both of them stays."""
    patches = [Patch(0, 0, 400, 400), Patch(300, 0, 700, 400), Patch(0, 100, 400, 500)]
    views = [boxes((280, 150, 340, 190, 0.9, 1)), boxes((0, 150, 40, 190, 0.9, 1)), boxes((280, 50, 340, 90, 0.9, 0))]
    assert sorted(merge(views, patches, across_labels=True).label.tolist()) == [0, 1]


def test_a_box_at_the_image_border_is_no_fragment():
    """The left edge of the image cuts nothing that another patch could see."""
    small_inside_large = [[(0, 50, 30, 80)], [(0, 40, 90, 120)]]
    patches = [Patch(0, 0, 400, 400), Patch(0, 20, 400, 420)]
    views = [boxes(*small_inside_large[0]), boxes(*small_inside_large[1]).shifted(0, -20)]
    assert len(merge(views, patches)) == 2


def test_an_inner_border_stays_one_when_the_patches_beyond_it_were_left_out():
    """With the image's size given, the right patch's right border is known to be an inner one."""
    views = [boxes((0, 0, 10, 10)), boxes((360, 50, 400, 90))]
    assert len(merge(views, SIDE_BY_SIDE, image_size=(5000, 400))) == 2


def test_neither_arguments_nor_order_of_patches_matter():
    random = np.random.default_rng(1)
    patches = plan_patches(1000, 700, patch_width=400, patch_height=400, overlap=100)
    corner = random.uniform(0, 600, (40, 2))
    animals = Boxes.of(np.concatenate([corner, corner + 50], axis=1), random.uniform(0, 1, 40), [0] * 40)
    views = [animals.shifted(-p.left, -p.top).clipped(400, 400) for p in patches]
    forwards, backwards = merge(views, patches), merge(views[::-1], patches[::-1])
    assert forwards.by_score().corners.tolist() == backwards.by_score().corners.tolist()


def test_plain_suppression_fails_where_this_does_not():
    """Suppression keeps the far fragment of an animal, and takes two animals side by side for one."""
    cut = [boxes((200, 50, 310, 90)), boxes((0, 50, 10, 90))]
    close = [boxes((310, 50, 350, 90)), boxes((22, 50, 62, 90))]
    crowd = [boxes((310, 50, 350, 90), (322, 50, 362, 90)), boxes((10, 50, 50, 90), (22, 50, 62, 90))]
    assert [len(_suppressed(views)) for views in (cut, crowd)] == [2, 1]
    assert [len(merge(views, SIDE_BY_SIDE)) for views in (cut, crowd)] == [1, 2]
    assert len(merge(close, SIDE_BY_SIDE, iou=0.6)) == 2


def _suppressed(views):
    return suppress(Boxes.join([v.shifted(p.left, p.top) for v, p in zip(views, SIDE_BY_SIDE, strict=True)]), iou=0.5)
