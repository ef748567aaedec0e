"""The same file sent several times at once, all the way through real workers."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.services import wait_until
from tests.surveys.test_ingest import jpeg

pytestmark = [pytest.mark.slow]
TIMES = 6


@pytest.mark.parametrize("on", ["sqlite", "postgres"])
def test_it_is_stored_once_and_the_others_are_reported(make_server, on):
    server = make_server(on=on)
    content = jpeg(size=(3000, 2000))

    def send(number: int) -> None:
        url = server.create(len(content), f"DSC_{number}.JPG")
        assert server.patch(url, 0, content).status == 204

    with ThreadPoolExecutor(TIMES) as pool:
        list(pool.map(send, range(TIMES)))
    server.stack.start_dispatcher()
    server.stack.start_worker(concurrency=2)
    server.stack.start_worker(concurrency=2)
    uploads = "SELECT state, COUNT(*) FROM surveys_upload GROUP BY state ORDER BY state"
    wait_until(
        lambda: server.stack.sql(uploads) == [("duplicate", TIMES - 1), ("stored", 1)], timeout_s=60, what="every end"
    )
    [(image,)] = server.stack.sql("SELECT id FROM surveys_image")
    assert server.stack.sql("SELECT DISTINCT image_id FROM surveys_upload") == [(image,)]
    wait_until(lambda: server.stored() == [content], timeout_s=5, what="one file")
