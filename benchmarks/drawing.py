"""Drawn pictures a second on one core, captions and JPEG included, against reading one.

The baseline opens a 64 x 192 JPEG from memory with Pillow and resizes it to the 384 x 128 that a
model takes; interleaved rounds, medians, one ratio. `--parts` also times what drawing is made of.
"""

import argparse
import io
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from PIL import Image

from tipr.synthetic.dataset import take
from tipr.synthetic.people.invent import invent
from tipr.synthetic.photo.camera import invent_camera, jpeg
from tipr.synthetic.photo.shot import shoot
from tipr.synthetic.photo.visible import facts_in
from tipr.synthetic.words.captions import describe

CAMERAS = 4
INPUT = (128, 384)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50, help="People a round, 4 pictures each.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", action="store_true", help="Also time shot, captions, JPEG.")
    given = parser.parse_args()
    pictures = given.people * CAMERAS
    files = drawn(0, given.people)
    rates: dict[str, list[float]] = {"drawn": [], "read": []}
    for seed in range(given.rounds + 1):
        drawing = pictures / timed(lambda seed=seed: drawn(seed, given.people))
        reading = pictures / timed(lambda: [read(file) for file in files])
        if seed:  # the first round warms caches up
            rates["drawn"].append(drawing)
            rates["read"].append(reading)
    versions = ", ".join(f"{name} {version(name)}" for name in ("celiagg", "pillow", "numpy"))
    print(f"{platform.processor() or platform.machine()}, one thread, {versions}")
    for name, found in rates.items():
        print(f"{name:6s} {statistics.median(found):8.1f} pictures/s  {sorted(map(round, found))}")
    ratio = statistics.median(rates["read"]) / statistics.median(rates["drawn"])
    print(f"drawing one takes as long as reading {ratio:.1f}")
    if given.parts:
        parts(given.people)


def drawn(seed: int, people: int) -> list[bytes]:
    """The cameras' places are drawn anew each time, as for a benchmark of its own."""
    return [jpeg(taken.shot.picture, taken.quality) for taken in take(seed, people, CAMERAS)]


def read(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as picture:
        return np.asarray(picture.convert("RGB").resize(INPUT, Image.Resampling.BICUBIC))


def timed(work: Callable[[], object]) -> float:
    """Seconds of this process's time: what others do on the machine is not counted."""
    started = time.process_time()
    work()
    return time.process_time() - started


def parts(people: int) -> None:
    cameras = [invent_camera(0, number) for number in range(1, CAMERAS + 1)]
    crowd = [invent(0, number).person for number in range(1, people + 1)]
    rngs = [np.random.default_rng([0, at]) for at in range(people)]
    turns = [cameras[at % CAMERAS] for at in range(people)]
    shots = [shoot(*each) for each in zip(crowd, turns, rngs, strict=True)]
    facts = [facts_in(*each) for each in zip(crowd, shots, strict=True)]
    works = {
        "a camera and its place": lambda: [invent_camera(1, n + 1) for n in range(10)],
        "a person": lambda: [invent(1, n + 1) for n in range(people)],
        "a picture": lambda: [shoot(*each) for each in zip(crowd, turns, rngs, strict=True)],
        "what it shows": lambda: [facts_in(*each) for each in zip(crowd, shots, strict=True)],
        "two captions": lambda: [describe(*each) for each in zip(facts, rngs, strict=True)],
        "JPEG": lambda: [jpeg(shot.picture, 85) for shot in shots],
    }
    for name, work in works.items():
        count = 10 if name.startswith("a camera") else people
        best = min(timed(work) for _ in range(5)) / count
        print(f"  {name:24s} {best * 1e3:7.2f} ms")


if __name__ == "__main__":
    main()
