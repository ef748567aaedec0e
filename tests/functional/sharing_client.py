"""One person at one machine, who reviews the images of a review task until none is left. A program of its own.

    sharing_client.py ADDRESS TASK TOKEN [PAUSE_S]

Prints each image that was handed out, and each that was reviewed, as it happens. PAUSE_S: how long each is looked at.
"""

import http.client
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

LONGEST_S = 120


def ask(address: str, token: str, path: str, body: dict[str, Any]) -> Any:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status not in (200, 201):
        raise SystemExit(f"{path}: {answer.status} {said[:500]!r}")
    return json.loads(said)


def main(address: str, task: str, token: str, pause_s: str = "0") -> None:
    ends_at = time.monotonic() + LONGEST_S
    while time.monotonic() < ends_at:
        handed = ask(address, token, f"/api/v1/review-tasks/{task}/next/", {})
        if handed["image"] is None:
            if handed["n_done"] == handed["n_images"]:
                return
            time.sleep(0.2)  # the rest is in others' hands, and may come back
            continue
        print("handed", handed["image"], time.time(), flush=True)
        time.sleep(float(pause_s))
        ask(address, token, f"/api/v1/images/{handed['image']}/reviews/", {"verdict": "reviewed"})
        print("reviewed", handed["image"], time.time(), flush=True)
    raise SystemExit("It was not done in time.")


if __name__ == "__main__":
    main(*sys.argv[1:])
