"""What a program asks for, as JSON: strict models that become a `Query` or `Filters`."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tipr.gallery.reader import Reader
from tipr.search.filters import Filters
from tipr.search.group import Grouping
from tipr.search.moments import bound, hours
from tipr.search.terms import (
    MAX_CHARACTERS,
    MAX_PAGE,
    MAX_PARTS,
    Avoided,
    Picture,
    Query,
    Words,
)
from tipr.search.tokens import Typed, read

MAX_K = 100
Id = Annotated[int, Field(ge=1, lt=2**63)]
"""Of a picture; SQLite counts no further."""
Text = Annotated[
    str, Field(min_length=1, max_length=MAX_CHARACTERS, examples=["a woman in a red coat"])
]
Name = Annotated[str, Field(min_length=1, max_length=1000)]
Weight = Annotated[float, Field(gt=0, le=1000)]
Typing = Annotated[
    str,
    Field(
        max_length=MAX_CHARACTERS,
        description="As in the search box: words, with tokens like camera:gate2 among them.",
        examples=["camera:gate2 a woman in a red coat"],
    ),
]
K = Annotated[int, Field(ge=1, le=MAX_K, description="Hits on a page.")]
Page = Annotated[int, Field(ge=1, le=MAX_PAGE, description="Pages count from 1.")]

EXAMPLE: JsonValue = {
    "typed": "camera:gate2 a woman in a red coat",
    "avoid": [{"text": "a backpack"}],
    "filters": {"after": "2026-05-01", "hours": "17:00-19:30"},
    "k": 20,
}


class Body(BaseModel):
    """A request's JSON; a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AskedWords(Body):
    """A description, and how much it counts beside the query's other parts."""

    text: Text
    weight: Weight = Words("-").weight


class AskedAvoided(Body):
    """What should not be seen."""

    text: Text
    weight: Weight = Avoided("-").weight


class AskedFilters(Body):
    """What a picture must be to be searched; values of one kind are alternatives.

    Times are those of the camera's own clock. A date stands for its whole day, both ends belong.
    """

    cameras: tuple[Name, ...] = Field(default=(), max_length=MAX_PARTS)
    sources: tuple[Name, ...] = Field(default=(), max_length=MAX_PARTS)
    after: Name | None = Field(default=None, examples=["2026-05-01"])
    before: Name | None = Field(default=None, examples=["2026-05-01T17:30"])
    hours: Name | None = Field(default=None, examples=["17:00-19:30"])
    attributes: dict[Name, tuple[Name, ...]] = Field(
        default={}, max_length=MAX_PARTS, examples=[{"coat": ["red"]}]
    )

    def filters(self) -> Filters:
        """What is asked, as the search knows it.

        Raises:
            QueryError: there is no such date or time of day, or the range is empty.
        """
        return Filters(
            cameras=self.cameras,
            sources=self.sources,
            after_ms=None if self.after is None else bound(self.after, "first"),
            before_ms=None if self.before is None else bound(self.before, "last"),
            hours=None if self.hours is None else hours(self.hours),
            attributes=tuple(
                (key, value) for key, values in self.attributes.items() for value in values
            ),
        )


class Among(Body):
    """Which pictures are counted."""

    typed: Typing = ""
    filters: AskedFilters = AskedFilters()

    def among(self, gallery: Reader) -> Filters:
        """The filters, with those that are typed; other words say nothing here.

        Raises:
            QueryError: something is not understood.
        """
        return _typed(gallery, self.typed).filters | self.filters.filters()


class Asked(Among):
    """A search: what to look for among which pictures, and how to show it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    texts: tuple[AskedWords, ...] = Field(default=(), max_length=MAX_PARTS)
    avoid: tuple[AskedAvoided, ...] = Field(default=(), max_length=MAX_PARTS)
    like: tuple[Id, ...] = Field(
        default=(), max_length=MAX_PARTS, description="Hits that show the person."
    )
    unlike: tuple[Id, ...] = Field(
        default=(), max_length=MAX_PARTS, description="Hits that do not."
    )
    picture_weights: tuple[Weight, ...] = Field(
        default=(),
        max_length=MAX_PARTS,
        description="Of the uploaded pictures, in their order; else 1.",
    )
    k: K = 20
    page: Page = 1
    order: Literal["match", "time"] = "match"
    group: bool = Field(
        default=True, description="Near-duplicates and tracks past one camera as one hit."
    )

    def query(self, gallery: Reader, pictures: Sequence[bytes] = ()) -> Query:
        """The query this is, with the uploaded pictures.

        Raises:
            QueryError: there is nothing to look for, or something is not understood.
        """
        typed = _typed(gallery, self.typed)
        return Query(
            texts=(*((Words(typed.words),) if typed.words else ()), *_words(self.texts)),
            avoid=(*typed.avoid, *(Avoided(one.text, one.weight) for one in self.avoid)),
            pictures=self._pictures(pictures),
            like=tuple(dict.fromkeys(self.like)),
            unlike=tuple(dict.fromkeys(self.unlike)),
            filters=typed.filters | self.filters.filters(),
            k=self.k,
            page=self.page,
            order=self.order,
            grouping=Grouping() if self.group else None,
            notes=typed.notes,
        )

    def _pictures(self, pictures: Sequence[bytes]) -> tuple[Picture, ...]:
        weights = (*self.picture_weights, *[1.0] * (len(pictures) - len(self.picture_weights)))
        return tuple(map(Picture, pictures, weights))


def _typed(gallery: Reader, text: str) -> Typed:
    return read(gallery, text) if text.strip() else Typed(words="")


def _words(asked: Sequence[AskedWords]) -> Iterator[Words]:
    return (Words(one.text, one.weight) for one in asked)
