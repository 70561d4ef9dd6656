import numpy as np
import pytest

from tipr.errors import GalleryError, QueryError
from tipr.search.stored import vectors_of


def test_vectors_come_in_the_order_they_are_asked_for(fill, shot):
    gallery = fill([shot(number) for number in range(1200)])
    ids, vectors = gallery.vectors()
    order = np.random.default_rng(0).permutation(1200)
    np.testing.assert_array_equal(vectors_of(gallery, ids[order]), vectors[order])
    assert vectors_of(gallery, []).shape == (0, 12)
    np.testing.assert_array_equal(vectors_of(gallery, [3, 3]), vectors[[2, 2]])


def test_an_id_that_is_not_there_and_a_changed_row_are_errors(fill, shot):
    gallery = fill([shot(1)])
    with pytest.raises(QueryError, match="no picture has the id 2"):
        vectors_of(gallery, [1, 2])
    with gallery.written() as db:
        db.execute("UPDATE vectors SET checksum = checksum + 1")
    with pytest.raises(GalleryError, match=r"the vector of picture 1 \(0\.jpg\) has changed"):
        vectors_of(gallery, [1])
