"""Several processes that train one network."""

from tests.training.pytorch import need_pytorch

need_pytorch()

from pathlib import Path

import pytest
import torch

from tests.training.two_processes import average_two_layers
from training.together import run_together


@pytest.mark.slow
def test_all_processes_go_the_same_way_also_where_a_batch_says_nothing_of_some_weights(tmp_path: Path) -> None:
    run_together(average_two_layers, 2, tmp_path)
    for number in range(2):
        seconds, first, second = torch.load(tmp_path / f"{number}.pt", weights_only=True)
        assert seconds == 1.5
        assert first.tolist() == [[1.5, 3.0]]
        assert second.tolist() == [[0.5, 1.0]]
