"""What looks at every cell of the features: the region proposal network's head, and RetinaNet's."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from torch import Tensor, nn
from torch.nn import functional

from inference.engine.backends.rcnn.config import RetinaConfig, RpnConfig
from inference.engine.backends.rcnn.layers import Conv

PerLevel = list[Tensor]


class RpnHead(nn.Module):
    """For each level (n, anchors, height, width) objectness logits and (n, anchors * 4, height, width) deltas."""

    def __init__(self, config: RpnConfig, channels: int, anchors: int) -> None:
        super().__init__()
        widths = list(
            accumulate(config.channels, lambda before, asked: before if asked == -1 else asked, initial=channels)
        )
        convs = [Conv(pair, 3) for pair in pairwise(widths)]
        self.conv = convs[0] if len(convs) == 1 else nn.ModuleDict({f"conv{i}": conv for i, conv in enumerate(convs)})
        self.objectness_logits = Conv((widths[-1], anchors), 1)
        self.anchor_deltas = Conv((widths[-1], anchors * 4), 1)

    def forward(self, features: Sequence[Tensor]) -> tuple[PerLevel, PerLevel]:
        seen = [self._seen(level) for level in features]
        return [self.objectness_logits(level) for level in seen], [self.anchor_deltas(level) for level in seen]

    def _seen(self, level: Tensor) -> Tensor:
        for conv in self.conv.values() if isinstance(self.conv, nn.ModuleDict) else [self.conv]:
            level = functional.relu_(conv(level))
        return level


class RetinaHead(nn.Module):
    """For each level (n, anchors * labels, height, width) logits and (n, anchors * 4, height, width) deltas
    (arXiv 1708.02002)."""

    def __init__(self, config: RetinaConfig, channels: int, anchors: int) -> None:
        super().__init__()
        self.cls_subnet, self.bbox_subnet = (_subnet(config.convs, channels) for _ in range(2))
        self.cls_score = Conv((channels, anchors * config.n_labels), 3)
        self.bbox_pred = Conv((channels, anchors * 4), 3)

    def forward(self, features: Sequence[Tensor]) -> tuple[PerLevel, PerLevel]:
        logits = [self.cls_score(self.cls_subnet(level)) for level in features]
        return logits, [self.bbox_pred(self.bbox_subnet(level)) for level in features]


def _subnet(n_convs: int, channels: int) -> nn.Sequential:
    layers = [(Conv((channels, channels), 3), nn.ReLU(inplace=True)) for _ in range(n_convs)]
    return nn.Sequential(*(layer for pair in layers for layer in pair))
