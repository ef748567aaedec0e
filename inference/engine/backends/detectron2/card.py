"""A card's settings as Detectron2 is told them."""

from inference.engine.backends.rcnn.known import KNOWN, refuse_single_values
from inference.engine.backends.rcnn.reading import card_settings, check_label_count, label_section
from inference.engine.backends.rcnn.refusals import refuse_other_files
from inference.engine.card import ModelCard
from inference.engine.detectron2_settings import Settings

ARCHITECTURES = ("GeneralizedRCNN", "RetinaNet")
CASCADE = ("MODEL.ROI_BOX_CASCADE_HEAD.IOUS", "MODEL.ROI_BOX_CASCADE_HEAD.BBOX_REG_WEIGHTS")
TOLD = {*KNOWN, *CASCADE}
NO_MASKS = {"MODEL.MASK_ON": False, "MODEL.KEYPOINT_ON": False}
N_LABELS = 80  # Detectron2's default


def library_settings(card: ModelCard) -> Settings:
    """The settings that make Detectron2 build the card's network, and find boxes alone with it.

    Those that Detectron2 does not know are left out. Raises CardError.
    """
    settings = card_settings(card)
    refuse_single_values(settings)
    refuse_other_files(settings)
    settings.choice("MODEL.META_ARCHITECTURE", ARCHITECTURES[0], ARCHITECTURES)
    check_label_count(card, settings.whole(f"{label_section(settings)}.NUM_CLASSES", N_LABELS, 1, 10_000))
    return Settings({name: value for name, value in settings.values.items() if name in TOLD} | NO_MASKS)
