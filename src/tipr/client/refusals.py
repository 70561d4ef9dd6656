"""A refusal of the service as the error that it is."""

import httpx

from tipr import errors
from tipr.errors import LimitError, ServiceError, TiprError

KINDS: dict[int, type[TiprError]] = {
    401: errors.KeyMissingError,
    403: errors.ScopeError,
    404: errors.MissingError,
    409: errors.GalleryError,
    422: errors.QueryError,
    503: errors.GalleryBusyError,
    507: errors.StorageError,
}


def require_done(answer: httpx.Response) -> None:
    """Make sure that the service did what it was asked for; its body has been read.

    Raises:
        TiprError: it did not; the kind follows from the status, the message is the service's own.
    """
    if answer.is_success:
        return
    line = _line(answer)
    if answer.status_code == 429:
        raise LimitError(line, float(answer.headers.get("retry-after", 1)))
    raise KINDS.get(answer.status_code, ServiceError)(line)


def _line(answer: httpx.Response) -> str:
    try:
        told = answer.json()
        return f"{told['error']} (request {told['request']})"
    except (ValueError, KeyError, TypeError):
        return (
            f"{answer.request.url} answered {answer.status_code} in words that are not tipr's; is "
            f"it a tipr service?"
        )
