"""A real Milvus server finds what the gallery's own index finds, and forgets what it forgets."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.cluster.servers import Server, end
from tests.unit.cluster.test_expression import WORDS

from tipr.cluster import mirror
from tipr.cluster.address import parse
from tipr.cluster.find import MirrorIndex, search_many
from tipr.cluster.milvus import Collection
from tipr.encoder.protocol import Vectors
from tipr.errors import ClusterError
from tipr.gallery import index
from tipr.gallery.forget import forget
from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.search import query
from tipr.search.filters import Filters, allowed
from tipr.search.moments import Hours
from tipr.search.terms import Query, Words

COUNT, WIDTH = 20_000, 512
HOUR_MS = 3_600_000
CAMERAS = ("gate", "yard", *WORDS)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def fill(gallery: Gallery, vectors_ND: np.ndarray) -> None:
    """Two folders; every 7th camera and every 9th time unknown."""
    for start in range(0, len(vectors_ND), 1000):
        some = range(start, min(start + 1000, len(vectors_ND)))
        for folder in (0, 1):
            gallery.add(
                Path(f"/data/{('people', 'more')[folder]}"),
                [
                    Reading(file=File(f"day{n % 5}/{n:06}.jpg", 1, 1), shots=(_shot(n, v),))
                    for n in some
                    if n % 2 == folder
                    for v in (vectors_ND[n],)
                ],
            )


def _shot(number: int, vector: np.ndarray) -> Shot:
    return Shot(
        vector=vector,
        facts=Facts(
            camera=None if number % 7 == 0 else CAMERAS[number % len(CAMERAS)],
            time_ms=None if number % 9 == 0 else (number - 5000) * HOUR_MS // 3,
            attributes={WORDS[number % 3]: WORDS[number % 5]} if number % 4 else {},
        ),
    )


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """People in groups, as pictures of people are, and 300 pictures that are equal."""
    rng = np.random.default_rng(0)
    centres = unit(rng.normal(size=(2000, WIDTH)))
    noise = rng.normal(size=(COUNT, WIDTH)) * 0.03
    vectors_ND = unit(centres[rng.integers(2000, size=COUNT)] + noise)
    vectors_ND[::67] = vectors_ND[7]
    made = Gallery.create(
        tmp_path_factory.mktemp("gallery") / "g",
        fingerprint="f" * 64,
        model="m",
        width=WIDTH,
        image_size=(2, 1),
    )
    fill(made, vectors_ND)
    yield made
    made.close()


@pytest.fixture(scope="module")
def mirrored(gallery: Gallery, milvus: Server) -> Gallery:
    mirror.mirror(gallery, parse(f"{milvus.address}/people"))
    return gallery


@pytest.fixture(scope="module")
def queries(gallery: Gallery) -> Vectors:
    """Some that are near people, one of the 300 equal ones, some that are near nobody."""
    vectors_ND = gallery.vectors()[1]
    rng = np.random.default_rng(1)
    near = vectors_ND[[7, 100, 4000, 19_999]] + rng.normal(size=(4, WIDTH)) * 0.01
    return np.concatenate([vectors_ND[7:8], unit(near), unit(rng.normal(size=(5, WIDTH)))])


FILTERS = (
    Filters(),
    Filters(cameras=("gate", "yard")),
    *(Filters(cameras=(word,)) for word in WORDS if word),
    *(Filters(attributes=((key, value),)) for key in WORDS[:3] for value in WORDS[:5:2]),
    Filters(attributes=((WORDS[0], WORDS[0]), (WORDS[0], WORDS[3]), (WORDS[1], WORDS[1]))),
    Filters(sources=("people",)),
    Filters(sources=("/data",)),
    Filters(sources=("/data/more/day3", "/data/people/day1")),
    Filters(sources=("nothing",)),
    Filters(after_ms=0, before_ms=1000 * HOUR_MS),
    Filters(before_ms=-1000 * HOUR_MS),
    Filters(hours=Hours(8 * HOUR_MS, 9 * HOUR_MS)),
    Filters(hours=Hours(22 * HOUR_MS, 2 * HOUR_MS)),
    Filters(cameras=("gate", "5"), sources=("more",), after_ms=0, hours=Hours(0, 12 * HOUR_MS)),
)


@pytest.mark.parametrize("filters", FILTERS, ids=lambda filters: repr(str(filters)))
def test_the_top_ten_are_those_of_the_gallerys_own_index(mirrored, queries, filters):
    allowed_N = allowed(mirrored, filters)
    expected = index.load(mirrored).search(queries, 10, allowed_N)
    with mirror.opened(mirrored) as collection:
        found = MirrorIndex.of(mirrored, collection).under(filters).search(queries, 10, allowed_N)
    for (ids, scores), (own_ids, own_scores) in zip(found, expected, strict=True):
        assert ids.tolist() == own_ids.tolist()
        np.testing.assert_array_equal(scores, own_scores)


def test_so_they_are_after_the_server_has_put_its_rows_into_files(mirrored, queries):
    with mirror.opened(mirrored) as collection:
        collection.settle(erased=True)
        for filters in FILTERS:
            allowed_N = allowed(mirrored, filters)
            own = index.load(mirrored).search(queries[:2], 10, allowed_N)
            there = MirrorIndex.of(mirrored, collection).under(filters)
            for (ids, _), (own_ids, _) in zip(
                there.search(queries[:2], 10, allowed_N), own, strict=True
            ):
                assert ids.tolist() == own_ids.tolist()


def test_as_many_hits_as_there_may_be_come_in_order(mirrored, queries):
    own = index.load(mirrored).search(queries[:2], 15_360)
    with mirror.opened(mirrored) as collection:
        found = collection.search(queries[:2], 15_360)
    for (ids, _), (own_ids, _) in zip(found, own, strict=True):
        assert ids.tolist() == own_ids.tolist()


class FakeEncoder:
    """Sentences to random directions."""

    fingerprint = "f" * 64
    width = WIDTH
    image_size = (2, 1)

    def encode_text(self, sentences) -> Vectors:
        return unit(
            np.stack([np.random.default_rng(len(one)).normal(size=WIDTH) for one in sentences])
        )

    def encode_images(self, pixels_NHWC) -> Vectors:
        raise NotImplementedError

    def cut_words(self, sentence: str) -> str:
        return ""


def test_a_whole_search_gives_the_same_answer(mirrored):
    asked = [
        "a woman in red camera:gate",
        "somebody",
        Query(texts=(Words("a man"),), filters=Filters(sources=("more",)), k=20, page=2),
        Query(texts=(Words("a man"), Words("a hat", 0.5)), like=(7,), unlike=(9,)),
    ]
    own = query.search_many(mirrored, FakeEncoder(), asked)
    there = search_many(mirrored, FakeEncoder(), asked)
    assert [answer.hits for answer in there] == [answer.hits for answer in own]
    assert all(len(answer) for answer in own)
    assert {answer.how for answer in there} == {"Milvus, exact"}


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_approximate_indexes_find_most(gallery, milvus, kind):
    ids_N, vectors_ND = gallery.vectors()
    address = parse(f"{milvus.address}/{kind}?index={kind}")
    near = vectors_ND[1000:1200] + np.random.default_rng(2).normal(size=(200, WIDTH)) * 0.01
    exact = index.load(gallery).search(unit(near), 10)
    with Collection.create(
        address, fingerprint="f" * 64, owner="a test", width=WIDTH
    ) as collection:
        for start in range(0, COUNT, 500):
            collection.put(
                [
                    {
                        **{"id": int(number), "vector": vector, "digest": 0, "source": "s"},
                        **{"path": "p", "camera": "c", "time_ms": 0, "clock_ms": 0},
                        "attributes": {},
                    }
                    for number, vector in zip(
                        ids_N[start : start + 500], vectors_ND[start : start + 500], strict=True
                    )
                ]
            )
        collection.settle(erased=False)
        assert len(collection) == COUNT
        found = collection.search(unit(near), 10)
        collection.drop()
    recall = np.mean(
        [len(set(a) & set(b)) / 10 for (a, _), (b, _) in zip(found, exact, strict=True)]
    )
    assert recall >= 0.85


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Gallery]:
    with Gallery.create(
        tmp_path / "s", fingerprint="f" * 64, model="m", width=WIDTH, image_size=(2, 1)
    ) as made:
        fill(made, unit(np.random.default_rng(5).normal(size=(100, WIDTH))))
        yield made


def test_what_is_forgotten_is_gone_from_the_mirror(small, milvus):
    address = parse(f"{milvus.address}/small")
    mirror.mirror(small, address)
    ids_N, vectors_ND = small.vectors()
    forget(small, [int(number) for number in ids_N[:30]])
    with pytest.raises(ClusterError, match="has changed since"):
        mirror.opened(small)
    assert mirror.mirror(small, address) == mirror.Mirrored(written=0, erased=30, unchanged=70)
    with mirror.opened(small) as collection:
        assert len(collection) == 70
        assert collection.digests(1, int(ids_N[29])) == {}
        ((found, _),) = collection.search(vectors_ND[:1], 100)
        assert sorted(found.tolist()) == ids_N[30:].tolist()
    mirror.drop(small)
    assert Collection.open(address) is None


def test_without_the_password_nobody_gets_in(small, milvus, monkeypatch):
    monkeypatch.delenv("TIPR_MILVUS_TOKEN")
    with pytest.raises(ClusterError, match="TIPR_MILVUS_TOKEN"):
        mirror.mirror(small, parse(f"{milvus.address}/small"))


def test_nobody_at_the_address_is_said_in_one_line(small):
    with pytest.raises(ClusterError, match="no Milvus server answers there"):
        mirror.mirror(small, parse("milvus://127.0.0.1:1/small"))


def test_a_server_that_is_lost_is_said_in_one_line(small, milvus):  # the last test of all
    mirror.mirror(small, parse(f"{milvus.address}/lost"))
    with mirror.opened(small) as collection:
        end(milvus)
        with pytest.raises(ClusterError) as caught:
            collection.search(small.vectors()[1][:1], 5)
    assert str(caught.value).startswith(f"{milvus.address}/lost: ")
    assert "\n" not in str(caught.value)
