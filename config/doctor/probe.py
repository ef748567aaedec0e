"""Run by the doctor as a process of its own: imports the packages named, and says as JSON what came of it.

Of its own, because a broken library may end the process that loads it.
"""

import importlib
import json
import os
import sys
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # as in inference/engine/backends/onnx.py
LOADING = "import"
UNCONFIGURED = "ImproperlyConfigured"  # Django's word for "not now": the package itself is well


def import_all(names: list[str]) -> dict[str, str]:
    """What went wrong, by module."""
    broken = {}
    for name in names:
        print(LOADING, name, flush=True)  # noqa: T201
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever a package does when it is loaded
            if type(error).__name__ != UNCONFIGURED:
                broken[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return broken


def library_versions(loaded: dict[str, Any]) -> dict[str, str]:
    found = {}
    if "pyvips" in loaded:
        found["libvips"] = ".".join(str(loaded["pyvips"].version(part)) for part in range(3))
    if "openslide" in loaded:
        found["OpenSlide"] = loaded["openslide"].__library_version__
    if "django" in loaded:
        found["Django"] = loaded["django"].__version__
    return found


if __name__ == "__main__":
    broken = import_all(sys.argv[1:])
    runtime = sys.modules.get("onnxruntime")
    providers = getattr(runtime, "get_available_providers", list)()
    answer = {"broken": broken, "versions": library_versions(sys.modules), "providers": providers}
    print(json.dumps(answer))  # noqa: T201
