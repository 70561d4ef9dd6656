import pickle
import socket
import sys
import types
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tipr.cluster import ray_build
from tipr.cluster.ray_build import Recipe, joined
from tipr.errors import ClusterError, ConfigError, DependencyError, FingerprintError, ModelError
from tipr.gallery.build import build
from tipr.gallery.sight import Whole
from tipr.gallery.source import look_through
from tipr.gallery.store import Gallery
from tipr.gallery.work import Batch, local

SIZE = (24, 8)


class RayError(Exception): ...


class RayTaskError(RayError):
    def __init__(self, cause: Exception) -> None:
        super().__init__(f"a page of traceback that ends in {cause}")
        self.cause = cause


class FakeRay(types.ModuleType):
    """Runs a task when its answer is asked for; what goes over is pickled, as on the way."""

    def __init__(self) -> None:
        super().__init__("ray")
        self.exceptions = types.SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)
        self.resources = {"CPU": 2.0}
        self.refuses: Exception | None = None
        self.changed: Callable[[Any], Any] = lambda answer: answer
        self.options: dict[str, Any] = {}
        self.initialised = self.out = self.most_out = 0

    def init(self, address: str, **_: Any) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.initialised += 1

    def shutdown(self) -> None:
        self.initialised -= 1

    def cluster_resources(self) -> dict[str, float]:
        return self.resources

    def put(self, value: Any) -> Any:
        return value

    def remote(self, **options: Any) -> Callable[..., Any]:
        self.options = options

        def as_task(function: Callable[..., Any]) -> Any:
            def call(*arguments: Any) -> Callable[[], Any]:
                self.out += 1
                self.most_out = max(self.most_out, self.out)
                sent = pickle.dumps(arguments)
                return lambda: function(*pickle.loads(sent))

            return types.SimpleNamespace(remote=call)

        return as_task

    def get(self, ticket: Callable[[], Any]) -> Any:
        self.out -= 1
        try:
            return self.changed(pickle.loads(pickle.dumps(ticket())))
        except RayError:
            raise
        except Exception as error:
            raise RayTaskError(error) from error

    def cancel(self, ticket: Any, *, force: bool) -> None:
        assert not force
        self.out -= 1


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    made = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", made)
    return made


