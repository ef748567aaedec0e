"""A network's configuration, read from Detectron2's settings or from a model card.

Names, defaults and meaning are Detectron2's (detectron2/config/defaults.py and projects/TridentNet). Only what bears
on boxes is read. A setting that nobody knows is named in `warnings`; one that asks for what is not built is refused.
"""

from collections.abc import Mapping
from typing import Any

from imaging.wording import gettext as _
from inference.engine.backends.rcnn.config import (
    AnchorConfig,
    FpnConfig,
    InputConfig,
    NetworkConfig,
    ResnetConfig,
    RetinaConfig,
    RoiConfig,
    RpnConfig,
    Weights,
)
from inference.engine.backends.rcnn.known import unknown_settings
from inference.engine.backends.rcnn.refusals import refuse_unsupported
from inference.engine.card import ModelCard
from inference.engine.detectron2_settings import Settings, Table
from inference.engine.errors import CardError

STAGES = ("res2", "res3", "res4", "res5")


def read_config(content: Mapping[str, Any]) -> NetworkConfig:
    """The network of a Detectron2 configuration, a merged dump or only what differs from the defaults.

    Raises CardError with what to do, where a setting is impossible or asks for what this engine does not have.
    """
    return _read(Settings.of(content))


def card_config(card: ModelCard) -> NetworkConfig:
    """The network of a card, by its settings. Raises CardError, also where the labels do not fit."""
    config = _read(card_settings(card))
    check_label_count(card, config.n_labels)
    return config


def card_settings(card: ModelCard) -> Settings:
    """What `settings.detectron2` of a card holds, Detectron2's settings; over them go the card's own channel order,
    mean, std, score and NMS thresholds, and its resize rule: "none", or "shortest_edge" with the lengths of
    INPUT.MIN_SIZE_TEST and MAX_SIZE_TEST. Raises CardError."""
    content = card.settings.get("detectron2")
    if not isinstance(content, Mapping):
        raise CardError(_("Model card key 'settings.detectron2' is missing: it holds the network's settings."))
    settings = Settings.of(content)
    head = label_section(settings)
    own = {
        "INPUT.FORMAT": card.channel_order,
        "MODEL.PIXEL_MEAN": card.pixel_mean,
        "MODEL.PIXEL_STD": card.pixel_std,
        f"{head}.SCORE_THRESH_TEST": card.score_threshold,
        f"{head}.NMS_THRESH_TEST": card.nms_threshold,
    }
    if card.input.resize == "none":
        own["INPUT.MIN_SIZE_TEST"] = 0
    if card.pixel_scale != 1:
        raise CardError(_("Model card key 'pixel_scale' must be 1 for a Detectron2 model."))
    return Settings({**settings.values, **own})


def check_label_count(card: ModelCard, made: int) -> None:
    """Raises CardError where the card names more or fewer labels than the network was made for."""
    if made != len(card.labels):
        sentence = _("The model card names %(named)d labels, but the network was made for %(made)d.")
        raise CardError(sentence % {"named": len(card.labels), "made": made})


def label_section(settings: Settings) -> str:
    """The section of the part that gives boxes their labels."""
    return "MODEL.RETINANET" if _is_retina(settings) else "MODEL.ROI_HEADS"


def _read(settings: Settings) -> NetworkConfig:
    refuse_unsupported(settings)
    is_retina = _is_retina(settings)
    config = NetworkConfig(
        input=_input(settings),
        resnet=_resnet(settings),
        fpn=_fpn(settings),
        anchors=_anchors(settings, is_retina),
        rpn=None if is_retina else _rpn(settings),
        roi=None if is_retina else _roi(settings),
        retina=_retina(settings) if is_retina else None,
        limit=settings.whole("TEST.DETECTIONS_PER_IMAGE", 100, -1, 100_000),
        warnings=unknown_settings(settings),
    )
    _check_levels(config)
    return config


def _is_retina(settings: Settings) -> bool:
    return settings.text("MODEL.META_ARCHITECTURE", "GeneralizedRCNN") == "RetinaNet"


