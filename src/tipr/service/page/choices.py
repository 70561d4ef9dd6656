"""What one can filter by, with how many pictures there would be, as links that toggle."""

from dataclasses import dataclass
from pathlib import PurePath

from tipr.search.facets import Counts, Facets
from tipr.service.page.address import Address

SHOWN = 40
"""Values of one attribute that are listed; the rarer ones can be typed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value; `to` is where it is taken, or taken back where it is `chosen`."""

    text: str
    count: int
    chosen: bool
    to: Address


@dataclass(frozen=True, slots=True)
class Menu:
    """All values of one kind, most pictures first; `left_out` rarer ones are not listed."""

    title: str
    choices: tuple[Choice, ...]
    left_out: int = 0

    @property
    def chosen(self) -> int:
        """How many are taken."""
        return sum(choice.chosen for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Menus:
    """Where, and how people look; menus with nothing to choose are left out."""

    cameras: Menu
    sources: Menu
    looks: tuple[Menu, ...]
    days: tuple[Choice, ...]
    total: int


def menus(facets: Facets, address: Address) -> Menus:
    """The choices that a gallery offers under the filters of an address."""
    return Menus(
        cameras=_menu("Camera", "camera", facets.cameras, address),
        sources=_menu("Folder", "source", facets.sources, address),
        looks=tuple(
            _looks(key, counts, address) for key, counts in facets.attributes.items() if counts
        ),
        days=tuple(_day(day, count, address) for day, count in facets.days.items()),
        total=facets.total,
    )


def _menu(title: str, kind: str, counts: Counts, address: Address) -> Menu:
    """With the values that are taken, though nothing may be left of them."""
    taken: tuple[str, ...] = getattr(address, kind)
    every = {**counts, **{value: counts.get(value, 0) for value in taken}}
    shown = [*list(every)[:SHOWN], *(value for value in taken if value not in list(every)[:SHOWN])]
    return Menu(
        title,
        tuple(
            Choice(
                PurePath(value).name if kind == "source" else value,
                every[value],
                value in taken,
                address.to(**{kind: _toggled(taken, value)}),
            )
            for value in shown
        ),
        len(every) - len(shown),
    )


def _looks(key: str, counts: Counts, address: Address) -> Menu:
    shown = list(counts.items())[:SHOWN]
    return Menu(
        key.replace("_", " "),
        tuple(
            Choice(
                value,
                count,
                f"{key}={value}" in address.where,
                address.to(where=_toggled(address.where, f"{key}={value}")),
            )
            for value, count in shown
        ),
        len(counts) - len(shown),
    )


def _day(day: str, count: int, address: Address) -> Choice:
    chosen = address.after == day == address.before
    return Choice(
        day, count, chosen, address.to(after="" if chosen else day, before="" if chosen else day)
    )


def _toggled(taken: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(one for one in taken if one != value) if value in taken else (*taken, value)
