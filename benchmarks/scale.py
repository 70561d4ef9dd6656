"""The rates that docs/scale.md calculates with, measured on this machine.

    python benchmarks/scale.py [--rows 200000] [--rounds 5] [--threads 1] [--only scan,disk]

Vectors are random directions of 512 numbers: rates do not depend on what they hold. Every figure is
the best of the rounds, which is what the machine can do when nobody else uses it.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

WIDTH = 512
PARTS = ("scan", "batch", "compressed", "disk", "decode", "encode")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default=",".join(PARTS), help="Parts to measure, by comma.")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)  # before numpy, faiss and torch start
    from race import processor

    print(f"{platform.platform()}, {processor()}, {options.threads} thread(s)")
    for part in options.only.split(","):
        globals()[f"measure_{part}"](options)


def measure_scan(options: argparse.Namespace) -> None:
    """One query against every row: bound by memory, each row is read once."""
    rows_ND = _directions(options.rows)
    query_D = rows_ND[0].copy()
    seconds = _best(options.rounds, lambda: rows_ND @ query_D)
    print(f"scan, float32, one query      {len(rows_ND) / seconds / 1e6:8.2f} million rows/s")
    print(f"                              {rows_ND.nbytes / seconds / 1e9:8.2f} GB/s")


def measure_batch(options: argparse.Namespace) -> None:
    """64 queries at once: bound by arithmetic."""
    rows_ND = _directions(options.rows)
    queries_DQ = rows_ND[:64].T.copy()
    seconds = _best(options.rounds, lambda: rows_ND @ queries_DQ)
    operations = 2 * len(rows_ND) * WIDTH * 64
    print(f"scan, float32, 64 queries     {len(rows_ND) * 64 / seconds / 1e6:8.2f} million rows/s")
    print(f"                              {operations / seconds / 1e9:8.2f} GFLOP/s")


def measure_compressed(options: argparse.Namespace) -> None:
    """One query against every row, rows kept as float16 and as bytes, by faiss and by us."""
    import faiss

    from tipr.gallery.rough import Rough, in_bytes, rotation

    faiss.omp_set_num_threads(options.threads)
    rows_ND = _directions(options.rows)
    for name, size in (("SQfp16", 2), ("SQ8", 1)):
        index = faiss.index_factory(WIDTH, name, faiss.METRIC_INNER_PRODUCT)
        index.train(rows_ND)
        index.add(rows_ND)
        seconds = _best(options.rounds, lambda: index.search(rows_ND[:1], 10))  # noqa: B023
        rate = len(rows_ND) / seconds
        print(f"scan, {name:6}, one query       {rate / 1e6:8.2f} million rows/s")
        print(f"                              {rate * WIDTH * size / 1e9:8.2f} GB/s")
    rough = Rough(*in_bytes(rows_ND @ rotation(WIDTH)), rotation(WIDTH))
    with patch("tipr.gallery.rough.cores", lambda: options.threads):
        rate = len(rows_ND) / _best(options.rounds, lambda: rough.likely(rows_ND[0], 10))
    print(f"scan, ours, bytes, one query  {rate / 1e6:8.2f} million rows/s")
    print(f"                              {rate * WIDTH / 1e9:8.2f} GB/s")


def measure_disk(options: argparse.Namespace) -> None:
    """A gallery's file: bytes a picture, how fast it is written and read (page cache warm)."""
    from tipr.gallery.records import Facts, Reading, Shot
    from tipr.gallery.scan import File
    from tipr.gallery.store import Gallery

    count = 20_000
    vectors_ND = _directions(count)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        gallery = Gallery.create(
            root / "g", fingerprint="a" * 64, model="m", width=WIDTH, image_size=(384, 128)
        )
        start = time.perf_counter()
        for first in range(0, count, 64):
            gallery.add(
                root / "pictures",
                [
                    Reading(
                        file=File(f"camera-{n % 7}/2026-05-01/{n:09}.jpg", 10_000, n),
                        shots=(
                            Shot(
                                vector=vectors_ND[n],
                                facts=Facts(
                                    camera=f"camera-{n % 7}",
                                    time_ms=n * 1000,
                                    attributes={"gate": "north"},
                                ),
                                content=bytes(32),
                            ),
                        ),
                    )
                    for n in range(first, min(first + 64, count))
                ],
            )
        written = time.perf_counter() - start
        read = _best(options.rounds, gallery.vectors)
        gallery.close()
        size = (root / "g" / "gallery.sqlite").stat().st_size
    print(f"gallery, without thumbnails   {size / count:8.0f} bytes a picture")
    print(f"                              {count / written:8.0f} pictures/s written")
    print(f"                              {count / read:8.0f} vectors/s read and checked")


def measure_decode(options: argparse.Namespace) -> None:
    """A JPEG of 128 x 384 pixels to the model's pixels, Pillow, in one thread."""
    import numpy as np
    from PIL import Image

    from tipr.inputs import image

    rng = np.random.default_rng(2)
    small = rng.integers(256, size=(24, 8, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.jpg"
        Image.fromarray(small).resize((128, 384), Image.Resampling.BICUBIC).save(file, quality=90)
        size = file.stat().st_size
        seconds = _best(
            options.rounds, lambda: [image.fit(image.read(file), (384, 128)) for _ in range(100)]
        )
    print(f"decode, JPEG of {size:6} bytes   {100 / seconds:8.0f} pictures/s")


def measure_encode(options: argparse.Namespace) -> None:
    """The preset `sen` (ViT-B/16, 384 x 128) with random weights, batches of 16."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from tipr import models
    from tipr.config import load

    torch.set_num_threads(options.threads)
    config = load("sen").model
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        models.build(config).encode_image(
            torch.empty(1, 3, config.image.height, config.image.width)
        )
    network = models.build(config).eval()
    pixels = torch.rand(16, 3, config.image.height, config.image.width)
    print(f"encode, {'work':21} {counter.get_total_flops() / 1e9:8.1f} GFLOP a picture")
    for dtype in (torch.float32, torch.bfloat16):
        with torch.inference_mode(), torch.autocast("cpu", dtype, dtype != torch.float32):
            seconds = _best(options.rounds, lambda: network.encode_image(pixels))
        print(f"encode, {str(dtype)[6:]:21} {16 / seconds:8.2f} pictures/s")


def _directions(count: int):
    import numpy as np

    return _unit(_noise(np.random.default_rng(0), count))


def _noise(rng, count: int):
    import numpy as np

    return rng.standard_normal((count, WIDTH), dtype=np.float32)


def _unit(rows_ND):
    import numpy as np

    return rows_ND / np.linalg.norm(rows_ND, axis=1, keepdims=True)


def _best(rounds: int, work: Callable[[], object]) -> float:
    """Seconds of the quickest of the rounds, after one to warm up."""
    work()
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main()