@pytest.fixture
def address() -> Iterator[str]:
    """Somebody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch, make_encoder: Callable[..., Any]) -> list[str]:
    """The models that nodes load, each answered with the fake encoder."""
    models: list[str] = []

    def load(model: str, *, device: str, precision: str, bulk: bool) -> Any:
        assert bulk
        models.append(model)
        if model == "missing":
            raise ModelError("missing: no such run or model directory")
        return make_encoder()

    monkeypatch.setattr(ray_build, "load_encoder", load)
    ray_build._ready.cache_clear()
    return models


def recipe(model: str = "m", device: str = "cpu") -> Recipe:
    return Recipe(model=model, device=device, precision="auto", eye=Whole(SIZE), at_once=4)


def batches(folder: Path, size: int = 4) -> list[Batch]:
    source = look_through(folder)
    return [
        Batch(source.root, source.wanted[start : start + size])
        for start in range(0, len(source.wanted), size)
    ]


def content(path: Path) -> list[tuple[Any, ...]]:
    """Every row but those that are random: equal lists are equal galleries."""
    with Gallery.open(path) as gallery:
        return [
            row
            for table in ("sources", "files", "items", "attributes", "vectors", "thumbnails")
            for row in gallery.ask(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]


def test_the_gallery_is_the_one_of_a_local_build(
    ray, address, loaded, people, make_encoder, tmp_path
):
    (people / "5b.png").write_bytes(b"no picture")
    encoder = make_encoder()
    build(encoder, people, tmp_path / "here", model="m", batch=4)
    there = make_encoder()
    with joined(address) as cluster:
        work = cluster.work(recipe(), there.fingerprint)
        report = build(there, people, tmp_path / "there", model="m", batch=4, work=work)
        assert ray.initialised == 1
    assert ray.initialised == 0
    assert report.added == 10
    assert len(report.skipped) == 1
    assert there.encoded == 0
    assert content(tmp_path / "there") == content(tmp_path / "here")
    assert loaded == ["m"]  # once in the life of a worker, not once a batch


def test_readings_are_those_of_the_same_batches_here(ray, address, loaded, people, make_encoder):
    encoder = make_encoder()
    with joined(address) as cluster:
        found = list(cluster.work(recipe(), encoder.fingerprint)(batches(people)))
    expected = list(local(encoder, Whole(SIZE), 4)(batches(people)))
    assert [[one.file for one in some] for some in found] == [
        [one.file for one in some] for some in expected
    ]
    for ours, theirs in zip(chain(*found), chain(*expected), strict=True):
        np.testing.assert_array_equal(ours.shots[0].vector, theirs.shots[0].vector)


def test_as_many_batches_are_out_as_workers_can_use_soon(
    ray, address, loaded, people, make_encoder
):
    with joined(address) as cluster:
        list(cluster.work(recipe(), make_encoder().fingerprint)(batches(people, 1)))
    assert ray.most_out == 4
    assert ray.options["max_retries"] == 3


@pytest.mark.parametrize(
    ("device", "resources", "gpus"),
    [("cpu", {"CPU": 1, "GPU": 1}, 0), ("auto", {"CPU": 1, "GPU": 1}, 1), ("auto", {"CPU": 1}, 0)],
)
def test_a_worker_takes_a_gpu_where_there_is_one_unless_told_otherwise(
    ray, address, device, resources, gpus
):
    ray.resources = resources
    with joined(address) as cluster:
        cluster.work(recipe(device=device), "f")
    assert ray.options["num_gpus"] == gpus


def test_a_cluster_without_processors_is_told_at_once(ray, address):
    ray.resources = {"memory": 1e9}
    with joined(address) as cluster, pytest.raises(ClusterError, match="no processor"):
        cluster.work(recipe(), "f")


def run(address: str, people: Path, fingerprint: str, model: str = "m") -> None:
    with joined(address) as cluster:
        list(cluster.work(recipe(model), fingerprint)(batches(people)))


def test_another_model_on_a_node_is_refused(ray, address, loaded, people, make_encoder):
    with pytest.raises(FingerprintError, match="another model under the same path"):
        run(address, people, "bb" * 32)


def test_another_tipr_on_a_node_is_refused(ray, address, loaded, people, make_encoder):
    ray.changed = lambda done: done._replace(version="0.0.0")
    with pytest.raises(ClusterError, match=r"has tipr 0\.0\.0"):
        run(address, people, make_encoder().fingerprint)


def test_a_model_that_a_node_lacks_is_said_in_its_own_words(ray, address, loaded, people):
    with pytest.raises(ModelError, match=r"^on a node of .*: missing: no such run") as caught:
        run(address, people, "f", model="missing")
    assert "\n" not in str(caught.value)


def test_pictures_that_a_node_does_not_see_are_never_taken_for_unreadable(
    ray, address, loaded, people, make_encoder, tmp_path
):
    hidden = people.with_name("hidden")

    real = ray_build.read_batch

    def on_a_node_without_the_folder(encoder, eye, batch, at_once):
        people.rename(hidden)
        try:
            return real(encoder, eye, batch, at_once)
        finally:
            hidden.rename(people)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray_build, "read_batch", on_a_node_without_the_folder)
        encoder = make_encoder()
        with joined(address) as cluster:
            work = cluster.work(recipe(), encoder.fingerprint)
            with pytest.raises(ClusterError, match="does not see"):
                build(encoder, people, tmp_path / "g", model="m", work=work)
    assert not (tmp_path / "g").exists()


def test_a_picture_that_is_gone_for_all_is_unreadable(ray, address, loaded, people, make_encoder):
    found = batches(people)
    (people / "1.png").unlink()
    with joined(address) as cluster:
        readings = list(chain(*cluster.work(recipe(), make_encoder().fingerprint)(found)))
    assert [one.file.path for one in readings if one.reason] == ["1.png"]


def test_a_batch_that_loses_every_worker_is_named(ray, address, loaded, people, make_encoder):
    def dies(done: Any) -> Any:
        raise RayError("worker crashed")

    ray.changed = dies
    with pytest.raises(ClusterError, match=r"4 workers in a row were lost over 0.png to 3.png"):
        run(address, people, make_encoder().fingerprint)
    assert ray.out == 0  # the other batches were taken back


def test_a_fault_of_ours_on_a_node_keeps_its_traceback(ray, address, loaded, people, make_encoder):
    def broken(done: Any) -> Any:
        raise RayTaskError(KeyError("a bug"))

    ray.changed = broken
    with pytest.raises(RayTaskError, match="page of traceback"):
        run(address, people, make_encoder().fingerprint)


@pytest.mark.parametrize("text", ["auto", "head", ":6379", "head:", "ray://head:10001", "h:x"])
def test_an_address_is_a_host_and_a_port(text):
    with pytest.raises(ConfigError, match="expected HOST:PORT"), joined(text):
        pass


def test_nobody_at_the_address_is_found_out_without_ray():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with (
        pytest.raises(ClusterError, match="no Ray cluster answers there"),
        joined(f"127.0.0.1:{port}"),
    ):
        pass


def test_a_cluster_that_wants_a_token_says_which_variables(ray, address):
    try:
        raise ConnectionError("Failed to connect") from RuntimeError("InvalidAuthToken: missing")
    except ConnectionError as error:
        ray.refuses = error
    with pytest.raises(ClusterError, match="RAY_AUTH_TOKEN"), joined(address):
        pass


def test_what_else_keeps_ray_out_is_its_first_line(ray, address):
    ray.refuses = RuntimeError("Version mismatch: 2.60.0, 2.59.0\n and a page more")
    with (
        pytest.raises(ClusterError, match=r"cannot join this cluster: Version mismatch.*0$"),
        joined(address),
    ):
        pass


def test_without_ray_it_says_what_to_install(monkeypatch, address):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DependencyError, match=r"tipr\[ray\]"), joined(address):
        pass
