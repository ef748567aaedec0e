"""From images to boxes: the dense half, proposals, pooling, the head, suppression."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from imaging.wording import gettext as _
from inference.engine.backends.rcnn.anchors import level_anchors
from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.backends.rcnn.images import Batch, make_batch
from inference.engine.backends.rcnn.network import DenseOutputs, Network, level_stride, size_multiple
from inference.engine.backends.rcnn.proposals import Proposals, propose
from inference.engine.backends.rcnn.results import Found, judge, judge_anchors, merge_branches, rescale
from inference.engine.backends.rcnn.roialign import Pooling, pool_levels
from inference.engine.detector import Pixels
from inference.engine.errors import DetectorError

# Pooled features of so many proposals stay in a processor's cache; a graphics card wants them all at once.
ROIS_AT_ONCE = {"cpu": 64, "cuda": 4096}


@dataclass(frozen=True)
class Pipeline:
    """A network whose halves somebody runs, with everything around them.

    `dense` answers images (n, 3, h, w) with features, logits and deltas, `head` pooled features (r, c, side, side) with
    logits and deltas; `pool_step` is the head's. All that is in between runs in float32 on `device`.
    """

    config: NetworkConfig
    dense: Callable[[Tensor], DenseOutputs]
    head: Callable[[Tensor], tuple[Tensor, Tensor]] | None
    pool_step: int
    device: torch.device

    def batch(self, images: Sequence[Pixels], *, is_resized: bool = True) -> Batch:
        """Images, (height, width, 3) uint8 RGB, as input; without resizing where asked."""
        rule = self.config.input if is_resized else replace(self.config.input, shortest=0)
        return make_batch(images, rule, size_multiple(self.config), self.device)

    def find(self, batch: Batch) -> Found:
        """The boxes of a batch in px of the original images. Raises DetectorError where an answer is no number."""
        with torch.inference_mode():
            features, logits, deltas = self.dense(batch.images)
            if not all(bool(torch.isfinite(level).all()) for level in logits):
                raise DetectorError(
                    _(
                        "The model answered with values that are no numbers (NaN or infinite): the weights are "
                        "damaged, or the mean and standard deviation of its pixels are wrong."
                    )
                )
            return rescale(self.judged(features, logits, deltas, batch.sizes), batch.sizes, batch.originals)

    def judged(
        self, features: Sequence[Tensor], logits: Sequence[Tensor], deltas: Sequence[Tensor], sizes: Tensor
    ) -> Found:
        """The boxes in px of the input, from what the dense half answers; `sizes` (n, 2) height and width in px."""
        config = self.config
        if config.retina:
            return judge_anchors(logits, deltas, self.anchors(logits), config.retina, config.limit)
        proposals = self.proposals(logits, deltas, sizes)
        return self.judge(*self.looked_at(features, proposals), proposals, sizes)

    def judge(self, logits: Tensor, deltas: Tensor, proposals: Proposals, sizes: Tensor) -> Found:
        """The boxes in px of the input, from what the head answers."""
        config, branches, (_rpn, roi) = self.config, self.config.resnet.branches, self.config.stages
        found = judge(logits, deltas, proposals, sizes.repeat(branches, 1), roi, config.limit)
        if branches == 1:
            return found
        return merge_branches(found, len(sizes), iou=roi.nms_iou, limit=config.limit)

    def anchors(self, logits: Sequence[Tensor]) -> list[Tensor]:
        """(h * w * anchors, 4) px for each level."""
        grids = tuple((level.shape[2], level.shape[3]) for level in logits)
        strides = tuple(level_stride(self.config, level) for level in self.config.levels)
        return [torch.from_numpy(level).to(self.device) for level in level_anchors(self.config, grids, strides)]

    def proposals(self, logits: Sequence[Tensor], deltas: Sequence[Tensor], sizes: Tensor) -> Proposals:
        """The proposals of n images; of branches * n where all of TridentNet's are asked, branch after branch."""
        rpn, _roi = self.config.stages
        sizes = sizes.repeat(self.config.resnet.branches, 1)
        return propose(logits, deltas, self.anchors(logits), sizes, rpn)

    def looked_at(self, features: Sequence[Tensor], proposals: Proposals) -> tuple[Tensor, Tensor]:
        """Logits (r, labels + 1) and deltas (r, labels * 4 or 4) of the proposals."""
        if self.head is None:
            raise ValueError("a network of one stage")
        parts = [self.head(pooled) for pooled in self.pooled(features, proposals, self.pool_step)]
        logits, deltas = zip(*parts, strict=True)
        return torch.cat(logits), torch.cat(deltas)

    def pooled(self, features: Sequence[Tensor], proposals: Proposals, step: int) -> Iterator[Tensor]:
        """(part of r, channels, side, side), as many proposals at a time as are looked at together; at least one
        part, which may be empty."""
        _rpn, roi = self.config.stages
        pooling = Pooling(roi.bins, roi.sampling, roi.is_aligned, step)
        strides = [level_stride(self.config, level) for level in roi.levels]
        many = ROIS_AT_ONCE.get(self.device.type, len(proposals.boxes))
        for boxes, image in zip(torch.split(proposals.boxes, many), torch.split(proposals.image, many), strict=True):
            yield pool_levels(features, strides, boxes, image, pooling)


def torch_pipeline(config: NetworkConfig, network: Network, device: torch.device) -> Pipeline:
    """The network run by PyTorch as it is, on the device where it lies."""
    head = network.roi_heads
    return Pipeline(config, network.dense, head, head.pool_step if head else 1, device)
