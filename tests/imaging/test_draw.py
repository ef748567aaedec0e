import numpy as np
import simplejpeg

from imaging.draw import annotated_jpeg
from tests.imaging.made import quarters

GREEN = (40, 250, 60)


def draw(*boxes: tuple, width: int = 400, height: int = 300) -> np.ndarray:
    return simplejpeg.decode_jpeg(annotated_jpeg(np.zeros((height, width, 3), np.uint8), boxes)).astype(int)


def is_green(pixel: np.ndarray) -> bool:
    return bool(pixel[1] > 150 and pixel[0] < 120)


def test_the_frame_lies_around_the_box_and_leaves_the_animal_free() -> None:
    drawn = draw((100, 120, 180, 200, "", GREEN))
    for y, x in ((119, 140), (201, 140), (160, 99), (160, 181)):
        assert is_green(drawn[y, x])
    assert drawn[130:190, 110:170].max() < 40


def test_the_text_stands_above_the_box() -> None:
    drawn = draw((100, 120, 180, 200, "buffalo 0.93", GREEN))
    assert is_green(drawn[112, 101])
    assert drawn[110:118, 100:160].min() < 60  # the letters


def test_boxes_at_and_beyond_the_edges_are_drawn_as_far_as_they_go() -> None:
    drawn = draw(
        (-5, -5, 20, 20, "zebra", GREEN), (390, 290, 450, 350, "zebra", GREEN), (500, 500, 600, 600, "far", GREEN)
    )
    assert drawn.shape == (300, 400, 3)
    assert is_green(drawn[21, 5])
    assert is_green(drawn[289, 395]) or is_green(drawn[295, 389])


def test_the_pixels_given_stay_as_they_are() -> None:
    pixels = quarters()
    annotated_jpeg(pixels, [(5, 5, 20, 20, "x", GREEN)])
    assert np.array_equal(pixels, quarters())


def test_an_image_smaller_than_its_text_is_drawn() -> None:
    assert draw((0, 0, 1, 1, "a long text", GREEN), width=2, height=2).shape == (2, 2, 3)


def test_letters_of_any_script_do_no_harm() -> None:
    assert draw((10, 40, 60, 90, "γκνου 12 % ‒ 象", GREEN)).shape == (300, 400, 3)
