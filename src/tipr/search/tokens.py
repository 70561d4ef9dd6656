"""A search as one types it: words, and filters among them like camera:gate2 or before:2026-05-01.

A token is key:value without a blank between, at the start of the text or after a blank; a value
with blanks stands in double quotes. Keys are those of `KEYS` and the gallery's attributes, in small
or capital letters. Everything else is words:

- "note: red" is words, for a blank follows the colon, and so is "at 17:30", as no key starts with
  a digit;
- "note:red" where no picture has an attribute `note` is refused, with the known keys: as words it
  would quietly find other people than the filter that was meant;
- a token within double quotes is words, without the quotes: "note:red".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tipr.errors import QueryError
from tipr.gallery.reader import Reader
from tipr.search.filters import ALL, Filters
from tipr.search.moments import bound, hours
from tipr.search.terms import Avoided, check

KEYS: dict[str, Callable[[str], Filters]] = {
    "camera": lambda value: Filters(cameras=(value,)),
    "source": lambda value: Filters(sources=(value,)),
    "after": lambda value: Filters(after_ms=bound(value, "first")),
    "before": lambda value: Filters(before_ms=bound(value, "last")),
    "on": lambda value: Filters(after_ms=bound(value, "first"), before_ms=bound(value, "last")),
    "hours": lambda value: Filters(hours=hours(value)),
}
"""What each key's value filters by."""

AVOID = "avoid"
"""The key whose value is words that should not be seen."""

_KEY = r"[^\W\d][\w.-]*"
_PIECE = re.compile(
    rf'(?<!\S)(?:"(?P<words>[^"]*)"|(?P<key>{_KEY}):(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]\S*)))(?!\S)'
)
_LIKE_TOKEN = re.compile(rf"{_KEY}:\S")
_UNCLOSED = re.compile(rf'(?<!\S)({_KEY}):"')
_APART = re.compile(rf"(?<!\S)({'|'.join((*KEYS, AVOID))}):(?=\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a typed search says; `words` are '' where it is nothing but tokens."""

    words: str
    filters: Filters = ALL
    avoid: tuple[Avoided, ...] = ()
    notes: tuple[str, ...] = ()


def read(gallery: Reader, text: str) -> Typed:
    """Words, filters and words to avoid of a typed search.

    Raises:
        QueryError: the text is blank or too long, a key is not known, a value is not one of its
            kind, or a quote is not closed.
    """
    text = check(text)
    filters, avoid, words, end = ALL, [], [], 0
    for piece in _PIECE.finditer(text):
        words.append(text[end : piece.start()])
        end = piece.end()
        if piece["key"] is None:
            plain = _LIKE_TOKEN.match(piece["words"])
            words.append(piece["words"] if plain else piece[0])
            continue
        value = piece["bare"].rstrip(",;") if piece["quoted"] is None else piece["quoted"]
        if not value.strip():
            raise QueryError(f"{piece[0]} has no value; write it as in camera:gate2")
        if piece["key"].lower() == AVOID:
            avoid.append(Avoided(value))
        else:
            filters |= _filter(gallery, piece["key"], value)
    words.append(text[end:])
    rest = "".join(words)
    if found := _UNCLOSED.search(rest):
        raise QueryError(f'{found[0]} needs a second quote, as in {found[1]}:"north gate"')
    return Typed(
        words=text if end == 0 else " ".join(rest.split()),
        filters=filters,
        avoid=tuple(avoid),
        notes=tuple(
            f"{key}: was read as words; to filter, write it without the blank, as in camera:gate2"
            for key in dict.fromkeys(_APART.findall(rest))
        ),
    )


def attribute(gallery: Reader, text: str) -> Filters:
    """The filter of an attribute given as KEY=VALUE, in which the key may be anything.

    Raises:
        QueryError: it is no such text, or no picture has that attribute.
    """
    key, _, value = text.partition("=")
    if not (key.strip() and value.strip()):
        raise QueryError(f"{text!r} is no attribute; expected KEY=VALUE, e.g. colour=red")
    known = _attributes(gallery)
    if key.strip() not in known:
        shown = f"it has {', '.join(sorted(known))}" if known else "it has none"
        raise QueryError(f"no picture of this gallery has an attribute {key.strip()!r}; {shown}")
    return Filters(attributes=((key.strip(), value.strip()),))


def _filter(gallery: Reader, key: str, value: str) -> Filters:
    if key.lower() in KEYS:
        return KEYS[key.lower()](value)
    known = _attributes(gallery)
    for name in sorted(known, key=lambda name: (name != key, name)):
        if name.casefold() == key.casefold():
            return Filters(attributes=((name, value),))
    own = f" and this gallery's {', '.join(sorted(known))}" if known else ""
    raise QueryError(
        f"{key}: is no filter; there are {', '.join((*KEYS, AVOID))}{own}. To search for it as "
        f"words, put a blank after the colon"
    )


def _attributes(gallery: Reader) -> set[str]:
    return {key for (key,) in gallery.ask("SELECT DISTINCT key FROM attributes")}
