"""A gallery's vectors and attributes mirrored in a Milvus collection, and kept equal.

The gallery stays what is of record: a mirror is made from it and compared with it, picture by
picture, so an interrupted mirroring goes on and a lost collection is filled again. The gallery
remembers its mirror and at which of its generations the two were equal.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tipr.cluster.address import Address
from tipr.cluster.expression import fields
from tipr.cluster.memory import KEY, remembered
from tipr.cluster.milvus import AT_MOST, Collection, Row
from tipr.errors import ClusterError, FingerprintError
from tipr.gallery import rows
from tipr.gallery.reader import STORED, Reader
from tipr.gallery.records import Facts
from tipr.gallery.store import Gallery

Progress = Callable[[int, int], None]
_AT_ONCE = 500  # rows of one message: 1.3 MB at D = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """What `mirror` did, in pictures: `written` are new or changed, `erased` only Milvus had."""

    written: int
    erased: int
    unchanged: int


def mirror(gallery: Gallery, address: Address, *, progress: Progress | None = None) -> Mirrored:
    """Make a collection hold exactly what the gallery holds, and remember it as the mirror.

    The gallery is open for writing, so that nobody changes it meanwhile. A collection that is not
    there is made. `progress(done, total)` counts pictures.

    Raises:
        ClusterError: no server there, the gallery has another mirror, or the collection is
            another gallery's.
        FingerprintError: the collection holds another model's vectors.
        GalleryError: a vector has changed on the disk.
    """
    before = remembered(gallery)
    if before is not None and not before.address.same_place(address):
        raise ClusterError(
            f"{gallery.path}: already mirrored in {before.address}, which would never hear of an "
            f"erasure any more; drop it first with 'tipr gallery unmirror {gallery.path}'"
        )
    written = erased = unchanged = done = 0
    with _collection(gallery, address) as collection:
        total, last = gallery.ask("SELECT count(*), coalesce(max(id), 0) FROM items")[0]
        _remember(gallery, address, "")
        for first in range(1, last + 1, AT_MOST):
            there = collection.digests(first, first + AT_MOST - 1)
            here = _digests(gallery, first, first + AT_MOST - 1)
            gone = sorted(there.keys() - here.keys())
            collection.delete(gone)
            fresh = [number for number, digest in here.items() if there.get(number) != digest]
            unchanged += len(here) - len(fresh)
            done += len(here) - len(fresh)
            for start in range(0, len(fresh), _AT_ONCE):
                some = fresh[start : start + _AT_ONCE]
                collection.put(list(_rows(gallery, some, here)))
                done += len(some)
                if progress:
                    progress(done, total)
            written, erased = written + len(fresh), erased + len(gone)
        collection.delete_beyond(last)
        if erased or (written and collection.about.kind != "exact"):
            collection.settle(erased=erased > 0)
        if (count := len(collection)) != total:
            raise ClusterError(
                f"{address}: holds {count:,} pictures after mirroring {total:,}; another process "
                f"writes to it, so give this gallery a collection of its own"
            )
    _remember(gallery, address, gallery.generation)
    return Mirrored(written=written, erased=erased, unchanged=unchanged)


def opened(gallery: Reader) -> Collection:
    """The gallery's mirror, to search in.

    Raises:
        ClusterError: the gallery has none, it is not up to date, or the server is not there.
        FingerprintError: it holds another model's vectors.
    """
    known = remembered(gallery)
    if known is None:
        raise ClusterError(f"{gallery.path}: not mirrored; see 'tipr gallery mirror --help'")
    if not known.current:
        raise ClusterError(
            f"{gallery.path}: has changed since it was mirrored in {known.address}; bring the "
            f"mirror up to date with 'tipr gallery mirror {gallery.path}'"
        )
    collection = Collection.open(known.address)
    if collection is None:
        raise ClusterError(
            f"{known.address}: this collection is gone; make it anew with "
            f"'tipr gallery mirror {gallery.path}'"
        )
    _require_ours(gallery, collection)
    return collection


def drop(gallery: Gallery) -> None:
    """Delete the gallery's mirror, and forget that there was one."""
    known = remembered(gallery)
    if known is None:
        return
    collection = Collection.open(known.address)
    if collection is not None:
        with collection:
            collection.drop()
    with gallery.written(content=False) as db:
        db.execute("DELETE FROM meta WHERE key = ?", [KEY])


