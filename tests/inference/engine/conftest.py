"""Model folders for the tests of the engine."""

import pytest

from tests.factories.models import make_yolox_folder


@pytest.fixture(scope="session")
def yolox_folder(shared_data, tmp_path_factory):
    return make_yolox_folder(shared_data, tmp_path_factory.mktemp("models") / "yolox")
