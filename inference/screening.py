"""The pre-filter of a search: which model looks first at an image, and how."""

from functools import lru_cache
from uuid import UUID

from inference.engine.screen import Screen, Screening
from inference.engine.screen_loading import load_screen
from inference.models import ModelVersion, ResultSet
from inference.refused_models import refused_once


def screening_of(result_set: ResultSet, device: str, threads: int) -> Screening | None:
    """None where the detector sees all patches. The same image in the same run draws the same patches, however often
    it is tried."""
    run = result_set.run
    if run.screen_id is None or run.screen_threshold is None or run.random_share is None:
        return None
    screen = loaded_screen(run.screen_id, run.screen_threshold, device, threads)
    return Screening(screen, run.screen_threshold, run.random_share, f"{run.pk} {result_set.image_id}")


@lru_cache(maxsize=2)
def loaded_screen(model_version_id: UUID, threshold: float, device: str, threads: int) -> Screen:
    """The pre-filter, loaded once a worker process, as the detector is."""
    folder = ModelVersion.objects.get(pk=model_version_id).folder
    with refused_once(folder, "screen", threshold, device):
        return load_screen(folder, device=device, threads=threads, threshold=threshold)
