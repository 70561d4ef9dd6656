"""The scope that a route needs, as its dependency: who has less never gets in."""

from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from tipr.service.guard.caller import Caller, Scope
from tipr.service.guard.guard import SAFE, Guard, Known

_BEARER = HTTPBearer(auto_error=False, description="A key made by 'tipr keys add'.")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Needs:
    """`Depends(Needs("read"))` gives the `Caller`, or refuses.

    A change that a browser could be talked into (it sends cookies, and reaches this machine,
    without being asked) needs the form token, too: in the header X-CSRF-Token or the field `csrf`.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope: Scope = scope

    async def __call__(
        self,
        request: Request,
        _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None,
    ) -> Caller:
        """The caller whom the gate found.

        Raises:
            KeyMissingError: no key, or one that does not hold.
            ScopeError: the key allows less, or the form token is missing.
        """
        if refusal := request.scope.get("refusal"):
            raise refusal
        known: Known = request.scope["known"]
        known.caller.require(self.scope)
        if known.by_browser and request.method not in SAFE:
            guard: Guard = request.app.state.service.guard
            guard.require_token(request, await _token(request))
        return known.caller


async def _token(request: Request) -> str:
    if token := request.headers.get("x-csrf-token"):
        return token
    if request.headers.get("content-type", "").startswith(_FORMS):
        return str((await request.form()).get("csrf", ""))
    return ""
