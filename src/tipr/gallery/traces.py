"""Look for erased bytes in the files of a gallery: finding none is the proof of an erasure."""

import mmap
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

KEY = 8
"""Bytes at a trace's end by which it is looked for; a shorter trace cannot be."""

_BLOCK = 1 << 24  # bytes of a file that are looked through at once


def search(path: Path, traces: Iterable[bytes]) -> dict[bytes, list[str]]:
    """For each trace that stands in a file of the folder: the places, "file name, byte 17".

    Every file in the folder and below is read whole, however many traces there are.

    Raises:
        ValueError: a trace is shorter than `KEY`.
    """
    by_key: defaultdict[int, set[bytes]] = defaultdict(set)
    for trace in traces:
        if len(trace) < KEY:
            raise ValueError(f"a trace needs {KEY} bytes, found {len(trace)}")
        by_key[int.from_bytes(trace[-KEY:], "little")].add(trace)
    keys = np.array(sorted(by_key), np.uint64)
    found: defaultdict[bytes, list[str]] = defaultdict(list)
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        if not len(keys) or file.stat().st_size < KEY:
            continue
        with (
            file.open("rb") as opened,
            mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            for key, end in _ends(content, keys):
                for trace in by_key[key]:
                    start = end - len(trace)
                    if start >= 0 and content[start:end] == trace:
                        found[trace].append(f"{file.relative_to(path)}, byte {start}")
    return dict(found)


def _ends(content: mmap.mmap, keys: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    """(key, the offset behind it) wherever one of the sorted keys stands."""
    for start in range(0, len(content), _BLOCK):
        block = content[start : start + _BLOCK + KEY - 1]
        for shift in range(min(KEY, len(block) - KEY + 1)):
            words = np.frombuffer(block, "<u8", (len(block) - shift) // KEY, shift)
            place = np.searchsorted(keys, words).clip(max=len(keys) - 1)
            for hit in np.flatnonzero(keys[place] == words):
                yield int(words[hit]), start + shift + (int(hit) + 1) * KEY
