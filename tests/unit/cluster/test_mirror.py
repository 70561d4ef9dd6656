from pathlib import Path

import numpy as np
import pytest
from tests.unit.cluster.test_milvus import unit

from tipr.cluster import mirror
from tipr.cluster.address import parse
from tipr.cluster.expression import NO_CAMERA, NO_TIME
from tipr.cluster.memory import Mirror, remembered
from tipr.cluster.mirror import Mirrored
from tipr.errors import ClusterError, FingerprintError, GalleryError
from tipr.gallery import rows
from tipr.gallery.merge import merge
from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.repair import repair
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery

ADDRESS = parse("milvus://db/people")
FOLDER = Path("/data/people")
WIDTH = 8


def reading(number: int, seed: int = 0) -> Reading:
    vector = unit(np.random.default_rng((number, seed)).normal(size=WIDTH))
    known = Facts(camera="gate", time_ms=number * 1000, attributes={"coat": str(number % 2)})
    facts = known if number % 3 else Facts()
    return Reading(
        file=File(f"{number:03}.jpg", 1, seed), shots=(Shot(vector=vector, facts=facts),)
    )


@pytest.fixture
def gallery(tmp_path):
    made = Gallery.create(
        tmp_path / "g", fingerprint="f" * 64, model="m", width=WIDTH, image_size=(2, 1)
    )
    made.add(FOLDER, [reading(number) for number in range(1, 31)])
    yield made
    made.close()


def held(server) -> dict[int, tuple]:
    """What the server holds of each picture, beside the digest."""
    return {
        number: (
            row["source"],
            row["path"],
            None if row["camera"] == NO_CAMERA else row["camera"],
            None if row["time_ms"] == NO_TIME else row["time_ms"],
            sorted(bytes.fromhex(k[1:]).decode() + "=" + v for k, v in row["attributes"].items()),
            row["vector"].tobytes(),
        )
        for number, row in server.rows("people").items()
    }


