"""Real servers on this machine: a Ray cluster, a Milvus server; they end with the block.

Ray and Milvus listen on every address of a machine. So they are started only where there is
nothing but the loopback device: `make cluster` makes such a network.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

BIN = Path(sys.executable).parent
RAY_PORT, MILVUS_PORT = 6379, 19530
_WAIT_S = 180
_NODE = (
    *("--block", "--node-ip-address=127.0.0.1", "--num-cpus=1", "--num-gpus=0"),
    "--object-store-memory=100000000",
)


class Server(NamedTuple):
    """Where it listens, and the number of its process group."""

    address: str
    group: int


def reachable() -> list[str]:
    """The devices of this network by which others could reach a server."""
    devices = Path("/proc/net/dev").read_text().splitlines()[2:]
    return [name for line in devices if (name := line.split(":")[0].strip()) != "lo"]


@contextmanager
def ray_head(folder: Path) -> Iterator[Server]:
    """HOST:PORT of a head with one processor, which lets in nobody without the token."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    place = ("--head", f"--port={RAY_PORT}", "--include-dashboard=false")
    log = folder / "head.log"
    with _process(log, BIN / "ray", "start", *place, *_NODE) as group:
        _until(lambda: "runtime started" in log.read_text(), log)
        yield Server(f"127.0.0.1:{RAY_PORT}", group)


@contextmanager
def ray_node(folder: Path, head: Server) -> Iterator[Server]:
    """A node with one processor that has joined the head."""
    log = folder / "node.log"
    with _process(log, BIN / "ray", "start", f"--address={head.address}", *_NODE) as group:
        _until(lambda: "runtime started" in log.read_text(), log)
        yield Server(head.address, group)


@contextmanager
def milvus_server(folder: Path) -> Iterator[Server]:
    """milvus://HOST:PORT of a server that lets in nobody without the password."""
    os.environ["TIPR_MILVUS_TOKEN"] = "root:Milvus"
    guarded = ("--extra-config", "common.security.authorizationEnabled=true")
    command = (BIN / "milvus-server", "--data", folder, "--proxy-port", MILVUS_PORT, *guarded)
    with _process(folder / "log", *command) as group:
        _until(_milvus_answers, folder / "log")
        yield Server(f"milvus://127.0.0.1:{MILVUS_PORT}", group)


def end(server: Server) -> None:
    """End a server and all its processes, as a power cut would."""
    try:
        os.killpg(server.group, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def _process(log: Path, *command: object) -> Iterator[int]:
    with log.open("wb") as out:
        started = subprocess.Popen(
            [str(word) for word in command],
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield started.pid
    finally:
        end(Server("", started.pid))
        started.wait()


def _until(ready: Callable[[], bool], log: Path) -> None:
    """Wait for a server; what it said if it does not come."""
    give_up = time.monotonic() + _WAIT_S
    while not ready():
        if time.monotonic() > give_up:
            raise TimeoutError(log.read_text(errors="replace")[-3000:])
        time.sleep(0.2)


def _milvus_answers() -> bool:
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    address, token = f"http://127.0.0.1:{MILVUS_PORT}", os.environ["TIPR_MILVUS_TOKEN"]
    try:
        MilvusClient(uri=address, token=token, timeout=2).get_server_version()
    except MilvusException:
        return False
    return True
