"""What every function of this room means by pixels."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(height, width, channels), 8 bits a channel; RGB in sRGB unless said otherwise."""
