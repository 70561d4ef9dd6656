"""What pruning keeps; the nltk side is played by a stand-in, its data being a download."""

import pickle
import sys

import pytest

from tipr.data.pruning import Pruner, is_essential
from tipr.errors import DependencyError


@pytest.fixture(scope="module")
def pruner() -> Pruner:
    return Pruner("textblob")


def test_pronouns_nouns_and_adjectives_are_kept_in_order(pruner: Pruner) -> None:
    sentence = "A man is wearing a black jacket and he carries his blue bag."
    assert pruner(sentence) == "man black jacket he his blue bag"


def test_capitals_do_not_change_what_is_kept(pruner: Pruner) -> None:
    assert pruner("THE WOMAN WEARS A RED COAT") == pruner("the woman wears a red coat")


def test_an_apostrophe_leaves_no_stray_letter(pruner: Pruner) -> None:
    for quote in ("'", "\u2019"):
        assert pruner(f"the man{quote}s bag") == "man bag"
        assert pruner(f"she{quote}s in a coat") == "she coat"


def test_a_full_stop_without_a_space_still_ends_a_word(pruner: Pruner) -> None:
    assert pruner("black shoes.he has a bag") == "black shoes he bag"


@pytest.mark.parametrize("sentence", ["", "   ", "is walking with and", "!!! ..."])
def test_a_sentence_without_any_is_left_as_it_is(pruner: Pruner, sentence: str) -> None:
    assert pruner(sentence) == sentence


def test_tags_lose_nothing_but_spaces(pruner: Pruner) -> None:
    sentence = "she's in a t-shirt (size 12), \"nike\" black/white -- 100% don't & naïve 行人 a_b!"
    words = [word for word, _ in pruner.tags(sentence)]
    assert "".join(words) == sentence.replace(" ", "")
    assert dict(pruner.tags("a red coat"))["coat"] == "NN"
    assert pruner.tags("") == ()


def test_a_mark_is_never_essential() -> None:
    assert is_essential("coat", "NN")
    assert is_essential("her", "PRP$")
    assert not is_essential("%", "NN")
    assert not is_essential("wears", "VBZ")


def test_tagging_happens_once_per_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pruner = Pruner("textblob")
    asked: list[str] = []
    real = pruner._tag
    monkeypatch.setattr(pruner, "_tag", lambda text: asked.append(text) or real(text))
    assert pruner("a red coat") == pruner("a red coat") == "red coat"
    pruner.tags("a red coat")
    assert asked == ["a red coat"]


def test_a_pruner_survives_pickling(pruner: Pruner) -> None:
    assert pickle.loads(pickle.dumps(pruner))("a red coat") == pruner("a red coat")


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textblob.en.taggers", None)
    with pytest.raises(DependencyError, match=r"pip install 'tipr\[train\]'"):
        Pruner("textblob")
    monkeypatch.setitem(sys.modules, "nltk", None)
    with pytest.raises(DependencyError, match=r"pip install 'tipr\[nltk\]'"):
        Pruner("nltk")


def test_missing_nltk_data_is_named_and_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    nltk = pytest.importorskip("nltk")
    monkeypatch.setattr(nltk.data, "path", [])
    remedy = r"nltk\.downloader punkt_tab averaged_perceptron_tagger_eng"
    with pytest.raises(DependencyError, match=remedy):
        Pruner("nltk")


def test_nltk_tags_the_sentence_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    nltk = pytest.importorskip("nltk")
    marks = {"She": "PRP", "Red": "JJ", "coat": "NN", "``": "``"}
    monkeypatch.setattr(nltk, "word_tokenize", str.split)
    monkeypatch.setattr(nltk, "pos_tag", lambda words: [(w, marks.get(w, "VB")) for w in words])
    pruner = Pruner("nltk")
    assert pruner("She wears Red coat") == "She Red coat"
    assert pruner.tags("`` coat") == (('"', "``"), ("coat", "NN"))


def test_another_tagger_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="tagger"):
        Pruner("spacy")  # pyright: ignore[reportArgumentType]
