"""Going on from a published model: the folded file gives back networks that answer alike and can learn on."""

from tests.training.pytorch import need_pytorch

need_pytorch()

import pytest
import torch

from inference.engine.backends.onnxgraph import constants_of
from tests.training.test_network import network
from tests.training.test_second import second_look
from training.export import export
from training.network import Starter
from training.second import SecondLook, look_twice
from training.start import take_over

LABELS = 7


def pictures() -> torch.Tensor:
    return torch.randint(0, 256, (4, 3, 96, 96), generator=torch.Generator().manual_seed(3)).float()


def taken_over(content: bytes, images: torch.Tensor) -> tuple[Starter, SecondLook]:
    torch.manual_seed(11)  # what they begin with is nothing of the file
    first, second = Starter(LABELS), SecondLook(LABELS)
    take_over(first, second, content, images)
    return first, second


def test_the_networks_answer_as_the_file_they_were_taken_from() -> None:
    published, again, images = network(), second_look(), pictures()
    first, second = taken_over(export(published, again, 96, 96), images)
    with torch.no_grad():
        assert torch.allclose(first.eval()(images), published(images), atol=2e-3)
        for image in images[:, None]:
            ours, theirs = look_twice(first, second.eval(), image), look_twice(published, again, image)
            assert len(theirs[1][0]) > 0
            assert torch.allclose(ours[0], theirs[0], atol=0.05)
            assert torch.allclose(ours[1], theirs[1], atol=2e-3)
            assert torch.equal(ours[2], theirs[2])


def test_they_are_written_as_they_were_read() -> None:
    content = export(network(), second_look(), 64, 64)
    first, second = taken_over(content, pictures())
    for ours, theirs in zip(constants_of(export(first, second, 64, 64)), constants_of(content), strict=True):
        assert ours.shape == theirs.shape
        assert torch.allclose(torch.tensor(ours).double(), torch.tensor(theirs).double(), rtol=1e-3, atol=1e-4)


def test_in_training_the_first_look_answers_alike_on_the_pictures_it_was_set_on() -> None:
    published, images = network(), pictures()
    first, second = taken_over(export(published, second_look(), 96, 96), images)
    assert first.training
    assert second.training
    with torch.no_grad():
        assert torch.allclose(first(images), published(images), atol=2e-2)


def test_weights_for_other_labels_are_refused() -> None:
    content = export(network(), second_look(), 64, 64)
    with pytest.raises(ValueError, match="another network"):
        take_over(Starter(LABELS - 1), SecondLook(LABELS - 1), content, pictures())


def test_constants_are_read_as_they_were_written() -> None:
    published = network()
    constants = constants_of(export(published, second_look(), 64, 64))
    assert constants[0].shape == published.stem[0][0].weight.shape
    assert len([constant for constant in constants if constant.ndim == 4]) == 18 + 16  # first and second look
