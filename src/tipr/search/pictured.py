"""The pixels of one indexed picture as they were then: of a file, a part of it, or a frame."""

from PIL import Image

from tipr.errors import PictureError
from tipr.gallery.look import content_of
from tipr.gallery.records import Item
from tipr.inputs import image


def picture_of(item: Item) -> Image.Image:
    """The upright RGB picture of one item.

    Raises:
        PictureError: it is gone, broken, or not what was indexed.
        DependencyError: it is from a video, and the package that reads videos is not installed.
    """
    return _seen(item)[1]


def frame_of(item: Item) -> Image.Image:
    """The whole upright RGB picture in which an item was seen; its box is that of the item.

    Raises:
        PictureError, DependencyError: as `picture_of`.
    """
    return _seen(item)[0]


def _seen(item: Item) -> tuple[Image.Image, Image.Image]:
    whole = image.read(item.path) if item.frame_ms is None else _frame(item, item.frame_ms)
    picture = whole if item.box is None else whole.crop(item.box)
    if item.content and content_of(picture) != item.content:
        raise PictureError(
            f"{item.path}: has changed since it was indexed; run 'tipr index' again, then search"
        )
    return whole, picture


def _frame(item: Item, frame_ms: int) -> Image.Image:
    from tipr.gallery.film import Film

    with Film(item.path) as film:
        for _, frame in film.frames(lambda time_ms: time_ms == frame_ms):
            return frame
    raise PictureError(
        f"{item.path}: has no frame at {frame_ms} ms any more; run 'tipr index' again, then search"
    )
