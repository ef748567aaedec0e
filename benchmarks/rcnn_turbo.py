"""The turbo mode of a Detectron2 network against the same network as it would be written down (see rcnn.py)."""

from benchmarks.rcnn import has_bfloat16, measured
from benchmarks.report import report

LIMIT, LIMIT_WITH_BFLOAT16 = 5.0, 30.0
PATCHES = 4


def main() -> None:
    limit = LIMIT_WITH_BFLOAT16 if has_bfloat16() else LIMIT
    ours, reference, plan = measured("turbo", PATCHES)
    print(f"turbo: {plan}")
    report(
        bench="rcnn-turbo",
        ratio=reference / ours,
        limit=limit,
        ours=ours,
        reference=reference,
        unit="CPU s a patch",
        at_least=True,
    )


if __name__ == "__main__":
    main()
