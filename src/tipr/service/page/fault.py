"""What went wrong, as a page: the line that says it, and what one can do now."""

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from tipr.service.page.drawn import drawn

_TITLES = {
    403: "This is not allowed",
    404: "This is not here",
    409: "This cannot be done now",
    422: "This was not understood",
    429: "Too much at once",
    500: "Something broke",
    503: "Busy for a moment",
}


def fault(request: Request, status: int, line: str) -> Response:
    """The answer to a page's request that cannot be done; who needs a key is sent to log in."""
    if status == 401 and request.method in ("GET", "HEAD"):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?{urlencode({'then': here})}", 303)
    return drawn(
        request,
        "fault.html",
        request.scope.get("caller"),
        status=status,
        title=_TITLES.get(status, "This cannot be done"),
        line=line,
        number=request.scope.get("request_id", ""),
    )
