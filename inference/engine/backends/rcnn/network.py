"""A network in two halves: the dense one sees whole images, the head sees each proposal.

Between them, and after, comes what is not a network: proposals, pooling, suppression. So each half can be run by
another engine or in another precision, while all of them share the rest. Modules are named as in Detectron2.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.backends.rcnn.denseheads import PerLevel, RetinaHead, RpnHead
from inference.engine.backends.rcnn.fpn import Fpn
from inference.engine.backends.rcnn.resnet import Resnet, stage_channels, stage_stride
from inference.engine.backends.rcnn.roihead import Ahead, FcHead, Res5Head

DenseOutputs = tuple[PerLevel, PerLevel, PerLevel]


class Dense(nn.Module):
    """Images (n, 3, height, width) to the features that are pooled from, as far as the head can be computed before
    pooling, logits and deltas of every level."""

    def __init__(
        self,
        backbone: Fpn | Resnet,
        head: RpnHead | RetinaHead,
        levels: Sequence[str],
        pooled: Sequence[str],
        ahead: Ahead | None,
    ) -> None:
        super().__init__()
        self.backbone, self.head, self.ahead = backbone, head, ahead
        self.levels, self.pooled = tuple(levels), tuple(pooled)

    def forward(self, images: Tensor) -> DenseOutputs:
        return self.looked_at(self.backbone(images))

    def looked_at(self, features: dict[str, Tensor]) -> DenseOutputs:
        """The same from the backbone's features."""
        logits, deltas = self.head([features[level] for level in self.levels])
        pooled = [features[level] for level in self.pooled]
        return [self.ahead(level) for level in pooled] if self.ahead else pooled, logits, deltas


class Network(nn.Module):
    """All parts under the names that a checkpoint gives them. `dense` and `head` are what is run; RetinaNet has no
    head."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.backbone = Fpn(config.fpn, config.resnet) if config.fpn else Resnet(config.resnet)
        self.roi_heads: FcHead | Res5Head | None = None
        channels, anchors = level_channels(config, config.levels[0]), config.anchors.per_cell
        dense: RpnHead | RetinaHead
        if config.retina:
            dense = self.head = RetinaHead(config.retina, channels, anchors)
        if config.rpn and config.roi:
            dense = RpnHead(config.rpn, channels, anchors)
            self.proposal_generator = nn.ModuleDict({"rpn_head": dense})
            is_res5 = config.roi.kind == "res5"
            width = level_channels(config, config.roi.levels[0])
            self.roi_heads = Res5Head(config.roi, config.resnet) if is_res5 else FcHead(config.roi, width)
        ahead = self.roi_heads.ahead if self.roi_heads else None
        pooled = config.roi.levels if config.roi else ()
        self._dense = [Dense(self.backbone, dense, config.levels, pooled, ahead)]

    @property
    def dense(self) -> Dense:
        """In a list, so that its parts do not count as modules of a second name."""
        return self._dense[0]


def level_channels(config: NetworkConfig, level: str) -> int:
    """Channels of a level's features."""
    return config.fpn.channels if config.fpn else stage_channels(config.resnet, int(level[-1]))


def level_stride(config: NetworkConfig, level: str) -> int:
    """px of the input between two cells of a level."""
    return int(2 ** int(level[-1])) if config.fpn else stage_stride(config.resnet, int(level[-1]))


def size_multiple(config: NetworkConfig) -> int:
    """What the sides of a batch are rounded up to, in px; 1 without a pyramid."""
    return level_stride(config, f"p{config.fpn.stages[-1][-1]}") if config.fpn else 1
