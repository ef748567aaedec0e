"""The exact mode of a Detectron2 network against the same network as it would be written down (see rcnn.py)."""

from benchmarks.rcnn import has_bfloat16, measured
from benchmarks.report import report

LIMIT = 1.3
PATCHES = 2


def main() -> None:
    has_bfloat16()
    ours, reference, plan = measured("exact", PATCHES)
    print(f"exact: {plan}")
    report(
        bench="rcnn-exact",
        ratio=reference / ours,
        limit=LIMIT,
        ours=ours,
        reference=reference,
        unit="CPU s a patch",
        at_least=True,
    )


if __name__ == "__main__":
    main()
