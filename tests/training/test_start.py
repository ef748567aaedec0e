"""Going on from a published model: the folded file gives back a network that answers alike and can learn on."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch

from inference.engine.backends.onnxgraph import constants_of
from tests.training.test_network import network
from tests.training.test_second import second_look
from training.export import export
from training.network import Starter
from training.start import take_over

LABELS = 7


def pictures() -> torch.Tensor:
    return torch.randint(0, 256, (4, 3, 96, 96), generator=torch.Generator().manual_seed(3)).float()


def taken_over(content: bytes, images: torch.Tensor) -> Starter:
    fresh = Starter(LABELS)
    take_over(fresh, content, images)
    return fresh


def test_the_network_answers_as_the_file_it_was_taken_from() -> None:
    published, images = network(), pictures()
    fresh = taken_over(export(published, second_look(), 96, 96), images)
    with torch.no_grad():
        assert torch.allclose(fresh.eval()(images), published(images), atol=2e-3)


def test_in_training_it_answers_alike_on_the_pictures_it_was_set_on() -> None:
    published, images = network(), pictures()
    fresh = taken_over(export(published, second_look(), 96, 96), images)
    assert fresh.training
    with torch.no_grad():
        assert torch.allclose(fresh(images), published(images), atol=2e-2)


def test_weights_for_other_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="another network"):
        take_over(Starter(LABELS - 1), export(network(), second_look(), 64, 64), pictures())


def test_constants_are_read_as_they_were_written() -> None:
    published = network()
    constants = constants_of(export(published, second_look(), 64, 64))
    assert constants[0].shape == published.stem[0][0].weight.shape
    assert len([constant for constant in constants if constant.ndim == 4]) == 18 + 16  # first and second look
