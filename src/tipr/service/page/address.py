"""The state of the search page as the query string of its address, so that every state has one.

What can be typed as a token (`tipr.search.tokens`) stands in a parameter of its own, as text; so
each can be shown as a chip, and its link removed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, cast, get_args
from urllib.parse import quote, urlencode

from starlette.datastructures import ImmutableMultiDict

from tipr.errors import QueryError
from tipr.search.terms import MAX_PAGE, MAX_PARTS

Params = ImmutableMultiDict[str, str]
Order = Literal["match", "time"]

_MAX_ID = 2**63 - 1
_OPENS = frozenset({"page", "hit", "frame", "film", "why"})
"""What changes nothing about what is asked."""
_CLOSED = {"page": 1, "hit": None, "frame": False, "film": False, "why": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What is asked and how it is shown; an empty text stands for nothing.

    `q` are words, `where` attributes as KEY=VALUE, `picture` the handles of uploaded pictures
    (`tipr.service.page.uploads`). `hit` is the picture whose panel is open, as itself, in its whole
    `frame` or at its moment of the `film`, and with `why` it was found.
    """

    q: str = ""
    camera: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    after: str = ""
    before: str = ""
    hours: str = ""
    avoid: tuple[str, ...] = ()
    picture: tuple[str, ...] = ()
    like: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    order: Order = "match"
    group: bool = True
    page: int = 1
    hit: int | None = None
    frame: bool = False
    film: bool = False
    why: bool = False

    @classmethod
    def of(cls, params: Params) -> Self:
        """From the parameters of a request; unknown ones are left alone.

        Raises:
            QueryError: a value is not one of its kind.
        """
        one, many = _one(params), _many(params)
        return cls(
            q=one("q"),
            camera=many("camera"),
            source=many("source"),
            where=many("where"),
            after=one("after"),
            before=one("before"),
            hours=one("hours"),
            avoid=many("avoid"),
            picture=many("picture"),
            like=_ids(many("like")),
            unlike=_ids(many("unlike")),
            order=_order(one("order") or "match"),
            group=one("group") != "0",
            page=_number("page", one("page") or "1", MAX_PAGE),
            hit=next(iter(_ids((one("hit"),))), None) if one("hit") else None,
            frame=one("frame") == "1",
            film=one("film") == "1",
            why=one("why") == "1",
        )

    def to(self, **changes: Any) -> Self:
        """The same with some things changed; a changed question starts again from page 1."""
        if not changes.keys() <= _OPENS:
            changes = {**_CLOSED, **changes}
        return replace(self, **changes)

    @property
    def asks(self) -> bool:
        """Whether there is something to look for, not only filters."""
        return bool(self.q or self.picture or self.like)

    @property
    def plain(self) -> Self:
        """The words alone."""
        return type(self)(q=self.q)

    @property
    def question(self) -> Self:
        """What is asked, without which page and picture of the answer is looked at."""
        return self.to(**_CLOSED)

    def __str__(self) -> str:
        """The query string, without what is as it is anyway; '' where all is."""
        return urlencode(list(self.pairs), quote_via=quote)

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values as a form sends them."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                for one in value if isinstance(value, tuple) else (value,):
                    yield field.name, str(int(one) if isinstance(one, bool) else one)


def _one(params: Params) -> Callable[[str], str]:
    return lambda name: params.get(name, "").strip()


def _many(params: Params) -> Callable[[str], tuple[str, ...]]:
    return lambda name: tuple(dict.fromkeys(filter(None, map(str.strip, params.getlist(name)))))


def _order(text: str) -> Order:
    if text not in get_args(Order):
        raise QueryError(f"no order {text!r}; there are {', '.join(get_args(Order))}")
    return cast("Order", text)


def _ids(texts: tuple[str, ...]) -> tuple[int, ...]:
    if len(texts) > MAX_PARTS:
        raise QueryError(f"{len(texts)} pictures are given as examples, at most {MAX_PARTS} count")
    return tuple(dict.fromkeys(_number("the id of a picture", text, _MAX_ID) for text in texts))


def _number(what: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= most):
        raise QueryError(f"{what} is a number from 1 to {most}, found {text!r}")
    return int(text)
