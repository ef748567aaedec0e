"""What is known of a network but its weights: plain values, read by reading.py."""

from dataclasses import dataclass

from inference.engine.detectron2_settings import Table

Weights = tuple[float, float, float, float]


@dataclass(frozen=True)
class InputConfig:
    """How an image becomes input: channel order, mean and std in that order, and the length in px to which the
    shorter side is resized unless the longer one would pass `longest`. `shortest` 0: never resized."""

    channel_order: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    shortest: int
    longest: int


@dataclass(frozen=True)
class ResnetConfig:
    """The ResNet or ResNeXt; `out` are the stages whose features are used. `dilations` are those of conv2 in the
    Trident stage, all of them or the one branch that is asked; empty without TridentNet."""

    depth: int
    out: tuple[str, ...]
    norm: str
    groups: int
    width_per_group: int
    stride_in_1x1: bool
    stem_channels: int
    res2_channels: int
    res5_dilation: int
    trident_stage: str = ""
    dilations: tuple[int, ...] = ()

    @property
    def branches(self) -> int:
        """How many results each image has before they are merged."""
        return max(1, len(self.dilations))


@dataclass(frozen=True)
class FpnConfig:
    """The feature pyramid over ResNet stages; `top` makes the levels above: "pool" p6, "convs" p6 and p7."""

    stages: tuple[str, ...]
    channels: int
    norm: str
    is_average: bool
    top: str

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels it answers with, finest first."""
        numbers = [int(stage[-1]) for stage in self.stages]
        above = 2 if self.top == "convs" else 1
        return tuple(f"p{number}" for number in range(numbers[0], numbers[-1] + above + 1))


@dataclass(frozen=True)
class AnchorConfig:
    """Sizes in px and ratios (height to width) for each level, and the grid's offset in strides."""

    sizes: Table
    ratios: Table
    offset: float

    @property
    def per_cell(self) -> int:
        return len(self.sizes[0]) * len(self.ratios[0])


@dataclass(frozen=True)
class RpnConfig:
    """Levels, channels of its convolutions (-1: as many as come into it), and which proposals go on: the `pre_nms` best
    of each level, after suppression the `post_nms` best of all; sides of at most `min_size` px are dropped."""

    levels: tuple[str, ...]
    channels: tuple[int, ...]
    pre_nms: int
    post_nms: int
    nms_iou: float
    min_size: float
    weights: Weights


@dataclass(frozen=True)
class RoiConfig:
    """The head over proposals: "res5" or "fc", levels it pools from, `bins` a side; `sampling` points a bin and side
    (0: as many as the proposal needs); `is_aligned` tells ROIAlignV2 from its forerunner."""

    kind: str
    levels: tuple[str, ...]
    n_labels: int
    score_threshold: float
    nms_iou: float
    bins: int
    sampling: int
    is_aligned: bool
    is_agnostic: bool
    weights: Weights
    norm: str
    convs: tuple[int, ...]
    fcs: tuple[int, ...]


@dataclass(frozen=True)
class RetinaConfig:
    """RetinaNet's head: levels, convolutions before the last, and which boxes go on: those above the threshold, the
    `candidates` best of each level."""

    levels: tuple[str, ...]
    n_labels: int
    convs: int
    score_threshold: float
    nms_iou: float
    candidates: int
    weights: Weights


@dataclass(frozen=True)
class NetworkConfig:
    """Everything about a network but its weights: `rpn` with `roi`, or `retina`. `limit` boxes an image at most."""

    input: InputConfig
    resnet: ResnetConfig
    fpn: FpnConfig | None
    anchors: AnchorConfig
    rpn: RpnConfig | None
    roi: RoiConfig | None
    retina: RetinaConfig | None
    limit: int
    warnings: tuple[str, ...] = ()

    @property
    def judging(self) -> RoiConfig | RetinaConfig:
        """The part that gives boxes their labels."""
        if (head := self.roi or self.retina) is None:
            raise ValueError("neither roi nor retina")
        return head

    @property
    def stages(self) -> tuple[RpnConfig, RoiConfig]:
        """Both of an R-CNN: what proposes, and what looks at proposals. RetinaNet has one stage only."""
        if self.rpn is None or self.roi is None:
            raise ValueError("a network of one stage")
        return self.rpn, self.roi

    @property
    def n_labels(self) -> int:
        return self.judging.n_labels

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that have anchors."""
        dense = self.rpn or self.retina
        return dense.levels if dense else ()
