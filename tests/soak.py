"""Kill, starve and damage a gallery many times over; it must never lose or invent anything.

`make soak` (about fifteen minutes) prints one line for each kind of fault and exits with 1 if
anything was not as it should be. The test suite runs the same functions a few times.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
from PIL import Image

from tests.hostile import evil, write
from tipr.errors import GalleryError, TiprError
from tipr.gallery import index
from tipr.gallery.build import build
from tipr.gallery.place import DATABASE, is_gallery
from tipr.gallery.schema import TABLES
from tipr.gallery.store import Gallery
from tipr.gallery.verify import verify

ROOT = Path(__file__).parent.parent
WIDTH, SIZE, BATCH = 32, (24, 8), 4
K = 10


class SlowEncoder:
    """A fixed random projection of the pixels that takes its time: so a kill may come anywhere."""

    fingerprint = "5a" * 32
    width = WIDTH
    image_size = SIZE

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        rng = np.random.default_rng(0)
        self._matrix = rng.normal(size=(SIZE[0] * SIZE[1] * 3, WIDTH)).astype(np.float32)

    def encode_images(self, pixels_NHWC: np.ndarray) -> np.ndarray:
        time.sleep(self._seconds)
        rows = (pixels_NHWC.reshape(len(pixels_NHWC), -1) / np.float32(255) - 0.5) @ self._matrix
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def encode_text(self, sentences: Sequence[str]) -> np.ndarray:
        rows = [np.random.default_rng(len(text)).normal(size=WIDTH) for text in sentences]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)

    def cut_words(self, sentence: str) -> str:
        return sentence[2000:]


def draw(folder: Path, count: int, seed: int = 0) -> Path:
    """Pictures of noise, some of them broken, and the list that tells about them."""
    rng = np.random.default_rng(seed)
    (folder / "pictures").mkdir(parents=True)
    lines = ["path,camera,time,coat"]
    for number in range(count):
        path = folder / "pictures" / f"{number:04}.png"
        if number % 9 == 4:
            path.write_bytes(b"no picture " * number)
        else:
            pixels = rng.integers(0, 256, (30, 10, 3), np.uint8)
            Image.fromarray(pixels).save(path)
        day = f"2026-05-{1 + number % 28:02}T08:00:{number % 60:02}"
        lines.append(f"pictures/{path.name},gate {number % 3},{day},colour {number % 5}")
    lines.append("pictures/missing.png,gate 0,2026-05-01,red")
    lines.append("pictures/0000.png,gate 0,no time at all,red")
    (folder / "list.csv").write_text("\n".join(lines) + "\n")
    return folder / "list.csv"


def state(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything of record, ids included, but for what is random by intention."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with Gallery.open(path) as gallery:
        for table in TABLES:
            if table != "meta":
                found[table] = gallery.ask(f"SELECT * FROM {table} ORDER BY 1, 2")
    return found


def best(path: Path) -> list[list[int]]:
    """The ids of the top ten for a few queries."""
    queries = SlowEncoder().encode_text(["a", "bb", "ccc"])
    with Gallery.open(path) as gallery:
        return [ids.tolist() for ids, _ in index.load(gallery).search(queries, K)]


def child(source: Path, gallery: Path, seconds: float) -> None:
    """What is killed: an indexing that says when it begins."""
    encoder = SlowEncoder(seconds)
    print("begins", flush=True)
    build(encoder, source, gallery, model="soak", batch=BATCH)


def kill_indexing(folder: Path, kills: int, *, seed: int, pictures: int = 60) -> list[str]:
    """Kill indexing at `kills` random moments; returns what was not as it should be.

    Each gallery is continued, and killed again, until it is whole; then it must be equal to that
    of an undisturbed run, row by row and bit by bit.
    """
    rng = random.Random(seed)
    source = draw(folder / "source", pictures)
    seconds = 0.005
    started = time.perf_counter()
    _run(source, folder / "calm", seconds)
    length = time.perf_counter() - started
    expected, top = state(folder / "calm"), best(folder / "calm")
    wrong: list[str] = []
    done = rounds = 0
    while done < kills:
        rounds += 1
        goal = folder / f"killed {rounds}"
        while done < kills and _killed(source, goal, seconds, rng.uniform(0, length)):
            done += 1
            wrong += [f"round {rounds}: {line}" for line in _faults(goal)]
        if done >= kills:
            _run(source, goal, 0.0)
        if state(goal) != expected:
            wrong.append(f"round {rounds}: not what an undisturbed run gives")
        if best(goal) != top:
            wrong.append(f"round {rounds}: another top ten")
        shutil.rmtree(goal)
    return wrong


def _faults(path: Path) -> list[str]:
    """A killed start may leave no gallery yet; what there is must be sound."""
    return [fault.what for fault in verify(path)] if is_gallery(path) else []


def _run(source: Path, goal: Path, seconds: float) -> None:
    subprocess.run(_command(source, goal, seconds), check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def _killed(source: Path, goal: Path, seconds: float, after: float) -> bool:
    """Kill an indexing `after` seconds into it; False if it was done before."""
    process = subprocess.Popen(_command(source, goal, seconds), stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    code = process.wait()
    process.stdout.close()
    if code not in (0, -signal.SIGKILL):
        raise RuntimeError(f"indexing ended with {code}")
    return code != 0


def _command(source: Path, goal: Path, seconds: float) -> list[str]:
    return [sys.executable, "-m", "tests.soak", "child", str(source), str(goal), str(seconds)]


def flip_bits(folder: Path, flips: int, *, seed: int) -> list[str]:
    """Flip single bits anywhere in the gallery's file: it is said, or nothing has changed."""
    rng = random.Random(seed)
    sound = folder / "sound"
    build(SlowEncoder(), draw(folder / "source", 30), sound, model="soak", batch=BATCH)
    content = (sound / DATABASE).read_bytes()
    expected = state(sound)
    wrong: list[str] = []
    for _ in range(flips):
        at, bit = rng.randrange(len(content)), rng.randrange(8)
        path = folder / "flipped"
        shutil.copytree(sound, path)
        damaged = bytearray(content)
        damaged[at] ^= 1 << bit
        (path / DATABASE).write_bytes(damaged)
        try:
            if not verify(path) and state(path) != expected:
                wrong.append(f"bit {bit} of byte {at}: changed, and verify says nothing")
        except TiprError:
            pass  # it is said that the file is damaged
        shutil.rmtree(path)
    return wrong


