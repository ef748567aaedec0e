"""Facts of this room. Sent with send() inside the transaction that makes them true."""

from django.dispatch import Signal

image_uploaded = Signal()  # image: all bytes are stored
image_ingested = Signal()  # image: read, checked, measured
