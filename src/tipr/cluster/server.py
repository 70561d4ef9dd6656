"""A Milvus server to talk to: it is there, recent enough, and its errors are said in our words."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tipr.cluster.address import Address
from tipr.errors import ClusterError, DependencyError

OLDEST = (2, 3)
"""The first version of Milvus that can replace rows and compare JSON."""

_WAIT_S = 30.0
_UNREACHABLE = 2  # pymilvus's code for a server that does not answer, or wants a password


def connect(address: Address) -> Any:
    """A client of the server, once it is known to be one that can do what is asked.

    `TIPR_MILVUS_TOKEN` in the environment is "name:password" for a server that wants one.

    Raises:
        ClusterError: no server there, or one that is too old.
        DependencyError: pymilvus is not installed.
    """
    try:
        import pymilvus  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as error:
        if error.name != "pymilvus":
            raise
        raise DependencyError("this needs pymilvus: pip install 'tipr[milvus]'") from None
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs each error before raising it
    with told(address):
        client = pymilvus.MilvusClient(
            uri=address.server, token=os.environ.get("TIPR_MILVUS_TOKEN", ""), timeout=_WAIT_S
        )
        version: str = client.get_server_version()
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST:
        raise ClusterError(
            f"{address}: this server is Milvus {version}, expected "
            f"{'.'.join(map(str, OLDEST))} or newer; update it"
        )
    return client


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Turn pymilvus's errors into ours; they name the server and say what it said."""
    from pymilvus.exceptions import MilvusException  # pyright: ignore[reportMissingImports]

    try:
        yield
    except MilvusException as error:
        said = " ".join(str(error.message).split())
        if error.code == _UNREACHABLE:
            said = (
                "no Milvus server answers there; start it, correct the address, or set "
                "TIPR_MILVUS_TOKEN=name:password if it wants one"
            )
        raise ClusterError(f"{address}: {said[:300]}") from error
