"""How long a job waits after an attempt that went wrong."""

from datetime import timedelta

LONGEST_S = 600


def wait_before_attempt(attempt: int, *, first_s: float, chance: float) -> timedelta:
    """Doubles with every attempt up to ten minutes, less up to a half by `chance` (0 to 1), so that jobs that failed
    together do not come back together."""
    longest = min(LONGEST_S, first_s * 2 ** max(0, attempt - 1))
    return timedelta(seconds=longest * (1 - chance / 2))
