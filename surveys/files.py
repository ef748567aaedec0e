"""The only place that names files on disk. Names come from ids, never from people."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

ON_TRIAL = ".incoming-"  # begins the name of a folder that is no version of a model yet


def store() -> Path:
    """The folder that holds everything below: for its free space, and for temporary copies on the same disk."""
    return Path(settings.STORAGE_DIR)


def _path(folder: str, id: UUID, extension: str) -> Path:
    # The last two digits: the first ones of a version 7 UUID are the time, alike for a whole day.
    path = store() / folder / id.hex[-2:] / f"{id}{extension}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def original_path(image_id: UUID) -> Path:
    """The uploaded bytes, never changed. Without extension: what it is is a column, known once it was read."""
    return _path("originals", image_id, "")


def preview_path(image_id: UUID) -> Path:
    return _path("previews", image_id, ".tif")


def pyramid_path(image_id: UUID) -> Path:
    return _path("pyramids", image_id, ".tif")


def crops_folder(image_id: UUID) -> Path:
    """The sheets of crops of all searches of an image; it goes with the image."""
    return _path("crops", image_id, "")


def crop_sheet_path(image_id: UUID, run_id: UUID) -> Path:
    return crops_folder(image_id) / f"{run_id}.crops"


def part_path(upload_id: UUID) -> Path:
    """An upload under way; on the file system of the originals, so that finishing is a rename."""
    return _path("parts", upload_id, ".part")


def stored_parts() -> Iterator[UUID]:
    """The uploads of which there is a part file."""
    for path in (store() / "parts").glob("*/*.part"):
        yield UUID(path.stem)


def model_folder(name: str, version: str) -> Path:
    """Where a registered model lives. Both words begin with a letter or digit, without slash: the card is checked."""
    return store() / "models" / name / version


def models_on_trial() -> Iterator[Path]:
    """Copies of models beside their place, of registrations under way, or of some whose process ended."""
    return (store() / "models").glob(f"*/{ON_TRIAL}*")


def posted_path(id: UUID) -> Path:
    """A file or folder that somebody posted for a job: it goes when the job has ended."""
    return _path("posted", id, "")


def answer_path(id: UUID) -> Path:
    """What a worker answers to a posted file, until whoever waits has read it."""
    return _path("posted", id, ".json")


def arriving_folder() -> Path:
    """Where posted files lie while they arrive; on the same file system, so that taking one in is a rename."""
    folder = store() / "posted" / "arriving"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def posted_files() -> Iterator[Path]:
    """All that was posted and has not gone yet; the name of what a job is about is its id."""
    return (store() / "posted").glob("*/*")
