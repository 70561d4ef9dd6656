"""Another model's vectors gathered beside the active one's, then put in their place at once."""

from collections.abc import Sequence

from tipr.encoder.protocol import Vectors
from tipr.errors import GalleryError
from tipr.gallery import index, rows
from tipr.gallery.reader import STORED
from tipr.gallery.store import Gallery, described


def prepare(
    gallery: Gallery, *, fingerprint: str, model: str, width: int, image_size: tuple[int, int]
) -> int:
    """The number of a model whose vectors are to be gathered; the gallery is open for writing.

    A model that was prepared before and not finished goes on; any other unfinished one is
    dropped, its vectors too.
    """
    with gallery.written(content=False) as db:
        found = gallery.ask("SELECT id FROM models WHERE fingerprint = ?", [fingerprint])
        number: int = found[0][0] if found else rows.next_id(db, "models")
        db.execute("DELETE FROM models WHERE id NOT IN (?, ?)", (gallery.active, number))
        if not found:
            rows.insert(db, "models", id=number, **described(fingerprint, model, width, image_size))
    return number


def missing(gallery: Gallery, model: int) -> list[int]:
    """Ascending ids of the items that this model has not encoded yet."""
    found = gallery.ask(
        "SELECT id FROM items WHERE NOT EXISTS "
        "(SELECT 1 FROM vectors WHERE model = ? AND item = items.id) ORDER BY id",
        [model],
    )
    return [number for (number,) in found]


def add_vectors(gallery: Gallery, model: int, ids: Sequence[int], vectors_ND: Vectors) -> None:
    """Store what a prepared model says of items."""
    with gallery.written(content=False) as db:
        for item, vector in zip(ids, vectors_ND, strict=True):
            blob = vector.astype(STORED).tobytes()
            rows.insert(db, "vectors", model=model, item=item, vector=blob)


def switch(gallery: Gallery, model: int) -> None:
    """From now on search with a prepared model; the old one's vectors are erased, index included.

    Raises:
        GalleryError: an item has no vector of this model.
        StorageError: the disk is full, or the index cannot be deleted.
    """
    with gallery.written() as db:
        if left := missing(gallery, model):
            raise GalleryError(
                f"{gallery.path}: {len(left):,} pictures are not encoded with the new model yet; "
                f"run 'tipr gallery switch' again"
            )
        rows.change(db, "meta", "key = 'model'", (), value=str(model))
        db.execute("DELETE FROM models WHERE id <> ?", [model])
    index.drop(gallery.path)
