"""What a collection is made of, and what it says of itself in its description."""

import json
from typing import Any, NamedTuple

from tipr.cluster.address import Address, Kind
from tipr.errors import ClusterError

LISTS = 1024
MADE: dict[Kind, tuple[str, dict[str, int]]] = {
    "exact": ("FLAT", {}),
    "hnsw": ("HNSW", {"M": 32, "efConstruction": 200}),
    "ivf": ("IVF_SQ8", {"nlist": LISTS}),
}
"""Milvus's name of an index, and how it is made."""

_FORMAT = 1
_TEXT = 65_535  # bytes, the most that Milvus takes
_FARTHEST = 32_768  # the most neighbours that its graphs may be asked to look at


class About(NamedTuple):
    """Whose vectors a collection holds: those of a model, for a gallery, its owner."""

    fingerprint: str
    owner: str
    kind: Kind


def fields(client: Any, of: About, width: int) -> Any:
    """The fields of a collection, and its description."""
    from pymilvus import DataType  # pyright: ignore[reportMissingImports]

    description = json.dumps({"tipr": _FORMAT, **of._asdict()})
    schema = client.create_schema(auto_id=False, description=description)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=width)
    schema.add_field("digest", DataType.INT64)
    for name in ("source", "path", "camera"):
        schema.add_field(name, DataType.VARCHAR, max_length=_TEXT)
    for name in ("time_ms", "clock_ms"):
        schema.add_field(name, DataType.INT64)
    schema.add_field("attributes", DataType.JSON)
    return schema


def about(address: Address, described: dict[str, Any]) -> About:
    """What the description of a collection says.

    Raises:
        ClusterError: it was not written by this tipr.
    """
    try:
        known = json.loads(described["description"])
        if known.pop("tipr") == _FORMAT and known["kind"] in MADE:
            return About(**known)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # told below
    raise ClusterError(
        f"{address}: this collection was not made by this tipr; give the name of another one"
    )


def effort(kind: Kind, want: int, share: float) -> dict[str, int]:
    """How far an approximate index is to look for `want` pictures, if `share` of all are allowed.

    With few allowed the nearest of them lie farther away.
    """
    farther = 1 / max(share, 1e-9)
    match kind:
        case "exact":
            return {}
        case "hnsw":
            return {"ef": min(_FARTHEST, max(2 * want, round(256 * farther)))}
        case "ivf":
            return {"nprobe": min(LISTS, round(32 * farther))}
