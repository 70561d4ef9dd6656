from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.conftest import WIDTH, calibration

from tipr.errors import QueryError
from tipr.gallery import index as indexes
from tipr.search import reply as module
from tipr.search.filters import Filters
from tipr.search.group import Grouping
from tipr.search.query import search
from tipr.search.terms import Avoided, Query, Words

COUNT = 60
RED = Query(texts=(Words("a red coat"),))


@pytest.fixture
def gallery(fill, shot):
    """Sixty people: two cameras, every third without a time, twenty looks of three pictures."""
    return fill(
        [
            shot(
                number % 20,
                camera="gate" if number % 2 else "yard",
                time_s=None if number % 3 == 0 else (number * 37) % COUNT * 1000,
                look=number % 20 + 1 << 10,
                parity=str(number % 2),
            )
            for number in range(COUNT)
        ]
    )


def brute(gallery, encoder, text="a red coat"):
    """(ids, scores), best first; equal scores by id."""
    ids, vectors = gallery.vectors()
    scores = (vectors.astype(np.float64) * encoder.encode_text([text])[0]).sum(axis=1)
    order = np.argsort(-scores.astype(np.float32), kind="stable")
    return ids[order].tolist(), scores[order]


def test_filters_leave_the_order_of_what_is_left(gallery, make_encoder):
    ids, _ = brute(gallery, make_encoder())
    answer = search(gallery, make_encoder(), replace(RED, filters=Filters(cameras=("gate",))))
    assert [hit.id for hit in answer] == [number for number in ids if number % 2 == 0][:10]
    assert (answer.searched, answer.total) == (30, 60)
    assert {hit.camera for hit in answer} == {"gate"}
    assert all(hit.attributes == {"parity": "1"} for hit in answer)


def test_filters_that_leave_nothing_are_answered_with_what_there_is(gallery, make_encoder):
    answer = search(gallery, make_encoder(), "a red coat camera:gate2 hours:22-6")
    assert answer.hits == ()
    assert answer.searched == 0
    assert "camera gate2, at 22:00-06:00" in answer.notes[-1]
    assert "the gallery has cameras gate, yard" in answer.notes[-1]


def test_pictures_without_a_time_are_told_when_time_is_asked_for(gallery, make_encoder):
    answer = search(gallery, make_encoder(), "a red coat before:2026-05-01")
    assert answer.notes == ("20 pictures of unknown time were not searched",)
    assert answer.searched == 40


@pytest.mark.parametrize("order", ["match", "time"])
@pytest.mark.parametrize("grouping", [None, Grouping()])
@settings(max_examples=8, deadline=None)
@given(k=st.integers(1, 25), words=st.sampled_from(["a red coat", "blue", "x y"]))
def test_pages_neither_repeat_nor_skip(paged, order, grouping, k, words):
    gallery, encoder = paged
    query = Query(texts=(Words(words),), k=k, order=order, grouping=grouping)
    pages = []
    while not pages or pages[-1].more:
        pages.append(search(gallery, encoder, replace(query, page=len(pages) + 1)))
    hits = [hit for page in pages for hit in page]
    every = [number for hit in hits for number in (hit.id, *hit.others)]
    ids, _ = brute(gallery, encoder, words)
    all_of_them = order == "match" or grouping is not None  # fifty relevant groups are all, too
    assert sorted(every) == sorted(ids if all_of_them else ids[: max(module.RELEVANT, k)])
    assert sorted(hit.rank for hit in hits) == list(range(1, len(hits) + 1))
    assert all(len(page) == k for page in pages[:-1])
    if order == "match":
        whole = search(gallery, encoder, replace(query, k=100))
        assert [hit.id for hit in whole] == [hit.id for hit in hits]
        assert [hit.id for hit in hits] == [n for n in ids if n in {hit.id for hit in hits}]


