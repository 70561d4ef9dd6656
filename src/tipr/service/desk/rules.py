"""What a gallery demands of whoever serves it; kept in it, so that a copy demands it too."""

from typing import Annotated

from pydantic import Field, ValidationError

from tipr.config import Section
from tipr.gallery import rows
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery

Days = Annotated[int, Field(ge=1, le=36_500)] | None

_KEY = "rules"


class Rules(Section):
    """`reason`: every search and view must say why. Pictures are erased `keep_days` after they were
    taken, the words of the audit log `words_days` after they were said; None keeps them.
    """

    reason: bool = False
    keep_days: Days = None
    words_days: Days = None


def rules_of(gallery: Reader) -> Rules:
    """The gallery's rules; none where nobody made any.

    Raises:
        GalleryError: they are damaged.
    """
    if not gallery.ask("SELECT 1 FROM meta WHERE key = ?", [_KEY]):
        return Rules()
    try:
        return Rules.model_validate_json(gallery.said(_KEY))
    except ValidationError:
        raise gallery.damaged("its rules cannot be read") from None


def set_rules(gallery: Gallery, rules: Rules) -> None:
    """Make these the gallery's rules; it is open for writing."""
    with gallery.written(content=False) as db:
        db.execute("DELETE FROM meta WHERE key = ?", [_KEY])
        rows.insert(db, "meta", key=_KEY, value=rules.model_dump_json())
