"""Six people at six machines, who save at the same moments. A program of its own: it runs in another network.

    six_people.py ADDRESS SURVEY FOLDER TOKEN...

Each person uploads the files of FOLDER that begin with their number, then writes to their images. Before every save all
wait for each other. Prints as JSON the status and seconds of every save.
"""

import base64
import http.client
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

N_CHANGES = 40
JSON = {"Content-Type": "application/json"}


class Person:
    def __init__(self, address: str, survey: str, token: str, together: threading.Barrier) -> None:
        self.address, self.survey, self.together = address, survey, together
        self.headers = {"Authorization": f"Token {token}"}
        self.saves: list[tuple[str, int, float]] = []

    def work(self, files: list[Path]) -> None:
        images = [self.upload(file) for file in files]
        for number in range(N_CHANGES):
            for image in images:
                change = {"transect": f"T{number}", "reason": "Read off the flight log"}
                self.save("PATCH", f"/api/v1/images/{image}/", json.dumps(change).encode(), JSON)

    def upload(self, file: Path) -> str:
        """The id of the image."""
        values = {"survey": self.survey, "filename": file.name}
        told = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())
        content = file.read_bytes()
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)), "Upload-Metadata": told}
        headers["Content-Type"] = "application/offset+octet-stream"
        location = self.save("POST", "/api/v1/tus/", content, headers)
        return location.rstrip("/").rpartition("/")[2]

    def save(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> str:
        self.together.wait(60)
        began_at = time.monotonic()
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        connection.request(method, path, body, self.headers | headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.saves.append((f"{method} {path}", answer.status, time.monotonic() - began_at))
        return answer.headers.get("Location", "")


def main(address: str, survey: str, folder: str, *tokens: str) -> None:
    together = threading.Barrier(len(tokens))
    people = [Person(address, survey, token, together) for token in tokens]
    files = sorted(Path(folder).iterdir())
    began_at = time.time()
    threads = []
    for number, person in enumerate(people):
        own = [file for file in files if file.name.startswith(f"{number}-")]
        threads.append(threading.Thread(target=person.work, args=(own,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    said: dict[str, Any] = {"began_at": began_at, "ended_at": time.time()}
    print(json.dumps({**said, "saves": [save for person in people for save in person.saves]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
