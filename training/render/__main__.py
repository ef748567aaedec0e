"""`python -m training.render --seed 3`: scenes as JPEG files, each with its truth as JSON beside it."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from training.render import LANDSCAPES, VIEWS, Scene, render_scene


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.render", description=__doc__)
    parser.add_argument("--seed", type=int, help="one scene of this seed")
    parser.add_argument("--first-seed", type=int, default=0, help="the first of --count seeds (0)")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--landscape", choices=LANDSCAPES, help="drawn from the seed when not given")
    parser.add_argument("--view", choices=VIEWS, help="drawn from the seed when not given")
    parser.add_argument("--width", type=int, default=6000)
    parser.add_argument("--height", type=int, default=4000)
    parser.add_argument("--animals", type=int, help="how many; drawn from the seed when not given")
    parser.add_argument("--out", type=Path, default=Path("scenes"), help="the folder for the files (scenes)")
    return parser.parse_args()


def save(scene: Scene, folder: Path) -> Path:
    """Write the scene and its truth; the JPEG's path."""
    path = folder / f"{scene.landscape}_{scene.view}_{scene.seed:05d}.jpg"
    path.write_bytes(scene.jpeg)
    facts = {"seed": scene.seed, "landscape": scene.landscape, "view": scene.view}
    animals = [asdict(animal) for animal in scene.animals]
    path.with_suffix(".json").write_text(json.dumps({**facts, "animals": animals}, indent=1) + "\n")
    return path


def main() -> None:
    wanted = options()
    wanted.out.mkdir(parents=True, exist_ok=True)
    first = wanted.first_seed if wanted.seed is None else wanted.seed
    for seed in range(first, first + wanted.count):
        scene = render_scene(seed, wanted.width, wanted.height, wanted.landscape, wanted.view, wanted.animals)
        print(save(scene, wanted.out), len(scene.animals), "animals")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
