"""What became of every query of a finished run, kept beside it in `queries.npz`.

Shape legend: N queries (the captions of the split by which the run is scored).
"""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from tipr.config import load_written
from tipr.data.benchmarks import pick, read_splits
from tipr.encoder import load_encoder
from tipr.errors import ModelError
from tipr.evaluate import people_of, vectors_of
from tipr.files import write_whole
from tipr.metrics import Outcomes, feature_outcomes
from tipr.train.folder import SETTINGS

QUERIES = "queries.npz"


@dataclass(frozen=True, eq=False)
class Queries:
    """Outcomes of text-to-image retrieval, and the person that each query describes."""

    outcomes: Outcomes
    people: tuple[str, ...]


def score_queries(run: Path, *, threads: int = 0) -> Queries:
    """Encode the run's own split with its weights, rank, and write `queries.npz`.

    Device and precision are those the run was trained with (pure float16: chosen anew).

    Raises:
        ModelError, DataError, StorageError: as loading, reading and writing say.
    """
    config = load_written(run / SETTINGS)
    if threads:
        torch.set_num_threads(threads)
    precision = config.runtime.precision
    encoder = load_encoder(
        run,
        device=config.runtime.device,
        precision="auto" if precision == "float16" else precision,
    )
    splits = read_splits(config.data.dir, format=config.data.format)
    split = pick(
        splits, config.train.select_on, folder=config.data.dir, holdout=config.data.holdout
    )
    images_MD, captions_ND = vectors_of(encoder, split)
    shown, described = people_of(split)
    outcomes = feature_outcomes(captions_ND, images_MD, described, shown)
    queries = Queries(outcomes, tuple(described))
    write_queries(run, queries)
    return queries


def write_queries(run: Path, queries: Queries) -> None:
    """Write `queries.npz` whole."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        first=queries.outcomes.first_N.astype(np.int32),
        precision=queries.outcomes.precision_N,
        inverse=queries.outcomes.inverse_N,
        people=np.array(queries.people, dtype=np.str_),
    )
    write_whole(run / QUERIES, content.getvalue())


def read_queries(run: Path) -> Queries:
    """Read what `write_queries` wrote.

    Raises:
        ModelError: the file is missing or damaged.
    """
    path = run / QUERIES
    try:
        # numpy leaves a damaged file open; bytes need no closing
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            outcomes = Outcomes(file["first"].astype(np.int64), file["precision"], file["inverse"])
            return Queries(outcomes, tuple(file["people"].tolist()))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path}: not readable ({error}); remove it, and the run is scored anew"
        ) from None
