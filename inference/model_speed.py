"""How fast a model was here: only what was measured while images were searched."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from inference.models import Mode, ModelVersion, ResultSet, Run

RECENT_RUNS = 10
RECENT_IMAGES = 100  # of each of them


@dataclass(frozen=True)
class Speed:
    """The median of `n_images` recently searched images, on one device by one engine in one mode."""

    device: str
    engine: str
    mode: str
    seconds_a_patch: float
    n_images: int

    @property
    def patches_a_second(self) -> float:
        return 1 / self.seconds_a_patch

    @property
    def mode_word(self) -> str:
        return str(Mode(self.mode).label)


def speeds_of(version: ModelVersion) -> list[Speed]:
    """Fastest first; of the latest searches, since machines and engines change."""
    measured: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for run_id, mode in version.runs.order_by("-id").values_list("pk", "mode")[:RECENT_RUNS]:
        for device, engine, seconds in _measured(run_id):
            measured[device, engine, mode].append(seconds)
    speeds = [Speed(*where, median(seconds), len(seconds)) for where, seconds in measured.items()]
    return sorted(speeds, key=lambda speed: speed.seconds_a_patch)


def n_searches(version: ModelVersion) -> tuple[int, int]:
    """In how many searches it was the model, and in how many the pre-filter."""
    return version.runs.count(), Run.objects.filter(screen=version).count()


def _measured(run_id: object) -> Iterator[tuple[str, str, float]]:
    """Device, engine and the detector's seconds a patch, an image of the run. It looks at the patches that a
    pre-filter lets pass or chance picks; without a pre-filter at all."""
    searched = ResultSet.objects.filter(run=run_id, state=ResultSet.State.SEARCHED, detector_s__gt=0)
    columns = ("device", "engine", "detector_s", "n_patches", "n_passed", "n_at_random")
    for device, engine, seconds, n_patches, n_passed, n_at_random in searched.order_by("-id").values_list(*columns)[
        :RECENT_IMAGES
    ]:
        n_looked_at = n_patches if n_passed is None else n_passed + (n_at_random or 0)
        if n_looked_at:
            yield device, engine, seconds / n_looked_at
