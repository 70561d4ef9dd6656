"""Who asks: a key or the person at this machine, with what they may do."""

from dataclasses import dataclass
from typing import Literal, get_args

from tipr.errors import ScopeError

Scope = Literal["read", "index", "admin"]
"""What a key allows; each of them includes those before it."""

SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One request's author.

    `who` is "key:3", "local" (without a key on this machine) or "service" (what it does by
    itself); `name` is that of the key, for people. `reason` is why they ask, if they said so.
    """

    who: str
    name: str
    scope: Scope
    address: str = ""
    request: str = ""
    reason: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether their key allows what needs this scope."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)

    def require(self, scope: Scope) -> None:
        """Stop who may not.

        Raises:
            ScopeError: their key allows less.
        """
        if not self.may(scope):
            raise ScopeError(
                f"this needs a key with the scope {scope}, yours ({self.name}) has {self.scope}; "
                f"ask for another key"
            )


SERVICE = Caller(who="service", name="the service itself", scope="admin")
