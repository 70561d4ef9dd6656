"""The servers that these tests talk to; without `make cluster` there are none, and no tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster import servers
from tests.cluster.servers import Server

if "TIPR_CLUSTER" not in os.environ:
    collect_ignore_glob = ["test_*.py"]
else:
    # As a worker has it: sums of small batches depend on the number of threads in their last bits.
    os.environ["OMP_NUM_THREADS"] = "1"


def pytest_sessionstart() -> None:
    if "TIPR_CLUSTER" in os.environ and (found := servers.reachable()):
        pytest.exit(f"others could reach the servers through {found}; run 'make cluster'", 2)


@pytest.fixture(scope="session")
def ray_head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.ray_head(tmp_path_factory.mktemp("ray")) as head:
        yield head


@pytest.fixture
def second_node(ray_head: Server, tmp_path: Path) -> Iterator[Server]:
    with servers.ray_node(tmp_path, ray_head) as node:
        yield node


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.milvus_server(tmp_path_factory.mktemp("milvus")) as server:
        yield server
