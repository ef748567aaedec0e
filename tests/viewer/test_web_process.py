"""The viewer in the real web process: its workers may decode images, and tiles take the short way there too."""

import http.client
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image as Picture

from tests.services import Stack

pytestmark = pytest.mark.slow

MAKE_IMAGE = """
import json, time
from PIL import Image as Picture
from rest_framework.authtoken.models import Token
from surveys.files import original_path
from tests.factories.surveys import make_survey, make_user
from tests.factories.viewer import make_pixels, make_shown_image
from viewer import grants
owner = make_user("owner")
image = make_shown_image(survey=make_survey(owner=owner), media_type="image/png")
Picture.fromarray(make_pixels(1300, 900)).save(original_path(image.pk), format="PNG")
signed = grants.sign(image.pk, grants.Grant.of(image), now=time.time() + 600)
print(json.dumps({"id": str(image.pk), "token": Token.objects.create(user=owner).key, "pass": signed}))
"""


def ask(stack: Stack, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_images_are_decoded_and_tiles_answered(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    made = json.loads(stack.shell(MAKE_IMAGE).splitlines()[-1])
    stack.start_web("--workers", "2")
    address, token = f"/api/v1/images/{made['id']}", {"Authorization": f"Token {made['token']}"}

    # A PNG is decoded by libvips, in whichever worker answers: two of them, some at the same time.
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(stack, f"{address}/annotated.jpg", **token), range(6)))
    assert [status for status, _, _ in answers] == [200] * 6
    assert Picture.open(io.BytesIO(answers[0][2])).size == (1300, 900)

    tile = f"{address}/tiles/2/1/1.jpg"
    short = ask(stack, tile, Cookie=f"kopje_tiles={made['pass']}")
    long = ask(stack, tile, **token)
    assert short[0] == long[0] == 200
    assert short[2] == long[2]
    assert int(short[1]["Content-Length"]) == len(short[2])
    assert short[1]["X-Content-Type-Options"] == "nosniff"
    assert ask(stack, tile)[0] == 404
    assert ask(stack, tile, Cookie="kopje_tiles=9999999999-1300-900-0.0123")[0] == 404
