"""Models that failed their self-test in this worker process: the next image hears so at once, and nothing is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference.engine.selftest import SelfTestError

MOST = 100
_sentences: dict[tuple[object, ...], str] = {}


@contextmanager
def refused_once(folder: Path, *how: object) -> Iterator[None]:
    """Around the loading of a model folder, `how` being all that its self-test depends on besides. What it refuses
    stays refused for as long as no file of the folder changes."""
    key = (folder, *_stamps(folder), *how)
    if sentence := _sentences.get(key):
        raise SelfTestError(sentence)
    try:
        yield
    except SelfTestError as refusal:
        if len(_sentences) >= MOST:
            _sentences.clear()
        _sentences[key] = str(refusal)
        raise


def _stamps(folder: Path) -> Iterator[tuple[object, ...]]:
    for path in sorted(folder.glob("*")):
        facts = path.stat()
        yield path.name, facts.st_ino, facts.st_size, facts.st_mtime_ns
