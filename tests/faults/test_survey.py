"""A survey of 200 images while its processes are killed: every image is done, once."""

import http.client
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import simplejpeg

from tests.factories.models import make_fake_folder
from tests.factories.pictures import noise
from tests.faults.conftest import BACKENDS
from tests.services import Stack, wait_until
from tests.uploads.tus_client import BODY, ROOT, metadata

pytestmark = pytest.mark.slow

N_IMAGES = 200
BEGIN = """
from django.contrib.auth import get_user_model
from inference.models import ModelVersion
from inference.runs import start_run
from rest_framework.authtoken.models import Token
from surveys.models import Membership, Survey
user = get_user_model().objects.create_user("ana", password="tree-on-the-plain")
survey = Survey.objects.create(slug="ruaha", name="Ruaha", created_by=user)
Membership.objects.create(survey=survey, user=user, role="owner")
start_run(survey, ModelVersion.objects.get(), user)
print(Token.objects.create(user=user).key)
"""


class Sender:
    """Uploads an image in one request; tries again for as long as no answer comes."""

    def __init__(self, stack: Stack, token: str) -> None:
        self.stack, self.token, self.n_broken = stack, token, 0

    def send(self, number: int) -> None:
        body = simplejpeg.encode_jpeg(noise(640, 512, seed=number))
        for _ in range(100):
            with suppress(OSError, http.client.HTTPException):
                status = self._post(f"DSC_{number:05}.JPG", body)
                assert status == 201, status
                return
            self.n_broken += 1
            wait_until(self.stack.is_up, what="the web process to come back")
        raise AssertionError(f"image {number} could not be uploaded")

    def _post(self, name: str, body: bytes) -> int:
        headers = {
            "Authorization": f"Token {self.token}",
            "Tus-Resumable": "1.0.0",
            "Content-Type": BODY,
            "Upload-Length": str(len(body)),
            "Upload-Metadata": metadata(survey="ruaha", filename=name),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.stack.port, timeout=30)
        connection.request("POST", ROOT, body, headers)
        return connection.getresponse().status


@pytest.mark.parametrize("on", BACKENDS)
def test_killing_workers_twice_and_the_web_process_once_loses_and_doubles_nothing(make_stack, tmp_path: Path, on):
    crashed = tmp_path / "crashed"
    environment = {"JOB_LEASE_S": "2", "JOB_RETRY_WAIT_S": "0", "CRASH_AT_CALL": "50"}
    stack = make_stack(on=on, settings="tests.faults.settings", **environment)
    stack.manage("register_model", "--for-tests", str(make_fake_folder(tmp_path / "model", seconds_per_patch=0.02)))
    sender = Sender(stack, stack.shell(BEGIN).strip())
    stack.start_dispatcher()
    stack.environment["CRASH_BEFORE_DISPATCH"] = str(crashed)
    web = stack.start_web()
    del stack.environment["CRASH_BEFORE_DISPATCH"]
    stack.start_worker()

    with ThreadPoolExecutor(4) as pool:
        uploads = [pool.submit(sender.send, number) for number in range(N_IMAGES)]
        assert web.wait(180) == -signal.SIGKILL
        stack.start_web()
        for n_searched in (40, 100):
            wait_until(lambda n=n_searched: searched(stack) >= n, timeout_s=180, what=f"{n_searched} images searched")
            kill_in_mid_job(stack)
            stack.start_worker()
        for upload in uploads:
            upload.result()
    wait_until(lambda: searched(stack) >= N_IMAGES and not live_jobs(stack), timeout_s=180, what="the end of all work")

    assert crashed.exists()
    assert sender.n_broken > 0
    assert stack.sql("SELECT COUNT(*), COUNT(DISTINCT sha256) FROM surveys_image") == [(N_IMAGES, N_IMAGES)]
    assert stack.sql("SELECT COUNT(*) FROM inference_resultset") == [(N_IMAGES,)]
    assert stack.sql("SELECT COUNT(*), COUNT(DISTINCT image_id) FROM inference_detection") == [(N_IMAGES, N_IMAGES)]
    assert stack.sql("SELECT COUNT(*) FROM jobs_job WHERE state = 'failed'") == [(0,)]
    assert stack.sql("SELECT COUNT(*) FROM jobs_job WHERE attempt > 1")[0][0] > 0
    assert stack.manage("verify_survey", "ruaha") == ""


def kill_in_mid_job(stack: Stack) -> None:
    """Stopped first, then looked at, then killed: a kill between two jobs would prove nothing."""

    def is_caught() -> bool:
        signal_workers(stack, signal.SIGSTOP)
        if stack.sql("SELECT COUNT(*) FROM jobs_job WHERE state = 'running'")[0][0] > 0:
            return True
        signal_workers(stack, signal.SIGCONT)
        return False

    wait_until(is_caught, what="a job in the middle of which to kill")
    stack.kill_workers()


def signal_workers(stack: Stack, number: signal.Signals) -> None:
    for name, process in stack.processes.items():
        if name.startswith("worker") and process.poll() is None:
            os.killpg(process.pid, number)


def searched(stack: Stack) -> int:
    return stack.sql("SELECT COUNT(*) FROM inference_resultset WHERE state = 'searched'")[0][0]


def live_jobs(stack: Stack) -> int:
    return stack.sql("SELECT COUNT(*) FROM jobs_job WHERE state IN ('new', 'queued', 'running')")[0][0]
