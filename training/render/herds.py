"""Which animals a scene holds and where they stand: herds, mothers with young, single ones."""

from dataclasses import dataclass

import numpy as np

from training.render.camera import Camera
from training.render.kinds import KINDS, TABLE
from training.render.terrain import Terrain

SHORTEST, LONGEST = 12.0, 60.0  # px of body length, whatever the picture's size
SHORTEST_ADULT = 18.0  # px: leaves room for the young
APART = 0.4  # of the two body lengths together: neighbours touch, but each can be told from the other
DUSTIEST = 0.55  # of the way to the tones of the ground: people who look closely still see it
MOST_PER_MEGAPIXEL = 40


@dataclass(frozen=True)
class Place:
    """One animal to draw: where it stands and how. `dust` is how far its tones are those of the ground."""

    kind: str
    x: float
    y: float
    heading: float
    length_px: float  # of an adult that stood here
    is_young: bool
    dust: float
    hidden: bool


def choose_kinds(rng: np.random.Generator, landscape: str) -> tuple[str, ...]:
    """One to three kinds that a picture of this landscape shows; now and then one that is seldom seen there."""
    weights = np.array([3.0 if landscape in TABLE[kind].landscapes else 0.45 for kind in KINDS])
    if landscape == "coast":
        weights *= [1, 1, 1, 1, 1, 3, 2]
    count = int(rng.choice([1, 2, 3], p=[0.55, 0.33, 0.12]))
    return tuple(str(kind) for kind in rng.choice(KINDS, count, replace=False, p=weights / weights.sum()))


def choose_scale(rng: np.random.Generator, kinds: tuple[str, ...], top_scale: float) -> tuple[tuple[str, ...], float]:
    """The kinds that fit one picture and its px per metre, so that bodies are 12 to 60 px long."""
    fitting: list[str] = []
    low, high = 0.0, np.inf
    for kind in kinds:
        adult = TABLE[kind].length_m
        least, most = max(low, SHORTEST_ADULT / adult / top_scale), min(high, LONGEST * 0.86 / adult)
        if least <= most:
            low, high = least, most
            fitting.append(kind)
    return tuple(fitting), float(low * (high / low) ** (rng.random() ** 0.7))


def choose_number(rng: np.random.Generator, width: int, height: int) -> int:
    """How many animals a picture holds: none now and then, some tens in a large one, at times hundreds."""
    if rng.random() < 0.12:
        return 0
    area = width * height / 1e6
    return int(np.clip(np.exp(rng.normal(np.log(4.5 * area**0.72), 0.9)), 1, min(MOST_PER_MEGAPIXEL * area + 1, 500)))


