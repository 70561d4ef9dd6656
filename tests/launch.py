"""Start several processes of one run as torchrun does, without its launcher's own start."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence

TIPR = ["-m", "tipr"]


def places(world: int) -> list[dict[str, str]]:
    """What torchrun would say to each process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [
        {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": str(world),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "OMP_NUM_THREADS": "1",
        }
        for rank in range(world)
    ]


def start(world: int, words: Sequence[str]) -> list[subprocess.Popen[str]]:
    """`python WORDS` on each rank, its standard error to be read."""
    return [
        subprocess.Popen(
            [sys.executable, *words],
            env={**os.environ, **place},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for place in places(world)
    ]


def finish(processes: Sequence[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    """(exit code, standard output, standard error) of each, in the order of ranks."""
    found = [process.communicate(timeout=300) for process in processes]
    return [(p.returncode, out, err) for p, (out, err) in zip(processes, found, strict=True)]