def _input(settings: Settings) -> InputConfig:
    std = settings.numbers("MODEL.PIXEL_STD", (1.0, 1.0, 1.0), count=3)
    if 0 in std:
        raise settings.error("MODEL.PIXEL_STD", _("three numbers other than 0"))
    return InputConfig(
        channel_order=settings.choice("INPUT.FORMAT", "BGR", ("BGR", "RGB")),
        mean=settings.numbers("MODEL.PIXEL_MEAN", (103.53, 116.28, 123.675), count=3),
        std=std,
        shortest=settings.whole("INPUT.MIN_SIZE_TEST", 800, 0, 20_000),
        longest=settings.whole("INPUT.MAX_SIZE_TEST", 1333, 1, 20_000),
    )


def _resnet(settings: Settings) -> ResnetConfig:
    is_trident = settings.text("MODEL.BACKBONE.NAME", "build_resnet_backbone") == "build_trident_resnet_backbone"
    return ResnetConfig(
        depth=settings.whole("MODEL.RESNETS.DEPTH", 50),
        out=settings.names("MODEL.RESNETS.OUT_FEATURES", ("res4",)),
        norm=settings.text("MODEL.RESNETS.NORM", "FrozenBN"),
        groups=settings.whole("MODEL.RESNETS.NUM_GROUPS", 1, 1, 256),
        width_per_group=settings.whole("MODEL.RESNETS.WIDTH_PER_GROUP", 64, 1, 1024),
        stride_in_1x1=settings.flag("MODEL.RESNETS.STRIDE_IN_1X1", True),
        stem_channels=settings.whole("MODEL.RESNETS.STEM_OUT_CHANNELS", 64, 1, 4096),
        res2_channels=settings.whole("MODEL.RESNETS.RES2_OUT_CHANNELS", 256, 1, 4096),
        res5_dilation=settings.whole("MODEL.RESNETS.RES5_DILATION", 1, 1, 2),
        trident_stage=settings.choice("MODEL.TRIDENT.TRIDENT_STAGE", "res4", STAGES) if is_trident else "",
        dilations=_dilations(settings) if is_trident else (),
    )


def _dilations(settings: Settings) -> tuple[int, ...]:
    """Of the branches that are asked: one of them, or all when TEST_BRANCH_IDX is -1."""
    found = settings.numbers("MODEL.TRIDENT.BRANCH_DILATIONS", (1, 2, 3))
    dilations = tuple(int(dilation) for dilation in found)
    n_branches = settings.whole("MODEL.TRIDENT.NUM_BRANCH", 3, 1, 16)
    if len(dilations) != n_branches or any(not 1 <= dilation <= 64 for dilation in dilations):
        raise settings.error("MODEL.TRIDENT.BRANCH_DILATIONS", _("one whole number for each of NUM_BRANCH branches"))
    asked = settings.whole("MODEL.TRIDENT.TEST_BRANCH_IDX", 1, -1, n_branches - 1)
    return dilations if asked == -1 else (dilations[asked],)


def _fpn(settings: Settings) -> FpnConfig | None:
    name = settings.text("MODEL.BACKBONE.NAME", "build_resnet_backbone")
    if "_fpn_" not in name:
        return None
    return FpnConfig(
        stages=settings.names("MODEL.FPN.IN_FEATURES", ()),
        channels=settings.whole("MODEL.FPN.OUT_CHANNELS", 256, 1, 4096),
        norm=settings.text("MODEL.FPN.NORM", ""),
        is_average=settings.choice("MODEL.FPN.FUSE_TYPE", "sum", ("sum", "avg")) == "avg",
        top="convs" if name == "build_retinanet_resnet_fpn_backbone" else "pool",
    )