@pytest.fixture(scope="module")
def paged(tmp_path_factory):
    """As `gallery`, made once, with an encoder."""
    from tests.unit.conftest import FakeEncoder

    from tipr.gallery.records import Facts, Reading, Shot
    from tipr.gallery.scan import File
    from tipr.gallery.store import Gallery

    path = tmp_path_factory.mktemp("paged") / "gallery"
    rng = np.random.default_rng(0)
    looks = rng.normal(size=(20, WIDTH))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    shots = [
        Shot(
            vector=looks[number % 20].astype(np.float32),
            look=number % 20 + 1 << 10,
            facts=Facts(time_ms=None if number % 3 == 0 else (number * 37) % COUNT * 1000),
        )
        for number in range(COUNT)
    ]
    with Gallery.create(
        path, fingerprint="aa" * 32, model="m", width=WIDTH, image_size=(24, 8)
    ) as made:
        files = [File(f"{number}.jpg", 1, 1) for number in range(COUNT)]
        made.add(
            path.parent / "pictures",
            [Reading(file=file, shots=(shot,)) for file, shot in zip(files, shots, strict=True)],
        )
        yield made, FakeEncoder()


def test_near_duplicates_are_one_hit_with_its_others(gallery, make_encoder):
    ids, scores = brute(gallery, make_encoder())
    answer = search(gallery, make_encoder(), replace(RED, grouping=Grouping(), k=30))
    assert [hit.id for hit in answer] == ids[::3]  # three pictures of equal vectors, then the next
    assert [hit.others for hit in answer] == [
        tuple(ids[place + 1 : place + 3]) for place in range(0, COUNT, 3)
    ]
    np.testing.assert_allclose([hit.score for hit in answer], scores[::3], atol=1e-6)
    assert [hit.rank for hit in answer] == list(range(1, 21))
    assert not answer.more


def test_time_orders_the_relevant_hits_with_unknown_times_last(gallery, make_encoder, monkeypatch):
    monkeypatch.setattr(module, "RELEVANT", 12)
    ids, _ = brute(gallery, make_encoder())
    answer = search(gallery, make_encoder(), replace(RED, order="time", k=9))
    rest = search(gallery, make_encoder(), replace(RED, order="time", k=9, page=2))
    assert (answer.more, rest.more, len(rest)) == (True, False, 3)
    assert answer.notes == ("in order of time: the best 12 hits, whether they fit or not",)
    shown = [*answer, *rest]
    items = gallery.items(ids[:12])
    known = [number for number in ids[:12] if items[number].facts.time_ms is not None]
    slow = sorted(known, key=lambda number: items[number].facts.time_ms)
    slow += [number for number in ids[:12] if number not in known]
    assert [hit.id for hit in shown] == slow
    assert [hit.rank for hit in shown] == [ids.index(number) + 1 for number in slow]


def test_a_large_page_of_time_takes_as_many_hits(gallery, make_encoder, monkeypatch):
    monkeypatch.setattr(module, "RELEVANT", 12)
    assert len(search(gallery, make_encoder(), replace(RED, order="time", k=20))) == 20


def test_the_unlike_are_left_out_and_the_like_stay(gallery, make_encoder):
    first = search(gallery, make_encoder(), RED)
    like, unlike = first[1].id, first[0].id
    answer = search(gallery, make_encoder(), replace(RED, like=(like,), unlike=(unlike,), k=60))
    ids = [hit.id for hit in answer]
    assert unlike not in ids
    assert len(ids) == 59
    assert like in ids[:3]  # it has two twins
    alone = search(gallery, make_encoder(), Query(like=(like,), k=60))
    assert like not in [hit.id for hit in alone]
    assert {hit.id % 20 for hit in alone[:2]} == {like % 20}
    assert len(alone) == 59
    with pytest.raises(QueryError, match="no picture has the id 999"):
        search(gallery, make_encoder(), Query(like=(999,)))