class Herder:
    """Places animals one by one on ground that suits them, never two in the same spot."""

    def __init__(self, camera: Camera, rng: np.random.Generator, terrain: Terrain) -> None:
        self.camera, self.rng, self.terrain = camera, rng, terrain
        self.places: list[Place] = []
        self.taken: list[tuple[float, float, float]] = []  # picture x, y and body length

    def fill(self, kinds: tuple[str, ...], count: int) -> list[Place]:
        """`count` places, as far as they find room."""
        for _ in range(count * 6 + 20):
            if len(self.places) >= count:
                break
            kind = str(self.rng.choice(kinds))
            self._group(kind, min(self._size_of_group(kind), count - len(self.places)))
        return self.places

    def _size_of_group(self, kind: str) -> int:
        least, most = TABLE[kind].group
        if self.rng.random() < 0.2:
            return 1
        return int(np.exp(self.rng.uniform(np.log(least), np.log(most + 1))))

    def _group(self, kind: str, count: int) -> None:
        facts = TABLE[kind]
        x, y = self._suitable()
        heading = self.rng.uniform(0, 2 * np.pi)
        gap = self.rng.uniform(*facts.gap)
        stretch = self.rng.uniform(0.6, 2.5)
        dusty = self._dust()
        members: list[tuple[float, float]] = []
        for _ in range(count * 4):
            if len(members) >= count:
                return
            if members:
                x, y = members[int(self.rng.integers(len(members)))]
                x, y = self._beside(kind, (x, y), (heading, gap, stretch))
            turn = heading + self.rng.normal(0, 0.15 + 2.2 * (1 - facts.aligned))
            if self._stand(kind, (x, y), turn, dusty):
                members.append((x, y))
            elif not members:
                x, y = self._suitable()

    def _beside(self, kind: str, place: tuple[float, float], manner: tuple[float, float, float]) -> tuple[float, float]:
        heading, gap, stretch = manner
        length = TABLE[kind].length_m * self.camera.px_per_m * float(self.camera.scale(place[1]))
        far = length * (0.55 + gap * self.rng.exponential(0.8))
        angle = self.rng.uniform(0, 2 * np.pi)
        along, aside = np.cos(angle) * far * stretch, np.sin(angle) * far / stretch**0.5
        right = along * np.cos(heading) - aside * np.sin(heading)
        down = along * np.sin(heading) + aside * np.cos(heading)
        return place[0] + right, place[1] + down * (self.camera.squash if self.camera.is_oblique else 1.0)

    def _stand(self, kind: str, place: tuple[float, float], heading: float, dusty: float) -> bool:
        facts = TABLE[kind]
        x, y = place
        if not (-4 <= x < self.camera.width + 4 and -4 <= y < self.camera.height + 4):
            return False
        is_young = self.rng.random() < facts.young_of_all
        length = self._length(kind, y)
        if is_young and length * facts.young_share[0] < SHORTEST:
            is_young = False
        if self._is_crowded(x, y, length) or self.rng.random() > self._suits(kind, x, y):
            return False
        length = float(np.clip(length, SHORTEST, LONGEST))
        dust = float(np.clip(dusty + self.rng.normal(0, 0.1), 0, DUSTIEST)) if dusty > 0 else 0.0
        self.taken.append((x, y, length))
        self.places.append(Place(kind, x, y, float(heading), length, is_young, dust, self.rng.random() < 0.36))
        return True

    def _length(self, kind: str, y: float) -> float:
        facts = TABLE[kind]
        metres = facts.length_m * float(np.clip(self.rng.normal(1, facts.length_spread), 0.75, 1.3))
        return metres * self.camera.px_per_m * float(self.camera.scale(y))

    def _is_crowded(self, x: float, y: float, length: float) -> bool:
        if not self.taken:
            return False
        others = np.array(self.taken)
        near = np.hypot(others[:, 0] - x, (others[:, 1] - y) / self.camera.squash)
        return bool((near < APART * (others[:, 2] + length)).any())

    def _suits(self, kind: str, x: float, y: float) -> float:
        row, column = self._cell(x, y)
        water = float(self.terrain.water[row, column])
        if water > 0.8 and not TABLE[kind].swims:
            return 0.03
        return max(float(self.terrain.habitat[row, column]), 0.5 if TABLE[kind].swims and water > 0 else 0.02)

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        rows, columns = self.terrain.habitat.shape
        return int(np.clip(y / 8, 0, rows - 1)), int(np.clip(x / 8, 0, columns - 1))

    def _suitable(self) -> tuple[float, float]:
        """A point of the picture drawn by how well the ground there suits animals."""
        x = y = 0.0
        for _ in range(12):
            x, y = self.rng.uniform(0, self.camera.width), self.rng.uniform(0, self.camera.height)
            if self.rng.random() < self.terrain.habitat[self._cell(x, y)]:
                break
        return x, y

    def _dust(self) -> float:
        """How dusty (or wet, or muddy) a group is: most groups not at all, some much as the ground."""
        return float(self.rng.uniform(0.3, DUSTIEST)) if self.rng.random() < 0.3 else 0.0
