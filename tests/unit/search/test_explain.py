"""What an explanation says is what can be worked out by hand."""

import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.unit.encoder.test_explainer import CLASS, encoder_of
from tests.unit.search.colour_reader import ColourReader, picture

from tipr.errors import ModelError
from tipr.inputs.tokenizer import Tokenizer
from tipr.search.explain import SLACK, explain, require_explainer
from tipr.search.function_words import FUNCTION_WORDS, says_something

RED_OVER_BLUE = picture((255, 0, 0), (0, 0, 255))


def explained(sentence: str, **more: Any) -> Any:
    return explain(ColourReader(), RED_OVER_BLUE, sentence, **more)


def test_each_word_lies_where_its_colour_is() -> None:
    found = explained("A red coat, and blue jeans.")
    assert [word.text for word in found.words] == ["a", "red", "coat", "and", "blue", "jeans"]
    maps = {word.text: word.map_RC.ravel().tolist() for word in found.words}
    assert maps["red"] == pytest.approx([0.5, 0])
    assert maps["blue"] == pytest.approx([0, 0.5])
    assert maps["coat"] == [0, 0]
    assert found.score == pytest.approx(1.0)
    assert sum(word.map_RC.sum() for word in found.words) == pytest.approx(found.score)


def test_a_word_adds_what_the_score_loses_without_it() -> None:
    found = explained("red blue hat")
    red, blue, hat = found.words
    score, without_hat, without_red = 2 / math.sqrt(6), 1.0, 1 / 2
    assert found.score == pytest.approx(score)
    assert red.adds == blue.adds == pytest.approx(score - without_red)
    assert hat.adds == pytest.approx(score - without_hat)
    assert [word.matched for word in found.words] == [True, True, False]
    assert found.nothing == ("hat",)


def test_a_word_that_lowers_the_score_by_little_may_still_be_right() -> None:
    lost = explained("red blue hat").words[2].adds
    assert lost == pytest.approx(-0.1835, abs=1e-4)
    assert explained("red blue hat", spread=0.99 * -lost / SLACK).nothing == ("hat",)
    assert explained("red blue hat", spread=1.01 * -lost / SLACK).nothing == ()


def test_words_that_speak_of_no_looks_match_and_miss_nothing() -> None:
    found = explained("she wears a red hat, and a green hat.", spread=0.0)
    by_text = {word.text: word for word in found.words}
    assert [word.text for word in found.content] == ["red", "hat", "green", "hat"]
    assert (by_text["she"].adds, by_text["she"].matched) == (None, None)
    assert found.nothing == ("hat", "green")  # each once, in the sentence's order


def test_one_of_two_equal_words_is_taken_away_at_a_time() -> None:
    first, _, second = explained("red hat red").words
    only_one = 1 / math.sqrt(2) / math.sqrt(2)
    both = 2 / math.sqrt(5) / math.sqrt(2)
    assert first.adds == second.adds == pytest.approx(both - only_one)


def test_the_json_is_plain_and_whole() -> None:
    told = json.loads(json.dumps(explained("a red hat").as_json()))
    assert told["matched_nothing"] == ["hat"]
    assert told["maps_hold"] == "shares of the score"
    assert [set(word) for word in told["words"]] == [{"word", "adds", "matched", "map"}] * 3
    assert told["words"][1]["map"] == [[pytest.approx(0.5)], [0.0]]
    assert told["words"][0]["adds"] is None


@pytest.mark.parametrize("sentence", ["and the", "...", "a"])
def test_a_sentence_without_looks_is_explained_by_nothing(sentence: str) -> None:
    found = explained(sentence)
    assert found.content == ()
    assert found.nothing == ()


@pytest.mark.parametrize("more", [(), CLASS])
def test_a_real_model_is_explained(more: tuple[str, ...]) -> None:
    sentence = "a man in a red t-shirt, and jeans."
    encoder = encoder_of(Tokenizer.trained([sentence, sentence], 600), *more)
    pixels = np.random.default_rng(0).integers(0, 256, (64, 32, 3), dtype=np.uint8)
    found = explain(encoder, pixels, sentence)
    image = encoder.encode_images(pixels[None])[0]
    with_it, without = encoder.encode_text([sentence, "a man in a t-shirt, and jeans."]) @ image
    red = next(word for word in found.words if word.text == "red")
    assert red.adds == pytest.approx(float(with_it - without), abs=1e-5)
    assert red.map_RC.shape == encoder.grid
    assert found.score == pytest.approx(float(with_it), abs=1e-5)
    if found.divides:
        total = sum(float(word.map_RC.sum()) for word in found.words) + found.frame
        assert total == pytest.approx(found.score, abs=1e-5)
    else:
        assert found.as_json()["start_and_end"] is None
    assert max(float(np.abs(word.shade_RC).max()) for word in found.words) == pytest.approx(1)


def test_an_exported_model_is_refused_with_the_remedy() -> None:
    exported: Any = SimpleNamespace(encode_text=None, encode_images=None)
    with pytest.raises(ModelError, match=r"m: an exported model .* --model"):
        require_explainer(exported, "m")
    encoder: Any = ColourReader()
    assert require_explainer(encoder, "m") is encoder


def test_function_words_are_lower_case_and_marks_are_none() -> None:
    assert all(word == word.lower() for word in FUNCTION_WORDS)
    assert [says_something(word) for word in ("red", "t-shirt", "the", "-", "", "2")] == [
        *(True, True, False, False, False, True)
    ]
