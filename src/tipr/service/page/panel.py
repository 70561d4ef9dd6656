"""One picture from nearby: itself or its frame, what is known of it, what was seen around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tipr.gallery.records import Item
from tipr.gallery.wallclock import as_text
from tipr.search.answer import Answer, Hit
from tipr.search.calibration import Label
from tipr.search.explain import Explanation
from tipr.service.desk.films import is_played
from tipr.service.page.address import Address
from tipr.service.page.clock import place_in_film
from tipr.service.page.shade import Shaded, shaded
from tipr.service.page.tiles import STRENGTHS

BEFORE_S, AFTER_S = 3, 9

_DIVIDES = (
    "Orange speaks for this picture, blue against it: the word's shares of the similarity. The "
    "number is what the similarity would lose without the word."
)
_HINTS = (
    "Orange is where the word lies nearest, a hint and no part of the score. The number is what "
    "the similarity would lose without the word."
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame of so many pixels, and the box of the person in it."""

    width: int
    height: int
    left: int
    top: int
    across: int
    down: int

    @property
    def around(self) -> str:
        """Everything but the box, as an SVG path."""
        outer = f"M0 0h{self.width}v{self.height}h-{self.width}z"
        return f"{outer}M{self.left} {self.top}h{self.across}v{self.down}h-{self.across}z"


@dataclass(frozen=True, slots=True)
class Near:
    """A picture that was taken nearby in time."""

    id: int
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What the panel shows; `frame` where the whole frame is, `words` where they are laid over.

    `film` is the stretch of the video to be played, "58,70" in seconds, '' where it is not.

    `hit` is there where the search that found it is at hand. `fault` says why something is not.
    """

    item: Item
    hit: Hit | None
    frame: Frame | None
    film: str
    near: Sequence[Near]
    sentence: str
    words: Sequence[Shaded] = field(default=())
    reading: str = ""
    fault: str = ""

    @property
    def id(self) -> int:
        """The picture's in its gallery."""
        return self.item.id

    @property
    def title(self) -> str:
        """What it is called."""
        return f"Hit {self.hit.rank}" if self.hit else f"Picture {self.id}"

    @property
    def label(self) -> Label | None:
        """How strong the match is, where that is known."""
        return self.hit.label if self.hit else None

    @property
    def strength(self) -> str:
        """The same as a word; '' where it is not known."""
        return STRENGTHS[self.label][0] if self.label else ""

    @property
    def chance(self) -> str:
        """The probability that it is right, in percent; '' where it is not known."""
        known = None if self.hit is None else self.hit.probability
        return "" if known is None else f"{100 * known:.0f} %"

    @property
    def others(self) -> tuple[int, ...]:
        """The rest of its group."""
        return self.hit.others if self.hit else ()

    @property
    def explains(self) -> bool:
        """Whether words can be laid over what is shown."""
        return bool(self.sentence) and self.frame is None and not self.film

    @property
    def framed(self) -> bool:
        """Whether there is more to see than the person."""
        return self.item.box is not None

    @property
    def is_played(self) -> bool:
        """Whether it is out of a video that browsers play."""
        return is_played(self.item)

    @property
    def camera(self) -> str:
        """Where it was seen; '' where that is not known."""
        return self.item.facts.camera or ""

    @property
    def alone(self) -> Address:
        """A search for this picture and nothing else."""
        return Address(like=(self.id,))

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Names and values, as far as they are known."""
        return list(self._facts())

    def _facts(self) -> Iterator[tuple[str, str]]:
        facts = self.item.facts
        if facts.camera:
            yield "camera", facts.camera
        if facts.time_ms is not None:
            yield "time", as_text(facts.time_ms).replace("T", " ")
        if self.item.frame_ms is not None:
            yield "in the video at", place_in_film(self.item.frame_ms)
        for name, value in facts.attributes.items():
            yield name.replace("_", " "), value
        if self.hit is not None:
            yield "similarity", f"{self.hit.score:.3f}".replace("-", "\N{MINUS SIGN}")
        yield "file", self.item.path.name
        yield "number", str(self.id)


def hit_of(answer: Answer | None, number: int) -> Hit | None:
    """The hit that a picture is, if this page of the answer holds it."""
    return next((hit for hit in answer or () if hit.id == number), None)


def frame_of(item: Item, size: tuple[int, int]) -> Frame | None:
    """A frame of this width and height, with the item's box; None for a picture of its own."""
    if item.box is None:
        return None
    left, top, right, bottom = item.box
    return Frame(*size, left, top, right - left, bottom - top)


def stretch_of(item: Item) -> str:
    """From shortly before a picture's moment in its video to shortly after; '' if it has none."""
    if not is_played(item) or item.frame_ms is None:
        return ""
    moment = item.frame_ms / 1000
    return f"{max(0.0, moment - BEFORE_S):g},{moment + AFTER_S:g}"


def near_of(items: Sequence[Item]) -> list[Near]:
    """Pictures of around the same time, in their order."""
    return [
        Near(item.id, as_text(item.facts.time_ms)[11:19])
        for item in items
        if item.facts.time_ms is not None
    ]


def words_of(explanation: Explanation) -> tuple[list[Shaded], str]:
    """The words to lay over the picture, and how to read them."""
    return shaded(explanation), _DIVIDES if explanation.divides else _HINTS
