import sys

import numpy as np
import pytest

from tipr.cluster.address import parse
from tipr.cluster.milvus import AT_MOST, Collection
from tipr.cluster.schema import About, effort
from tipr.errors import ClusterError, DependencyError, QueryError
from tipr.search.filters import Filters

ADDRESS = parse("milvus://db/people")
WIDTH = 8


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def vectors(count: int, seed: int = 0) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(count, WIDTH)))


def rows(vectors_ND: np.ndarray) -> list[dict]:
    return [
        {
            "id": number,
            "vector": vector,
            "digest": number * 7,
            "camera": f"gate{number % 3}",
            "attributes": {},
        }
        for number, vector in enumerate(vectors_ND, start=1)
    ]


def make(**given) -> Collection:
    return Collection.create(
        given.pop("address", ADDRESS), fingerprint="f" * 64, owner="me", width=WIDTH
    )


def by_hand(vectors_ND: np.ndarray, query_D: np.ndarray, k: int, keep=lambda number: True):
    """Ids and scores: one float64 sum after the other, equal ones in the order of ids."""
    scored = [
        (-np.float32(sum(float(a) * float(b) for a, b in zip(row, query_D, strict=True))), number)
        for number, row in enumerate(vectors_ND, start=1)
        if keep(number)
    ]
    return [number for _, number in sorted(scored)[:k]]


def test_the_k_best_come_in_order_and_ties_by_id_wherever_the_server_cuts(server):
    vectors_ND = vectors(300)
    vectors_ND[50:250:2] = vectors_ND[40]  # a hundred equal ones
    collection = make()
    collection.put(rows(vectors_ND)[::-1])
    queries_QD = np.concatenate([vectors_ND[[40, 7]], vectors(4, seed=1)])
    for k in (1, 5, 60, 300, 400):
        found = collection.search(queries_QD, k)
        assert [ids.tolist() for ids, _ in found] == [
            by_hand(vectors_ND, query_D, k) for query_D in queries_QD
        ]
        for _, scores in found:
            assert (np.diff(scores) <= 0).all()


def test_only_what_fits_the_filters_is_found(server):
    vectors_ND = vectors(60)
    collection = make()
    collection.put(rows(vectors_ND))
    ((ids, _),) = collection.search(vectors_ND[:1], 10, Filters(cameras=("gate1",)))
    assert ids.tolist() == by_hand(vectors_ND, vectors_ND[0], 10, lambda number: number % 3 == 1)
    ((ids, scores),) = collection.search(vectors_ND[:1], 10, Filters(cameras=("nowhere",)))
    assert (len(ids), len(scores)) == (0, 0)


def test_more_equal_scores_than_the_server_gives_are_an_error(server, monkeypatch):
    monkeypatch.setattr("tipr.cluster.milvus.AT_MOST", 40)
    vectors_ND = vectors(100)
    vectors_ND[:41] = vectors_ND[0]
    collection = make()
    collection.put(rows(vectors_ND))
    with pytest.raises(QueryError, match="same score"):
        collection.search(vectors_ND[:1], 5)
    assert len(collection.search(vectors_ND[50:51], 5)[0][0]) == 5


@pytest.mark.parametrize("k", [0, AT_MOST])
def test_too_many_hits_are_refused(server, k):
    with pytest.raises(QueryError, match="between 1 and"):
        make().search(vectors(1), k)


def test_pictures_are_replaced_counted_compared_and_erased(server):
    collection = make()
    collection.put(rows(vectors(9)))
    collection.put([{**rows(vectors(9))[3], "digest": 1}])
    collection.put([])
    assert len(collection) == 9
    assert collection.digests(3, 5) == {3: 21, 4: 1, 5: 35}
    collection.delete([2, 4])
    collection.delete([])
    collection.delete_beyond(7)
    assert sorted(server.rows("people")) == [1, 3, 5, 6, 7]
    with pytest.raises(ValueError, match="at most"):
        collection.digests(1, AT_MOST + 1)


def test_a_collection_tells_whose_it_is(server):
    assert Collection.open(ADDRESS) is None
    make().close()
    opened = Collection.open(ADDRESS)
    assert opened is not None
    assert opened.about == About(fingerprint="f" * 64, owner="me", kind="exact")
    with pytest.raises(ClusterError, match="already"):
        make()
    opened.drop()
    assert Collection.open(ADDRESS) is None


def test_the_kind_of_index_is_that_with_which_it_was_made(server):
    make(address=parse("milvus://db/people?index=hnsw"))
    opened = Collection.open(ADDRESS)
    assert opened is not None
    assert opened.about.kind == "hnsw"
    opened.put(rows(vectors(3)))
    opened.search(vectors(1), 2)
    near = server.asked[-1]["search_params"]["params"]["ef"]
    assert near >= server.asked[-1]["limit"]
    opened.search(vectors(1), 2, share=0.1)
    assert server.asked[-1]["search_params"]["params"]["ef"] == 10 * near


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
@pytest.mark.parametrize("share", [0.0, 1e-6, 1.0])
def test_the_effort_stays_within_what_milvus_takes(kind, share):
    (found,) = effort(kind, AT_MOST, share).values()
    assert {"hnsw": AT_MOST, "ivf": 1}[kind] <= found <= {"hnsw": 32_768, "ivf": 1024}[kind]


@pytest.mark.parametrize("description", ["", "my own", '{"tipr": 2}', "[]", '{"kind": "exact"}'])
def test_somebody_elses_collection_is_not_touched(server, description):
    make()
    server.collections["people"]["schema"].description = description
    with pytest.raises(ClusterError, match="not made by this tipr"):
        Collection.open(ADDRESS)


@pytest.mark.parametrize("version", ["v2.2.16", "2.1", "v1.1.1", "unknown"])
def test_a_server_that_is_too_old_is_refused(server, version):
    server.version = version
    with pytest.raises(ClusterError, match=r"expected 2\.3 or newer"):
        Collection.open(ADDRESS)


@pytest.mark.parametrize("version", ["v2.3.5-lite", "2.6.1", "v10.0.0"])
def test_newer_servers_are_taken(server, version):
    server.version = version
    assert Collection.open(ADDRESS) is None


def test_a_server_that_is_not_there_is_said_in_one_line(server):
    server.there = False
    with pytest.raises(ClusterError, match=r"^milvus://db:19530/people: no Milvus server answers"):
        Collection.open(ADDRESS)


def test_what_a_server_complains_of_is_one_line(server):
    collection = make()
    server.fails_after = 0
    with pytest.raises(ClusterError, match=r"people: the server is out of memory$"):
        collection.put(rows(vectors(1)))


def test_without_pymilvus_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(DependencyError, match=r"tipr\[milvus\]"):
        Collection.open(ADDRESS)
