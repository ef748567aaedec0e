"""Searching one image: batches, memory, cancelling, the answer's order."""

import numpy as np
import pytest

from inference.engine import Boxes, DetectorError, DetectorMemoryError, SearchSettings, search_image

PIXELS = np.zeros((300, 700, 3), np.uint8)
SETTINGS = SearchSettings(100, 100, 20, batch=8)


class Recorder:
    """A detector that finds one box in every patch and fits `room` patches into memory."""

    labels = ("elephant",)

    def __init__(self, room=1000, error=DetectorMemoryError):
        self.room, self.error, self.batches = room, error, []

    def detect(self, windows):
        self.batches.append(len(windows))
        if len(windows) > self.room:
            raise self.error
        return [Boxes.of([[40, 40, 60, 60]], [w.patch.left / 1000], [0]) for w in windows]


def test_all_patches_go_to_the_detector_in_batches():
    detector = Recorder()
    result = search_image(PIXELS, detector, SETTINGS)
    assert len(result.patches) == len(result.patch_boxes) == sum(detector.batches) == 36
    assert detector.batches == [8, 8, 8, 8, 4]


def test_boxes_are_of_the_whole_image_best_first():
    found = search_image(PIXELS, Recorder(), SETTINGS).boxes
    assert found.left[0] == 640
    assert (np.diff(found.score) <= 0).all()
    assert {(40, 40), (640, 240)} <= set(zip(found.left.tolist(), found.top.tolist(), strict=True))


def test_boxes_below_the_threshold_are_dropped():
    found = search_image(PIXELS, Recorder(), SearchSettings(100, 100, 20, score_threshold=0.4)).boxes
    assert found.score.min() >= 0.4


@pytest.mark.parametrize("error", [DetectorMemoryError, MemoryError])
def test_running_out_of_memory_halves_the_batch(error):
    detector = Recorder(room=2, error=error)
    result = search_image(PIXELS, detector, SETTINGS)
    assert detector.batches[:4] == [8, 4, 2, 2]
    assert result.batch == 2
    assert len(result.patch_boxes) == 36


def test_too_little_memory_for_one_patch_is_a_clear_error():
    with pytest.raises(DetectorError, match="not enough memory"):
        search_image(PIXELS, Recorder(room=0), SETTINGS)


def test_a_search_can_be_ended_between_batches():
    detector, seen = Recorder(), []

    def stop_after_two(done, total):
        seen.append((done, total))
        if done >= 16:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        search_image(PIXELS, detector, SETTINGS, on_batch=stop_after_two)
    assert seen == [(0, 36), (8, 36), (16, 36)]
    assert len(detector.batches) == 2


def test_a_detector_that_forgets_a_patch_is_found_out():
    class Forgetful(Recorder):
        def detect(self, windows):
            return super().detect(windows)[1:]

    with pytest.raises(DetectorError, match="answered 7 patches when asked for 8"):
        search_image(PIXELS, Forgetful(), SETTINGS)


def test_the_time_in_the_detector_is_measured():
    result = search_image(PIXELS, Recorder(), SETTINGS)
    assert 0 < result.detector_seconds < 5
    assert result.detector_cpu_seconds >= 0
