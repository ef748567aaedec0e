import json
from collections.abc import Callable

import pytest

from tests.services import Stack


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_two_hundred_thousand_rows_stream_through_flat_memory(database: str, make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(database)
    stack.shell("from tests.inference import export_probe; export_probe.fill()")
    measured = json.loads(stack.shell("from tests.inference import export_probe; export_probe.measure()"))
    print(measured)
    for table in measured.values():
        assert table["lines"] == 200_001
        assert table["grown_mb"] < 20
        assert table["first_s"] < 1