def _collection(gallery: Reader, address: Address) -> Collection:
    """The gallery's collection at this address, made if need be."""
    found = Collection.open(address)
    if found is None:
        meta = gallery.meta
        return Collection.create(
            address, fingerprint=meta.fingerprint, owner=_identity(gallery), width=meta.width
        )
    _require_ours(gallery, found)
    return found


def _require_ours(gallery: Reader, collection: Collection) -> None:
    """Hang up on a collection that is not for this gallery and its model."""
    if collection.about.owner != _identity(gallery):
        collection.close()
        raise ClusterError(
            f"{collection.address}: holds pictures of another gallery; give {gallery.path} a "
            f"collection of its own"
        )
    meta = gallery.meta
    if collection.about.fingerprint != meta.fingerprint:
        collection.close()
        raise FingerprintError(
            f"{collection.address}: holds another model's vectors ("
            f"{collection.about.fingerprint[:12]}, the gallery has {meta.fingerprint[:12]}); drop "
            f"it with 'tipr gallery unmirror {gallery.path}', then mirror the gallery anew"
        )


def _identity(gallery: Reader) -> str:
    """Tells the gallery from any other, and nothing else."""
    key = bytes.fromhex(gallery.said("secret"))
    return hashlib.blake2b(b"mirror", digest_size=16, key=key).hexdigest()


def _remember(gallery: Gallery, address: Address, generation: str) -> None:
    value = json.dumps({"address": str(address), "generation": generation})
    with gallery.written(content=False) as db:
        db.execute("DELETE FROM meta WHERE key = ?", [KEY])
        rows.insert(db, "meta", key=KEY, value=value)


def _digests(gallery: Reader, first: int, last: int) -> dict[int, int]:
    """By id, a sum of everything that the collection holds of a picture."""
    return {
        number: rows.checksum(source, path, facts.as_text(), vector)
        for number, source, path, facts, vector in _described(gallery, first, last)
    }


def _described(
    gallery: Reader, first: int, last: int
) -> Iterator[tuple[int, str, str, Facts, int]]:
    """(id, source, path, what is known, checksum of the vector) in ascending order of ids."""
    attributes: dict[int, dict[str, str]] = {}
    for item, key, value in gallery.ask(
        "SELECT item, key, value FROM attributes WHERE item BETWEEN ? AND ?", [first, last]
    ):
        attributes.setdefault(item, {})[key] = value
    for number, source, path, camera, time_ms, vector in gallery.ask(
        "SELECT items.id, root, path, camera, time_ms, vectors.checksum FROM items "
        "JOIN files ON files.id = file JOIN sources ON sources.id = source "
        "JOIN vectors ON model = ? AND item = items.id "
        "WHERE items.id BETWEEN ? AND ? ORDER BY items.id",
        [gallery.active, first, last],
    ):
        known = Facts(camera=camera, time_ms=time_ms, attributes=attributes.get(number, {}))
        yield number, source, path, known, vector


def _rows(gallery: Reader, ids: list[int], digests: dict[int, int]) -> Iterator[Row]:
    """What the collection is to hold of these pictures (ascending ids)."""
    wanted = set(ids)
    vectors = _vectors(gallery, ids)
    for number, source, path, facts, _ in _described(gallery, ids[0], ids[-1]):
        if number in wanted:
            yield {
                "id": number,
                "vector": vectors[number],
                "digest": digests[number],
                **fields(source, path, facts),
            }


def _vectors(gallery: Reader, ids: list[int]) -> dict[int, np.ndarray]:
    marks = ",".join("?" * len(ids))
    model = gallery.active
    found: dict[int, np.ndarray] = {}
    for number, vector, checksum in gallery.ask(
        f"SELECT item, vector, checksum FROM vectors WHERE model = ? AND item IN ({marks})",
        [model, *ids],
    ):
        if rows.checksum(model, number, vector) != checksum:
            raise gallery.damaged(f"the vector of picture {number} has changed")
        found[number] = np.frombuffer(vector, STORED).astype(np.float32)
    return found
