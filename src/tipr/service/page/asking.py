"""An address as a question to the gallery, and a question as an address."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tipr.errors import QueryError
from tipr.gallery.wallclock import DAY_MS, as_text
from tipr.search.filters import Filters
from tipr.search.group import Grouping
from tipr.search.moments import bound, hours
from tipr.search.terms import Avoided, Picture, Query, Words
from tipr.search.tokens import Typed
from tipr.service.page.address import Address

PER_PAGE = 60
_TOKEN = re.compile(r'(?<!\S)([^\W\d][\w.-]*:[^\s"]\S*)')


def filters_of(address: Address) -> Filters:
    """Which pictures are searched.

    Raises:
        QueryError: no date or time of day, an attribute without a value, or nothing between.
    """
    return Filters(
        cameras=address.camera,
        sources=address.source,
        after_ms=bound(address.after, "first") if address.after else None,
        before_ms=bound(address.before, "last") if address.before else None,
        hours=hours(address.hours) if address.hours else None,
        attributes=tuple(map(pair, address.where)),
    )


def query_of(address: Address, typed: Typed, pictures: Mapping[str, bytes]) -> Query:
    """What is asked; `typed` are its words as they were read, `pictures` go by their handles.

    Raises:
        QueryError: there is nothing to look for, or something is not understood.
    """
    return Query(
        texts=(Words(typed.words),) if typed.words else (),
        avoid=tuple(map(Avoided, address.avoid)),
        pictures=tuple(Picture(pictures[handle]) for handle in address.picture),
        like=address.like,
        unlike=address.unlike,
        filters=filters_of(address),
        k=PER_PAGE,
        page=address.page,
        order=address.order,
        grouping=Grouping() if address.group else None,
        notes=typed.notes,
    )


def address_of(query: Query, handles: Sequence[str]) -> Address:
    """The address of a query whose uploaded pictures are behind these handles.

    The page knows no weights and one description; several are written one after the other.
    """
    said = Typed(words=", ".join(words.text for words in query.texts), filters=query.filters)
    return replace(
        settled(Address(), said),
        avoid=tuple(words.text for words in query.avoid),
        picture=tuple(handles),
        like=query.like,
        unlike=query.unlike,
        order=query.order,
        group=query.grouping is not None,
    )


def settled(address: Address, typed: Typed) -> Address:
    """The address with the tokens that stood among its words as parameters of their own.

    A time that was typed takes the place of another one.
    """
    found = typed.filters
    attributes = tuple(f"{key}={value}" for key, value in found.attributes)
    return replace(
        address,
        q=_TOKEN.sub(r'"\1"', typed.words),  # what still looks like a token stood in quotes
        camera=_more(address.camera, found.cameras),
        source=_more(address.source, found.sources),
        where=_more(address.where, attributes),
        after=address.after if found.after_ms is None else _moment(found.after_ms, 0),
        before=address.before if found.before_ms is None else _moment(found.before_ms, 1),
        hours=address.hours if found.hours is None else str(found.hours),
        avoid=_more(address.avoid, tuple(words.text for words in typed.avoid)),
    )


def pair(text: str) -> tuple[str, str]:
    """Key and value of an attribute given as KEY=VALUE.

    Raises:
        QueryError: it is no such text.
    """
    key, _, value = text.partition("=")
    if not (key.strip() and value.strip()):
        raise QueryError(f"{text!r} is no attribute; expected KEY=VALUE, e.g. colour=red")
    return key.strip(), value.strip()


def _more(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*ours, *theirs)))


def _moment(ms: int, past: int) -> str:
    """The day alone where its first (`past` 0) or last (1) millisecond is meant."""
    return as_text(ms)[: 10 if (ms + past) % DAY_MS == 0 else 19]
