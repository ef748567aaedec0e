"""The detect command goes on where it was stopped, whatever it writes."""

import csv
import fcntl
import io
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError, OutputWrapper

from inference.detect_former import read_former
from inference.detect_lock import OutputTakenError, alone_with
from inference.detect_progress import DetectProgress
from tests.factories.inference import make_model_folder, make_yolox_folder
from tests.factories.pictures import noise, write_jpeg
from tests.services import wait_until

ROOT = Path(__file__).parent.parent.parent
ENDINGS = {"csv": "found.csv", "json": "found.json", "coco": "found.coco.json"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_model_folder(tmp_path / "model")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Two animals on each of two images, an empty one, and one that is cut short."""
    folder = tmp_path / "card"
    folder.mkdir()
    for number in (1, 2):
        write_jpeg(folder / f"{number}.jpg", noise(1024, 512, seed=number))
    write_jpeg(folder / "3.jpg", np.full((512, 512, 3), 90, np.uint8))
    (folder / "4.jpg").write_bytes((folder / "1.jpg").read_bytes()[:4000])
    return folder


@pytest.fixture(params=ENDINGS)
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / ENDINGS[request.param]


def kind_of(out: Path) -> str:
    return next(kind for kind, name in ENDINGS.items() if name == out.name)


def detect(*arguments: Any) -> str:
    """What the command says; an image that cannot be read makes it end with a failure."""
    said = io.StringIO()
    with suppress(CommandError):
        call_command("detect", *map(str, arguments), stdout=said, stderr=said)
    return said.getvalue()


def searched(said: str) -> list[str]:
    """The names of the files that were searched, from the lines 1/3 FOLDER/NAME: ..."""
    return [Path(line.split(": ")[0]).name for line in said.splitlines() if "/" in line.split()[0]]


def found(out: Path) -> dict[str, tuple[str, int]]:
    former = read_former(out, kind_of(out))
    return {Path(name).name: (record["state"], len(record["detections"])) for name, record in former.items()}


ALL = {"1.jpg": ("found", 2), "2.jpg": ("found", 2), "3.jpg": ("empty", 0), "4.jpg": ("failed", 0)}


def test_what_was_found_in_unchanged_files_is_kept_and_what_failed_is_tried_again(
    images: Path, model: Path, out: Path
) -> None:
    assert searched(detect(images, "--model", model, "--out", out)) == ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
    before = read_former(out, kind_of(out))
    said = detect(images, "--model", model, "--out", out)
    assert searched(said) == ["4.jpg"]
    assert f"3 files are unchanged since {out} was written" in said
    assert found(out) == ALL
    after = read_former(out, kind_of(out))
    assert [after[name] for name in before if name[-5] != "4"] == [before[name] for name in before if name[-5] != "4"]


def test_a_changed_file_is_searched_again_and_has_the_new_rows_alone(images: Path, model: Path, out: Path) -> None:
    detect(images, "--model", model, "--out", out)
    write_jpeg(images / "1.jpg", np.full((512, 512, 3), 90, np.uint8))
    assert searched(detect(images, "--model", model, "--out", out)) == ["1.jpg", "4.jpg"]
    assert found(out) == ALL | {"1.jpg": ("empty", 0)}


def test_another_folder_is_added(images: Path, model: Path, out: Path, tmp_path: Path) -> None:
    detect(images, "--model", model, "--out", out)
    write_jpeg(tmp_path / "5.jpg", noise(512, 512))
    detect(tmp_path / "5.jpg", "--model", model, "--out", out)
    assert found(out) == ALL | {"5.jpg": ("found", 1)}


def test_a_file_cut_anywhere_is_mended(images: Path, model: Path, out: Path) -> None:
    """As a killed process leaves it. What the cut went through is searched again, and nothing stands there twice."""
    detect(images, "--model", model, "--out", out)
    if out.name == "found.coco.json":  # under way, a list in a part file
        kept = read_former(out, "coco")
        out.unlink()
        out = out.with_name("found.coco.json.part")
        out.write_text("[\n" + ",\n".join(json.dumps(record) for record in kept.values()))
    whole = out.read_bytes()
    header = whole.index(b"\r\n") + 2 if out.name == "found.csv" else 0
    target = out.with_name(out.name.removesuffix(".part"))
    three_whole = whole.rindex(b"\n", 0, whole.index(b"4.jpg")) + (1 if out.name == "found.csv" else -1)
    for cut in {
        *range(header, len(whole), 149),
        *range(three_whole, three_whole + 20),
        *range(len(whole) - 9, len(whole)),
    }:
        target.unlink(missing_ok=True)
        out.write_bytes(whole[:cut])
        said = detect(images, "--model", model, "--out", target)
        assert found(target) == ALL, cut
        assert cut < three_whole or searched(said) == ["4.jpg"]
    assert sorted(path.name for path in target.parent.glob("found*")) == [target.name]


def test_another_threshold_or_model_is_refused_and_leaves_the_file(images: Path, model: Path, out: Path) -> None:
    detect(images, "--model", model, "--out", out)
    before = out.read_bytes()
    for other in (
        ["--threshold", "0.5"],
        ["--mode", "fast"],
        ["--model", make_model_folder(model.parent / "other", version="2")],
    ):
        with pytest.raises(CommandError, match=r"was made with plains/1 .*name another file, or remove it"):
            call_command("detect", *map(str, [images, "--model", model, "--out", out, *other]))
    assert out.read_bytes() == before


def test_the_mode_is_handed_to_the_detector_and_written_down(images: Path, tmp_path: Path, out: Path) -> None:
    model = make_model_folder(tmp_path / "modes", settings={"fast": {"spacing": 256}})
    detect(images / "1.jpg", "--model", model, "--mode", "fast", "--out", out)
    (record,) = read_former(out, kind_of(out)).values()
    assert (record["mode"], record["n_detections"]) == ("fast", 8)


@pytest.mark.parametrize("content", ["animal,count\r\nkob,3\r\n", '{"kob": 3}', "[3]", "notes"])
def test_a_file_of_something_else_is_refused_and_left(images: Path, model: Path, out: Path, content: str) -> None:
    out.write_text(content)
    with pytest.raises(CommandError, match="something else"):
        call_command("detect", str(images), "--model", str(model), "--out", str(out))
    assert out.read_text().splitlines() == content.splitlines()


def test_names_that_a_spreadsheet_would_run_or_that_are_no_text_are_known_again(
    tmp_path: Path, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("=1+1.jpg", os.fsdecode(b"\xff.jpg")):
        write_jpeg(tmp_path / name, noise(512, 512))
    arguments = ("./=1+1.jpg", "=1+1.jpg", os.fsdecode(b"\xff.jpg"), "--model", model, "--out", out)
    detect(*arguments)
    assert searched(detect(*arguments)) == []
    assert sorted(read_former(out, kind_of(out))) == ["=1+1.jpg", "\\udcff.jpg"]


def test_what_cannot_be_read_again_is_written_straight(images: Path, model: Path, out: Path) -> None:
    """A pipe of the test's own stands for /dev/stdout: a fault here would replace what it is given by a file."""
    os.mkfifo(out)
    reader = subprocess.Popen(["cat", str(out)], stdout=subprocess.PIPE, text=True)
    try:
        detect(images, "--model", model, "--out", out)
        assert out.is_fifo()
        assert "4.jpg" in reader.communicate(timeout=30)[0]
    finally:
        reader.kill()


def test_a_link_goes_on_leading_to_the_file(images: Path, model: Path, out: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    out.symlink_to(tmp_path / "real" / out.name)
    detect(images, "--model", model, "--out", out)
    assert out.is_symlink()
    assert found(out) == ALL


def test_two_commands_do_not_write_the_same_file(images: Path, model: Path, out: Path) -> None:
    arguments = ["detect", str(images / "1.jpg"), "--model", str(model), "--out", str(out)]
    with alone_with(out), pytest.raises(CommandError, match=f"Another detect command is writing {out}: wait until"):
        call_command(*arguments)
    assert not out.exists()
    call_command(*arguments)
    assert [path.name for path in out.parent.glob("found*")] == [out.name]


def test_a_lock_taken_away_between_opening_and_locking_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, flock = tmp_path / "found.csv", fcntl.flock

    def late(lock: int, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        out.with_name("found.csv.lock").unlink()  # as who had it does at the end
        flock(lock, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with alone_with(out), pytest.raises(OutputTakenError), alone_with(out):
        pass


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_shows_a_bar_with_the_time_left_that_moves_inside_a_file() -> None:
    screen, clock = io.StringIO(), Clock()
    progress = DetectProgress(OutputWrapper(screen), 4, is_bar=True, clock=clock)
    clock.now = 60
    progress.batch(4, 8)
    assert screen.getvalue() == "\r\x1b[K[###" + "." * 21 + "] 0/4 images, 12 %, 0:07:00 left"
    progress.batch(5, 8)  # in the same tenth of a second: nothing is drawn
    clock.now = 120
    progress.file({"file": "a.jpg", "reason": "", "n_detections": 3})
    assert screen.getvalue().endswith("] 1/4 images, 25 %, 0:06:00 left")
    assert screen.getvalue().count("\r") == 2


def test_a_file_that_failed_stands_above_the_bar() -> None:
    screen = io.StringIO()
    DetectProgress(OutputWrapper(screen), 1, is_bar=True).file({"file": "a.jpg", "reason": "cut", "n_detections": 0})
    assert "\r\x1b[Ka.jpg: cut\n" in screen.getvalue()


# --- a process of its own ------------------------------------------------------------------------------------------


def command(*arguments: Any) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), "detect", *map(str, arguments)]


def environment(tmp_path: Path) -> dict[str, str]:
    own = {"DATA_DIR": str(tmp_path / "own"), "DJANGO_SETTINGS_MODULE": "config.settings", "COLUMNS": "100"}
    return {**os.environ, **own}


@pytest.fixture
def slow_model(tmp_path: Path) -> Path:
    return make_model_folder(tmp_path / "model", settings={"seconds_per_patch": 0.1})


@pytest.fixture
def many_images(tmp_path: Path) -> Path:
    (tmp_path / "many").mkdir()
    for number in range(12):
        write_jpeg(tmp_path / "many" / f"{number:02}.jpg", noise(512, 512, seed=number))
    return tmp_path / "many"


def started(arguments: list[Any], tmp_path: Path, until: Callable[[], bool]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        command(*arguments),
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # shells have it ignored in the background
    )
    wait_until(until, what="the first files")
    return process


@pytest.mark.slow
def test_a_second_process_is_refused_and_a_killed_one_holds_nobody_up(
    many_images: Path, slow_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "found.csv"
    arguments = [many_images, "--model", slow_model, "--out", out]
    first = started(arguments, tmp_path, lambda: out.exists() and out.read_bytes().count(b"\n") > 2)
    second = subprocess.run(command(*arguments), capture_output=True, text=True, env=environment(tmp_path), timeout=60)
    assert (second.returncode, "Another detect command is writing" in second.stderr) == (1, True)
    first.kill()
    first.wait()
    done = subprocess.run(command(*arguments), capture_output=True, text=True, env=environment(tmp_path), timeout=60)
    assert done.returncode == 0, done.stderr
    assert "files are unchanged" in done.stderr
    assert len(found(out)) == 12


@pytest.mark.slow
@pytest.mark.parametrize("out", ["csv", "coco"], indirect=True)
def test_a_killed_search_goes_on_with_what_it_had(
    many_images: Path, slow_model: Path, out: Path, tmp_path: Path
) -> None:
    written = out.with_name(f"{out.name}.part") if out.name == "found.coco.json" else out
    arguments = [many_images, "--model", slow_model, "--out", out]
    process = started(arguments, tmp_path, lambda: written.exists() and written.read_bytes().count(b"\n") > 4)
    process.kill()
    process.wait()
    n_before = len(read_former(out, kind_of(out)))
    assert 2 <= n_before < 12
    said = detect(*arguments)
    assert len(searched(said)) == 12 - n_before
    assert found(out) == {f"{number:02}.jpg": ("found", 1) for number in range(12)}


@pytest.mark.slow
@pytest.mark.parametrize("out", ["json", "coco"], indirect=True)
def test_ctrl_c_leaves_a_whole_file_and_says_how_to_go_on(
    many_images: Path, slow_model: Path, out: Path, tmp_path: Path
) -> None:
    written = out.with_name(f"{out.name}.part") if out.name == "found.coco.json" else out
    arguments = [many_images, "--model", slow_model, "--out", out]
    process = started(arguments, tmp_path, lambda: written.exists() and written.read_bytes().count(b"\n") > 4)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Give the same command again to go on." in said
    assert "Traceback" not in said
    if out.suffix == ".json":
        json.loads(out.read_text())
    n_before = len(read_former(out, kind_of(out)))
    assert f"{n_before} of 12 files are in {out}" in said
    assert len(searched(detect(*arguments))) == 12 - n_before
    assert len(found(out)) == 12


@pytest.mark.slow
def test_on_a_real_terminal_the_bar_is_drawn(many_images: Path, slow_model: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    arguments = command(many_images, "--model", slow_model, "--out", tmp_path / "found.csv")
    with subprocess.Popen(arguments, stderr=theirs, env=environment(tmp_path)) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # how a terminal says that nobody writes any more
            pass
        assert process.wait() == 0
    text = shown.decode()
    assert "/12 images" in text
    assert " left" in text
    assert text.rstrip().splitlines()[-1].startswith("12 with detections")
    assert "\x1b[31" not in text  # nothing is shown as an error


@pytest.mark.slow
@pytest.mark.shared
def test_a_real_model_on_real_images_says_the_same_in_all_three_formats(shared_data: Path, tmp_path: Path) -> None:
    model = make_yolox_folder(tmp_path / "yolox", shared_data, score_threshold=0.25)
    images = [*sorted((shared_data / "buffalo").iterdir())[:1], *sorted((shared_data / "caliterra").iterdir())[:1]]
    outs = [tmp_path / name for name in ENDINGS.values()]
    for out in outs:
        detect(*images, "--model", model, "--out", out)
    coco = json.loads((tmp_path / "found.coco.json").read_text())
    assert [image["file_name"] for image in coco["images"]] == list(map(str, images))
    labels = json.loads((model / "card.json").read_text())["labels"]
    assert [category["name"] for category in coco["categories"]] == labels
    assert [category["id"] for category in coco["categories"]] == list(range(1, len(labels) + 1))
    sizes = {image["id"]: (image["width"], image["height"]) for image in coco["images"]}
    for each in coco["annotations"]:
        left, top, width, height = each["bbox"]
        assert left >= 0 <= top
        assert left + width <= sizes[each["image_id"]][0] + 1e-3
        assert top + height <= sizes[each["image_id"]][1] + 1e-3
    assert len(coco["annotations"]) > 10
    csv_rows = list(csv.DictReader((tmp_path / "found.csv").open(newline="")))
    assert len([row for row in csv_rows if row["state"] == "found"]) == len(coco["annotations"])
    as_csv, as_json, as_coco = (read_former(out, kind_of(out)) for out in outs)
    assert as_csv == as_json
    for name, record in as_json.items():
        ours, theirs = (
            [[box[side] for side in ("left", "top", "right", "bottom")] for box in each["detections"]]
            for each in (record, as_coco[name])
        )
        assert np.allclose(np.array(ours).reshape(-1, 4), np.array(theirs).reshape(-1, 4), atol=2e-4)
        assert {**record, "detections": 0} == {**as_coco[name], "detections": 0}
