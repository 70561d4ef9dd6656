"""Vectors and attributes of a gallery in a collection of a Milvus server, and the search there.

Milvus finds candidates; a second look at their vectors, summed in float64 as the gallery's own
index does, ranks them. With `index=exact` both therefore give the same pictures in the same order.

Shape legend: Q queries, D the encoder's width, C candidates.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tipr.cluster import schema
from tipr.cluster.address import Address
from tipr.cluster.expression import expression
from tipr.cluster.server import connect, told
from tipr.encoder.protocol import Vectors
from tipr.errors import ClusterError, QueryError
from tipr.gallery.nearest import Found, ranked, rounding
from tipr.search.filters import ALL, Filters

AT_MOST = 16_384
"""Rows that Milvus answers to one question."""

Row = dict[str, Any]
"""A picture: `id`, `vector`, `digest` and what `expression.fields` says."""


class Collection:
    """An open collection of one gallery; close it, or use it as a context manager."""

    def __init__(self, address: Address, client: Any, about: schema.About) -> None:
        """Not for callers: use `create` or `open`."""
        self.address = address
        self.about = about
        self._client = client

    @classmethod
    def create(cls, address: Address, *, fingerprint: str, owner: str, width: int) -> Self:
        """Make an empty collection for the vectors of a model and a gallery, its `owner`.

        Raises:
            ClusterError: no server there, one that is too old, or there is such a collection.
            DependencyError: pymilvus is not installed.
        """
        client = connect(address)
        with told(address):
            if client.has_collection(address.collection):
                raise ClusterError(f"{address}: there is such a collection already")
            made, parameters = schema.MADE[address.kind]
            indexes = client.prepare_index_params()
            indexes.add_index("vector", index_type=made, metric_type="IP", params=parameters)
            about = schema.About(fingerprint=fingerprint, owner=owner, kind=address.kind)
            client.create_collection(
                address.collection,
                schema=schema.fields(client, about, width),
                index_params=indexes,
                consistency_level="Strong",
            )
        return cls(address, client, about)

    @classmethod
    def open(cls, address: Address) -> Self | None:
        """An existing collection; None if there is none of this name.

        Raises:
            ClusterError: no server there, one that is too old, or a collection not made by tipr.
            DependencyError: pymilvus is not installed.
        """
        client = connect(address)
        with told(address):
            if not client.has_collection(address.collection):
                return None
            about = schema.about(address, client.describe_collection(address.collection))
            client.load_collection(address.collection)
        return cls(address, client, about)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def drop(self) -> None:
        """Delete the collection with everything in it."""
        with told(self.address):
            self._client.drop_collection(self.address.collection)

    def __len__(self) -> int:
        """How many pictures it holds, everything counted that was written before."""
        with told(self.address):
            return self._ask("", ["count(*)"])[0]["count(*)"]

    def search(
        self,
        queries_QD: Vectors,
        k: int,
        filters: Filters = ALL,
        roots: Sequence[str] = (),
        *,
        share: float = 1.0,
    ) -> list[Found]:
        """For each query the ids and scores of the k best pictures that fit the filters.

        Best first; equal scores keep the order of ids. `roots` are the indexed folders, by which
        filters name sources; `share` of the pictures fit the filters: the fewer, the farther an
        approximate index looks. What was written in the last five seconds by another process may be
        overlooked, unless that process has counted the pictures since.

        Raises:
            QueryError: more is asked for than Milvus gives, or too many pictures have equal scores.
            ClusterError: the server is lost.
        """
        most = AT_MOST * 15 // 16  # some room is wanted for ties
        if not 1 <= k <= most:
            raise QueryError(f"Milvus gives between 1 and {most:,} pictures at once, not {k:,}")
        where = expression(filters, roots)
        return [
            self._best(query_D, k, where, share) for query_D in np.asarray(queries_QD, np.float32)
        ]

    def digests(self, first: int, last: int) -> dict[int, int]:
        """The digests of the pictures with ids from `first` to `last`, at most `AT_MOST` ids."""
        if last - first >= AT_MOST:
            raise ValueError(f"at most {AT_MOST} ids at once, found {last - first + 1}")
        with told(self.address):
            found = self._ask(f"id >= {first} and id <= {last}", ["id", "digest"], limit=AT_MOST)
        return {row["id"]: row["digest"] for row in found}

    def put(self, rows: Sequence[Row]) -> None:
        """Add pictures; one that is there with the same id is replaced."""
        with told(self.address):
            if rows:
                self._client.upsert(self.address.collection, list(rows))

    def delete(self, ids: Sequence[int]) -> None:
        """Erase pictures: no search finds them from now on; see `settle`."""
        with told(self.address):
            for start in range(0, len(ids), AT_MOST):
                some = ", ".join(str(int(one)) for one in ids[start : start + AT_MOST])
                self._client.delete(self.address.collection, filter=f"id in [{some}]")

    def delete_beyond(self, last: int) -> None:
        """Erase every picture whose id is not between 1 and `last`."""
        with told(self.address):
            self._client.delete(self.address.collection, filter=f"id > {last} or id < 1")

    def settle(self, *, erased: bool) -> None:
        """Have the server put what was written into files, so that it makes its index of them.

        With `erased` it also rewrites files without what was erased. It does both in its own time.
        """
        with told(self.address):
            self._client.flush(self.address.collection)
            if erased:
                self._client.compact(self.address.collection)

    def waiting(self) -> int:
        """How many pictures are not in an approximate index yet: fewer of them are found."""
        if self.about.kind == "exact":
            return 0
        with told(self.address):
            described = self._client.describe_index(self.address.collection, "vector")
        return described["pending_index_rows"]

    def _ask(self, where: str, names: list[str], **limit: int) -> list[Row]:
        return self._client.query(
            self.address.collection,
            filter=where,
            output_fields=names,
            consistency_level="Strong",
            **limit,
        )

    def _best(self, query_D: NDArray[np.float32], k: int, where: str, share: float) -> Found:
        ids_C, vectors_CD = self._candidates(query_D, k, where, share)
        if len(ids_C) == 0:
            return ids_C, np.empty(0, np.float32)
        order = np.argsort(ids_C)
        ids_C, vectors_CD = ids_C[order], vectors_CD[order]
        best, scores = ranked(np.arange(len(ids_C)), vectors_CD, query_D, k)
        return ids_C[best], scores

    def _candidates(
        self, query_D: NDArray[np.float32], k: int, where: str, share: float
    ) -> tuple[NDArray[np.int64], Vectors]:
        """Ids and vectors that hold the k best and everything that ties with them.

        Milvus orders equal scores as it happens to, and its float32 sums err (`rounding`); so more
        is asked for until something lies surely below its k-th score.
        """
        want = min(2 * k + 16, AT_MOST)
        while True:
            found = self._look(query_D, want, where, share)
            scores_C = np.array([hit["distance"] for hit in found], np.float32)
            if len(found) < want:
                break
            least = scores_C[k - 1] - 2 * rounding(query_D)
            if scores_C[-1] < least:
                found = found[: int(np.count_nonzero(scores_C >= least))]
                break
            if want == AT_MOST:
                raise QueryError(
                    f"{self.address}: more than {AT_MOST:,} pictures have the same score, and "
                    f"Milvus gives no more at once; narrow the search with a filter"
                )
            want = min(16 * want, AT_MOST)
        ids_C = np.array([hit["id"] for hit in found], np.int64)
        vectors_CD = np.array([hit["entity"]["vector"] for hit in found], np.float32)
        return ids_C, vectors_CD.reshape(len(found), len(query_D))

    def _look(self, query_D: NDArray[np.float32], want: int, where: str, share: float) -> list[Row]:
        effort = schema.effort(self.about.kind, want, share)
        with told(self.address):
            answers = self._client.search(
                self.address.collection,
                data=[query_D],
                limit=want,
                filter=where,
                output_fields=["vector"],
                search_params={"metric_type": "IP", "params": effort},
                consistency_level="Bounded",
            )
        return list(answers[0])