def _anchors(settings: Settings, is_retina: bool) -> AnchorConfig:
    levels = _retina_levels(settings) if is_retina else _rpn_levels(settings)
    return AnchorConfig(
        sizes=_per_level(settings, "MODEL.ANCHOR_GENERATOR.SIZES", ((32, 64, 128, 256, 512),), len(levels)),
        ratios=_per_level(settings, "MODEL.ANCHOR_GENERATOR.ASPECT_RATIOS", ((0.5, 1.0, 2.0),), len(levels)),
        offset=settings.number("MODEL.ANCHOR_GENERATOR.OFFSET", 0.0, 0.0, 1.0),
    )


def _per_level(settings: Settings, key: str, default: Table, n_levels: int) -> Table:
    """One row a level; a single row is that of every level."""
    rows = settings.table(key, default)
    rows = rows * n_levels if len(rows) == 1 else rows
    if len(rows) != n_levels or len({len(row) for row in rows}) > 1 or min(map(min, rows), default=1) <= 0:
        allowed = _("positive numbers, as many for each of the %(n)d levels") % {"n": n_levels}
        raise settings.error(key, allowed)
    return rows


def _rpn_levels(settings: Settings) -> tuple[str, ...]:
    return settings.names("MODEL.RPN.IN_FEATURES", ("res4",))


def _retina_levels(settings: Settings) -> tuple[str, ...]:
    return settings.names("MODEL.RETINANET.IN_FEATURES", ("p3", "p4", "p5", "p6", "p7"))


def _weights(settings: Settings, key: str, default: Weights) -> Weights:
    horizontal, vertical, wide, high = settings.numbers(key, default, count=4)
    if 0 in (horizontal, vertical, wide, high):
        raise settings.error(key, _("four numbers other than 0"))
    return horizontal, vertical, wide, high


def _rpn(settings: Settings) -> RpnConfig:
    return RpnConfig(
        levels=_rpn_levels(settings),
        channels=_conv_dims(settings),
        pre_nms=settings.whole("MODEL.RPN.PRE_NMS_TOPK_TEST", 6000, 1),
        post_nms=settings.whole("MODEL.RPN.POST_NMS_TOPK_TEST", 1000, 1, 100_000),
        nms_iou=settings.number("MODEL.RPN.NMS_THRESH", 0.7, 0, 1),
        min_size=settings.number("MODEL.PROPOSAL_GENERATOR.MIN_SIZE", 0),
        weights=_weights(settings, "MODEL.RPN.BBOX_REG_WEIGHTS", (1.0, 1.0, 1.0, 1.0)),
    )


def _conv_dims(settings: Settings) -> tuple[int, ...]:
    dims = settings.numbers("MODEL.RPN.CONV_DIMS", (-1,))
    if not dims or any(n != -1 and not (n.is_integer() and 1 <= n <= 8192) for n in dims):
        raise settings.error("MODEL.RPN.CONV_DIMS", _("a list of whole numbers of channels, or -1"))
    return tuple(int(n) for n in dims)


def _roi(settings: Settings) -> RoiConfig:
    head = "MODEL.ROI_BOX_HEAD"
    is_res5 = settings.text("MODEL.ROI_HEADS.NAME", "Res5ROIHeads").endswith("Res5ROIHeads")
    n_convs, n_fcs = settings.whole(f"{head}.NUM_CONV", 0, 0, 32), settings.whole(f"{head}.NUM_FC", 0, 0, 32)
    return RoiConfig(
        kind="res5" if is_res5 else "fc",
        levels=settings.names("MODEL.ROI_HEADS.IN_FEATURES", ("res4",)),
        n_labels=settings.whole("MODEL.ROI_HEADS.NUM_CLASSES", 80, 1, 10_000),
        score_threshold=settings.number("MODEL.ROI_HEADS.SCORE_THRESH_TEST", 0.05, 0, 1),
        nms_iou=settings.number("MODEL.ROI_HEADS.NMS_THRESH_TEST", 0.5, 0, 1),
        bins=settings.whole(f"{head}.POOLER_RESOLUTION", 14, 1, 64),
        sampling=settings.whole(f"{head}.POOLER_SAMPLING_RATIO", 0, 0, 64),
        is_aligned=settings.text(f"{head}.POOLER_TYPE", "ROIAlignV2") == "ROIAlignV2",
        is_agnostic=settings.flag(f"{head}.CLS_AGNOSTIC_BBOX_REG", False),
        weights=_weights(settings, f"{head}.BBOX_REG_WEIGHTS", (10.0, 10.0, 5.0, 5.0)),
        norm=settings.text(f"{head}.NORM", ""),
        convs=(settings.whole(f"{head}.CONV_DIM", 256, 1, 8192),) * n_convs,
        fcs=(settings.whole(f"{head}.FC_DIM", 1024, 1, 65_536),) * n_fcs,
    )


