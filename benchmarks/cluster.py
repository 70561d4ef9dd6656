"""Two Ray nodes against one process, a Milvus server against the gallery's own index.

    make cluster        (or, in a network of loopback alone: python -m benchmarks.cluster)

Ray: the preset `sen` (ViT-B/16 at 384 x 128) with random weights over made-up pictures; both sides
have the machine's cores, rounds are interleaved. Milvus: 20,000 vectors of 512 numbers in 2,000
groups.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from tests.cluster import servers

from tipr.cluster import mirror
from tipr.cluster.address import parse
from tipr.cluster.find import MirrorIndex
from tipr.gallery import index
from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.search.filters import Filters, allowed
from tipr.search.moments import Hours

WIDTH = 512
HOUR_MS = 3_600_000
FILTERS = {
    "all pictures": Filters(),
    "a camera of 8": Filters(cameras=("gate3",)),
    "22 to 2 h": Filters(hours=Hours(22 * HOUR_MS, 2 * HOUR_MS)),
    "a camera, a coat": Filters(cameras=("gate3",), attributes=(("coat", "red"),)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=180)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--vectors", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=100)
    options = parser.parse_args()
    if found := servers.reachable():
        parser.error(f"others could reach the servers through {found}; run 'make cluster'")
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # threads that wait must not take the cores
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ray").mkdir()
        measure_ray(Path(folder) / "ray", options)
        (Path(folder) / "milvus").mkdir()
        measure_milvus(Path(folder) / "milvus", options)


# --- Ray -----------------------------------------------------------------------------------


def measure_ray(folder: Path, options: argparse.Namespace) -> None:
    from tipr.cluster.ray_build import Recipe, joined
    from tipr.encoder import load_encoder
    from tipr.gallery.reading import How
    from tipr.gallery.source import look_through
    from tipr.gallery.work import Batch, local

    model, people = _model(folder), _people(folder, options.pictures)
    source = look_through(people)
    wanted = source.wanted
    batches = [Batch(source.root, wanted[n : n + 16]) for n in range(0, len(wanted), 16)]
    encoder = load_encoder(model, device="cpu")
    how = How.of(encoder.image_size, None, 16)
    recipe = Recipe(
        model=str(model), device="cpu", precision="auto", eye=how.eye, at_once=how.people
    )
    with (
        servers.ray_head(folder) as head,
        servers.ray_node(folder, head),
        joined(head.address) as cluster,
    ):
        ways = {
            "one process": local(encoder, how.eye, how.people),
            "two Ray nodes": cluster.work(recipe, encoder.fingerprint),
        }
        found: dict[str, list[float]] = {way: [] for way in ways}
        answers: dict[str, list[np.ndarray]] = {}
        for work in ways.values():
            list(work(batches[:4]))  # load the model everywhere
        for _ in range(options.rounds):
            for way, work in ways.items():
                start = time.perf_counter()
                readings = [reading for some in work(batches) for reading in some]
                found[way].append(len(wanted) / (time.perf_counter() - start))
                answers[way] = [reading.shots[0].vector for reading in readings]
    for way, rates in found.items():
        shown = ", ".join(f"{rate:.1f}" for rate in rates)
        print(f"{way:16} median {statistics.median(rates):6.1f} pictures/s (of {shown})")
    ratios = [b / a for a, b in zip(*found.values(), strict=True)]
    same = all(np.array_equal(a, b) for a, b in zip(*answers.values(), strict=True))
    print(f"ratio            median {statistics.median(ratios):6.2f}; vectors equal: {same}")


def _model(folder: Path) -> Path:
    from tipr import models
    from tipr.config import load
    from tipr.inputs.tokenizer import Tokenizer

    config = load("sen").model
    tokenizer = Tokenizer.trained(["a man in a red coat", "a woman in a red coat"], 600)
    (folder / "model").mkdir()
    models.write_settings(folder / "model", config, tokenizer)
    models.write_weights(folder / "model", models.build(config), config, tokenizer, {"step": 0})
    return folder / "model"


def _people(folder: Path, pictures: int) -> Path:
    """JPEGs of blurred noise: what is in them does not change how long they take."""
    from PIL import Image

    rng = np.random.default_rng(0)
    (folder / "people").mkdir()
    for number in range(pictures):
        small = Image.fromarray(rng.integers(256, size=(24, 8, 3), dtype=np.uint8))
        picture = small.resize((128, 384), Image.Resampling.BICUBIC)
        picture.save(folder / "people" / f"{number:05}.jpg", quality=90)
    return folder / "people"


# --- Milvus --------------------------------------------------------------------------------


def measure_milvus(folder: Path, options: argparse.Namespace) -> None:
    rng = np.random.default_rng(0)
    centres_CD = _unit(rng.normal(size=(2000, WIDTH)))
    noise_ND = rng.normal(size=(options.vectors, WIDTH)) * 0.03
    vectors_ND = _unit(centres_CD[rng.integers(2000, size=options.vectors)] + noise_ND)
    queries_QD = _unit(
        vectors_ND[: options.queries] + rng.normal(size=(options.queries, WIDTH)) * 0.01
    )
    (folder / "server").mkdir()
    with (
        _gallery(folder / "g", vectors_ND) as gallery,
        servers.milvus_server(folder / "server") as server,
    ):
        for kind in ("exact", "hnsw", "ivf"):
            address = parse(f"{server.address}/people?index={kind}")
            seconds = _seconds(lambda: mirror.mirror(gallery, address))  # noqa: B023
            print(f"Milvus, {kind}: mirrored {options.vectors / seconds:,.0f} pictures/s")
            seconds = _seconds(lambda: mirror.mirror(gallery, address))  # noqa: B023
            print(f"Milvus, {kind}: compared {options.vectors / seconds:,.0f} pictures/s")
            with mirror.opened(gallery) as collection:
                while collection.waiting():
                    time.sleep(1)
                time.sleep(20)  # for the server to load its index
                _compare(gallery, MirrorIndex.of(gallery, collection), queries_QD)
            mirror.drop(gallery)


def _compare(gallery: Gallery, there: MirrorIndex, queries_QD: np.ndarray) -> None:
    here = index.load(gallery)
    for name, filters in FILTERS.items():
        ids_N = allowed(gallery, filters)
        answers, times = [], []
        for search in (here.search, there.under(filters).search):
            search(queries_QD[:5], 10, ids_N)
            found, spent = [], []
            for query_D in queries_QD:
                start = time.perf_counter()
                found += search(query_D[None], 10, ids_N)
                spent.append(time.perf_counter() - start)
            answers.append(found)
            times.append(1e3 * statistics.median(spent))
        pairs = list(zip(*answers, strict=True))
        equal = sum(np.array_equal(a, b) for (a, _), (b, _) in pairs)
        recall = statistics.mean(len({*a} & {*b}) / max(1, len(a)) for (a, _), (b, _) in pairs)
        print(
            f"{there}, {name:16} {len(here) if ids_N is None else len(ids_N):6,} searched: "
            f"{times[1]:6.1f} ms a query, here {times[0]:5.1f} ms; "
            f"{equal} of {len(pairs)} top-10 equal, recall at 10 {recall:.3f}"
        )


def _gallery(path: Path, vectors_ND: np.ndarray) -> Gallery:
    made = Gallery.create(path, fingerprint="f" * 64, model="m", width=WIDTH, image_size=(2, 1))
    for start in range(0, len(vectors_ND), 1000):
        made.add(Path("/data/people"), list(_readings(vectors_ND, start)))
    return made


def _readings(vectors_ND: np.ndarray, start: int) -> Iterator[Reading]:
    for n in range(start, min(start + 1000, len(vectors_ND))):
        facts = Facts(
            camera=f"gate{n % 8}",
            time_ms=n * HOUR_MS // 7,
            attributes={"coat": ("red", "blue", "black")[n % 3]},
        )
        yield Reading(
            file=File(f"{n:08}.jpg", 1, 1), shots=(Shot(vector=vectors_ND[n], facts=facts),)
        )


def _unit(rows_ND: np.ndarray) -> np.ndarray:
    return (rows_ND / np.linalg.norm(rows_ND, axis=1, keepdims=True)).astype(np.float32)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