def test_words_to_avoid_push_what_shows_them_down(gallery, make_encoder):
    def place(query):
        hits = search(gallery, make_encoder(), replace(query, k=60))
        return next(hit.rank for hit in hits if hit.id in avoided)

    ids, _ = brute(gallery, make_encoder(), "a hat")
    avoided = ids[:3]
    assert place(replace(RED, avoid=(Avoided("a hat", 1.0),))) > place(RED)


# --- calibrated galleries -------------------------------------------------------------------


def calibrate(gallery, threshold, **more):
    made = calibration(threshold, **more)
    gallery.set_calibration(made.to_json())
    return made


def test_hits_of_a_sentence_are_labelled_where_the_gallery_is_calibrated(gallery, make_encoder):
    made = calibrate(gallery, -1.0)
    _, scores = brute(gallery, make_encoder())
    answer = search(gallery, make_encoder(), replace(RED, k=60))
    assert answer.calibrated
    assert not answer.nobody
    chances = made.probabilities(scores, made.level(scores), COUNT)
    np.testing.assert_allclose([hit.probability for hit in answer], chances, rtol=1e-5)
    words = ["strong" if p >= 0.5 else "possible" if p >= 0.1 else "weak" for p in chances]
    assert [hit.label for hit in answer] == words
    assert len(set(words)) > 1


def test_the_level_is_that_of_the_pictures_that_were_searched(gallery, make_encoder):
    made = calibrate(gallery, -1.0, intercept=-2.0)  # where a level makes most difference
    gate = replace(RED, filters=Filters(cameras=("gate",)), k=1)
    ids, scores = brute(gallery, make_encoder())
    of_gate = scores[[number % 2 == 0 for number in ids]]
    chances = made.probabilities(of_gate[:1], made.level(of_gate), 30)
    answer = search(gallery, make_encoder(), gate)
    np.testing.assert_allclose([hit.probability for hit in answer], chances, rtol=3e-6)


def test_a_large_gallery_is_judged_by_a_sample_and_the_best(gallery, make_encoder, monkeypatch):
    calibrate(gallery, -1.0)
    one = replace(RED, k=1)
    exactly = search(gallery, make_encoder(), one)[0].probability
    monkeypatch.setattr(module, "SAMPLE", 20)
    roughly = search(gallery, make_encoder(), one)[0].probability
    assert roughly == pytest.approx(exactly, rel=0.1)
    assert roughly != exactly


def test_nobody_fits_is_said_of_sentences_and_never_of_mixtures(gallery, make_encoder):
    calibrate(gallery, 1.0)
    assert search(gallery, make_encoder(), RED).nobody
    mixture = search(gallery, make_encoder(), replace(RED, avoid=(Avoided("a hat"),)))
    assert not mixture.nobody
    assert not mixture.calibrated
    assert mixture[0].probability is None


def test_time_orders_possible_hits_where_the_gallery_is_calibrated(gallery, make_encoder):
    calibrate(gallery, -1.0)
    every = search(gallery, make_encoder(), replace(RED, k=60))
    possible = {hit.id for hit in every if hit.label != "weak"}
    timed = search(gallery, make_encoder(), replace(RED, k=60, order="time"))
    assert {hit.id for hit in timed} == possible
    assert 0 < len(possible) < COUNT


def test_no_possible_hit_is_said_where_time_was_asked_for(gallery, make_encoder):
    calibrate(gallery, -1.0, intercept=-20.0)
    answer = search(gallery, make_encoder(), replace(RED, order="time"))
    assert answer.hits == ()
    assert "no hit is a possible match" in answer.notes[0]


def test_an_index_is_asked_only_for_what_is_allowed(gallery, make_encoder, monkeypatch):
    asked = []
    original = indexes.Index.search

    def spy(self, queries, k, allowed=None):
        asked.append((k, None if allowed is None else len(allowed)))
        return original(self, queries, k, allowed)

    monkeypatch.setattr(indexes.Index, "search", spy)
    search(gallery, make_encoder(), RED)
    search(gallery, make_encoder(), "a red coat camera:gate", 4)
    assert asked == [(100, None), (40, 30)]
