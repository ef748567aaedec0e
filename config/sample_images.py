"""What the sample survey consists of: twelve rendered images of a dry-season count that never took place."""

from dataclasses import dataclass
from datetime import datetime, timedelta

NAME = "Sample survey (rendered)"
SLUG = "sample-survey"
TIME_ZONE = "Africa/Windhoek"
DESCRIPTION = (
    "Not real. Kopje rendered these twelve images of 24 megapixels on its first start: a dry-season count that never "
    "took place, along three transects, searched by the starter model, which is for demonstration and not for counts. "
    "Move the survey to the trash when you have seen enough; it does not come back."
)
PATTERN = "{transect}_{camera}_{number}.jpg"  # how the file names tell transect and camera
WIDTH, HEIGHT = 6000, 4000
BEGAN_AT = datetime(2025, 8, 16, 7, 4, 10)  # the cameras' clock, in the survey's time zone
BETWEEN_TRANSECTS = timedelta(minutes=14)
BETWEEN_IMAGES = timedelta(seconds=9)
ALTITUDE_M = 412.0


@dataclass(frozen=True)
class SampleImage:
    """One image before it is rendered: what the renderer is asked for, and what the camera would have noted."""

    file_name: str
    seed: int  # from 3,000,000 up: the starter model's training never saw them
    landscape: str
    view: str
    n_animals: int
    transect: str
    side: str  # of the aircraft: L or R
    taken_at: datetime
    latitude: float
    longitude: float


@dataclass(frozen=True)
class _Line:
    """A transect: where its first image was taken, and the step to the next in degrees."""

    transect: str
    start: tuple[float, float]
    step: tuple[float, float]
    scenes: tuple[tuple[int, str, str, int], ...]  # seed, landscape, view, number of animals

    def images(self, began_at: datetime) -> list[SampleImage]:
        return [self._image(number, scene, began_at) for number, scene in enumerate(self.scenes)]

    def _image(self, number: int, scene: tuple[int, str, str, int], began_at: datetime) -> SampleImage:
        side = "LR"[number % 2]
        return SampleImage(
            f"{self.transect}_{side}_{number + 1:04}.jpg",
            *scene,
            transect=self.transect,
            side=side,
            taken_at=began_at + number * BETWEEN_IMAGES,
            latitude=round(self.start[0] + number * self.step[0], 6),
            longitude=round(self.start[1] + number * self.step[1], 6),
        )


# Seeds that show the kinds wanted, chosen before any model had seen them: seals; birds; camels; sheep; zebras; zebras
# and sheep; elephants; buffaloes; buffaloes. Those with animals hold about as many as the renderer would put there by
# itself (44 in the middle, 66 on average).
# Some 450 m from image to image, the lines some 5 km apart.
_LINES = (
    _Line(
        "T1", (-19.712000, 13.061000), (0.0029, 0.0031),
        (
            (3_000_004, "coast", "nadir", 70),
            (3_000_043, "coast", "oblique", 45),
            (3_000_003, "desert", "nadir", 0),
            (3_000_023, "desert", "nadir", 18),
        ),
    ),
    _Line(
        "T2", (-19.668000, 13.094000), (0.0029, 0.0031),
        (
            (3_000_048, "steppe", "nadir", 90),
            (3_000_006, "steppe", "oblique", 0),
            (3_000_096, "desert", "oblique", 20),
            (3_000_142, "steppe", "nadir", 40),
        ),
    ),
    _Line(
        "T3", (-19.624000, 13.127000), (0.0029, 0.0031),
        (
            (3_000_220, "savanna", "nadir", 24),
            (3_000_231, "savanna", "oblique", 60),
            (3_000_252, "wetland", "nadir", 60),
            (3_000_012, "savanna", "nadir", 0),
        ),
    ),
)  # fmt: skip


SAMPLE_IMAGES = tuple(
    image for number, line in enumerate(_LINES) for image in line.images(BEGAN_AT + number * BETWEEN_TRANSECTS)
)
BY_NAME = {image.file_name: image for image in SAMPLE_IMAGES}
