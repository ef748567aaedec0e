"""The settings that Detectron2 itself knows, so that one it does not know can be named."""

from imaging.wording import gettext as _
from inference.engine.detectron2_settings import Settings

WATCHED = ("MODEL", "INPUT", "TEST")
# Whole sections that bear on no box, or of parts that are refused by name.
SECTIONS = (
    "MODEL.PANOPTIC_FPN", "MODEL.SEM_SEG_HEAD", "MODEL.ROI_KEYPOINT_HEAD", "MODEL.ROI_MASK_HEAD",
    "MODEL.ROI_BOX_CASCADE_HEAD", "INPUT.CROP", "TEST.AUG", "TEST.PRECISE_BN",
)  # fmt: skip
KEYS = {
    "MODEL": (
        "LOAD_PROPOSALS", "MASK_ON", "KEYPOINT_ON", "DEVICE", "META_ARCHITECTURE", "WEIGHTS", "PIXEL_MEAN",
        "PIXEL_STD",
    ),
    "MODEL.BACKBONE": ("NAME", "FREEZE_AT"),
    "MODEL.FPN": ("IN_FEATURES", "OUT_CHANNELS", "NORM", "FUSE_TYPE"),
    "MODEL.PROPOSAL_GENERATOR": ("NAME", "MIN_SIZE"),
    "MODEL.ANCHOR_GENERATOR": ("NAME", "SIZES", "ASPECT_RATIOS", "ANGLES", "OFFSET"),
    "MODEL.RPN": (
        "HEAD_NAME", "IN_FEATURES", "BOUNDARY_THRESH", "IOU_THRESHOLDS", "IOU_LABELS", "BATCH_SIZE_PER_IMAGE",
        "POSITIVE_FRACTION", "BBOX_REG_LOSS_TYPE", "BBOX_REG_LOSS_WEIGHT", "BBOX_REG_WEIGHTS", "SMOOTH_L1_BETA",
        "LOSS_WEIGHT", "PRE_NMS_TOPK_TRAIN", "PRE_NMS_TOPK_TEST", "POST_NMS_TOPK_TRAIN", "POST_NMS_TOPK_TEST",
        "NMS_THRESH", "CONV_DIMS",
    ),
    "MODEL.ROI_HEADS": (
        "NAME", "NUM_CLASSES", "IN_FEATURES", "IOU_THRESHOLDS", "IOU_LABELS", "BATCH_SIZE_PER_IMAGE",
        "POSITIVE_FRACTION", "SCORE_THRESH_TEST", "NMS_THRESH_TEST", "PROPOSAL_APPEND_GT",
    ),
    "MODEL.ROI_BOX_HEAD": (
        "NAME", "BBOX_REG_LOSS_TYPE", "BBOX_REG_LOSS_WEIGHT", "BBOX_REG_WEIGHTS", "SMOOTH_L1_BETA",
        "POOLER_RESOLUTION", "POOLER_SAMPLING_RATIO", "POOLER_TYPE", "NUM_FC", "FC_DIM", "NUM_CONV", "CONV_DIM",
        "NORM", "CLS_AGNOSTIC_BBOX_REG", "TRAIN_ON_PRED_BOXES", "USE_FED_LOSS", "USE_SIGMOID_CE",
        "FED_LOSS_FREQ_WEIGHT_POWER", "FED_LOSS_NUM_CLASSES",
    ),
    "MODEL.RETINANET": (
        "NUM_CLASSES", "IN_FEATURES", "NUM_CONVS", "IOU_THRESHOLDS", "IOU_LABELS", "PRIOR_PROB",
        "SCORE_THRESH_TEST", "TOPK_CANDIDATES_TEST", "NMS_THRESH_TEST", "BBOX_REG_WEIGHTS", "FOCAL_LOSS_GAMMA",
        "FOCAL_LOSS_ALPHA", "SMOOTH_L1_LOSS_BETA", "BBOX_REG_LOSS_TYPE", "NORM",
    ),
    "MODEL.RESNETS": (
        "DEPTH", "OUT_FEATURES", "NUM_GROUPS", "NORM", "WIDTH_PER_GROUP", "STRIDE_IN_1X1", "RES5_DILATION",
        "RES2_OUT_CHANNELS", "STEM_OUT_CHANNELS", "DEFORM_ON_PER_STAGE", "DEFORM_MODULATED", "DEFORM_NUM_GROUPS",
    ),
    "MODEL.TRIDENT": ("NUM_BRANCH", "BRANCH_DILATIONS", "TRIDENT_STAGE", "TEST_BRANCH_IDX"),
    "INPUT": (
        "MIN_SIZE_TRAIN", "MIN_SIZE_TRAIN_SAMPLING", "MAX_SIZE_TRAIN", "MIN_SIZE_TEST", "MAX_SIZE_TEST",
        "RANDOM_FLIP", "FORMAT", "MASK_FORMAT",
    ),
    "TEST": ("EVAL_PERIOD", "EXPECTED_RESULTS", "KEYPOINT_OKS_SIGMAS", "DETECTIONS_PER_IMAGE"),
}  # fmt: skip
WHOLE_SECTIONS = tuple(f"{section}." for section in SECTIONS)
KNOWN = {f"{section}.{key}" for section, keys in KEYS.items() for key in keys}


def refuse_single_values(settings: Settings) -> None:
    """Raises CardError where a value stands in the place of a section, whose defaults would be taken silently."""
    for section in (*WATCHED, *KEYS):
        if settings.values.get(section) is not None:
            raise settings.error(section, _("a section with settings below it"))


def unknown_settings(settings: Settings) -> tuple[str, ...]:
    """Names below MODEL, INPUT and TEST that Detectron2 does not know; elsewhere everybody keeps what he likes."""
    watched = (name for name in settings.values if name.split(".")[0] in WATCHED)
    known = {*KNOWN, *KEYS, *SECTIONS}
    return tuple(sorted(name for name in watched if name not in known and not name.startswith(WHOLE_SECTIONS)))
