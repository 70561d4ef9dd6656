"""What went wrong as an answer: a status, one line, and the request's number.

Programs get JSON, people the page's own words (`page`, handed in).
"""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from tipr import errors
from tipr.errors import LimitError, TiprError

Page = Callable[[Request, int, str], Response]
"""Status and line as a page."""

STATUS: dict[type[TiprError], int] = {
    errors.QueryError: 422,
    errors.DataError: 422,
    errors.ConfigError: 422,
    errors.KeyMissingError: 401,
    errors.ScopeError: 403,
    errors.ReasonError: 403,
    errors.MissingError: 404,
    errors.LimitError: 429,
    errors.GalleryBusyError: 503,
    errors.StorageError: 507,
    TiprError: 409,
}
"""By the nearest class of the error's tree."""

PROGRAMS = ("/api/", "/health", "/ready", "/metrics")
"""Paths that programs ask for; all others are pages."""

BROKEN = "something went wrong in the service itself; its log tells more under this request number"


def status_of(error: TiprError) -> int:
    """The status that an error is answered with."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def fault(scope: Scope, error: TiprError, status: int | None = None) -> Response:
    """The answer to a request that cannot be done."""
    answer = _answer(scope, status or status_of(error), str(error))
    if isinstance(error, LimitError):
        answer.headers["retry-after"] = str(max(1, round(error.wait_s)))
    elif isinstance(error, errors.GalleryBusyError):
        answer.headers["retry-after"] = "1"
    elif isinstance(error, errors.KeyMissingError):
        answer.headers["www-authenticate"] = "Bearer"
    return answer


def broken(scope: Scope) -> Response:
    """The answer where the service itself has failed."""
    return _answer(scope, 500, BROKEN)


def install(app: FastAPI, page: Page) -> None:
    """Answer every error of the application's routes in our words."""
    app.state.fault_page = page

    @app.exception_handler(TiprError)
    async def ours(request: Request, error: TiprError) -> Response:
        return fault(request.scope, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        return _answer(request.scope, 422, _line(error))

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        answer = _answer(request.scope, error.status_code, str(error.detail).lower())
        answer.headers.update(error.headers or {})
        return answer


def _answer(scope: Scope, status: int, line: str) -> Response:
    app = scope.get("app")
    if app is not None and not scope["path"].startswith(PROGRAMS):
        return app.state.fault_page(Request(scope), status, line)
    number = scope.get("request_id", "")
    return JSONResponse({"error": line, "request": number}, status_code=status)


def _line(error: RequestValidationError) -> str:
    """The first thing that does not fit, as one line."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body") or "the request"
    return f"{place}: {str(first['msg']).removeprefix('Value error, ')}"
