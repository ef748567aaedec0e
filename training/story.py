"""What the starter's card says in words."""

from collections.abc import Mapping
from typing import Any

from training.render.herds import LONGEST, SHORTEST
from training.render.kinds import TABLE

_LENGTHS_M = [kind.length_m for kind in TABLE.values()]

STORY: dict[str, Any] = {
    "architecture": (
        "Two looks, 2.0 M parameters together. The first is fully convolutional: strides 4 to 32, features merged at "
        "stride 8, one answer for every 4 x 4 px cell (training/network.py). Where it sees anything, the second judges "
        "a window of 48 x 48 px, cut out and brought to size in the file (training/second.py), and finds the edges of "
        "its box (training/edges.py); then the places of a patch hear of each other in two rounds of attention "
        "(training/company.py)"
    ),
    # From the smallest animal at its largest in the pictures to the largest at its smallest.
    "trained_gsd_cm": (round(100 * min(_LENGTHS_M) / LONGEST, 1), round(100 * max(_LENGTHS_M) / SHORTEST, 1)),
    "licence": (
        "No licence has been chosen yet, neither for Kopje nor for these weights. Until one is, they may be looked at "
        "and tried, and nothing else is granted."
    ),
    "source": (
        "Trained with training/ of Kopje as it grew, on two cores, without weights of anybody else, each step from the "
        "weights of the one before. The first look: from nothing, then an hour, then another one in which half of the "
        "pictures were cut where it had been wrong. The second look: 20 minutes of gathering 200,000 places, an hour "
        "of training; then, in company, 25 minutes of gathering 160,000 others and 77 minutes of training on these; "
        "then 7 minutes of learning where edges lie, on animals alone, and 55 minutes of all of it together; then, "
        "from the published file, 17 minutes of gathering 170,000 others and 50 minutes of training on these. Photos: "
        "NOAA Fisheries, aerial survey photos of Steller sea lions (US government work); places of the animals: a "
        "public list of points under the MIT licence."
    ),
    "training_data": (
        "Rendered scenes (training/render, seeds 1 to 999,999: five landscapes, seven kinds, nadir and oblique) and "
        "crops of four NOAA Fisheries photos of Steller sea lions, whose points were made into squares of each "
        "class's usual size. No real picture of any other kind of animal."
    ),
    "intended_use": (
        "Demonstration and pre-filter; not for counts. It shows what Kopje does and sorts out images worth a look. "
        "What limits it: six of its seven kinds are known only from rendered scenes, so it will miss and mistake real "
        "animals; the few real photos it saw show one species in one place; points taught it where sea lions are, not "
        "their size; animals shorter than 12 px or longer than 60 px were not in training. Train a model on your own "
        "images before you count."
    ),
}
AIM = 0.9


def shortfall(figures: Mapping[str, Any]) -> str:
    """What there is to say of figures on rendered scenes that are lower than was aimed at."""
    recall, precision = figures["recall"], figures["precision"]
    if min(recall, precision) >= AIM:
        return ""
    return (
        f" Even on rendered scenes it falls short of the {AIM} aimed at: recall {recall}, precision {precision}. It "
        f"misses animals of low contrast, those half hidden, and small ones in crowds, and takes rocks, logs and "
        f"mounds for animals and one kind for another."
    )