def _retina(settings: Settings) -> RetinaConfig:
    return RetinaConfig(
        levels=_retina_levels(settings),
        n_labels=settings.whole("MODEL.RETINANET.NUM_CLASSES", 80, 1, 10_000),
        convs=settings.whole("MODEL.RETINANET.NUM_CONVS", 4, 0, 32),
        score_threshold=settings.number("MODEL.RETINANET.SCORE_THRESH_TEST", 0.05, 0, 1),
        nms_iou=settings.number("MODEL.RETINANET.NMS_THRESH_TEST", 0.5, 0, 1),
        candidates=settings.whole("MODEL.RETINANET.TOPK_CANDIDATES_TEST", 1000, 1),
        weights=_weights(settings, "MODEL.RETINANET.BBOX_REG_WEIGHTS", (1.0, 1.0, 1.0, 1.0)),
    )


def _check_levels(config: NetworkConfig) -> None:
    """Raises CardError where a part asks for features that the part before it does not have."""
    stages = set(config.resnet.out)
    _check_known("MODEL.RESNETS.OUT_FEATURES", config.resnet.out, set(STAGES))
    _check_trident(config.resnet)
    if config.fpn:
        _check_known("MODEL.FPN.IN_FEATURES", config.fpn.stages, stages)
        _check_row("MODEL.FPN.IN_FEATURES", config.fpn.stages)
        if config.resnet.res5_dilation != 1:
            raise CardError(_("The Detectron2 setting MODEL.RESNETS.RES5_DILATION must be 1 below a feature pyramid."))
    dense, pooled = config.levels, config.roi.levels if config.roi else ()
    _check_known("MODEL.RETINANET.IN_FEATURES" if config.retina else "MODEL.RPN.IN_FEATURES", dense, _made(config))
    if config.roi:
        _check_known("MODEL.ROI_HEADS.IN_FEATURES", pooled, _made(config))
    if config.roi and config.roi.kind == "res5" and len(pooled) != 1:
        raise CardError(_("Res5ROIHeads pools from one level: MODEL.ROI_HEADS.IN_FEATURES must name one."))


def _check_trident(resnet: ResnetConfig) -> None:
    stages = sorted(resnet.out)
    if resnet.trident_stage > stages[-1] or (resnet.branches > 1 and resnet.trident_stage > stages[0]):
        sentence = _("MODEL.TRIDENT.TRIDENT_STAGE is %(stage)s, which no feature in OUT_FEATURES goes through.")
        raise CardError(sentence % {"stage": resnet.trident_stage})


def _made(config: NetworkConfig) -> set[str]:
    """The levels that the backbone answers with."""
    if config.fpn is None:
        return set(config.resnet.out)
    return set(config.fpn.levels)


def _check_known(key: str, names: tuple[str, ...], known: set[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown or not names or len(set(names)) < len(names):
        sentence = _("The Detectron2 setting %(key)s must name some of %(known)s, each once, but is %(found)s.")
        found = ", ".join(names) or _("nothing")
        raise CardError(sentence % {"key": key, "known": ", ".join(sorted(known)), "found": found})


def _check_row(key: str, stages: tuple[str, ...]) -> None:
    first = STAGES.index(stages[0])
    if STAGES[first : first + len(stages)] != stages:
        sentence = _("The Detectron2 setting %(key)s must name stages that follow one another, like res3, res4, res5.")
        raise CardError(sentence % {"key": key})
