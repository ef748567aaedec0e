"""One large buffer that is used again for image after image.

A fresh 72 MB array costs a worker about a tenth of a JPEG's decoding in page faults. The buffer is only given out while
nothing else refers to it, so an array that somebody still holds is never written over.
"""

import sys
import threading

import numpy as np
from numpy.typing import NDArray

_LARGEST_KEPT = 160_000_000
_FREE = 2  # references to a buffer nobody uses: the attribute, and getrefcount's own argument


class ReusedBuffer:
    """Gives out arrays that share one memory as long as only one of them is alive, and new ones otherwise."""

    def __init__(self) -> None:
        self._memory = np.empty(0, np.uint8)
        self._lock = threading.Lock()

    def array(self, height: int, width: int, channels: int) -> NDArray[np.uint8]:
        """An uninitialised array, writable and contiguous."""
        size = height * width * channels
        if size > _LARGEST_KEPT:
            return np.empty((height, width, channels), np.uint8)
        with self._lock:
            if sys.getrefcount(self._memory) > _FREE or self._memory.size < size:
                self._memory = np.empty(size, np.uint8)
            return self._memory[:size].reshape(height, width, channels)
