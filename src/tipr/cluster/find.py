"""A search whose nearest neighbours come from the gallery's Milvus mirror; all else is the same.

Shape legend: P vectors, N pictures that are searched, D the encoder's width.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tipr.cluster import mirror
from tipr.cluster.milvus import Collection
from tipr.encoder.protocol import Encoder, Vectors
from tipr.errors import ClusterError
from tipr.gallery.nearest import Found, ranked
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery
from tipr.search.answer import Answer
from tipr.search.filters import ALL, Filters
from tipr.search.query import require_pictures, search, understand
from tipr.search.stored import vectors_of
from tipr.search.terms import Query

Ids = NDArray[np.int64]


def search_many(
    gallery: Gallery, encoder: Encoder, queries: Sequence[Query | str], k: int | None = None
) -> list[Answer]:
    """As `tipr.search.query.search_many`, with Milvus in the place of the gallery's own index.

    Raises:
        ClusterError: no mirror, one that is not up to date, or no server there.
        Everything that `tipr.search.query.search_many` raises.
    """
    require_pictures(gallery)
    understood = [understand(gallery, query, k) for query in queries]
    with gallery.snapshot(), mirror.opened(gallery) as collection:
        every = MirrorIndex.of(gallery, collection)
        return [
            search(gallery, encoder, query, index=every.under(query.filters))
            for query in understood
        ]


@dataclass(frozen=True, kw_only=True)
class MirrorIndex:
    """What `tipr.gallery.index.Index` is to a search, for the pictures that `filters` leave."""

    gallery: Reader
    collection: Collection
    generation: str
    ids: Ids
    """(N,), ascending: those of all pictures."""
    roots: tuple[str, ...]
    waiting: int
    """Pictures that the server has not put into its approximate index yet."""
    filters: Filters = ALL

    @classmethod
    def of(cls, gallery: Reader, collection: Collection) -> "MirrorIndex":
        """The mirror of the gallery's present content."""
        return cls(
            gallery=gallery,
            collection=collection,
            generation=gallery.generation,
            ids=gallery.ids("1"),
            roots=tuple(root for (root,) in gallery.ask("SELECT root FROM sources")),
            waiting=collection.waiting(),
        )

    def under(self, filters: Filters) -> "MirrorIndex":
        """The same, to be asked for what these filters leave."""
        return replace(self, filters=filters)

    def __len__(self) -> int:
        return len(self.ids)

    def __str__(self) -> str:
        """How it searches, for people."""
        kind = f"Milvus, {self.collection.about.kind}"
        return f"{kind}, {self.waiting:,} pictures not in its index yet" if self.waiting else kind

    @property
    def kind(self) -> Literal["exact", "approximate"]:
        """Whether every picture is looked at, or only those that lie near."""
        return "exact" if self.collection.about.kind == "exact" else "approximate"

    def search(self, queries_PD: Vectors, k: int, ids_N: Ids | None = None) -> list[Found]:
        """As the gallery's index. `ids_N` are what the filters leave, or fewer than k of them.

        Raises:
            ClusterError: the server finds pictures that it should not, or is lost.
        """
        if ids_N is not None and len(ids_N) <= k:
            # Nothing is to be found, only put in order: the vectors on record will do.
            vectors_ND = vectors_of(self.gallery, ids_N)
            return [_in_order(ids_N, vectors_ND, query_D) for query_D in queries_PD]
        allowed_N = self.ids if ids_N is None else ids_N
        found = self.collection.search(
            queries_PD,
            min(k, len(self)),
            ALL if ids_N is None else self.filters,
            self.roots,
            share=len(allowed_N) / len(self),
        )
        for ids_K, _ in found:
            if not np.isin(ids_K, allowed_N).all():
                raise ClusterError(
                    f"{self.collection.address}: finds pictures that the gallery does not hold or "
                    f"that do not fit the filters; give this gallery a collection of its own"
                )
        return found


def _in_order(ids_N: Ids, vectors_ND: Vectors, query_D: NDArray[np.float32]) -> Found:
    best, scores = ranked(np.arange(len(ids_N)), vectors_ND, query_D, len(ids_N))
    return ids_N[best], scores
