"""Which engine computes a network: from the mode, the device, its features and what is installed."""

import pytest

from inference.engine.modes import Machine, Plan, choose_plan, cpu_features, installed_packages

ALL = frozenset({"torch", "onnxruntime", "openvino"})
USUAL = frozenset({"torch", "onnxruntime"})
AMX = frozenset({"amx_bf16", "avx512_bf16", "onednn"})


@pytest.mark.parametrize(
    ("machine", "engine", "precision"),
    [
        (Machine("cuda", frozenset({"bf16"}), ALL), "torch", "bfloat16"),
        (Machine("cuda", frozenset(), ALL), "torch", "float16"),
        (Machine("cpu", AMX, ALL), "openvino", "bfloat16"),
        (Machine("cpu", frozenset({"avx512_bf16", "onednn"}), ALL), "openvino", "bfloat16"),
        (Machine("cpu", AMX, USUAL), "torch", "bfloat16"),
        (Machine("cpu", frozenset({"onednn"}), ALL), "torch", "float32"),
        (Machine("cpu", frozenset(), USUAL), "onnxruntime", "float32"),
        (Machine("cpu", frozenset(), frozenset({"torch"})), "torch", "float32"),
    ],
)
def test_fast_and_turbo_are_the_quickest_engine_of_a_machine(machine: Machine, engine: str, precision: str) -> None:
    assert choose_plan("exact", machine) == Plan("torch", "float32", None)
    assert choose_plan("fast", machine) == Plan(engine, precision, None)
    assert choose_plan("turbo", machine) == Plan(engine, precision, 100)


def test_another_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="exact, fast, turbo, not 'int8'"):
        choose_plan("int8", Machine("cpu"))


def test_a_plan_says_for_people_what_computes() -> None:
    assert str(Plan("openvino", "bfloat16", 100)) == "OpenVINO, bfloat16, 100 proposals"
    assert str(Plan()) == "PyTorch, float32"


def test_a_processors_features_are_what_it_says_itself(tmp_path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nmodel name\t: one with avx512_bf16\nflags\t\t: fpu amx_bf16 avx2\n\n")
    assert cpu_features(file) == {"amx_bf16"}
    assert cpu_features(tmp_path / "absent") == frozenset()


def test_packages_are_those_that_can_be_imported() -> None:
    assert "onnxruntime" in installed_packages()
    assert installed_packages() <= ALL
