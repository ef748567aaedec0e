"""How many jobs this machine works on at once, unless somebody says."""

import os

BYTES_A_CHILD = 1.5 * 2**30  # a 250-megapixel image, its levels and a detector at once


def default_concurrency() -> int:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(1, min(len(os.sched_getaffinity(0)), int(memory / BYTES_A_CHILD)))
