"""How wide pictures are for their height, without decoding them."""

from collections.abc import Iterable
from functools import partial

from tipr.errors import PictureError
from tipr.inputs import image
from tipr.search.answer import Hit
from tipr.service.desk.desk import Desk


async def shapes(desk: Desk, hits: Iterable[Hit]) -> dict[int, float]:
    """Width over height of hits' pictures, by id; those that cannot be read are left out."""
    return await desk.in_thread(partial(_shapes, tuple(hits)))


def _shapes(hits: tuple[Hit, ...]) -> dict[int, float]:
    return {hit.id: shape for hit in hits if (shape := _shape(hit)) is not None}


def _shape(hit: Hit) -> float | None:
    if hit.box is not None:
        left, top, right, bottom = hit.box
        return (right - left) / (bottom - top)
    try:
        width, height = image.size(hit.path)
    except PictureError:
        return None
    return width / height
