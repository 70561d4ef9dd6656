"""Where a Milvus collection is: milvus://host:port/collection?index=exact."""

import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qs, urlsplit

from tipr.errors import ConfigError

PORT = 19530
"""Where Milvus listens unless it was told otherwise."""

Kind = Literal["exact", "hnsw", "ivf"]
"""How Milvus searches: every vector, a graph, or lists of vectors in a byte a number."""

KINDS: tuple[Kind, ...] = get_args(Kind)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


@dataclass(frozen=True, slots=True)
class Address:
    """A collection of a Milvus server. `kind` counts when the collection is made, not later."""

    host: str
    port: int
    collection: str
    kind: Kind = "exact"

    def same_place(self, other: "Address") -> bool:
        """Whether both mean one collection."""
        return (self.host, self.port, self.collection) == (
            other.host,
            other.port,
            other.collection,
        )

    @property
    def server(self) -> str:
        """What pymilvus is told."""
        return f"http://{self._place}"

    def __str__(self) -> str:
        ending = "" if self.kind == "exact" else f"?index={self.kind}"
        return f"milvus://{self._place}/{self.collection}{ending}"

    @property
    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse(text: str) -> Address:
    """The address that a text shows; the port may be left out.

    Raises:
        ConfigError: it is none, or it holds a password, which would end up in logs and galleries.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or PORT
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    except ValueError as error:
        raise ConfigError(f"{text}: {error}; {_EXPECTED}") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            f"milvus://...@{host}: take the name and the password out of the address, where others "
            f"can read them, and set TIPR_MILVUS_TOKEN=name:password instead"
        )
    name = parts.path.removeprefix("/")
    kind: Kind | None = next((k for k in KINDS if options.get("index", ["exact"]) == [k]), None)
    if (
        parts.scheme != "milvus"
        or not host
        or not _NAME.fullmatch(name)
        or kind is None
        or options.keys() - {"index"}
        or parts.fragment
    ):
        raise ConfigError(f"{text}: no address of a Milvus collection; {_EXPECTED}")
    return Address(host, port, name, kind)


_EXPECTED = (
    "expected milvus://HOST:PORT/COLLECTION, the collection of letters, digits and _, with "
    f"?index={' or ?index='.join(KINDS)} behind it if need be"
)
