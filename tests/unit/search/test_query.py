from pathlib import Path

import numpy as np
import pytest

from tipr.errors import FingerprintError, GalleryError, QueryError
from tipr.gallery import index as indexes
from tipr.gallery.build import build
from tipr.gallery.records import Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.search.query import MAX_CHARACTERS, check, search, search_many
from tipr.search.terms import Query, Words


@pytest.fixture
def gallery(people, tmp_path, make_encoder):
    build(make_encoder(), people, tmp_path / "gallery", model="m")
    with Gallery.open(tmp_path / "gallery") as opened:
        yield opened


@pytest.mark.parametrize("k", [1, 4, 10, 11, 5000])
def test_search_equals_brute_force(gallery, make_encoder, k):
    encoder = make_encoder()
    ids, vectors = gallery.vectors()
    scores = vectors.astype(np.float64) @ encoder.encode_text(["a red coat"])[0].astype(np.float64)
    order = np.argsort(-scores, kind="stable")[:k]
    hits = search(gallery, encoder, "a red coat", k)
    assert [hit.id for hit in hits] == ids[order].tolist()
    assert [hit.rank for hit in hits] == list(range(1, min(k, 10) + 1))
    np.testing.assert_allclose([hit.score for hit in hits], scores[order], atol=1e-6)
    paths = gallery.items(ids[order].tolist())
    assert [hit.path for hit in hits] == [paths[hit.id].path for hit in hits]


def test_equal_pictures_keep_gallery_order(tmp_path, make_encoder, draw):
    for name in ("d", "a", "c", "b", "e"):
        draw(tmp_path / "same" / f"{name}.png", 5)
    build(make_encoder(), tmp_path / "same", tmp_path / "gallery", model="m", batch=2)
    with Gallery.open(tmp_path / "gallery") as gallery:
        hits = search(gallery, make_encoder(), "anybody", 3)
    assert [hit.path.stem for hit in hits] == ["a", "b", "c"]
    assert len({hit.score for hit in hits}) == 1


def test_several_sentences_are_answered_as_each_alone(gallery, make_encoder):
    sentences = ["a red coat", "blue jeans", "a red coat"]
    alone = [search(gallery, make_encoder(), sentence, 3) for sentence in sentences]
    assert search_many(gallery, make_encoder(), sentences, 3) == alone
    assert [len(answer) for answer in alone] == [3, 3, 3]


def test_blanks_around_a_sentence_do_not_count(gallery, make_encoder):
    assert search(gallery, make_encoder(), "  a red coat \n") == search(
        gallery, make_encoder(), "a red coat"
    )


@pytest.mark.parametrize("sentence", ["", "   ", "\t\n", "\u200b", "\x00"])
def test_a_blank_sentence_is_refused_before_the_model_is_asked(gallery, make_encoder, sentence):
    encoder = make_encoder()
    encoder.encode_text = lambda _: pytest.fail("the model was asked")
    with pytest.raises(QueryError, match="empty; describe a person"):
        search(gallery, encoder, sentence)


def test_a_sentence_that_is_too_long_is_told_its_length(gallery, make_encoder):
    assert search(gallery, make_encoder(), "x" * MAX_CHARACTERS)
    with pytest.raises(QueryError, match=r"2,001 characters, at most 2,000"):
        search(gallery, make_encoder(), "x" * (MAX_CHARACTERS + 1))
    with pytest.raises(QueryError, match=r"at most 2,000"):
        search(gallery, make_encoder(), "red " * 2000)


def test_half_a_character_is_refused(gallery, make_encoder):
    with pytest.raises(QueryError, match="Unicode"):
        search(gallery, make_encoder(), "a coat \ud800")


@pytest.mark.parametrize("k", [0, -3])
def test_at_least_one_hit_must_be_wanted(gallery, make_encoder, k):
    with pytest.raises(QueryError, match=f"at least 1, found {k}"):
        search(gallery, make_encoder(), "a red coat", k)


def test_what_the_model_does_not_read_is_told(gallery, make_encoder):
    long = " ".join(f"word{number}" for number in range(25))
    notes = search(gallery, make_encoder(), long).notes
    assert any("'word20 word21 word22 word23 word24'" in note for note in notes)


def test_an_empty_gallery_is_an_error(tmp_path, make_encoder):
    with (
        Gallery.create(
            tmp_path / "g", fingerprint="aa" * 32, model="m", width=12, image_size=(24, 8)
        ) as empty,
        pytest.raises(GalleryError, match="empty; fill it"),
    ):
        search(empty, make_encoder(), "a red coat")


def test_another_model_is_refused(gallery, make_encoder):
    with pytest.raises(FingerprintError, match=r"original model \(m\)"):
        search(gallery, make_encoder("bb" * 32), "a red coat")


def test_an_index_kept_open_is_replaced_when_the_gallery_has_changed(gallery, make_encoder):
    kept = indexes.load(gallery)
    best = search(gallery, make_encoder(), "a red coat", 1, index=kept)[0]
    root = Path(best.path.anchor) / "elsewhere"
    with Gallery.open(gallery.path, write=True) as writer:
        twin = Shot(vector=make_encoder().encode_text(["a red coat"])[0])
        writer.add(root, [Reading(file=File("twin", 1, 1), shots=(twin,))])
    found = search(gallery, make_encoder(), "a red coat", 1, index=kept)[0]
    assert found.path == root / "twin"
    assert found.score == pytest.approx(1.0, abs=1e-6)


def test_an_answer_tells_what_was_searched_and_how(gallery, make_encoder):
    answer = search(gallery, make_encoder(), "a red coat", 3)
    assert (answer.searched, answer.total, answer.how) == (10, 10, "exact")
    assert answer.more
    assert not answer.calibrated
    assert [hit.id for hit in answer] == [hit.id for hit in answer.hits]
    assert answer[0] is answer.hits[0]
    long = " ".join(["a red coat and black shoes"] * 4) + " a bag"
    (note,) = search(gallery, make_encoder(), long).notes
    assert "'coat and black shoes a bag'" in note


def test_a_text_is_read_as_it_is_typed_and_a_query_as_it_is(gallery, make_encoder):
    typed = search(gallery, make_encoder(), "a red coat source:people")
    assert typed.hits == search(gallery, make_encoder(), "a red coat").hits
    with pytest.raises(QueryError, match="foo: is no filter"):
        search(gallery, make_encoder(), "foo:bar")
    literal = Query(texts=(Words("foo:bar"),), k=4)
    assert len(search(gallery, make_encoder(), literal)) == 4
    assert len(search(gallery, make_encoder(), literal, 2)) == 2
    with pytest.raises(QueryError, match="nothing to look for"):
        search(gallery, make_encoder(), "source:people")


def test_check_gives_the_bare_sentence():
    assert check("  a coat ") == "a coat"
