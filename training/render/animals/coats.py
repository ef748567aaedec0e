"""Coats: what colour each part of a body has, within the natural range."""

from dataclasses import dataclass

import numpy as np

from training.render.animals.cloud import Zone

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Coat:
    """sRGB 0-255. The body lies between `dark` and `light`; a zone that is not named is a tint of the body."""

    dark: Colour
    light: Colour
    zones: dict[Zone, Colour]
    belly: float = 0.0  # how pale the underside is
    back: float = 0.0  # how dark the line of the back is (below 0: pale with dust)
    stripes: float = 0.0
    blotch: float = 0.06  # relative strength of the coat's own unevenness
    shine: float = 0.0
    patch: float = 0.0  # how dark patches of wet or mud may be


BONE = (204, 196, 176)
COATS: dict[str, dict[str, Coat]] = {
    "elephant": {
        "grey": Coat((96, 91, 87), (140, 134, 128), {Zone.HORN: BONE, Zone.TAIL: (70, 64, 60)}, patch=0.2),
        "dust": Coat((122, 92, 70), (172, 142, 116), {Zone.HORN: BONE}, back=-0.15, blotch=0.1, patch=0.3),
        "mud": Coat((66, 58, 50), (100, 88, 76), {Zone.HORN: BONE}, blotch=0.16, shine=0.1),
    },
    "buffalo": {
        "black": Coat((40, 37, 37), (74, 69, 68), {Zone.HORN: (150, 146, 142), Zone.LEG: (36, 33, 32)}, blotch=0.1,
                      shine=0.15),
        "brown": Coat((54, 46, 43), (86, 72, 65), {Zone.HORN: (138, 130, 120), Zone.LEG: (50, 40, 35)}, blotch=0.1,
                      patch=0.3),
        "dust": Coat((80, 72, 66), (112, 102, 94), {Zone.HORN: (160, 154, 146), Zone.LEG: (58, 50, 45)}, back=-0.15,
                     blotch=0.12),
    },
    "zebra": {
        "stripes": Coat((178, 170, 158), (214, 206, 194), {Zone.EAR: (120, 112, 104), Zone.TAIL: (70, 62, 56),
                        Zone.MANE: (70, 64, 60)}, belly=0.3, back=0.45, stripes=1.0, blotch=0.03),
    },
    "antelope": {
        "tan": Coat((150, 112, 74), (200, 162, 118), {Zone.HORN: (62, 54, 48), Zone.TAIL: (86, 66, 50)}, belly=0.9,
                    back=0.3),
        "red": Coat((120, 80, 56), (160, 116, 84), {Zone.HORN: (58, 50, 44), Zone.TAIL: (70, 52, 40)}, belly=0.7,
                    back=0.2),
    },
    "sheep": {
        "white": Coat((200, 195, 184), (238, 234, 224), {Zone.HEAD: (216, 208, 194), Zone.LEG: (170, 158, 142)}),
        "cream": Coat((178, 160, 132), (214, 200, 172), {Zone.HEAD: (120, 98, 78), Zone.LEG: (130, 110, 90)}),
        "brown": Coat((88, 62, 44), (142, 106, 78), {Zone.HEAD: (84, 62, 48), Zone.LEG: (70, 54, 42)}),
        "black": Coat((36, 33, 31), (64, 58, 54), {Zone.HEAD: (38, 35, 33), Zone.LEG: (36, 33, 30)}),
    },
    "camel": {
        "sand": Coat((158, 122, 84), (202, 168, 124), {Zone.MANE: (156, 122, 86), Zone.TAIL: (96, 74, 54)}, belly=0.2),
        "brown": Coat((92, 64, 44), (136, 100, 70), {Zone.MANE: (92, 66, 48), Zone.TAIL: (64, 48, 38)}),
        "pale": Coat((196, 174, 140), (228, 210, 180), {Zone.MANE: (200, 174, 138), Zone.TAIL: (140, 116, 90)}),
    },
    "seal": {
        "tan": Coat((186, 142, 104), (236, 202, 166), {Zone.FLIPPER: (122, 90, 68)}, back=-0.12, blotch=0.07, patch=0.5,
                    shine=0.15),
        "brown": Coat((112, 82, 62), (170, 132, 100), {Zone.FLIPPER: (74, 56, 46)}, blotch=0.08, shine=0.15, patch=0.4),
        "wet": Coat((48, 40, 35), (88, 72, 60), {Zone.FLIPPER: (44, 37, 33)}, blotch=0.06, shine=0.8),
        "grey": Coat((104, 100, 96), (168, 162, 154), {Zone.FLIPPER: (90, 84, 80)}, belly=0.3, blotch=0.16, shine=0.25),
        "pup": Coat((38, 30, 26), (78, 58, 46), {Zone.FLIPPER: (40, 33, 29)}, shine=0.2),
    },
    "bird": {
        "white": Coat((214, 212, 206), (246, 245, 240), {Zone.WING: (232, 230, 224), Zone.BILL: (226, 160, 64),
                      Zone.LEG: (190, 120, 80)}),
        "grey": Coat((128, 130, 134), (186, 188, 190), {Zone.HEAD: (216, 214, 210), Zone.BILL: (186, 150, 84),
                     Zone.WING: (124, 127, 132), Zone.LEG: (120, 108, 94)}),
        "black": Coat((34, 33, 34), (66, 63, 62), {Zone.BILL: (170, 120, 80), Zone.LEG: (90, 78, 70)}, shine=0.2),
        "pink": Coat((226, 150, 150), (246, 204, 198), {Zone.HEAD: (244, 196, 190), Zone.BILL: (60, 52, 52),
                     Zone.WING: (240, 176, 172), Zone.LEG: (222, 134, 136)}),
    },
}  # fmt: skip
PALE = np.array([0.88, 0.83, 0.74], np.float32)  # an underside without colour
TIPS = {"white": 0.75, "grey": 0.6, "pink": 0.85}  # how dark the tips of a bird's wings are


