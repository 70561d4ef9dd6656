"""Uploads are decoded where they can do no harm."""

import io
import resource
import struct
import subprocess
import sys
import time
import zlib

import anyio
import numpy as np
import pytest
from PIL import Image

from tipr.errors import PictureError
from tipr.inputs import image
from tipr.service.desk import wash
from tipr.service.desk.wash import Washer
from tipr.service.watch.metrics import Metrics

SECONDS, MEMORY = 10.0, 1_500_000_000


@pytest.fixture
def washer():
    made = Washer(seconds=SECONDS, memory=MEMORY, metrics=Metrics())
    yield made
    made.close()


def clean(washer, upload):
    return anyio.run(washer.clean, upload)


def picture(kind="PNG", **options):
    pixels = np.random.default_rng(1).integers(0, 255, (30, 20, 3)).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind, **options)
    return content.getvalue()


def bomb(width, height):
    """A PNG that says it is large; its data is a few zeros."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_the_pixels_are_those_that_a_search_reads_and_nothing_else_is_left(washer):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SECRETCAM", 6
    upload = picture("JPEG", exif=exif, comment=b"SECRETCAM")
    washed = clean(washer, upload)
    assert b"SECRETCAM" not in washed
    assert np.array_equal(np.asarray(image.read(washed)), np.asarray(image.read(upload)))


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (b"", "is empty"),
        (b"no picture", "not a picture of a known kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture of a known kind"),
        (picture()[:200], "broken or truncated"),
        (bomb(60_000, 60_000), "pixels"),
        (bomb(9_000, 9_000), "pixels"),
    ],
    ids=["empty", "text", "svg", "cut", "bomb", "large"],
)
def test_what_is_no_harmless_picture_is_refused_and_the_next_one_taken(washer, upload, says):
    with pytest.raises(PictureError, match=says) as refused:
        clean(washer, upload)
    assert str(refused.value).startswith("the uploaded picture: ")
    assert clean(washer, picture())


def scripted(monkeypatch, body):
    """Workers that do something else instead of decoding."""
    real = subprocess.Popen

    def started(command, **options):
        return real([sys.executable, "-c", body], **options)

    monkeypatch.setattr(wash.subprocess, "Popen", started)


HANGS = "import sys, time; sys.stdin.buffer.read(8); time.sleep(60)"
DIES = "import os, sys; sys.stdin.buffer.read(8); os._exit(1)"
HALF = (
    "import sys; sys.stdin.buffer.read(8); sys.stdout.buffer.write(b'P' + (9).to_bytes(8) + b'x')"
)


@pytest.mark.parametrize("body", [HANGS, DIES, HALF], ids=["hangs", "dies", "breaks off"])
def test_a_decoder_that_hangs_or_dies_is_stopped_and_replaced(monkeypatch, body):
    washer = Washer(seconds=0.3, memory=MEMORY, metrics=Metrics())
    with monkeypatch.context() as patched:
        scripted(patched, body)
        begun = time.monotonic()
        with pytest.raises(PictureError, match="takes too much time"):
            clean(washer, picture())
        assert time.monotonic() - begun < 10
    assert washer._idle == []
    washer._seconds = SECONDS
    assert clean(washer, picture())
    washer.close()


def test_a_picture_beyond_the_memory_is_refused_and_the_worker_lives():
    washer = Washer(seconds=SECONDS, memory=250_000_000, metrics=Metrics())
    content = io.BytesIO()
    Image.new("RGB", (5000, 5000)).save(content, "JPEG", quality=10)
    with pytest.raises(PictureError, match="takes too much memory to decode"):
        clean(washer, content.getvalue())
    assert clean(washer, picture())
    washer.close()


def test_a_worker_is_kept_for_the_next_upload_and_stopped_at_the_end(washer):
    clean(washer, picture())
    (worker,) = washer._idle
    clean(washer, picture())
    assert washer._idle == [worker]
    washer.close()
    assert worker.poll() is not None


def test_a_worker_may_write_no_file(washer, tmp_path):
    clean(washer, picture())
    (worker,) = washer._idle
    assert resource.prlimit(worker.pid, resource.RLIMIT_FSIZE) == (0, 0)
    assert resource.prlimit(worker.pid, resource.RLIMIT_AS) == (MEMORY, MEMORY)


def test_a_worker_that_the_system_has_stopped_meanwhile_is_replaced(washer):
    clean(washer, picture())
    (worker,) = washer._idle
    worker.kill()
    worker.wait()
    assert clean(washer, picture())
    assert washer._idle != [worker]


def test_where_a_process_cannot_be_limited_nothing_is_decoded(washer, monkeypatch):
    monkeypatch.setattr(wash, "_can_limit", lambda: False)
    washer.warm()
    with pytest.raises(PictureError, match="cannot limit their decoding"):
        clean(washer, picture())
    assert washer._idle == []
