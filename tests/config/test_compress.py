"""Pages go compressed, nothing else does."""

import gzip


def test_a_page_goes_compressed_where_the_browser_takes_that(cast, as_user):
    answer = as_user(cast.owner).get("/", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert b"Ruaha" in gzip.decompress(answer.content)
    assert "Accept-Encoding" in answer["Vary"]


def test_an_answer_that_nobody_may_keep_goes_as_it_is(client, db):
    answer = client.post("/login/", {"username": "nobody"}, headers={"Accept-Encoding": "gzip"})
    assert "no-store" in answer["Cache-Control"]
    assert b"password" in answer.content
    assert "Content-Encoding" not in answer


def test_a_program_that_takes_no_gzip_gets_plain_text(cast, as_user):
    answer = as_user(cast.owner).get("/")
    assert "Content-Encoding" not in answer
    assert b"Ruaha" in answer.content


def test_a_table_stays_as_it_is(cast, as_user):
    answer = as_user(cast.owner).get(
        "/api/v1/surveys/ruaha/exports/detections.csv", headers={"Accept-Encoding": "gzip"}
    )
    assert "Content-Encoding" not in answer
