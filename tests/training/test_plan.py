"""How the training command shares out its time, and what it refuses."""

from pathlib import Path

import pytest

from tests.training.pytorch import need_pytorch

need_pytorch()

from training.plan import FIRST_SHARE, PLACES_SHARE, SECOND_SHARE, Plan
from training.train import main


def plan(*, keep_first: bool) -> Plan:
    return Plan(Path("out"), 100, 10, Path("data"), "cpu", Path("models/starter"), keep_first)


def test_the_parts_leave_time_for_the_figures() -> None:
    seconds = sum(plan(keep_first=False).seconds(share) for share in (FIRST_SHARE, PLACES_SHARE, SECOND_SHARE))
    assert 0.8 * 6000 < seconds < 0.9 * 6000


def test_where_the_first_look_is_kept_its_time_is_the_others() -> None:
    whole = sum(plan(keep_first=False).seconds(share) for share in (FIRST_SHARE, PLACES_SHARE, SECOND_SHARE))
    assert sum(plan(keep_first=True).seconds(share) for share in (PLACES_SHARE, SECOND_SHARE)) == pytest.approx(whole)


def test_a_first_look_to_keep_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--out", "nowhere", "--keep-first"])
    assert "--start" in capsys.readouterr().err
