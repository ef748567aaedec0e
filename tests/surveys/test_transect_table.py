"""Tables of transects as spreadsheets and scripts write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import transect_table
from surveys.transect_table import TableError, read_table

PLAIN = "file name,transect,camera\r\nDSC_1.JPG,T1,L\r\nDSC_2.JPG,T2,right\r\n"
READ = [("DSC_1.JPG", "T1", "left"), ("DSC_2.JPG", "T2", "right")]


def rows(content):
    return [(row.file_name, row.transect, row.camera) for row in read_table(content).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_recognised(encoding, delimiter):
    assert rows(PLAIN.replace(",", delimiter).encode(encoding)) == READ


def test_old_windows_letters_are_read():
    assert rows("file;transect\r\nSäo.JPG;T1\r\n".encode("cp1252")) == [("Säo.JPG", "T1", None)]


@pytest.mark.parametrize(
    "header", ["FILE_NAME,Transect No.,Camera side", "Image,tran,SIDE", '"SourceFile","Line","cam"', "camera"]
)
def test_headers_may_be_written_in_many_ways(header):
    if header == "camera":
        assert [row.camera for row in read_table(b"camera,file\nl,a.jpg\n").rows] == ["left"]
    else:
        assert rows(PLAIN.replace("file name,transect,camera", header).encode()) == READ


def test_other_columns_and_empty_lines_are_passed_over():
    content = b"\n,,,\nno,file,height,transect\n1,a.jpg,12,T1\n,,,\n2,b.jpg,13,T2\n"
    assert rows(content) == [("a.jpg", "T1", None), ("b.jpg", "T2", None)]


def test_excels_own_first_line_is_passed_over():
    assert rows(b"sep=;\r\nfile;transect\r\na.jpg;T1\r\n") == [("a.jpg", "T1", None)]


def test_rows_are_numbered_from_the_top():
    assert [row.number for row in read_table(b"sep=;\nfile;transect\na.jpg;T1\n\nb.jpg;T1\n").rows] == [3, 5]


@pytest.mark.parametrize(("header", "cells", "folder"), [
    ("path,file", r"C:\card1\T1,a.jpg", "C:/card1/T1"),
    ("path,file", "card1/a.jpg,a.jpg", "card1"),
    ("path,file", "a.jpg,a.jpg", ""),
    ("path,date", "card1/a.jpg,2026", "card1"),
    ("file,date", r"card1\a.jpg,2026", "card1"),
])  # fmt: skip
def test_folders_come_from_either_column(header, cells, folder):
    row = read_table(f"{header},transect\n{cells},T1\n".encode()).rows[0]
    assert (row.folder, row.file_name, row.transect) == (folder, "a.jpg", "T1")


def test_an_empty_cell_says_nothing():
    assert rows(b"file,transect,camera\na.jpg,,L\n") == [("a.jpg", None, "left")]


def test_text_that_was_made_harmless_for_spreadsheets_is_read_back():
    assert rows(b'"file","transect"\r\n"\'=1.JPG","\'-A1"\r\n') == [("=1.JPG", "-A1", None)]


@pytest.mark.parametrize("written", ["l", "L", "Left", "PORT", "RSOL", "rso-l"])
def test_sides_are_recognised(written):
    assert rows(f"file,camera\na.jpg,{written}\n".encode()) == [("a.jpg", None, "left")]


def test_any_other_camera_keeps_its_name():
    assert rows(b"file,camera\na.jpg, Cam  2 \n") == [("a.jpg", None, "Cam 2")]


def test_a_row_that_cannot_be_used_is_told_and_the_others_are():
    table = read_table(f"file,transect\na.jpg,T1\n,T2\nb.jpg,--\nc.jpg,{'x' * 81}\n".encode())
    assert [row.file_name for row in table.rows] == ["a.jpg"]
    assert [bad.number for bad in table.bad] == [3, 4, 5]


@pytest.mark.parametrize(("content", "said"), [
    (b"", "first row must name"),
    (b"a,b,c\n1,2,3\n", "It says: a, b, c"),
    (b"file,height\na.jpg,3\n", "transect or camera"),
    (b"PK\x03\x04whatever", "workbook"),
    (b"\xff\xfea", "CSV UTF-8"),
    (b'file,transect\n"' + b"a" * 140_000 + b'",T1\n', "Row 2 cannot be read: is a quote left open"),
])  # fmt: skip
def test_what_is_no_such_table_is_refused_with_what_to_do(content, said):
    with pytest.raises(TableError, match=said):
        read_table(content)


def test_tables_have_limits(monkeypatch):
    monkeypatch.setattr(transect_table, "MAX_ROWS", 2)
    with pytest.raises(TableError, match="more than 2 rows"):
        read_table(b"file,transect\n" + b"a.jpg,T1\n" * 3)
    monkeypatch.setattr(transect_table, "MAX_BYTES", 10)
    with pytest.raises(TableError, match="larger"):
        read_table(b"file,transect\n")


@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=200).map(lambda text: f"file,transect\n{text}".encode("utf-8", "ignore")),
    )
)
def test_any_bytes_are_a_table_or_a_sentence(content):
    with suppress(TableError):
        assert all(row.file_name for row in read_table(content).rows)
