"""The process that decodes what strangers send: bytes in, a harmless PNG of the pixels out.

A decoder that can be made to run for ever or to eat the memory does so here, where it is stopped;
one that can be made to do worse finds no file it may write. `wash` talks to it: a length (8 bytes,
the highest first) and the upload in; P or E, a length, and the picture or the error out.
"""

import io
import sys
from typing import BinaryIO

from tipr.errors import PictureError
from tipr.inputs import image

NAME = "the uploaded picture"
TOO_LARGE = f"{NAME}: takes too much memory to decode; send a smaller one"


def main(memory: int) -> None:
    """Decode until nobody sends any more, within so many bytes of memory."""
    import resource  # not on every system; only this process needs it

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    into, out = sys.stdin.buffer, sys.stdout.buffer
    while length := into.read(8):
        _answer(out, into.read(int.from_bytes(length)))


def _answer(out: BinaryIO, upload: bytes) -> None:
    try:
        kind, content = b"P", _washed(upload)
    except MemoryError:
        kind, content = b"E", TOO_LARGE.encode()
    except PictureError as error:
        line = TOO_LARGE if isinstance(error.__context__, MemoryError) else str(error)
        kind, content = b"E", line.encode()
    out.write(kind + len(content).to_bytes(8) + content)
    out.flush()


def _washed(upload: bytes) -> bytes:
    content = io.BytesIO()
    image.read(upload, name=NAME).save(content, "PNG", compress_level=1)
    return content.getvalue()


if __name__ == "__main__":
    main(int(sys.argv[1]))
