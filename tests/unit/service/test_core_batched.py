"""An encoder around an encoder answers as that one does."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pytest
from tests.unit.search.colour_reader import ColourReader

from tipr.search.explain import explain, require_explainer
from tipr.service.desk.batched import kind_of


def batched(encoder, **how):
    thread = ThreadPoolExecutor(1)
    return kind_of(encoder)(encoder, thread=thread, turn=nullcontext(), **how)


@pytest.fixture
def counted(make_encoder):
    """A stand-in for a model that tells its batches and which threads called; slow until let go."""
    encoder = make_encoder()
    encoder.asked, encoder.threads = [], set()
    encoder.begun, encoder.go = threading.Event(), threading.Event()
    plain = encoder.encode_text

    def encode_text(sentences):
        encoder.asked.append(list(sentences))
        encoder.threads.add(threading.get_ident())
        encoder.begun.set()
        assert encoder.go.wait(10)
        if "bad" in sentences:
            raise ValueError("bad")
        return plain(sentences)

    encoder.encode_text = encode_text
    return encoder


def in_threads(encoder, sentences):
    found = {}

    def ask(sentence):
        try:
            found[sentence] = encoder.encode_text([sentence])
        except ValueError as error:
            found[sentence] = error

    threads = [threading.Thread(target=ask, args=[sentence]) for sentence in sentences]
    for thread in threads:
        thread.start()
    return threads, found


def wait_for(encoder, count):
    """Until so many wait; the wrapper's own queue is the only place that tells."""
    deadline = threading.Event()
    for _ in range(500):
        if len(encoder._together._waiting) >= count:
            return
        deadline.wait(0.01)
    raise AssertionError("they never came")


def test_it_gives_the_vectors_of_the_encoder_it_wraps(make_encoder):
    plain, wrapped = make_encoder(), batched(make_encoder(), most=3)
    sentences = [f"sentence {number}" for number in range(7)]
    assert np.array_equal(wrapped.encode_text(sentences), plain.encode_text(sentences))
    pixels = np.zeros((2, 24, 8, 3), np.uint8)
    assert np.array_equal(wrapped.encode_images(pixels), plain.encode_images(pixels))
    assert (wrapped.fingerprint, wrapped.width, wrapped.image_size) == (
        plain.fingerprint,
        plain.width,
        plain.image_size,
    )
    assert wrapped.cut_words("a " * 30) == plain.cut_words("a " * 30)
    wrapped._together.close()


def test_sentences_that_arrive_while_one_is_encoded_are_encoded_together(counted):
    wrapped = batched(counted, most=8)
    first, _ = in_threads(wrapped, ["first"])
    assert counted.begun.wait(10)
    rest, _ = in_threads(wrapped, ["a", "b", "c"])
    wait_for(wrapped, 3)
    counted.go.set()
    for thread in (*first, *rest):
        thread.join()
    assert counted.asked[0] == ["first"]
    assert sorted(counted.asked[1]) == ["a", "b", "c"]
    assert len(counted.threads) == 1
    wrapped._together.close()


def test_switched_off_it_encodes_each_alone(counted):
    counted.go.set()
    wrapped = batched(counted, most=1)
    wrapped.encode_text(["a", "b", "c"])
    assert counted.asked == [["a"], ["b"], ["c"]]
    wrapped._together.close()


def test_a_sentence_that_breaks_the_model_harms_no_other_of_its_batch(counted, make_encoder):
    wrapped = batched(counted, most=8)
    first, _ = in_threads(wrapped, ["first"])
    assert counted.begun.wait(10)
    rest, found = in_threads(wrapped, ["good", "bad"])
    wait_for(wrapped, 2)
    counted.go.set()
    for thread in (*first, *rest):
        thread.join()
    assert np.array_equal(found["good"], make_encoder().encode_text(["good"]))
    assert isinstance(found["bad"], ValueError)
    wrapped._together.close()


def test_an_explainer_stays_one_and_others_are_none(make_encoder):
    reader, pixels = ColourReader(), np.full((24, 8, 3), 90, np.uint8)
    wrapped = batched(reader, most=4)
    own = explain(reader, pixels, "red hat")
    ours = explain(require_explainer(wrapped, "m"), pixels, "red hat")
    assert ours.as_json() == own.as_json()
    assert not hasattr(batched(make_encoder(), most=4), "encode_words")
    wrapped._together.close()


def test_batches_are_told_with_their_size(make_encoder):
    told = []
    wrapped = batched(make_encoder(), most=4, seen=lambda *one: told.append(one))
    wrapped.encode_text(["a"])
    assert [size for size, _ in told] == [1]
    wrapped._together.close()
