"""A checkpoint's values into a network: names and shapes must match exactly, or it is refused with the list."""

import re
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from imaging.wording import gettext as _
from inference.engine.backends.rcnn.config import NetworkConfig
from inference.engine.backends.rcnn.layers import Conv
from inference.engine.backends.rcnn.network import Network
from inference.engine.errors import ModelFileError

SHOWN, LONGEST = 8, 120  # names, and characters of each: they may come from anywhere
# Counters of training, heads that answer no boxes, and values of the configuration that older checkpoints repeat.
NO_WEIGHT = re.compile(
    r"num_batches_tracked$|^roi_heads\.(mask|keypoint)_|^pixel_(mean|std)$|anchor_generator\.cell_anchors"
)
Shapes = Mapping[str, tuple[int, ...]]


def build_network(config: NetworkConfig, stored: Mapping[str, Tensor], *, is_sparing: bool = False) -> Network:
    """The network with a checkpoint's values, norms folded, ready to be asked; float32, channels last.

    `is_sparing` lets convolutions compute with fewer products, for processors. `stored` has Detectron2's names; what
    bears on no box, like the weights of a mask head, is passed over. Raises ModelFileError with the list, where one is
    missing, too many or of another shape: nothing is ever left at random.
    """
    network = empty_network(config)
    check_shapes(network, {name: tuple(value.shape) for name, value in stored.items()})
    for name, module in _holders(network):
        weight, bias = _values(module, {key: stored[f"{name}.{key}"] for key in dict(_shapes_of(module))})
        if weight.ndim == 4:
            weight = weight.contiguous(memory_format=torch.channels_last)
        module.weight = nn.Parameter(weight, requires_grad=False)
        module.bias = nn.Parameter(bias, requires_grad=False)
        if is_sparing and isinstance(module, Conv):
            module.spare()
    network.eval()
    return network


def empty_network(config: NetworkConfig) -> Network:
    """The network without values: it takes no memory, and tells the names and shapes it needs."""
    with torch.device("meta"):
        return Network(config)


def checkpoint_shapes(network: Network) -> Shapes:
    """Names and shapes of a checkpoint of this network, as Detectron2 lists them."""
    return {f"{name}.{key}": shape for name, module in _holders(network) for key, shape in _shapes_of(module)}


def check_shapes(network: Network, found: Shapes) -> None:
    """Raises ModelFileError, with a list, where a checkpoint is not of this network."""
    refuse_other_shapes(checkpoint_shapes(network), found)


def refuse_other_shapes(needed: Shapes, found: Shapes) -> None:
    """Raises ModelFileError, with a list, where what is found is not what is needed."""
    missing = [name for name in needed if name not in found]
    extra = [name for name in found if name not in needed and not NO_WEIGHT.search(name)]
    other = [
        f"{name} {list(found[name])} ≠ {list(shape)}"
        for name, shape in needed.items()
        if name in found and tuple(found[name]) != tuple(shape)
    ]
    if missing or extra or other:
        sentence = _(
            "The weights do not fit the configuration. Missing: %(missing)s. Not used: %(extra)s. Of another shape: "
            "%(other)s. Check that both belong to one model."
        )
        names = {"missing": missing, "extra": extra, "other": other}
        raise ModelFileError(sentence % {key: _listed(values) for key, values in names.items()})


def _listed(names: list[str]) -> str:
    if not names:
        return _("none")
    shown = ", ".join(name[:LONGEST] for name in names[:SHOWN])
    hidden = len(names) - SHOWN
    return _("%(shown)s and %(n)d more") % {"shown": shown, "n": hidden} if hidden > 0 else shown


def _holders(network: Network) -> Iterator[tuple[str, Conv | nn.Linear]]:
    for name, module in network.named_modules():
        if isinstance(module, Conv | nn.Linear):
            yield name, module


def _shapes_of(module: Conv | nn.Linear) -> Iterator[tuple[str, tuple[int, ...]]]:
    if isinstance(module, Conv):
        yield from module.checkpoint_shapes()
    else:
        yield from (("weight", tuple(module.weight.shape)), ("bias", tuple(module.bias.shape)))


def _values(module: Conv | nn.Linear, stored: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    if isinstance(module, Conv):
        return module.folded(stored)
    return stored["weight"].float(), stored["bias"].float()
