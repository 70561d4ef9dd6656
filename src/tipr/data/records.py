"""The one shape every benchmark is read into."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Picture:
    """One photograph of one person.

    `path` is absolute; `person` is the identity as the annotation file numbers or names it;
    `camera` and `time` are None where the benchmark does not tell.
    """

    path: Path
    person: str
    camera: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """One sentence about one photograph: `picture` is an index into `Split.pictures`."""

    text: str
    picture: int


@dataclass(frozen=True, slots=True)
class Split:
    """One part (train, val or test) of a benchmark, in the order of its annotation file."""

    name: str
    pictures: tuple[Picture, ...]
    captions: tuple[Caption, ...]

    @property
    def people(self) -> tuple[str, ...]:
        """The identities, in order of first appearance; a person's label is its index here."""
        return tuple(dict.fromkeys(picture.person for picture in self.pictures))

    def person_of(self, caption: Caption) -> str:
        """The identity that the caption describes."""
        return self.pictures[caption.picture].person
