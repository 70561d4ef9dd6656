"""A service under load: 16 clients that search as fast as they are answered, batching on and off.

    python benchmarks/service.py [--rows 100000] [--seconds 60] [--rounds 6] [--parallel 16]
                                 [--models b16,small] [--json FILE]

Two services run side by side, one that encodes sentences together as they come and one that
encodes each by itself (`--set batch=1`); they are loaded by turns, `rounds` times each, for
`seconds` in all each, by a process of its own that measures its own work too. Every search is
another sentence, over HTTP, with groups and with its entry in the audit log, as people search.
Models: `b16` the text tower of ViT-B/16 and `small` the preset, both with random weights, or any
that is there, by name or folder (`box`). The vectors are random: what is found is of no interest.

Bars, for b16: batching gives at least twice the searches a second, and the slowest of a hundred
takes at most ten times as long as one that comes alone.
"""

import argparse
import asyncio
import json
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np

from race import processor, put, random_model, sentence

ALONE = 30
"""Searches one after the other, which tell how long one takes that comes alone."""
WARM = 20
MODELS = {
    "b16": ("sen", ["model.vision.depth=1"]),  # no picture is encoded
    "small": ("small", []),
}


# --- what is served --------------------------------------------------------------------------


def make_gallery(model: str, folder: Path, rows: int) -> Path:
    """A gallery of random vectors, as if this model had made them."""
    from tipr.encoder import load_encoder
    from tipr.gallery.records import Facts
    from tipr.gallery.store import Gallery

    encoder = load_encoder(model)
    chance = np.random.default_rng(0)

    def blocks() -> Iterator[np.ndarray]:
        for start in range(0, rows, 10_000):
            shape = (min(10_000, rows - start), encoder.width)
            vectors_BD = chance.standard_normal(shape, dtype=np.float32)
            yield vectors_BD / np.linalg.norm(vectors_BD, axis=1, keepdims=True)

    with Gallery.create(
        folder,
        fingerprint=encoder.fingerprint,
        model=model,
        width=encoder.width,
        image_size=encoder.image_size,
    ) as gallery:
        put(gallery, blocks(), lambda row: Facts(camera=f"gate{row % 4}", time_ms=1000 * row))
    return folder


@dataclass(frozen=True)
class Served:
    """A running service."""

    address: str
    process: int

    def memory_mb(self) -> float:
        """Resident of its own; of mapped files the system may take back what it likes."""
        text = Path(f"/proc/{self.process}/status").read_text()
        return int(text.split("RssAnon:")[1].split()[0]) / 1024


@contextmanager
def serving(gallery: Path, folder: Path, *limits: str) -> Iterator[Served]:
    """'tipr serve' as a process of its own, until the end of the block."""
    command = [sys.executable, "-m", "tipr", "serve", str(gallery), "--port", "0"]
    command += ["--state", str(folder), "--set", "requests_per_minute=0"]
    command += [word for limit in limits for word in ("--set", limit)]
    folder.mkdir()
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise SystemExit(f"the service did not start: {(folder / 'log').read_text()}")
            yield Served(f"{address}/api/v1/galleries/{gallery.name}/search", process.pid)
        finally:
            process.terminate()


# --- the load, in a process of its own -------------------------------------------------------


