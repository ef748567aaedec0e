"""Facts of this room. Sent with send() inside the transaction that makes them true."""

from django.dispatch import Signal

run_started = Signal()  # run: its images are to be searched
image_detected = Signal()  # result_set: an image was searched
