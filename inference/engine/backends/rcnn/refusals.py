"""Refusing Detectron2 settings that ask for what this engine does not have, rather than answering with other boxes."""

from imaging.wording import gettext as _
from inference.engine.backends.rcnn.known import refuse_single_values
from inference.engine.detectron2_settings import Settings
from inference.engine.errors import CardError

BATCH_NORMS = ("FrozenBN", "BN", "SyncBN", "nnSyncBN", "naiveSyncBN", "naiveSyncBN_N")
TRIDENT_BACKBONE = "build_trident_resnet_backbone"
CHOICES = {
    "MODEL.META_ARCHITECTURE": ("GeneralizedRCNN", "RetinaNet"),
    "MODEL.BACKBONE.NAME": (
        "build_resnet_backbone",
        "build_resnet_fpn_backbone",
        "build_retinanet_resnet_fpn_backbone",
        TRIDENT_BACKBONE,
    ),
    "MODEL.PROPOSAL_GENERATOR.NAME": ("RPN", "TridentRPN"),
    "MODEL.RPN.HEAD_NAME": ("StandardRPNHead",),
    "MODEL.ANCHOR_GENERATOR.NAME": ("DefaultAnchorGenerator",),
    "MODEL.ROI_HEADS.NAME": ("Res5ROIHeads", "StandardROIHeads", "TridentRes5ROIHeads", "TridentStandardROIHeads"),
    "MODEL.ROI_BOX_HEAD.NAME": ("", "FastRCNNConvFCHead"),
    "MODEL.ROI_BOX_HEAD.POOLER_TYPE": ("ROIAlignV2", "ROIAlign"),
    "MODEL.RESNETS.NORM": ("", *BATCH_NORMS),
    "MODEL.FPN.NORM": ("", *BATCH_NORMS),
    "MODEL.ROI_BOX_HEAD.NORM": ("", *BATCH_NORMS),
    "MODEL.RETINANET.NORM": ("",),
}
SWITCHES_OFF = ("MODEL.LOAD_PROPOSALS", "MODEL.ROI_BOX_HEAD.USE_SIGMOID_CE")
DEPTHS = (50, 101, 152)
UNUSED_BY_RETINANET = ("MODEL.ROI_", "MODEL.RPN", "MODEL.PROPOSAL_GENERATOR")
UNUSED_BY_RCNN = ("MODEL.RETINANET",)


def refuse_unsupported(settings: Settings) -> None:
    """Raises CardError, naming the setting and what is supported, where the network would not be Detectron2's."""
    refuse_single_values(settings)
    refuse_other_files(settings)
    is_retina = settings.text("MODEL.META_ARCHITECTURE", "") == "RetinaNet"
    for key, allowed in CHOICES.items():
        if not key.startswith(UNUSED_BY_RETINANET if is_retina else UNUSED_BY_RCNN):
            settings.choice(key, allowed[0], allowed)
    for key in SWITCHES_OFF:
        if settings.flag(key, False):
            raise settings.error(key, _("False: the other way of computing boxes is not supported"))
    if settings.whole("MODEL.RESNETS.DEPTH", 50) not in DEPTHS:
        raise settings.error("MODEL.RESNETS.DEPTH", _("50, 101 or 152"))
    if any(settings.value("MODEL.RESNETS.DEFORM_ON_PER_STAGE", [False] * 4)):
        raise settings.error("MODEL.RESNETS.DEFORM_ON_PER_STAGE", _("all False: no deformable convolutions"))
    if not is_retina:
        _refuse_half_trident(settings)
        _refuse_odd_heads(settings)


def refuse_other_files(settings: Settings) -> None:
    """Raises CardError where the settings are not all there, or of a Detectron2 whose names differ."""
    if "_BASE_" in settings.values:
        raise CardError(
            _(
                "The configuration builds on another file (_BASE_). Give the merged one, which Detectron2 writes with "
                "cfg.dump()."
            )
        )
    if settings.whole("VERSION", 2) != 2:
        raise CardError(
            _(
                "The configuration is of an older Detectron2 (VERSION is not 2). Load it with Detectron2 and give what "
                "cfg.dump() writes."
            )
        )


def _refuse_half_trident(settings: Settings) -> None:
    """All branches at once are tripled in the backbone, counted in the RPN and merged in the heads: all or none."""
    if settings.whole("MODEL.TRIDENT.TEST_BRANCH_IDX", 1, -1) != -1:
        return
    parts = (
        settings.text("MODEL.BACKBONE.NAME", "") == TRIDENT_BACKBONE,
        settings.text("MODEL.PROPOSAL_GENERATOR.NAME", "") == "TridentRPN",
        settings.text("MODEL.ROI_HEADS.NAME", "").startswith("Trident"),
    )
    if any(parts) and not all(parts):
        raise CardError(
            _(
                "MODEL.TRIDENT.TEST_BRANCH_IDX is -1, for which backbone, proposal generator and heads must all be "
                "TridentNet's."
            )
        )


def _refuse_odd_heads(settings: Settings) -> None:
    is_standard = settings.text("MODEL.ROI_HEADS.NAME", "").endswith("StandardROIHeads")
    if is_standard and settings.text("MODEL.ROI_BOX_HEAD.NAME", "") != "FastRCNNConvFCHead":
        raise settings.error("MODEL.ROI_BOX_HEAD.NAME", _("FastRCNNConvFCHead, the head that StandardROIHeads uses"))