def palette(coat: Coat, rng: np.random.Generator) -> np.ndarray:
    """One animal's own colour for every zone: (zones, 3), sRGB 0-1."""
    mix = rng.uniform(0, 1)
    body = (1 - mix) * np.array(coat.dark) + mix * np.array(coat.light)
    tint = 1 + rng.normal(0, 0.02) * np.array([1.0, 0.2, -1.0]) + rng.normal(0, 0.006, 3)
    colours = np.repeat(body[None] * tint, len(Zone), axis=0)
    colours[Zone.HEAD] *= rng.uniform(0.9, 1.05)
    colours[Zone.LEG] *= 0.85
    colours[Zone.EAR] *= 0.92
    colours[Zone.TAIL] *= 0.8
    for zone, colour in coat.zones.items():
        colours[zone] = np.array(colour) * tint * rng.uniform(0.9, 1.1)
    colours += rng.uniform(0.05, 0.25) * (colours.mean(axis=1, keepdims=True) - colours)
    return np.clip(colours / 255, 0.02, 0.99).astype(np.float32)


@dataclass(frozen=True)
class Skin:
    """One animal's coat, settled: what `draw` asks for the colour of any of its points."""

    coat: Coat
    colours: np.ndarray
    waves: np.ndarray
    phases: np.ndarray
    tips: float
    patch: float

    @classmethod
    def of(cls, species: str, name: str, rng: np.random.Generator) -> "Skin":
        coat = COATS[species][name]
        tips = TIPS.get(name, 0.0) * rng.uniform(0.7, 1.0) if species == "bird" else 0.0
        waves = rng.normal(0, 1, (4, 3)) * np.array([[7.0], [11.0], [16.0], [24.0]])
        return cls(
            coat,
            palette(coat, rng),
            waves.astype(np.float32),
            rng.uniform(0, 6.3, 4).astype(np.float32),
            tips,
            coat.patch * rng.uniform(0, 1) ** 2,
        )

    def albedo(self, points: np.ndarray, normals: np.ndarray, zone: np.ndarray, along: np.ndarray) -> np.ndarray:
        """Unlit sRGB 0-1 (3, n) of points and normals (3, n) given in the body's own frame."""
        colour = self.colours.T[:, zone]
        coat, up = self.coat, normals[2]
        torso = zone <= Zone.HEAD
        if coat.stripes:
            colour = colour * self._stripes(points, zone)
        if coat.belly:
            pale = coat.belly * np.clip(-0.1 - 1.6 * up, 0, 1) * torso
            colour = colour + pale * (PALE[:, None] - colour)
        if coat.back:
            line = np.clip(1 - np.abs(points[1]) / (0.03 if coat.back > 0 else 0.1), 0, 1) * (zone == 0) * (up > 0.3)
            colour = colour * (1 - coat.back * line)
        if self.tips:
            dark = self.tips * np.clip(4 * along - 2.6, 0, 1) * (zone == Zone.WING)
            colour = colour * (1 - dark)
        if self.patch:
            wave = np.sin(0.55 * (self.waves[0] @ points) + self.phases[0]) + 0.4 * np.sin(self.waves[1] @ points)
            colour = colour * (1 - self.patch * np.clip(0.5 + 1.6 * wave, 0, 1))
        noise = np.sin(self.waves @ points + self.phases[:, None]).sum(axis=0)
        return colour * (1 + 0.5 * coat.blotch * noise)

    def _stripes(self, points: np.ndarray, zone: np.ndarray) -> np.ndarray:
        x, y, z = points
        warp = 0.6 * np.sin(9 * y + self.phases[0]) + 0.5 * np.sin(11 * z + self.phases[1])
        wave = np.sin(80 * x - 26 * np.clip(-x - 0.15, 0, 1) * (1 + 2 * z) + warp)
        wave = np.where(zone == Zone.LEG, np.sin(75 * z + self.phases[2]), wave)
        return np.where(zone <= Zone.MANE, 0.62 - 0.37 * np.tanh(1.8 * wave), 1.0).astype(np.float32)
