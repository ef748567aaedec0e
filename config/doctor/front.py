"""`python manage.py doctor`, also where Django cannot be loaded: what needs Django is looked at last, if at all."""

import argparse
import os
from collections.abc import Iterator

from config.doctor import machine, wheels
from config.doctor.finding import Finding


def main(arguments: list[str]) -> int:
    """Prints a line for each thing; 1 where something is not well."""
    options = _parser().parse_args(arguments)
    failed = 0
    for finding in examine(options.host, options.port):
        print(finding, flush=True)  # noqa: T201
        failed += not finding.is_well
    print("Everything is well." if not failed else f"To be put right: {failed}.")  # noqa: T201
    return 1 if failed else 0


def examine(host: str, port: int) -> Iterator[Finding]:
    packages, probe = wheels.examine(list(wheels.locked()))
    disk = machine.disk()
    device = machine.device(probe.providers)
    yield from (packages, machine.versions(probe), disk, machine.port(host, port), device, machine.clock())
    if not packages.is_well or not disk.is_well:
        yield Finding("the rest", "was not looked at.", "Put right what stands above, then ask the doctor again")
        return
    from config.doctor import house  # it needs Django

    yield from house.examine(is_serving=machine.is_kopje(host, port), has_device=device.is_well)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py doctor", description="Looks at everything that Kopje needs.")
    parser.add_argument("--host", default=os.environ.get("HOST") or "0.0.0.0")  # noqa: S104
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
    return parser
