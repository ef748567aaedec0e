"""Whether labels, configuration and weights belong to one model; usual faults have their own sentence."""

from collections.abc import Iterable, Sequence

from imaging.wording import gettext as _
from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.backends.rcnn.state import Shapes
from inference.engine.errors import CardError, ModelFileError

HEADS = ("proposal_generator.", "roi_heads.box_", "rpn_head.", "box_predictor.", "head.")


def check_labels(config: NetworkConfig, labels: Sequence[str]) -> None:
    """Raises CardError where labels are given, but not one for each of the network's."""
    if labels and len(labels) != config.n_labels:
        sentence = _(
            "%(named)d labels are given, but the configuration was made for %(made)d (%(key)s). Give all, in the order "
            "in which the model was trained."
        )
        raise CardError(sentence % {"named": len(labels), "made": config.n_labels, "key": _key(config)})


def check_parts(config: NetworkConfig, shapes: Shapes) -> None:
    """Raises ModelFileError where the weights are a backbone alone, or of another number of labels."""
    if not _has_head(shapes):
        raise ModelFileError(
            _(
                "The weights are a backbone alone, as training starts from, and no detector: they hold no head that "
                "finds boxes. Give the checkpoint that training wrote: model_final.pth."
            )
        )
    found = _labels_of(config, shapes)
    if found is not None and found != config.n_labels:
        sentence = _(
            "The configuration says %(made)d labels, but the weights are of %(found)g: set %(key)s to %(found)g, or "
            "give the configuration that the model was trained with."
        )
        raise ModelFileError(sentence % {"made": config.n_labels, "found": found, "key": _key(config)})


def _has_head(names: Iterable[str]) -> bool:
    return any(name.startswith(HEADS) for name in names)


def _labels_of(config: NetworkConfig, shapes: Shapes) -> float | None:
    """The number of labels that the weights were made for; None where they do not tell."""
    if config.retina:
        shape = shapes.get("head.cls_score.bias")
        return shape[0] / config.anchors.per_cell if shape else None
    shape = shapes.get("roi_heads.box_predictor.cls_score.bias")
    return shape[0] - 1 if shape else None


def _key(config: NetworkConfig) -> str:
    return "MODEL.RETINANET.NUM_CLASSES" if config.retina else "MODEL.ROI_HEADS.NUM_CLASSES"
