"""What a gallery remembers of its mirror; to read it takes no server, and little time."""

import json
from dataclasses import dataclass

from tipr.cluster.address import Address, parse
from tipr.gallery.reader import Reader

KEY = "mirror"
"""Of the gallery's table `meta`."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """Where a gallery is mirrored, and whether the mirror has all of its present content."""

    address: Address
    current: bool


def remembered(gallery: Reader) -> Mirror | None:
    """The gallery's mirror, as it remembers it; no server is asked."""
    found = gallery.ask("SELECT value FROM meta WHERE key = ?", [KEY])
    if not found:
        return None
    known = json.loads(gallery.said(KEY))
    return Mirror(parse(known["address"]), known["generation"] == gallery.generation)
