"""XLSX as an independent reader takes it."""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from surveys import xlsxfile
from surveys.csvfile import Cell
from surveys.xlsxfile import column_name, xlsx_chunks

HOSTILE = ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "\t=1", "＝1", "-2+3")


def book(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Any:
    content = b"".join(xlsx_chunks("counts", header, rows, [("survey", "Ruaha")]))
    return load_workbook(io.BytesIO(content))


def read_back(cell: Cell) -> Any:
    return book(["a"], [[cell]])["counts"]["A2"]


@pytest.mark.parametrize(
    "cell", [0, 7, 0.1, -1e-9, True, False, "buffalo", "007", " a ", 'a & <b>\n"c" ]]>', "é 象 🦬"]
)
def test_a_cell_comes_back_as_it_was(cell: Cell) -> None:
    found = read_back(cell).value
    assert (found, type(found)) == (cell, type(cell))


@pytest.mark.parametrize("cell", [None, ""])
def test_a_blank_is_blank_and_no_zero(cell: Cell) -> None:
    assert read_back(cell).value is None


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_a_spreadsheet_would_run_is_text_and_stays_one(text: str) -> None:
    found = read_back(text)
    assert (found.value, found.data_type, found.quotePrefix) == (text, "s", True)
    assert book([text], [])["counts"]["A1"].data_type == "s"


def test_a_time_is_a_time_in_utc() -> None:
    assert read_back(datetime(2026, 10, 1, 6, 30, 5, tzinfo=UTC)).value == datetime(2026, 10, 1, 6, 30, 5)
    assert read_back(datetime(1899, 1, 1, tzinfo=UTC)).value == "1899-01-01T00:00:00Z"


@pytest.mark.parametrize("text", ["a\0b", "a\rb", "_x0041_", "a\x1fb\ufffe", "_x000d_ and \x0b"])
def test_what_xml_cannot_say_is_escaped_as_the_format_has_it(text: str) -> None:
    assert unescape(read_back(text).value) == text  # openpyxl leaves that to who reads


def test_a_text_longer_than_a_cell_is_cut() -> None:
    assert len(read_back("é" * 40_000).value) == 32_767


def test_a_long_table_goes_on_on_a_second_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsxfile, "ROWS_A_SHEET", 2)
    made = book(["n"], [[0], [1], [2]])
    assert made.sheetnames == ["counts", "counts 2", "about"]
    assert [row[0] for row in made["counts 2"].values] == ["n", 2]


def test_the_book_says_what_it_is() -> None:
    assert list(book(["n"], [])["about"].values) == [("survey", "Ruaha")]


def test_the_first_piece_leaves_before_the_last_row_is_read() -> None:
    read = []

    def rows() -> Iterator[list[Cell]]:
        for n in range(100_000):
            read.append(n)
            yield [n, f"DSC_{n * 7919 % 100_000}"]

    next(xlsx_chunks("counts", ["n", "name"], rows(), []))
    assert len(read) < 50_000


@pytest.mark.parametrize(("number", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_named_as_in_spreadsheets(number: int, name: str) -> None:
    assert column_name(number) == name
