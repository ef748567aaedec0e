"""The five landscapes; each module builds a Terrain from a Site."""

from collections.abc import Callable

from training.render.landscapes import coast, desert, savanna, steppe, wetland
from training.render.terrain import Site, Terrain

BUILDERS: dict[str, Callable[[Site], Terrain]] = {
    "savanna": savanna.build,
    "steppe": steppe.build,
    "desert": desert.build,
    "coast": coast.build,
    "wetland": wetland.build,
}
LANDSCAPES = tuple(BUILDERS)