async def load(address: str, parallel: int, seconds: float, count: int, seed: int) -> None:
    """Search for so many seconds, or `count` times; print what came of it."""
    times: list[float] = []
    errors: list[str] = []
    begun, cpu = time.perf_counter(), _cpu_s()

    def go_on() -> bool:
        return len(times) < count if count else time.perf_counter() - begun < seconds

    async def client(number: int) -> None:
        place = urlsplit(address)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        chance = np.random.default_rng([seed + 2, number])  # rounds before the first: -1, -2
        while go_on():
            wanted = f"{place.path}?k=20&q={quote(sentence(chance))}"
            start = time.perf_counter()
            writer.write(f"GET {wanted} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            content = await reader.readexactly(length)
            times.append(time.perf_counter() - start)
            if b" 200 " not in head[:20]:
                errors.append(content.decode(errors="replace")[:200])
        writer.close()

    await asyncio.gather(*(client(number) for number in range(parallel)))
    wall = time.perf_counter() - begun
    told = {"times_s": times, "errors": errors, "wall_s": wall, "cpu_s": _cpu_s() - cpu}
    print(json.dumps(told))


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def loaded(address: str, options: argparse.Namespace, *, seed: int, **how: float) -> dict[str, Any]:
    """What a client process saw."""
    table = {"parallel": options.parallel, "seconds": 0, "count": 0, "seed": seed, **how}
    command = [sys.executable, __file__, "--load", address]
    command += [word for name, value in table.items() for word in (f"--{name}", str(value))]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# --- the whole -------------------------------------------------------------------------------


def main() -> None:
    options = _options()
    if options.load:
        asyncio.run(
            load(options.load, options.parallel, options.seconds, options.count, options.seed)
        )
        return
    machine = f"{platform.platform()}, {processor()}"
    print(f"{machine}\n{options.rows:,} vectors, {options.parallel} clients", flush=True)
    result: dict[str, Any] = {"machine": machine, "rows": options.rows, "models": {}}
    folder = Path(tempfile.mkdtemp(prefix="tipr-service-"))
    try:
        for name in options.models.split(","):
            result["models"][name] = measured(name, folder / str(len(result["models"])), options)
    finally:
        shutil.rmtree(folder)
        if options.json:
            options.json.write_text(json.dumps(result, indent=1))


def measured(name: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """A model's two services, loaded by turns."""
    folder.mkdir()
    if name in MODELS:
        model = str(random_model(folder / "model", *MODELS[name]))
    else:
        model = str(Path(name).absolute()) if Path(name).exists() else name
    gallery = make_gallery(model, folder / "people", options.rows)
    seconds = options.seconds / options.rounds
    rounds: dict[str, list[dict[str, Any]]] = {"on": [], "off": []}
    with ExitStack() as opened:
        services = {
            "on": opened.enter_context(serving(gallery, folder / "on")),
            "off": opened.enter_context(serving(gallery, folder / "off", "batch=1")),
        }
        alone: dict[str, list[float]] = {"on": [], "off": []}
        for which, one in services.items():
            loaded(one.address, options, seed=-1, count=WARM)
            alone[which] = loaded(one.address, options, seed=-2, count=ALONE, parallel=1)["times_s"]
        before = {which: one.memory_mb() for which, one in services.items()}
        for number in range(options.rounds):
            for which, one in services.items():
                found = loaded(one.address, options, seed=number, seconds=seconds)
                rounds[which].append({**found, "memory_mb": one.memory_mb()})
    told = {which: summary(rounds[which], alone[which], before[which]) for which in ("on", "off")}
    ratios = [_rate(on) / _rate(off) for on, off in zip(rounds["on"], rounds["off"], strict=True)]
    show(name, told, ratios)
    return {**told, "ratios": ratios}


def summary(rounds: list[dict[str, Any]], alone: list[float], before_mb: float) -> dict[str, Any]:
    """Of all rounds of one service; times in milliseconds."""
    times_ms = 1e3 * np.concatenate([one["times_s"] for one in rounds])
    wall_s = sum(one["wall_s"] for one in rounds)
    return {
        "searches": len(times_ms),
        "per_s": len(times_ms) / wall_s,
        **{f"p{share}": float(np.percentile(times_ms, share)) for share in (50, 95, 99)},
        "alone_p50": 1e3 * statistics.median(alone),
        "client_cpu": sum(one["cpu_s"] for one in rounds) / wall_s,
        "errors": [line for one in rounds for line in one["errors"]],
        "memory_before_mb": before_mb,
        "memory_after_mb": [one["memory_mb"] for one in rounds],
    }


def show(name: str, told: dict[str, dict[str, Any]], ratios: list[float]) -> None:
    """The table of a model."""
    print(f"\n{name}")
    for which, one in told.items():
        print(
            f"  batching {which:3}  {one['per_s']:7.1f} searches/s  p50 {one['p50']:6.1f}  "
            f"p95 {one['p95']:6.1f}  p99 {one['p99']:6.1f} ms  alone {one['alone_p50']:5.1f} ms  "
            f"client {one['client_cpu']:.0%} of a core  errors {len(one['errors'])}  memory "
            f"{one['memory_before_mb']:.0f} -> {one['memory_after_mb'][-1]:.0f} MB"
        )
        for line in one["errors"][:3]:
            print(f"    {line}")
    on = told["on"]
    print(
        f"  on against off: {statistics.median(ratios):.2f} x ({min(ratios):.2f} to "
        f"{max(ratios):.2f}); p99 {on['p99'] / on['alone_p50']:.1f} x a search alone",
        flush=True,
    )


def _rate(one: dict[str, Any]) -> float:
    return len(one["times_s"]) / one["wall_s"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each service")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--parallel", type=int, default=16)
    parser.add_argument("--models", default="b16,small")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--load", default="", help=argparse.SUPPRESS)
    parser.add_argument("--count", type=float, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
