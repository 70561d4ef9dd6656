from pathlib import Path

import numpy as np
import pytest
from tests.unit.cluster.test_mirror import ADDRESS, FOLDER, WIDTH, reading

from tipr.cluster import mirror
from tipr.cluster.address import parse
from tipr.cluster.find import MirrorIndex, search_many
from tipr.errors import ClusterError, GalleryError
from tipr.gallery import index
from tipr.gallery.store import Gallery
from tipr.search import query
from tipr.search.filters import Filters, allowed
from tipr.search.terms import Query, Words


@pytest.fixture
def encoder(make_encoder):
    made = make_encoder("f" * 64)
    made.width = WIDTH
    return made


def make(path: Path, count: int) -> Gallery:
    made = Gallery.create(path, fingerprint="f" * 64, model="m", width=WIDTH, image_size=(2, 1))
    made.add(FOLDER, [reading(number) for number in range(1, count + 1)])
    return made


@pytest.fixture
def gallery(tmp_path, server):
    with make(tmp_path / "g", 60) as made:
        mirror.mirror(made, ADDRESS)
        yield made


def test_a_search_gives_the_answer_that_the_gallerys_own_index_gives(gallery, encoder):
    asked = [
        "a man in red",
        "a woman camera:gate coat:1",
        Query(texts=(Words("a man"),), k=7, page=3),
        Query(texts=(Words("a man"), Words("a hat", 0.5)), like=(4,), unlike=(9,), k=3),
        Query(texts=(Words("a man"),), filters=Filters(cameras=("gate",)), order="time"),
    ]
    own = query.search_many(gallery, encoder, asked)
    there = search_many(gallery, encoder, asked)
    for ours, theirs in zip(there, own, strict=True):
        assert ours.hits == theirs.hits
        assert (ours.searched, ours.total, ours.more) == (
            theirs.searched,
            theirs.total,
            theirs.more,
        )
        assert len(ours) > 0
        assert ours.how == "Milvus, exact"


def test_filters_that_leave_nothing_give_nothing_and_say_why(gallery, encoder):
    (answer,) = search_many(gallery, encoder, ["a man camera:nowhere"])
    assert (len(answer), answer.searched) == (0, 0)
    assert any("nowhere" in note for note in answer.notes)


@pytest.mark.parametrize("k", [1, 5, 40, 100])
def test_neighbours_are_those_of_the_gallerys_index(gallery, server, k):
    queries_QD = gallery.vectors()[1][[3, 30]]
    filters = Filters(cameras=("gate",))
    with mirror.opened(gallery) as collection:
        every = MirrorIndex.of(gallery, collection)
        assert (len(every), every.kind) == (60, "exact")
        for one in (Filters(), filters):
            allowed_N = allowed(gallery, one)
            own = index.load(gallery).search(queries_QD, k, allowed_N)
            found = every.under(one).search(queries_QD, k, allowed_N)
            for (ids, scores), (own_ids, own_scores) in zip(found, own, strict=True):
                assert ids.tolist() == own_ids.tolist()
                np.testing.assert_array_equal(scores, own_scores)


def test_the_server_is_asked_with_the_filters_and_not_for_what_is_only_to_be_ordered(
    gallery, server
):
    ids_N = gallery.ids("1")[:7]
    with mirror.opened(gallery) as collection:
        every = MirrorIndex.of(gallery, collection).under(Filters(cameras=("gate",)))
        ((ids, _),) = every.search(gallery.vectors()[1][:1], 7, ids_N)
        assert sorted(ids.tolist()) == ids_N.tolist()
        assert not server.asked
        every.search(gallery.vectors()[1][:1], 3, allowed(gallery, every.filters))
        assert server.asked[-1]["filter"] == '(camera in ["gate"])'


def test_an_index_that_the_server_has_not_finished_is_told(gallery, server):
    mirror.drop(gallery)
    mirror.mirror(gallery, parse("milvus://db/people?index=hnsw"))
    assert (server.flushed, server.compacted) == (1, 0)
    with mirror.opened(gallery) as collection:
        assert str(MirrorIndex.of(gallery, collection)) == "Milvus, hnsw"
        server.flushed = 0
        every = MirrorIndex.of(gallery, collection)
        assert str(every) == "Milvus, hnsw, 60 pictures not in its index yet"
        assert every.kind == "approximate"
        every.under(Filters(cameras=("gate",))).search(
            gallery.vectors()[1][:1], 3, gallery.ids("camera = 'gate'")
        )
    share = len(gallery.ids("camera = 'gate'")) / 60
    assert server.asked[-1]["search_params"]["params"] == {"ef": round(256 / share)}


def test_a_picture_that_only_the_server_has_is_never_shown(gallery, encoder, server):
    stranger = {**server.rows("people")[7], "id": 999}
    server.rows("people")[999] = stranger
    with pytest.raises(ClusterError, match="does not hold"):
        search_many(gallery, encoder, ["a man"], k=60)


def test_a_gallery_without_pictures_or_mirror_says_so(tmp_path, encoder, server):
    with make(tmp_path / "e", 0) as empty, pytest.raises(GalleryError, match="empty"):
        search_many(empty, encoder, ["a man"])
    with make(tmp_path / "n", 2) as alone, pytest.raises(ClusterError, match="not mirrored"):
        search_many(alone, encoder, ["a man"])
