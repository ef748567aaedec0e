"""What a worker does with an uploaded model: unpack or convert it, try it, register it, or say what is wrong and where.

Nothing that came with the upload is kept but what the registry copies.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from inference.engine import EngineError
from inference.engine.selftest import FILES as SELFTEST_FILES
from inference.engine.selftest import SelfTestError
from inference.model_archive import unpack
from inference.model_upload import ARCHIVE_FILE, DETECTRON2
from inference.models import ModelVersion
from inference.posted import forget
from inference.registry import RegistryError, register_model
from jobs.errors import JobFailedError
from jobs.models import Job
from surveys.files import posted_path

FILES, CONFIG, WEIGHTS, LABELS, SELFTEST, WHOLE = "files", "config", "weights", "labels", "selftest_boxes", ""


def register_uploaded(job: Job) -> None:
    """Handler of `register_model`: the subject is an upload."""
    folder, payload = posted_path(job.subject), dict(job.payload)
    if not folder.is_dir():
        raise JobFailedError(_("The uploaded files are not there any more. Upload them again."), FILES)
    is_pair = payload["kind"] == DETECTRON2
    payload["unknown"] = _convert(folder, payload["facts"]) if is_pair else _unpack(folder)
    job.check_held()
    version = _registered(folder / "model", payload["actor"], field=WHOLE if is_pair else FILES)
    with job.finish():
        Job.objects.filter(pk=job.pk).update(payload=payload | {"version": str(version.pk)})
    forget(job.subject)


def failed(job: Job) -> None:
    """The upload is over: nothing of its files is kept."""
    forget(job.subject)


def _registered(model: Path, actor: int, *, field: str) -> ModelVersion:
    person = get_user_model().objects.filter(pk=actor).first()
    try:
        version, _is_new = register_model(model, actor=person)
    except RegistryError as error:
        is_selftest = field == WHOLE and isinstance(error.__cause__, SelfTestError)
        raise JobFailedError(str(error), SELFTEST if is_selftest else field) from error
    return version


def _unpack(folder: Path) -> list[str]:
    """The model folder of what was posted; of files as they are nothing needs to be done."""
    model, archive = folder / "model", folder / ARCHIVE_FILE
    model.mkdir(exist_ok=True)
    if archive.exists():
        with archive.open("rb") as file, _telling_of(FILES):
            unpack(file, model)
        return []
    for path in list(folder.iterdir()):
        if path != model:
            path.rename(model / path.name)
    return []


def _convert(folder: Path, facts: dict[str, Any]) -> list[str]:
    """The model folder of a Detectron2 pair; settings that nobody knows though they may matter."""
    try:
        from inference.engine.backends.rcnn.conversion.folder import Facts, convert  # PyTorch is an extra
    except ModuleNotFoundError as error:
        sentence = _("Detectron2's models need PyTorch, which is not installed: install Kopje's extra “torch”.")
        raise JobFailedError(sentence) from error
    from inference.engine.backends.rcnn.conversion.configfile import read_config_file
    from inference.engine.backends.rcnn.conversion.fitting import check_labels
    from inference.engine.backends.rcnn.reading import read_config

    shutil.rmtree(folder / "model", ignore_errors=True)  # of an attempt that broke off
    config, weights = (next(folder.glob(f"{name}.*")) for name in (CONFIG, WEIGHTS))
    with _telling_of(CONFIG):
        network = read_config(read_config_file(config))
    with _telling_of(LABELS):
        check_labels(network, facts["labels"])
    told = Facts(**facts | {"labels": tuple(facts["labels"]), "patch": tuple(facts["patch"])})
    with _telling_of(WEIGHTS):
        converted = convert(config, weights, folder / "model", told, scratch=folder)
    for name in SELFTEST_FILES:
        if (folder / name).exists():
            shutil.copyfile(folder / name, folder / "model" / name)
    return list(converted.unknown)


@contextmanager
def _telling_of(field: str) -> Iterator[None]:
    """What goes wrong in here is said at this field of the form, in the engine's own sentence."""
    try:
        yield
    except (EngineError, RegistryError) as error:
        raise JobFailedError(str(error), field) from error
