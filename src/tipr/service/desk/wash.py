"""Uploads decoded by processes of their own, with limits of time and memory."""

import importlib.util
import os
import subprocess
import sys
import threading
from contextlib import suppress

import anyio
import anyio.to_thread

from tipr.errors import PictureError
from tipr.service.desk import washing
from tipr.service.watch.metrics import Metrics

WORKERS = 2


class Washer:
    """Keeps idle workers warm; one that was stopped is replaced when it is needed."""

    def __init__(self, *, seconds: float, memory: int, metrics: Metrics) -> None:
        self._seconds, self._memory, self._metrics = seconds, memory, metrics
        self._idle: list[subprocess.Popen[bytes]] = []
        self._threads = anyio.CapacityLimiter(WORKERS)

    async def clean(self, upload: bytes) -> bytes:
        """The picture as a PNG of ours, upright, with nothing but pixels in it.

        Raises:
            PictureError: it is none, broken, too large, or takes too long.
        """
        try:
            clean = await anyio.to_thread.run_sync(self._clean, upload, limiter=self._threads)
        except PictureError:
            self._metrics.uploads.labels("refused").inc()
            raise
        self._metrics.uploads.labels("taken").inc()
        return clean

    def warm(self) -> None:
        """Start a worker before anybody waits for it, unless there is one."""
        if _can_limit():
            self._idle.append(self._worker())

    def close(self) -> None:
        """Stop the workers."""
        while self._idle:
            _stop(self._idle.pop())

    def _clean(self, upload: bytes) -> bytes:
        _require_limits()
        worker = self._worker()
        late = threading.Timer(self._seconds, worker.kill)
        late.start()
        try:
            kind, content = _asked(worker, upload)
        except (OSError, EOFError):
            _stop(worker)
            raise PictureError(
                f"{washing.NAME}: takes too much time to decode; send a smaller one"
            ) from None
        except BaseException:
            _stop(worker)
            raise
        finally:
            late.cancel()
        self._idle.append(worker)
        if kind == b"E":
            raise PictureError(content.decode())
        return content

    def _worker(self) -> subprocess.Popen[bytes]:
        while self._idle:
            worker = self._idle.pop()
            if worker.poll() is None:
                return worker
            _stop(worker)  # the system had stopped it, short of memory
        return self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", washing.__name__, str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # each thread takes address space
            start_new_session=True,  # Ctrl-C is for the service, which then stops them
        )


def _can_limit() -> bool:
    """macOS has the module, and refuses a limit of address space."""
    return sys.platform != "darwin" and importlib.util.find_spec("resource") is not None


def _require_limits() -> None:
    if not _can_limit():
        raise PictureError(
            "pictures cannot be sent to a service on this system, which cannot limit their "
            "decoding; search by words, or by a picture of the gallery"
        )


def _asked(worker: subprocess.Popen[bytes], upload: bytes) -> tuple[bytes, bytes]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(len(upload).to_bytes(8) + upload)
    worker.stdin.flush()
    kind, length = worker.stdout.read(1), worker.stdout.read(8)
    content = worker.stdout.read(int.from_bytes(length))
    if not kind or len(content) != int.from_bytes(length):
        raise EOFError
    return kind, content


def _stop(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was not yet written has nowhere to go
                pipe.close()
