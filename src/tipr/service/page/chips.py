"""What narrows a search, as chips beside its words: each says what it is, and can be taken off."""

from collections.abc import Iterator
from dataclasses import dataclass

from tipr.service.page.address import Address
from tipr.service.page.asking import pair


@dataclass(frozen=True, slots=True)
class Chip:
    """`kind` chooses its icon, `picture` its thumbnail; `without` is where it is gone."""

    kind: str
    text: str
    without: Address
    picture: str = ""


def chips(address: Address) -> list[Chip]:
    """In the order in which one says it: who, who not, where, when, what else."""
    return list(_chips(address))


def _chips(address: Address) -> Iterator[Chip]:
    for handle in address.picture:
        rest = tuple(one for one in address.picture if one != handle)
        yield Chip("picture", "picture", address.to(picture=rest), f"upload/{handle}")
    for kind, ids in (("like", address.like), ("unlike", address.unlike)):
        for number in ids:
            rest = tuple(one for one in ids if one != number)
            said = "like this" if kind == "like" else "not this"
            yield Chip(kind, said, address.to(**{kind: rest}), f"thumb/{number}")
    for kind in ("avoid", "camera", "source", "where"):
        for value in getattr(address, kind):
            rest = tuple(one for one in getattr(address, kind) if one != value)
            yield Chip(kind, _said(kind, value), address.to(**{kind: rest}))
    for kind, before in (("after", "from"), ("before", "until"), ("hours", "at")):
        if value := getattr(address, kind):
            yield Chip("time", f"{before} {value}", address.to(**{kind: ""}))


def _said(kind: str, value: str) -> str:
    if kind == "where":
        return ": ".join(pair(value))
    return f"not {value}" if kind == "avoid" else value
