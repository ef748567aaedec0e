"""The part file, and who may add to it."""

import errno
import os
import time
from uuid import uuid4

import pytest

from surveys.files import part_path
from surveys.tus_part import (
    HeldError,
    Hold,
    HoldLostError,
    NoPartError,
    WrongOffsetError,
    create_part,
    hold_path,
    part_size,
    remove_part,
)

LONG_AGO_S = 100


@pytest.fixture
def upload_id():
    id = uuid4()
    create_part(id)
    return id


def take(upload_id, offset: int = 0, patience_s: float = 5) -> Hold:
    return Hold.take(upload_id, offset, patience_s=patience_s)


def let_time_pass(upload_id) -> None:
    then = time.time() - LONG_AGO_S
    os.utime(hold_path(upload_id), (then, then))


def test_one_holds_it_at_a_time(upload_id):
    with take(upload_id) as hold:
        hold.write(b"abc")
        with pytest.raises(HeldError):
            take(upload_id, 3)
    with take(upload_id, 3) as hold:
        hold.write(b"def")
    assert part_path(upload_id).read_bytes() == b"abcdef"


def test_only_the_true_offset_is_taken(upload_id):
    part_path(upload_id).write_bytes(b"abc")
    with pytest.raises(WrongOffsetError) as caught:
        take(upload_id, 2)
    assert caught.value.offset == 3


def test_who_received_nothing_for_a_while_loses_it_and_writes_nothing_more(upload_id):
    with take(upload_id) as old:
        old.write(b"abc")
        let_time_pass(upload_id)
        with take(upload_id, 3) as new:
            with pytest.raises(HoldLostError):
                old.write(b"OLD")
            with pytest.raises(HoldLostError):
                old.take_back()
            new.write(b"def")
    assert part_path(upload_id).read_bytes() == b"abcdef"


def test_leaving_a_lost_hold_does_not_end_the_new_one(upload_id):
    old = take(upload_id)
    let_time_pass(upload_id)
    with take(upload_id) as new:
        old.__exit__()
        new.write(b"abc")
        with pytest.raises(HeldError):
            take(upload_id, 3)


def test_receiving_renews_the_hold(upload_id):
    with take(upload_id) as hold:
        let_time_pass(upload_id)
        hold.write(b"abc")
        with pytest.raises(HeldError):
            take(upload_id, 3)


def test_a_wrong_piece_is_taken_back(upload_id):
    part_path(upload_id).write_bytes(b"abc")
    with take(upload_id, 3) as hold:
        hold.write(b"wrong")
        hold.take_back()
        assert hold.offset == 3
    assert part_path(upload_id).read_bytes() == b"abc"


def test_a_removed_part_cannot_be_written_or_taken(upload_id):
    with take(upload_id) as hold:
        remove_part(upload_id)
        with pytest.raises(HoldLostError):
            hold.write(b"abc")
    with pytest.raises(NoPartError):
        take(upload_id)
    assert part_size(upload_id) is None


def test_what_fits_on_a_full_disk_counts(upload_id, monkeypatch):
    really = os.pwrite

    def write_onto_full_disk(fd, data, offset):
        if offset >= 10:
            raise OSError(errno.ENOSPC, "full")
        return really(fd, bytes(data)[: 10 - offset], offset)

    with take(upload_id) as hold:
        monkeypatch.setattr(os, "pwrite", write_onto_full_disk)
        with pytest.raises(OSError, match="full"):
            hold.write(b"a" * 64)
        monkeypatch.undo()
        assert hold.offset == part_size(upload_id) == 10


def test_no_file_stays_open(upload_id):
    before = len(os.listdir("/proc/self/fd"))
    with take(upload_id) as hold:
        hold.write(b"abc")
    for offset in (0, 1):
        with pytest.raises(WrongOffsetError):
            take(upload_id, offset)
    assert len(os.listdir("/proc/self/fd")) == before
