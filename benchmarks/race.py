"""Ways to do one thing, by turns: seconds, peak memory, ratios, and the machine's own limits.

Every script of a promise ends in a `Result`, printed, and written with `--json FILE` for
`python -m benchmarks.table`, which makes RESULTS.md and its plot of them.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tipr.gallery.records import Facts
    from tipr.gallery.store import Gallery

ROOT = Path(__file__).parent.parent
_PAUSE_S = 0.3


@dataclass(frozen=True)
class Way:
    """One contestant: seconds a unit of work in each round, and the most memory it took on top."""

    name: str
    seconds: list[float]
    peak_mb: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Ratio:
    """How many times as fast as the baseline, round by round; `reach`: what was promised."""

    ours: str
    against: str
    rounds: list[float]
    reach: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)


@dataclass(frozen=True)
class Limit:
    """What the machine can do at most of the kind that binds our way, and what share we reached."""

    what: str
    rate: str
    share: float


@dataclass(frozen=True)
class Result:
    """What one script found out. `unit` is what a second of work is counted by."""

    name: str
    promise: str
    unit: str
    ways: list[Way]
    ratios: list[Ratio]
    limits: list[Limit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


# --- measuring --------------------------------------------------------------------------------


def by_turns(
    ways: Mapping[str, Callable[[], object]], rounds: int, work: float = 1.0
) -> dict[str, Way]:
    """Every way once to warm up, then each once a round; `work` units are done in a call.

    Before each a pause: the waiting threads of some (OpenBLAS') spin for a tenth of a second after
    their work, and would take a core from whoever comes next. Peak memory is that of the warm-up
    above what was there before it, where Linux tells.
    """
    peaks = {name: peak_mb(run) for name, run in ways.items()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            time.sleep(_PAUSE_S)
            times[name].append(seconds_of(run) / work)
    return {name: Way(name, times[name], peaks[name]) for name in ways}


def seconds_of(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def against(ours: Way, baseline: Way, reach: float | None = None) -> Ratio:
    """Ratios round by round: what stands side by side has shared the machine's mood."""
    pairs = zip(ours.seconds, baseline.seconds, strict=True)
    return Ratio(ours.name, baseline.name, [b / a for a, b in pairs], reach)


def peak_mb(run: Callable[[], object]) -> float | None:
    """The most resident memory while it runs, above what there was before; None off Linux."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not reset.exists():
        run()
        return None
    reset.write_text("5")  # sets the high-water mark back to what is resident now
    before = _high_water_mb(status)
    run()
    return _high_water_mb(status) - before


def _high_water_mb(status: Path) -> float:
    return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024


# --- the machine's limits ---------------------------------------------------------------------


def product_rate(precision: str, device: str = "cpu", side: int = 4096) -> float:
    """Floating point operations a second of a large matrix product, the best of five."""
    import torch

    if device == "cpu":
        side //= 2
    left = torch.randn(side, side, device=device).to(getattr(torch, precision))

    def product() -> None:
        left @ left
        if device != "cpu":
            torch.cuda.synchronize()

    product()
    return 2 * side**3 / min(seconds_of(product) for _ in range(5))


def bandwidth() -> float:
    """Bytes a second at which all threads together read memory, the best of five."""
    import torch

    values = torch.ones(128 * 2**20)
    return values.numel() * 4 / min(seconds_of(values.sum) for _ in range(5))


# --- telling ----------------------------------------------------------------------------------


def parser(description: str | None, rounds: int) -> argparse.ArgumentParser:
    """What every script takes."""
    made = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    made.add_argument("--rounds", type=int, default=rounds)
    made.add_argument("--json", type=Path, help="Write the result here too.")
    return made


def tell(result: Result, file: Path | None) -> None:
    """Print a result, and write it with the command, machine and commit it comes from."""
    print(f"\n{result.promise}")
    for way in result.ways:
        memory = "" if way.peak_mb is None else f"  peak {way.peak_mb:,.0f} MB"
        print(
            f"  {way.name:58s} {amount(way.median):>10s} a {result.unit} "
            f"({amount(min(way.seconds))} to {amount(max(way.seconds))}){memory}"
        )
    for ratio in result.ratios:
        low, high = min(ratio.rounds), max(ratio.rounds)
        print(
            f"  {ratio.ours} / {ratio.against}: {ratio.median:.2f} x ({low:.2f} to {high:.2f})"
            + ("" if ratio.reach is None else f", promised {ratio.reach:g} x")
        )
    for limit in result.limits:
        print(f"  limit: {limit.what} {limit.rate}, reached {limit.share:.0%} of it")
    for note in result.notes:
        print(f"  {note}")
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(result) | {"made": made()}, indent=1) + "\n")


def made() -> dict[str, str]:
    """Where a figure comes from."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    words = [Path(sys.argv[0]).name, *sys.argv[1:]]
    if "--json" in words:
        at = words.index("--json")
        del words[at : at + 2]
    return {
        "command": f"python benchmarks/{' '.join(words)}",
        "machine": f"{processor()}, {threads()} threads, {platform.system()}",
        "commit": commit.stdout.strip(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor()


def amount(seconds: float) -> str:
    for size, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


# --- what several promises need ---------------------------------------------------------------

COLOURS = ("red", "green", "blue", "black", "white", "grey", "brown", "yellow", "purple", "pink")
THINGS = ("coat", "jacket", "shirt", "hat", "scarf", "bag", "backpack", "skirt", "shoes", "boots")


def sentence(chance: np.random.Generator) -> str:
    """A description of about the length of CUHK-PEDES' (23 words), hardly ever the same twice."""

    def thing() -> str:
        return f"a {COLOURS[chance.integers(10)]} {THINGS[chance.integers(10)]}"

    return (
        f"The {('man', 'woman')[chance.integers(2)]} wears {thing()}, {thing()} with {thing()} "
        f"and carries {thing()} in the left hand."
    )


def sentences(count: int) -> list[str]:
    """The same ones every time."""
    chance = np.random.default_rng(0)
    return [sentence(chance) for _ in range(count)]


def random_model(folder: Path, preset: str = "sen", changes: Sequence[str] = ()) -> Path:
    """A model folder of a preset's size (`sen`: ViT-B/16 at 384x128) with random weights.

    The words it knows are few; the tables are as large as CLIP's, so every product is.
    """
    from tipr import models
    from tipr.config import load
    from tipr.inputs.tokenizer import Tokenizer

    config = load(preset, list(changes)).model
    tokenizer = Tokenizer.trained(sentences(500), 1000)
    folder.mkdir(parents=True)
    models.write_settings(folder, config, tokenizer)
    models.write_weights(folder, models.build(config), config, tokenizer, {"step": 0})
    return folder


def put(
    gallery: "Gallery", blocks: Iterable[np.ndarray], facts: Callable[[int], "Facts"] | None = None
) -> None:
    """Vectors, (B, D) a block, as pictures of a new gallery; `facts` by the number of the row."""
    from tipr.gallery.records import Facts, Reading, Shot
    from tipr.gallery.scan import File

    row = 0
    for block_BD in blocks:
        readings = [
            Reading(
                file=File(f"{at:08}.jpg", 1, 1),
                shots=(Shot(vector=vector_D, facts=facts(at) if facts else Facts()),),
            )
            for at, vector_D in enumerate(block_BD, row)
        ]
        gallery.add(Path("/pictures").absolute(), readings)
        row += len(block_BD)
