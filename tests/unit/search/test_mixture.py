import numpy as np
import pytest

from tipr.errors import PictureError, QueryError
from tipr.search.mixture import Part, encoded, mixed
from tipr.search.terms import Avoided, Picture, Query, Words

D = 12


@pytest.fixture
def gallery(fill, shot):
    return fill([shot(number) for number in range(40)])


def unit(seed):
    vector = np.random.default_rng(100 + seed).normal(size=D)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def scores_with(stored_ND):
    return lambda vectors_PD: vectors_PD @ stored_ND.T


def test_a_mixture_ranks_as_the_weighted_sum_of_standardised_scores(gallery):
    stored_ND = gallery.vectors()[1]
    # one part spreads the gallery ten times as far as the other
    stored_ND = stored_ND * np.array([10] + [1] * (D - 1), np.float32)
    stored_ND /= np.linalg.norm(stored_ND, axis=1, keepdims=True)
    parts = [Part(unit(1), 1.0), Part(unit(2), -0.25), Part(unit(3), 2.0)]
    slow = np.zeros(40)
    for vector_D, weight in parts:
        products = [zip(row, vector_D, strict=True) for row in stored_ND]
        scores = np.array([sum(float(a) * float(b) for a, b in pairs) for pairs in products])
        slow += weight * (scores - scores.mean()) / scores.std()
    query = Query(texts=(Words("x"),))
    vector_D = mixed(gallery, query, parts, scores_with(stored_ND))
    assert np.linalg.norm(vector_D) == pytest.approx(1, abs=1e-6)
    fast = stored_ND @ vector_D
    assert np.corrcoef(fast, slow)[0, 1] == pytest.approx(1, abs=1e-6)
    plain = stored_ND @ sum(weight * part for part, weight in parts)
    assert np.argsort(-fast).tolist() != np.argsort(-plain).tolist()


def test_a_single_part_stays_as_the_model_gave_it(gallery):
    def never(_):
        raise AssertionError("nothing to standardise")

    query = Query(texts=(Words("x"),))
    np.testing.assert_array_equal(mixed(gallery, query, [Part(unit(1), 3.0)], never), unit(1))


def test_pictures_that_all_score_alike_are_no_reason_to_divide_by_nothing(gallery):
    parts = [Part(unit(1), 1.0), Part(unit(2), 1.0)]
    alike_ND = np.tile(unit(5), (7, 1))
    vector_D = mixed(gallery, Query(texts=(Words("x"),)), parts, scores_with(alike_ND))
    both = unit(1) + unit(2)
    np.testing.assert_allclose(vector_D, both / np.linalg.norm(both), rtol=1e-5)


def test_examples_move_the_mixture_and_alone_are_the_query(gallery):
    stored_ND = gallery.vectors()[1].astype(np.float64)
    query = Query(texts=(Words("x"),), like=(3, 4), unlike=(5,))
    moved = unit(1) + 0.75 * (stored_ND[2] + stored_ND[3]) / 2 - 0.15 * stored_ND[4]
    vector_D = mixed(gallery, query, [Part(unit(1), 1.0)], scores_with(stored_ND))
    np.testing.assert_allclose(vector_D, moved / np.linalg.norm(moved), rtol=1e-5)
    alone_D = mixed(gallery, Query(like=(7,)), [], scores_with(stored_ND))
    np.testing.assert_allclose(alone_D, stored_ND[6], rtol=1e-6)


def test_an_example_that_is_not_there_is_named(gallery):
    with pytest.raises(QueryError, match="no picture has the id 41"):
        mixed(gallery, Query(like=(1, 41)), [], scores_with(np.eye(D)))


def test_all_queries_are_encoded_at_once_and_get_their_own_parts(make_encoder, draw, tmp_path):
    encoder = make_encoder()
    calls = []
    original = encoder.encode_text
    encoder.encode_text = lambda sentences: calls.append(len(sentences)) or original(sentences)
    one, two = draw(tmp_path / "1.png", 1), draw(tmp_path / "2.png", 2)
    queries = [
        Query(texts=(Words("a", 2.0), Words("b")), avoid=(Avoided("c"),)),
        Query(pictures=(Picture(one), Picture(two.read_bytes(), 0.5))),
        Query(texts=(Words("a"),), pictures=(Picture(two),)),
    ]
    found = encoded(encoder, queries)
    assert calls == [4]
    assert encoder.batches == [3]
    assert [[part.weight for part in parts] for parts in found] == [
        [2.0, 1.0, -0.25],
        [1.0, 0.5],
        [1.0, 1.0],
    ]
    np.testing.assert_array_equal(found[0][0].vector_D, found[2][0].vector_D)
    np.testing.assert_array_equal(found[1][1].vector_D, found[2][1].vector_D)
    np.testing.assert_array_equal(found[0][2].vector_D, original(["c"])[0])


def test_a_picture_that_cannot_be_read_is_named(make_encoder, tmp_path):
    with pytest.raises(PictureError, match="picture 1 of the query"):
        encoded(make_encoder(), [Query(pictures=(Picture(b"nothing"),))])
    with pytest.raises(PictureError, match=r"gone\.png"):
        encoded(make_encoder(), [Query(pictures=(Picture(tmp_path / "gone.png"),))])
