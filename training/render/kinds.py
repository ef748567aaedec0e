"""What the renderer knows of each kind of animal: true sizes, coats, company, places."""

from dataclasses import dataclass

KINDS = ("elephant", "buffalo", "zebra", "sheep", "camel", "seal", "bird")


@dataclass(frozen=True)
class Kind:
    """One label of the starter model.

    `length_m` is the long axis of an adult seen from above, without tail tip and trunk tip (birds: of the
    standing bird); `length_spread` the relative standard deviation between adults. `young_share` is the length of a
    young one over that of an adult, lowest and highest. `group` is the usual number in company, lowest and highest,
    `gap` the usual distance to the next neighbour in body lengths, `aligned` how far neighbours share a heading
    (0 each its own, 1 all the same). `coats` are named in `training.render.coats`; the share of each is its weight.
    """

    length_m: float
    length_spread: float
    young_share: tuple[float, float]
    young_of_all: float
    group: tuple[int, int]
    gap: tuple[float, float]
    aligned: float
    coats: dict[str, float]
    landscapes: tuple[str, ...]
    swims: bool = False


LAND = ("savanna", "steppe", "desert", "coast", "wetland")

TABLE: dict[str, Kind] = {
    "elephant": Kind(
        4.2, 0.12, (0.4, 0.7), 0.25, (1, 25), (0.4, 3.0), 0.7,
        {"grey": 0.4, "dust": 0.35, "mud": 0.25}, ("savanna", "wetland", "desert"),
    ),
    "buffalo": Kind(
        2.6, 0.07, (0.5, 0.75), 0.15, (3, 120), (0.3, 2.5), 0.6,
        {"black": 0.6, "brown": 0.22, "dust": 0.18}, ("savanna", "wetland", "steppe"),
    ),
    "zebra": Kind(
        2.2, 0.08, (0.5, 0.75), 0.15, (2, 80), (0.5, 4.0), 0.5,
        {"stripes": 0.45, "tan": 0.4, "red": 0.15}, ("savanna", "steppe", "wetland", "desert"),
    ),
    "sheep": Kind(
        1.25, 0.08, (0.5, 0.75), 0.2, (5, 200), (0.15, 2.0), 0.5,
        {"white": 0.4, "cream": 0.25, "brown": 0.2, "black": 0.15}, ("steppe", "desert", "coast", "savanna"),
    ),
    "camel": Kind(
        3.0, 0.07, (0.5, 0.75), 0.12, (1, 30), (0.5, 4.0), 0.6,
        {"sand": 0.5, "brown": 0.3, "pale": 0.2}, ("desert", "steppe"),
    ),
    "seal": Kind(
        2.1, 0.18, (0.35, 0.55), 0.25, (3, 150), (0.1, 1.5), 0.2,
        {"tan": 0.4, "brown": 0.3, "wet": 0.2, "grey": 0.1}, ("coast",), True,
    ),
    "bird": Kind(
        0.85, 0.1, (0.6, 0.85), 0.1, (5, 300), (0.5, 4.0), 0.5,
        {"white": 0.35, "grey": 0.25, "black": 0.15, "pink": 0.25}, ("wetland", "coast", "savanna"), True,
    ),
}  # fmt: skip
