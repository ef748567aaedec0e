"""A part that only tests install: kinds of jobs that leave one row behind, and can be told to misbehave."""

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from itertools import count

from django.apps import AppConfig
from django.db import connection

from imaging.vips import used_in_pid, vips


def work(job) -> None:
    MISBEHAVIOURS.get(job.payload.get("how"), well)(job.payload.get("seconds", 0))
    with job.finish():
        note(str(job.subject))


def failed(job) -> None:
    note(f"failed {job.subject}")


def note(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO exercise_effect (subject, pid) VALUES (%s, %s)", [text, os.getpid()])


def look(job) -> None:
    """What this process inherited of libvips; then an operation, which hangs when the parent process had used it."""
    before = f"pyvips {'' if 'pyvips' in sys.modules else 'not '}imported, first used in {used_in_pid()}"
    vips().Image.black(2000, 2000).gaussblur(3).avg()
    with job.finish():
        note(before)


def well(seconds) -> None:
    time.sleep(seconds)


def kills_its_process(_seconds) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stays_in_c(_seconds) -> None:
    """A call that no signal interrupts for more than a minute."""
    hashlib.pbkdf2_hmac("sha256", b"kopje", b"salt", 60_000_000)


def ignores_the_soft_limit(seconds) -> None:
    for _ in range(10):
        with suppress(Exception):
            time.sleep(seconds)


MISBEHAVIOURS = {
    "kills_its_process": kills_its_process,
    "stays_in_c": stays_in_c,
    "ignores_the_soft_limit": ignores_the_soft_limit,
}


def use_libvips_through_its_door(_seconds) -> None:
    vips().Image.black(2000, 2000).gaussblur(3).avg()


def use_libvips_directly(_seconds) -> None:
    import pyvips

    pyvips.Image.black(2000, 2000).gaussblur(3).avg()


def import_in_a_view(library: str) -> Callable[[float], None]:
    """Planted where boxes are drawn into an image, whether the library is installed or not."""

    def plant(_seconds) -> None:
        from viewer import api

        really = api.annotated

        def import_first(*args, **options):
            with suppress(ImportError):
                import_module(library)
            return really(*args, **options)

        api.annotated = import_first

    return plant


PLANTS = {
    "libvips through its door": use_libvips_through_its_door,
    "libvips directly": use_libvips_directly,
    "onnxruntime in the web process": import_in_a_view("onnxruntime"),
    "torch in the web process": import_in_a_view("torch"),
    "a backend in the web process": import_in_a_view("inference.engine.backends.fake"),
}


class ExerciseConfig(AppConfig):
    name = "tests.faults.exercise"

    def ready(self) -> None:
        from jobs.registry import Limits, recurring_kinds, register

        register("exercise", work, queue="io", limits=Limits(90, 100), on_failed=failed)
        register("short", work, queue="io", limits=Limits(0.5, 2, max_attempts=2), on_failed=failed)
        for kind in recurring_kinds():  # come by themselves no more: the tests count
            register(kind.name, work, queue="control", limits=Limits(90, 100))
        register("look", look, queue="io", limits=Limits(4, 6, max_attempts=1), on_failed=failed)
        PLANTS.get(os.environ.get("PLANT", ""), well)(0)
        if mark := os.environ.get("CRASH_BEFORE_DISPATCH"):
            crash_before_dispatch(mark, int(os.environ["CRASH_AT_CALL"]))


def crash_before_dispatch(mark: str, at_call: int) -> None:
    """Once, told by the file `mark`: after a commit, before the job of that commit is handed out, the process and all
    others of its group are killed."""
    from jobs import dispatch

    really, calls = dispatch.dispatch, count(1)

    def dispatch_or_die(*args, **options):
        if next(calls) >= at_call and not os.path.exists(mark):
            os.close(os.open(mark, os.O_CREAT))
            os.killpg(os.getpgrp(), signal.SIGKILL)
        return really(*args, **options)

    dispatch.dispatch = dispatch_or_die
