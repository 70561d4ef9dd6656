"""glibc told to keep what a step frees: the next step needs as much again."""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
_LARGEST = 2**31 - 1


def keep_freed() -> bool:
    """Whether the allocator of this process keeps freed memory from now on; glibc alone can.

    Left alone, it gives large pieces back at once, and the system hands the next step new pages one
    fault at a time: an eighth of a step of ViT-B/16 on a CPU (benchmarks/NOTES.md).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is None:
        return False
    return all(mallopt(option, _LARGEST) for option in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD))
