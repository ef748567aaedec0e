"""The fast path: right after a commit, hand out what was asked for. Else the dispatcher does, a second later."""

import logging
import time

from django.utils import timezone
from kombu.exceptions import OperationalError

from jobs import dispatch

REST_S = 30
logger = logging.getLogger(__name__)
_rest_until = 0.0


def nudge(queue: str, at_most: int) -> None:
    """A broker that does not answer is left alone for a while: requests must not wait for it one after the other."""
    global _rest_until
    if time.monotonic() < _rest_until:
        return
    try:
        dispatch.dispatch(queue, now=timezone.now(), at_most=at_most)
    except OperationalError as error:
        _rest_until = time.monotonic() + REST_S
        logger.warning("The broker does not answer (%s): the dispatcher will hand the work out later.", error)
