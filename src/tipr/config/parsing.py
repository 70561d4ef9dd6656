"""Plain tables to sections, with every complaint as one line in our words."""

from typing import Any, TypeVar

from pydantic import ValidationError

from tipr.config.section import Section
from tipr.errors import ConfigError

T = TypeVar("T", bound=Section)


def parse(kind: type[T], table: dict[str, Any], *, where: str) -> T:
    """Build a section from a plain table; every complaint names file, section and key."""
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_complaint(kind, error)}") from None


def _complaint(kind: type[Section], error: ValidationError) -> str:
    """The first thing pydantic found, as one line in our words."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        section = _section_at(kind, place[:-1])
        header = f"[{'.'.join(place[:-1])}]" if place[:-1] else "top level"
        known = sorted(section.model_fields)
        return f"{header}: unknown {place[-1]!r}; known here: {', '.join(known)}"
    message = first["msg"].removeprefix("Value error, ")
    found = "" if isinstance(first["input"], dict | Section) else f", found {first['input']!r}"
    return f"{'.'.join(place) or 'settings'}: {message}{found}"


def _section_at(kind: type[Section], place: list[str]) -> type[Section]:
    for part in place:
        annotation = kind.model_fields[part].annotation
        if isinstance(annotation, type) and issubclass(annotation, Section):
            kind = annotation
    return kind