def hostile(folder: Path, pictures: int, *, seed: int) -> list[str]:
    """Index hostile pictures, from a folder and by a hostile list; each must be accounted for."""
    number = 0

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=max(1, pictures // 20), database=None, deadline=None, derandomize=False
    )
    @hypothesis.given(evil(20))
    def index_them(given: tuple[dict[str, bytes], str]) -> None:
        nonlocal number
        number += 1
        files, text = given
        place = folder / f"hostile {number}"
        place.mkdir()
        try:
            rows = write(place, files, text)
            _accounted(place, folder / "goal", set(files), len(files))
            _accounted(rows, folder / "goal", None, len(files))
        finally:
            shutil.rmtree(place)

    try:
        index_them()
    except AssertionError as error:
        return [str(error)]
    return []


def _accounted(place: Path, goal: Path, names: set[str] | None, count: int) -> None:
    """Every file or row is a picture of the gallery or on its quarantine list, and not both."""
    try:
        report = build(SlowEncoder(), place, goal, model="soak", batch=BATCH)
    except GalleryError as error:
        if "none of" not in str(error):
            raise
        return
    with Gallery.open(goal) as gallery:
        ids, vectors = gallery.vectors()
        found = [item.path.name for item in gallery.items(ids).values()]
        assert np.isfinite(vectors).all()
    refused = [path for path, _ in report.skipped]
    assert all(reason and "\n" not in reason for _, reason in report.skipped)
    assert len(found) + len(refused) == count, (found, report.skipped)
    if names is not None:
        assert {*found, *(path.name for path in refused)} == names
    assert verify(goal) == []
    shutil.rmtree(goal)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--flips", type=int, default=2000)
    parser.add_argument("--hostile", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    bad = 0
    for what, fault, count in (
        ("SIGKILL while indexing", kill_indexing, given.kills),
        ("one flipped bit", flip_bits, given.flips),
        ("hostile pictures and rows", hostile, given.hostile),
    ):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            wrong = fault(Path(folder), count, seed=given.seed)
        print(
            f"{what}: {count} times, {len(wrong)} not as it should be, "
            f"{time.perf_counter() - started:.0f} s",
            *wrong[:20],
            sep="\n  ",
            flush=True,
        )
        bad += len(wrong)
    sys.exit(bool(bad))


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
    else:
        main()
