"""`python -m benchmarks [NAME]`: every benchmark, or one, each in its own process; exits 1 when a limit breaks."""

import subprocess
import sys

NAMES = (
    "pyramid", "patches", "tile", "pipeline", "viewer", "demo", "starter", "rcnn-exact", "rcnn-fast", "rcnn-turbo",
    "survey-cost", "viewer-review", "review-grid",
)  # fmt: skip


def main(names: list[str]) -> int:
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    failed = [
        name
        for name in names or NAMES
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name.replace('-', '_')}"]).returncode
    ]
    if failed:
        print(f"A limit is broken, or a benchmark did not run: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
