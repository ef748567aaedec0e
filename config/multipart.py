"""Files in forms have a limit: without one, anybody could fill the disk through the login page. Images come by tus."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

MOST_BYTES = 17 * 2**20  # a table of transects and what stands around it; nginx has the same limit


class BoundedUploadHandler(FileUploadHandler):
    """Refuses a form before its first byte is read. It takes no file itself: those after it do."""

    def handle_raw_input(self, _input: Any, _meta: Any, content_length: int, *_boundary: Any, **_encoding: Any) -> None:
        if content_length > MOST_BYTES:
            raise RequestDataTooBig("A form with files in it is larger than any of Kopje's may be.")

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> bytes:
        return raw_data

    def file_complete(self, _file_size: int) -> None:
        return None
