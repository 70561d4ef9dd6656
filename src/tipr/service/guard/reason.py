"""Why somebody asks, as they said it."""

from urllib.parse import unquote

from starlette.requests import HTTPConnection

MAX_REASON = 500
COOKIE = "tipr-reason"


def reason_of(request: HTTPConnection) -> str | None:
    """From the header X-Reason, else the parameter `reason`, else the page's cookie.

    Header and cookie are percent-encoded UTF-8. What cannot be printed is left out.
    """
    told = (
        unquote(request.headers.get("x-reason", "")),
        request.query_params.get("reason", ""),
        unquote(request.cookies.get(COOKIE, "")),
    )
    for text in told:
        if plain := "".join(sign for sign in text if sign.isprintable()).strip():
            return plain[:MAX_REASON]
    return None
