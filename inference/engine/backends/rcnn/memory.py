"""How PyTorch says that there is no memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from imaging.wording import gettext as _
from inference.engine.errors import DetectorMemoryError

NO_MEMORY = "DefaultCPUAllocator"  # who says that there is none, but not by an exception of its own


@contextmanager
def telling_lack_of_memory() -> Iterator[None]:
    """Raises DetectorMemoryError for a lack of memory alone."""
    try:
        yield
    except RuntimeError as problem:
        if not isinstance(problem, torch.OutOfMemoryError) and NO_MEMORY not in str(problem):
            raise
        raise DetectorMemoryError(_("The batch of patches does not fit into memory.")) from problem
