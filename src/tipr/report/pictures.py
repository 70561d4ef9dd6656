"""Pictures as data addresses, small enough that hundreds of them fit into one file."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT = 160
_WIDTH = 240
_QUALITY = 84


def address(picture: Image.Image | NDArray[np.uint8], height: int = HEIGHT) -> str:
    """A data address of the picture at most `height` pixels high, without what a camera added."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    small = Image.new("RGB", image.size)
    small.paste(image)  # pixels only: no EXIF, no colour profile, no comment
    small.thumbnail((_WIDTH, height), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    small.save(content, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"
