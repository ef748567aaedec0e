import csv
import io
from datetime import datetime, timedelta, timezone

import pytest

from surveys.csvfile import cell_text, csv_chunks


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =HYPERLINK(1)", " \t=1", "＝1+1", "\u00a0=1"],
)
def test_text_that_a_spreadsheet_would_run_gets_a_leading_quote(text: str) -> None:
    assert cell_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5.2", "+3", " -4 ", "1e-3", ".5", "DSC_1.JPG", "", "a=b", "T-31", "héron"])
def test_plain_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert cell_text(text) == text


def test_numbers_are_unformatted_and_times_are_utc() -> None:
    nairobi = timezone(timedelta(hours=3))
    assert [cell_text(-5.2), cell_text(1234567), cell_text(None), cell_text(True)] == [-5.2, 1234567, None, "true"]
    assert cell_text(datetime(2026, 10, 1, 9, 30, tzinfo=nairobi)) == "2026-10-01T06:30:00Z"


def test_quotes_commas_and_line_breaks_come_back_as_they_were() -> None:
    row = ['say "cheese"', "a,b", "two\r\nlines", "naïve ☃"]
    text = "".join(csv_chunks(["a", "b", "c", "d"], [row]))
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "b", "c", "d"], row]


def test_lines_end_as_rfc_4180_says() -> None:
    assert "".join(csv_chunks(["a", "b"], [[1, None]])) == '"a","b"\r\n1,\r\n'


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_no_part_of_a_text_becomes_a_cell_where_spreadsheets_split_elsewhere(separator: str) -> None:
    """A German spreadsheet opens the file with semicolons as separators."""
    name = f"x{separator}=cmd|' /C calc'!A0{separator}.jpg"
    line = "".join(csv_chunks(["name"], [[name]])).splitlines()[1]
    assert next(csv.reader([line], delimiter=separator)) == [name]


def test_what_is_no_text_is_not_quoted() -> None:
    assert "".join(csv_chunks(["a"], [[0.5], [None, 3], [""]])) == '"a"\r\n0.5\r\n,3\r\n""\r\n'


def test_pieces_are_large_so_that_few_leave_the_server() -> None:
    pieces = list(csv_chunks(["a"], (["x" * 99] for _ in range(10_000))))
    assert all(len(piece) >= 64 * 1024 for piece in pieces[:-1])
    assert sum(map(len, pieces)) == 5 + 10_000 * 103
