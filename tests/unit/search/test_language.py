"""Whether a description is told not to be English."""

import pytest

from tipr.search import language
from tipr.search.function_words import FUNCTION_WORDS
from tipr.search.query import search
from tipr.search.spoken_words import SPOKEN
from tipr.search.terms import Avoided, Query, Words
from tipr.synthetic.dataset import take


@pytest.mark.parametrize(
    "sentence",
    [
        "eine Frau mit einem roten Mantel und schwarzer Tasche",
        "Ein Mann in blauer Jacke",
        "der Mann hat einen Hut an",
        "rote Jacke",
        "une femme en robe bleue",
        "homme en jean et pull orange",
        "una mujer con un abrigo rojo",
        "un uomo con la giacca blu",
        "um homem com casaco vermelho",
        "een man met een rode jas en een zwarte tas",
        "en man i röd jacka",
        "kobieta w czerwonym płaszczu",
        "siyah ceketli bir adam",
        "nainen punaisessa takissa",
        "một người phụ nữ mặc áo đỏ",
        "seorang wanita memakai baju merah",
        "egy nő piros kabátban",
    ],
)
def test_other_languages_are_told(sentence):
    assert "does not look like English" in (language.note(sentence) or "")


@pytest.mark.parametrize(
    "sentence",
    [
        "穿红色外套的女人",
        "赤いコートを着た女性",
        "빨간 코트를 입은 여자",
        "женщина в красном пальто",
        "امرأة ترتدي معطفا أحمر",
        "γυναίκα με κόκκινο παλτό",
        "लाल कोट वाली महिला",
    ],
)
def test_other_scripts_are_told(sentence):
    assert (language.note(sentence) or "").startswith("this is not in Latin letters")


@pytest.mark.parametrize(
    "sentence",
    [
        "red coat",
        "nun",
        "Gryffindor scarf",
        "Manchester United jersey",
        "a goth with purple hair",
        "tall blonde surfer dude",
        "lost child, about six, dinosaur t-shirt",
        "a 50s-looking rockabilly chap",
        "A WOMAN WTH BLACK HAAIR AND A RED CAOT",
        "a man wearing T恤",
        "2 men, 1.90 m",
        "17",
    ],
)
def test_names_brands_slips_and_single_words_are_let_pass(sentence):
    assert language.note(sentence) is None


def test_no_caption_of_five_hundred_is_taken_for_another_language():
    captions = [caption.text for taken in take(5, 125, 2) for caption in taken.captions]
    assert len(captions) == 500
    assert [text for text in captions if language.note(text)] == []


def test_the_words_are_small_letters_and_none_stands_in_both_lists():
    assert all(word.isalpha() and word.islower() for word in SPOKEN)
    assert not SPOKEN & FUNCTION_WORDS


def test_endings_are_known_with_their_word():
    assert all(map(language.is_known, ("jackets", "striped", "pointing", "curly", "dresses")))
    assert not language.is_known("mantel")


def test_an_answer_says_it_once_and_of_every_sentence(fill, shot, make_encoder):
    gallery = fill([shot(number) for number in range(3)])
    same = Words("eine Frau mit rotem Mantel")
    query = Query(texts=(same, same, Words("a red coat")), avoid=(Avoided("eine Brille"),))
    notes = search(gallery, make_encoder(), query).notes
    assert [note[:47] for note in notes] == [
        "this does not look like English (eine, frau, mi",
        "this does not look like English (eine, brille);",
    ]
