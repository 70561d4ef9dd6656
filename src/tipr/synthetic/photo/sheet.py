"""A contact sheet: pictures in rows, a row a camera, to look at many people at once."""

import io
from collections.abc import Sequence

from PIL import Image

from tipr.synthetic.photo.frame import HEIGHT, WIDTH

GAP = 3
QUALITY = 66


def contact_sheet(rows: Sequence[Sequence[Image.Image]]) -> bytes:
    """One JPEG of all pictures.

    Raises:
        ValueError: there is no picture.
    """
    most = max((len(row) for row in rows), default=0)
    if most == 0:
        raise ValueError("a contact sheet needs a picture")
    size = (most * (WIDTH + GAP) - GAP, len(rows) * (HEIGHT + GAP) - GAP)
    sheet = Image.new("RGB", size, "white")
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            sheet.paste(picture, (across * (WIDTH + GAP), down * (HEIGHT + GAP)))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
