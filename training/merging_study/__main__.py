"""`python -m training.merging_study`: ways of merging beside each other, as tables in Markdown.

SAHI is no dependency of Kopje, for it brings OpenCV and Matplotlib. To have it in the tables:
`python -m venv sahi && sahi/bin/pip install sahi==0.12.8`, and name that folder's site-packages with --sahi.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from inference.engine.backends import load_detector
from inference.engine.boxes import Boxes
from inference.engine.card import load_card
from inference.engine.patches import Patch, plan_patches
from inference.engine.search import SearchSettings, search_image
from training.merging_study.herds import ARRANGEMENTS, Herd, make_herd
from training.merging_study.judging import Outcome, judge, seen_by
from training.merging_study.views import Seen, exact, ordinary, seen_in
from training.merging_study.ways import THRESHOLD, ways

STARTER = Path(__file__).parent.parent.parent / "models" / "starter"
FIRST_SEED = 2_900_000
SIZE = (3040, 2048)
Table = dict[str, dict[str, Outcome]]  # by way and arrangement


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.merging_study", description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=4, help="of each arrangement (4)")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--patch", type=int, default=1056, help="side in px (the starter model's 1056)")
    parser.add_argument("--overlap", type=int, default=64)
    parser.add_argument("--detector", choices=("exact", "ordinary", "starter"), action="append", help="(all three)")
    parser.add_argument("--arrangement", choices=ARRANGEMENTS, action="append", help="(all)")
    parser.add_argument("--threshold", type=float, default=THRESHOLD, help="of NMS and of SAHI's ways (SAHI's own 0.5)")
    parser.add_argument("--sahi", type=Path, help="site-packages that hold SAHI")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    asked = options(arguments)
    if asked.sahi:
        sys.path.append(str(asked.sahi))  # last, so that only what is missing here comes from there
    detectors = asked.detector or ["exact", "ordinary", "starter"]
    tables: dict[str, Table] = {name: {} for name in detectors}
    for arrangement in asked.arrangement or ARRANGEMENTS:
        for seed in range(asked.first_seed, asked.first_seed + asked.scenes):
            study_scene(arrangement, seed, asked, tables)
    for name, table in tables.items():
        print(f"\n**{name}**, patches of {asked.patch} px with {asked.overlap} px overlap\n")  # noqa: T201
        print("\n".join(lines(table)))  # noqa: T201


def study_scene(arrangement: str, seed: int, asked: argparse.Namespace, tables: dict[str, Table]) -> None:
    patches = plan_patches(*SIZE, patch_width=asked.patch, patch_height=asked.patch, overlap=asked.overlap)
    herd = make_herd(arrangement, seed, SIZE, patches)
    seen = [seen_in(herd, patch) for patch in patches]
    for name, table in tables.items():
        views = answers(name, herd, patches, seen, seed)
        is_seen = seen_by(views, seen, len(herd.labels))
        for way, merged_by in ways(asked.threshold).items():
            merged, cpu_s = merged_by(views, patches, SIZE)
            row = table.setdefault(way, {})
            row[arrangement] = row.get(arrangement, Outcome()) + judge(herd, merged, is_seen, cpu_s)


def answers(name: str, herd: Herd, patches: Sequence[Patch], seen: Sequence[Seen], seed: int) -> list[Boxes]:
    """What the detector of this name says of each patch."""
    if name == "starter":
        return _starter(herd, patches)
    return {"exact": exact, "ordinary": ordinary}[name](herd, patches, seen, seed)


def _starter(herd: Herd, patches: Sequence[Patch]) -> list[Boxes]:
    card = load_card(STARTER)
    settings = SearchSettings(
        patches[0].width, patches[0].height, patches[0].right - patches[1].left, card.score_threshold
    )
    found = search_image(herd.paint(), load_detector(STARTER), settings)
    return [boxes.take(boxes.score >= card.score_threshold) for boxes in found.patch_boxes]


def lines(table: Table) -> Iterator[str]:
    """Two tables in Markdown: all scenes together, and what was lost and counted twice by arrangement."""
    by_arrangement = next(iter(table.values()))
    yield "| merged by | recall | precision | lost | counted twice | wrong | count error | CPU ms a scene |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from (_line(way, sum(row.values(), Outcome())) for way, row in table.items())
    yield ""
    yield "| " + " | ".join(["lost, counted twice, count error", *by_arrangement]) + " |"
    yield "|---" * (1 + len(by_arrangement)) + "|"
    scenes = [f"{each.scenes} scenes, {each.animals} animals, {each.seen} seen" for each in by_arrangement.values()]
    yield f"| - | {' | '.join(scenes)} |"
    for way, row in table.items():
        yield f"| {way} | " + " | ".join(_short(each) for each in row.values()) + " |"


def _line(way: str, each: Outcome) -> str:
    cells = (f"{each.recall:.3f}", f"{each.precision:.3f}", each.lost, each.twice, each.wrong, _signed(each))
    return f"| {way} | {' | '.join(map(str, cells))} | {1000 * each.cpu_s / each.scenes:.1f} |"


def _short(each: Outcome) -> str:
    return f"{each.lost}, {each.twice}, {_signed(each)}"


def _signed(each: Outcome) -> str:
    return f"{each.count_error:+.1%}".replace("%", " %")


if __name__ == "__main__":
    main()
