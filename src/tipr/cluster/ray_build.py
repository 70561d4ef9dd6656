"""Batches of pictures read and encoded on a Ray cluster; `tipr.gallery.build` stays the one writer.

What goes out is a `Batch` (paths and what is known of them), what comes back are readings. Model
and pictures are opened on the nodes under the very paths that this machine has for them. A batch
is worked at as a whole, so the gallery is the one that a local build would give: to the last bit
where processors and numbers of threads (a worker has one) are the same.
"""

import functools
import pickle
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from tipr import __version__
from tipr.cluster.order import in_order
from tipr.encoder import load_encoder
from tipr.encoder.protocol import Encoder
from tipr.errors import ClusterError, ConfigError, DependencyError, FingerprintError, TiprError
from tipr.gallery.records import Reading
from tipr.gallery.sight import Eye
from tipr.gallery.work import Batch, Work, read_batch

RETRIES = 3
"""How often a batch is given to another worker after one has died over it."""

_AHEAD = 2  # batches out for each worker: one in work, one waiting at its door
_ANSWER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a worker needs to begin: a model, and the rest of `tipr.gallery.work.read_batch`."""

    model: str
    device: str
    precision: str
    eye: Eye
    at_once: int


class Done(NamedTuple):
    """What a worker sends back, and who it is."""

    node: str
    version: str
    fingerprint: str
    readings: list[Reading]


class Cluster:
    """A Ray cluster that this process has joined."""

    def __init__(self, address: str, ray: Any) -> None:
        """Not for callers: use `joined`."""
        self.address = address
        self._ray = ray

    def work(self, recipe: Recipe, fingerprint: str) -> Work:
        """The work of `tipr.gallery.build`, done by the nodes; `fingerprint` is the model's here.

        What comes of it raises ClusterError if a node has another tipr, or does not see a picture
        that is seen here, or if a batch has lost every worker it was given to; FingerprintError
        if a node has another model; ModelError if it has none.

        Raises:
            ClusterError: the cluster offers no processor.
        """
        if not self._has("CPU"):
            raise ClusterError(
                f"{self.address}: this cluster offers no processor; start its nodes with --num-cpus"
            )
        as_task = self._ray.remote(
            num_cpus=1,
            num_gpus=1 if recipe.device != "cpu" and self._has("GPU") else 0,
            max_retries=RETRIES,
            max_calls=0,  # a worker keeps its model for the next batch, on a GPU too
            scheduling_strategy="SPREAD",
        )
        task = as_task(_work_at)
        packed = self._ray.put(pickle.dumps(recipe))

        def work(batches: Iterable[Batch]) -> Iterator[list[Reading]]:
            return in_order(
                batches,
                lambda batch: task.remote(packed, batch),
                lambda batch, ticket: self._checked(
                    batch, self._answer(batch, ticket), fingerprint
                ),
                ahead=lambda: _AHEAD * self._has("CPU"),
                take_back=lambda ticket: self._ray.cancel(ticket, force=False),
            )

        return work

    def _has(self, what: str) -> int:
        return int(self._ray.cluster_resources().get(what, 0))

    def _answer(self, batch: Batch, ticket: Any) -> Done:
        errors = self._ray.exceptions
        try:
            return self._ray.get(ticket)
        except errors.RayTaskError as error:
            if isinstance(error.cause, TiprError):
                raise type(error.cause)(f"on a node of {self.address}: {error.cause}") from None
            raise
        except errors.RayError as error:
            raise ClusterError(
                f"{self.address}: {RETRIES + 1} workers in a row were lost over {_names(batch)} "
                f"({type(error).__name__}); see Ray's logs for what kills them, memory perhaps"
            ) from error

    def _checked(self, batch: Batch, done: Done, fingerprint: str) -> list[Reading]:
        if done.version != __version__:
            raise ClusterError(
                f"{self.address}: node {done.node} has tipr {done.version}, this machine "
                f"{__version__}; install the same version on all"
            )
        if done.fingerprint != fingerprint:
            raise FingerprintError(
                f"{self.address}: node {done.node} has another model under the same path "
                f"(fingerprint {done.fingerprint[:12]}, here {fingerprint[:12]}); copy it anew"
            )
        for reading in done.readings:
            path = batch.root / reading.file.path
            if reading.file.size < 0 and path.exists():
                raise ClusterError(
                    f"{self.address}: node {done.node} does not see {path}; make the pictures "
                    f"visible under this path on every node"
                )
        return done.readings


@contextmanager
def joined(address: str) -> Iterator[Cluster]:
    """Join the Ray cluster whose head listens at HOST:PORT, from one of its machines.

    Raises:
        ConfigError: that is no such address.
        ClusterError: nobody answers there, it is of another version of Ray, or it wants a token.
        DependencyError: Ray is not installed.
    """
    _require_listening(address)
    try:
        import ray  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise DependencyError("this needs Ray: pip install 'tipr[ray]'") from None
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR")
    # What Ray raises here: ConnectionError, RuntimeError, ValueError, its own errors.
    except Exception as error:
        raise ClusterError(f"{address}: {_why(error)}") from error
    try:
        yield Cluster(address, ray)
    finally:
        ray.shutdown()


def _work_at(packed: bytes, batch: Batch) -> Done:
    """Runs on a node."""
    encoder, recipe = _ready(packed)
    readings = read_batch(encoder, recipe.eye, batch, recipe.at_once)
    return Done(socket.gethostname(), __version__, encoder.fingerprint, readings)


@functools.lru_cache(maxsize=1)
def _ready(packed: bytes) -> tuple[Encoder, Recipe]:
    """The model, loaded once in the life of a worker."""
    recipe: Recipe = pickle.loads(packed)
    encoder = load_encoder(
        recipe.model, device=recipe.device, precision=recipe.precision, bulk=True
    )
    return encoder, recipe


def _require_listening(address: str) -> None:
    """Ray alone would try for half a minute, and say a page."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in address:
        raise ConfigError(
            f"--ray {address}: expected HOST:PORT of the cluster's head, e.g. 10.0.0.1:6379"
        )
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"{address}: no Ray cluster answers there ({error}); start one with "
            f"'ray start --head', see docs/cluster.md"
        ) from None


def _why(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    while error.__cause__ is not None:
        error = error.__cause__
        if "InvalidAuthToken" in str(error):
            return (
                "this cluster wants a token; set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN as its "
                "nodes have them"
            )
    return f"Ray cannot join this cluster: {lines[0]}"


def _names(batch: Batch) -> str:
    first, last = batch.wanted[0].file.path, batch.wanted[-1].file.path
    return first if len(batch.wanted) == 1 else f"{first} to {last}"
