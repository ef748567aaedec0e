"""How far a share that was counted on a sample may be off."""

import math

Z = 1.959964  # of a 95 % interval
ALL_TAIL = 0.05  # on the one side of an upper limit


def wilson(n_yes: int, n: int) -> tuple[float, float] | None:
    """The 95 % interval of the share of which `n_yes` of `n` were seen; None where nothing was (Wilson 1927, Journal
    of the American Statistical Association 22, 209-212). It keeps its promise for small numbers and for shares near 0
    and 1, where the usual one of mean and standard error fails (Brown, Cai and DasGupta 2001, Statistical Science 16,
    101-133). It takes the n for independent of each other."""
    if not n:
        return None
    share, squared = n_yes / n, Z * Z / n
    middle = (share + squared / 2) / (1 + squared)
    half = Z * math.sqrt(share * (1 - share) / n + squared / 4 / n) / (1 + squared)
    return max(0.0, middle - half), min(1.0, middle + half)


def highest_unseen(n: int) -> float:
    """The upper 95 % limit of a share of which not one was seen among `n` (Hanley and Lippman-Hand 1983, Journal of the
    American Medical Association 249, 1743-1745)."""
    return 1 - math.pow(ALL_TAIL, 1 / n)
