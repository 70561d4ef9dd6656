"""Runs and a split -> everything a report shows, before it is a page."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tipr.config import RuntimeConfig, parse
from tipr.data.records import Split
from tipr.encoder.torch import TorchEncoder
from tipr.errors import ConfigError
from tipr.evaluate import vectors_of
from tipr.inputs import image
from tipr.model.sen import SEN
from tipr.report.curves import require_matplotlib
from tipr.report.maps import Explanation, explain
from tipr.report.measured import measured_on, notes
from tipr.report.painting import Painter
from tipr.report.ranking import Chosen, Hit, Ranked, choose, hits, rank
from tipr.report.restoration import Restoration, restore
from tipr.report.run import Run, read_run
from tipr.runtime import Runtime
from tipr.runtime import choose as choose_runtime

HITS = 8
"""Pictures shown of each ranking."""

EXPLAINED = 3
"""Queries whose words are laid over their best picture."""

Stage = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""stage(what) is entered for each long piece of work, and gives moved(done, total)."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What to report on. `data` None: the folder in the first run's settings.

    `queries` of each kind (random, worst, best). Without `pictures` the page gets nothing that
    shows a photograph or says what one shows.
    """

    data: Path | None = None
    format: str = "auto"
    split: str = "val"
    queries: int = 4
    seed: int = 0
    pictures: bool = True
    device: str = "auto"
    precision: str = "auto"


@dataclass(frozen=True, slots=True)
class Words:
    """A caption explained over the picture that the run ranks first for it."""

    caption: int
    picture: int
    right: bool
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Part:
    """What there is to say about one run.

    `last` None: the run has no other weights than its best. `restoration` None: it has no
    decoder. `answers`: caption -> pictures found.
    """

    run: Run
    best: Ranked
    last: Ranked | None
    restoration: Restoration | None
    answers: Mapping[int, Sequence[Hit]]
    words: Sequence[Words]


@dataclass(frozen=True, slots=True)
class Report:
    """One or more runs on one split. `data` is the fingerprint of the benchmark as it is now."""

    parts: Sequence[Part]
    split: Split
    folder: Path
    data: str
    chosen: Chosen
    options: Options
    notes: Sequence[str]


def build(folders: Sequence[Path], options: Options, stage: Stage) -> Report:
    """Read, encode and restore all that the report shows.

    Raises:
        ModelError: a folder holds no run or model, or no weights yet.
        DataError: the data is gone, has no such split, or a picture cannot be read.
        ConfigError: the device or precision is not to be had, or a number makes no sense.
        DependencyError: matplotlib is not installed.
    """
    require_matplotlib()
    if options.queries < 1:
        raise ConfigError(f"--queries must be at least 1, found {options.queries}")
    runtime = _runtime(options)
    runs = [read_run(*pair) for pair in zip(folders, names_of(folders), strict=True)]
    place = measured_on(runs, data=options.data, format_=options.format, name=options.split)
    folder, split, here = place
    ranked = [_ranked(run, split, runtime, stage) for run in runs]
    chosen = choose(ranked[0][0], split, options.queries, seed=options.seed)
    return Report(
        parts=[
            _part(run, pair, chosen, split, options, runtime, stage)
            for run, pair in zip(runs, ranked, strict=True)
        ],
        split=split,
        folder=folder,
        data=str(here.data),
        chosen=chosen,
        options=options,
        notes=notes(runs, here),
    )


def _runtime(options: Options) -> Runtime:
    if options.precision == "float16":
        raise ConfigError("precision 'float16' is for training on a GPU; take auto or bfloat16")
    table = {"device": options.device, "precision": options.precision}
    return choose_runtime(parse(RuntimeConfig, table, where="this report"))


def _ranked(run: Run, split: Split, runtime: Runtime, stage: Stage) -> tuple[Ranked, Ranked | None]:
    """The split ranked by the best and by the last weights, which may be the same."""
    with stage(f"{run.name}: encoding") as moved:
        best = rank(
            vectors_of(encoder_of(run, run.best.network, runtime), split, progress=moved), split
        )
    if run.last is None:
        return best, None
    if run.last.fingerprint == run.best.fingerprint:
        return best, best
    encoder = encoder_of(run, run.last.network, runtime)
    with stage(f"{run.name}: encoding with the last weights") as moved:
        return best, rank(vectors_of(encoder, split, progress=moved), split)


def names_of(folders: Sequence[Path]) -> list[str]:
    """As many last parts of the paths as tell them apart; all of them if nothing does."""
    paths = [folder.absolute().parts for folder in folders]
    for length in range(1, max(map(len, paths)) + 1):
        names = ["/".join(path[-length:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [str(folder) for folder in folders]


def encoder_of(run: Run, network: SEN, runtime: Runtime) -> TorchEncoder:
    """The run's encoder around its best or last network."""
    return TorchEncoder(
        network.to(runtime.device), run.tokenizer, run.model, runtime, run.best.fingerprint
    )


def _part(
    run: Run,
    ranked: tuple[Ranked, Ranked | None],
    chosen: Chosen,
    split: Split,
    options: Options,
    runtime: Runtime,
    stage: Stage,
) -> Part:
    best, last = ranked
    captions = (*chosen.sampled, *chosen.worst, *chosen.best)
    return Part(
        run=run,
        best=best,
        last=last,
        restoration=_restoration(run, split, options, runtime, stage),
        answers={caption: hits(best, split, caption, HITS) for caption in captions},
        words=_words(run, best, chosen, split, runtime) if options.pictures else (),
    )


def _restoration(
    run: Run, split: Split, options: Options, runtime: Runtime, stage: Stage
) -> Restoration | None:
    if run.config is None or run.last is None or run.last.network.decoder is None:
        return None
    config = run.config.restoration
    painter = Painter(run.last.network, run.tokenizer, run.model, config, runtime)
    rows, columns = run.model.grid
    with stage(f"{run.name}: restoring") as moved:
        return restore(
            painter,
            split,
            size=(run.model.image.height, run.model.image.width),
            patches=rows * columns,
            tells=config.words != "none",
            step=run.last.step,
            seed=options.seed,
            progress=moved,
        )


def _words(run: Run, best: Ranked, chosen: Chosen, split: Split, runtime: Runtime) -> list[Words]:
    encoder = encoder_of(run, run.best.network, runtime)
    found: list[Words] = []
    for caption in chosen.sampled[:EXPLAINED]:
        top = hits(best, split, caption, 1)[0]
        picture = image.read(split.pictures[top.picture].path)
        pixels = np.ascontiguousarray(image.fit(picture, encoder.image_size))
        explanation = explain(encoder, split.captions[caption].text, pixels)
        found.append(Words(caption, top.picture, top.right, explanation))
    return found