def should_hold(gallery: Gallery) -> dict[int, tuple]:
    ids, vectors = gallery.vectors()
    items = gallery.items(ids)
    return {
        int(number): (
            str(FOLDER),
            items[number].path.name,
            items[number].facts.camera,
            items[number].facts.time_ms,
            sorted(f"{k}={v}" for k, v in items[number].facts.attributes.items()),
            vector.tobytes(),
        )
        for number, vector in zip(ids, vectors, strict=True)
    }


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Blocks of seven ids, messages of three rows: every seam lies within thirty pictures."""
    for module in ("milvus", "mirror"):
        monkeypatch.setattr(f"tipr.cluster.{module}.AT_MOST", 7)
    monkeypatch.setattr(mirror, "_AT_ONCE", 3)


def test_the_mirror_holds_what_the_gallery_holds(server, gallery):
    calls: list[tuple[int, int]] = []
    report = mirror.mirror(gallery, ADDRESS, progress=lambda *pair: calls.append(pair))
    assert report == Mirrored(written=30, erased=0, unchanged=0)
    assert held(server) == should_hold(gallery)
    assert calls[-1] == (30, 30)
    assert sorted(calls) == calls


def test_a_second_time_nothing_is_written(server, gallery):
    mirror.mirror(gallery, ADDRESS)
    server.fails_after = 0
    assert mirror.mirror(gallery, ADDRESS) == Mirrored(written=0, erased=0, unchanged=30)


def test_what_is_new_changed_told_and_gone_is_brought_over_and_no_more(server, gallery):
    mirror.mirror(gallery, ADDRESS)
    gallery.add(FOLDER, [reading(3, seed=1), reading(77)])
    gallery.tell(FOLDER, [("005.jpg", Facts(), Facts(camera="yard"))])
    gallery.remove(FOLDER, ["008.jpg", "030.jpg"])
    report = mirror.mirror(gallery, ADDRESS)
    # picture 3 was read again and got another id
    assert report == Mirrored(written=3, erased=3, unchanged=26)
    assert held(server) == should_hold(gallery)
    assert server.compacted == 1


def test_an_emptied_gallery_empties_its_mirror(server, gallery):
    mirror.mirror(gallery, ADDRESS)
    gallery.remove(FOLDER, [f"{number:03}.jpg" for number in range(1, 31)])
    mirror.mirror(gallery, ADDRESS)
    assert held(server) == {}


def test_a_mirroring_that_was_interrupted_goes_on(server, gallery):
    server.fails_after = 4
    with pytest.raises(ClusterError, match="out of memory"):
        mirror.mirror(gallery, ADDRESS)
    with pytest.raises(ClusterError, match="has changed since it was mirrored"):
        mirror.opened(gallery)
    server.fails_after = None
    report = mirror.mirror(gallery, ADDRESS)
    assert 0 < report.unchanged < 30
    assert held(server) == should_hold(gallery)


def test_a_mirror_is_believed_only_while_the_gallery_stays_as_it_was(server, gallery):
    with pytest.raises(ClusterError, match="not mirrored"):
        mirror.opened(gallery)
    mirror.mirror(gallery, ADDRESS)
    known = remembered(gallery)
    assert known == Mirror(ADDRESS, current=True)
    assert len(mirror.opened(gallery)) == 30
    gallery.remove(FOLDER, ["008.jpg"])
    with pytest.raises(ClusterError, match="tipr gallery mirror"):
        mirror.opened(gallery)
    mirror.mirror(gallery, ADDRESS)
    server.collections.clear()
    with pytest.raises(ClusterError, match="gone"):
        mirror.opened(gallery)


def test_a_gallery_has_one_mirror_until_that_is_dropped(server, gallery):
    mirror.mirror(gallery, ADDRESS)
    with pytest.raises(ClusterError, match="already mirrored"):
        mirror.mirror(gallery, parse("milvus://db/other"))
    mirror.drop(gallery)
    assert server.collections == {}
    assert remembered(gallery) is None
    mirror.drop(gallery)
    mirror.mirror(gallery, parse("milvus://db/other"))
    assert set(server.collections) == {"other"}


def test_two_galleries_cannot_share_a_collection(server, gallery, tmp_path):
    other = Gallery.create(
        tmp_path / "o", fingerprint="f" * 64, model="m", width=WIDTH, image_size=(2, 1)
    )
    other.add(FOLDER, [reading(1, seed=5)])
    with other:
        mirror.mirror(gallery, ADDRESS)
        with pytest.raises(ClusterError, match="holds pictures of another gallery"):
            mirror.mirror(other, ADDRESS)
    assert held(server) == should_hold(gallery)


def test_another_models_collection_is_refused(server, gallery):
    mirror.mirror(gallery, ADDRESS)
    with gallery.written() as db:
        rows.change(db, "models", "1", (), fingerprint="e" * 64)
    with pytest.raises(FingerprintError, match="tipr gallery unmirror"):
        mirror.mirror(gallery, ADDRESS)


def test_a_vector_that_changed_on_the_disk_is_not_brought_over(server, gallery):
    with gallery.written() as db:
        db.execute("UPDATE vectors SET vector = zeroblob(32) WHERE item = 9")
    with pytest.raises(GalleryError, match="picture 9"):
        mirror.mirror(gallery, ADDRESS)


def test_a_repaired_gallery_knows_its_mirror_and_a_merged_one_has_none(server, gallery, tmp_path):
    mirror.mirror(gallery, ADDRESS)
    gallery.close()
    repair(gallery.path)
    with Gallery.open(gallery.path) as again:
        known = remembered(again)
    assert known is not None
    assert known.address == ADDRESS
    Gallery.create(
        tmp_path / "o", fingerprint="f" * 64, model="m", width=WIDTH, image_size=(2, 1)
    ).close()
    merge([gallery.path, tmp_path / "o"], tmp_path / "both")
    with Gallery.open(tmp_path / "both") as both:
        assert remembered(both) is None
