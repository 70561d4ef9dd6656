"""When a photograph was taken, by the clock of the camera that took it (EXIF)."""

from datetime import datetime
from pathlib import Path

from PIL import ExifTags, Image

from tipr.gallery import wallclock
from tipr.inputs import image

_FORM = "%Y:%m:%d %H:%M:%S"
_JPEG, _EXIF, _HEAD = b"\xff\xd8", b"Exif\0\0", 1 << 16


def taken_ms(path: Path) -> int | None:
    """The wall clock of EXIF's DateTimeOriginal; None where a picture does not tell.

    The time a file was written is not asked for: a copy would have its own.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)  # in a JPEG it stands at the start: most are done with here
            if head.startswith(_JPEG) and _EXIF not in head:
                return None
        with Image.open(path, formats=image.FORMATS) as picture:
            told = picture.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
            moment = datetime.strptime(str(told).strip("\0 "), _FORM)
    # What a broken file makes a decoder raise cannot be listed (`image.read`), and what a camera
    # without a clock writes is no time: either way the picture tells nothing.
    except Exception:
        return None
    return wallclock.of_text(moment.isoformat())
