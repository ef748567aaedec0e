"""Finding animals in one image: patches, a detector, merging. Plain Python and numpy, usable from a notebook.

card = load_card(folder)
detector = load_detector(folder, device="cpu")
found = search_image(pixels, detector, SearchSettings.from_card(card)).boxes
"""

from inference.engine.backends import load_detector
from inference.engine.boxes import Boxes
from inference.engine.card import ModelCard, load_card, write_card
from inference.engine.detector import Detector, Window
from inference.engine.errors import CardError, DetectorError, DetectorMemoryError, EngineError, ModelFileError
from inference.engine.merge import merge
from inference.engine.patches import Patch, plan_patches
from inference.engine.search import SearchResult, SearchSettings, search_image

__all__ = [
    "Boxes",
    "CardError",
    "Detector",
    "DetectorError",
    "DetectorMemoryError",
    "EngineError",
    "ModelCard",
    "ModelFileError",
    "Patch",
    "SearchResult",
    "SearchSettings",
    "Window",
    "load_card",
    "load_detector",
    "merge",
    "plan_patches",
    "search_image",
    "write_card",
]
