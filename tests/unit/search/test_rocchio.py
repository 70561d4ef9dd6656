import numpy as np
import pytest

from tipr.errors import QueryError
from tipr.search.rocchio import LIKE, QUERY, UNLIKE, rocchio, unit


def rows(*directions):
    return np.array(directions, np.float32).reshape(-1, 3)


NONE = rows()


def test_it_equals_a_computation_by_hand():
    moved = rocchio(
        np.array([1.0, 0, 0]), rows([0, 1, 0], [0, 0, 1]), rows([0, 0.6, 0.8], [1, 0, 0])
    )
    # 1 - .15 / 2; .75 / 2 - .15 * .6 / 2; .75 / 2 - .15 * .8 / 2
    by_hand = np.array([0.925, 0.33, 0.315])
    np.testing.assert_allclose(moved, by_hand / np.sqrt(0.855625 + 0.1089 + 0.099225), rtol=1e-6)
    assert (QUERY, LIKE, UNLIKE) == (1.0, 0.75, 0.15)


def test_without_feedback_the_query_stays():
    np.testing.assert_allclose(rocchio(np.array([0, 0.6, 0.8]), NONE, NONE), [0, 0.6, 0.8])


def test_without_a_query_it_is_the_mean_of_the_examples():
    np.testing.assert_allclose(
        rocchio(None, rows([1, 0, 0], [0, 1, 0]), NONE), [np.sqrt(0.5), np.sqrt(0.5), 0]
    )


def test_what_cancels_out_is_an_error():
    with pytest.raises(QueryError, match="cancel out"):
        rocchio(None, rows([1, 0, 0], [-1, 0, 0]), NONE)
    with pytest.raises(QueryError, match="cancel out"):
        unit(np.zeros(3))
