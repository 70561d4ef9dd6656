"""What somebody searched for lately, from the audit log, as far as its words are not erased."""

from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict

from tipr.service.desk.desk import Desk
from tipr.service.guard.caller import Caller
from tipr.service.page.address import Address
from tipr.service.state import audit
from tipr.service.state.audit import Entry

_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Recent:
    """A search of then; `made` is UTC in ISO 8601, `filters` what narrowed it."""

    address: Address
    text: str
    filters: str
    made: str


async def recent(desk: Desk, caller: Caller, count: int) -> list[Recent]:
    """The caller's last searches in this gallery, newest first, each once."""
    entries = await desk.state.read(
        partial(audit.entries, who=caller.who, act="search", gallery=desk.name, limit=_LOOKED_AT)
    )
    found: dict[str, Recent] = {}
    for entry in entries:
        if entry.words and (said := entry.words.get("address")) and said not in found:
            found[said] = _recent(entry, said)
    return list(found.values())[:count]


def _recent(entry: Entry, said: str) -> Recent:
    words = entry.words or {}
    address = Address.of(ImmutableMultiDict(parse_qsl(said)))
    return Recent(address, words.get("query", ""), words.get("filters", ""), entry.made)
