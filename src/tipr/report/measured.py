"""Which benchmark and split runs are measured on, and what that means for their scores."""

from collections.abc import Sequence
from pathlib import Path

from tipr.data import domain
from tipr.data.benchmarks import fingerprint, read_source
from tipr.data.domain import Domain
from tipr.data.holdout import held_out_by, hold_out
from tipr.data.layout import locate
from tipr.data.records import Split
from tipr.errors import ConfigError, DataError
from tipr.report.run import Run


def measured_on(
    runs: Sequence[Run], *, data: Path | None, format_: str, name: str
) -> tuple[Path, Split, Domain]:
    """The benchmark's folder, the split of that name, and which benchmark it is.

    `data` None: the folder in the settings of the first run that has any.

    Raises:
        ConfigError: nobody says where the data is.
        DataError: it is gone or malformed, or has no such split.
    """
    first = next((run for run in runs if run.config), runs[0])
    folder, form = data, format_
    if folder is None:
        if first.config is None:
            raise ConfigError(
                f"{first.folder}: a model without a run does not tell its data; give --data DIR"
            )
        folder = Path(first.config.data.dir)
        form = first.config.data.format if form == "auto" else form
        if not folder.is_dir():
            raise DataError(
                f"{folder}: the data that this run was trained on is no longer there; "
                "say where it is with --data DIR"
            )
    source = locate(folder, form)
    splits = read_source(source)
    here = Domain(source.format.name, fingerprint(splits))
    divided = hold_out(splits, held_out_by(first.provenance, str(here.data)))
    if name not in divided:
        raise DataError(f"{folder}: no split {name!r}; found {', '.join(divided)}")
    return folder, divided[name], here


def notes(runs: Sequence[Run], here: Domain) -> list[str]:
    """What whoever reads the scores must know; `tipr evaluate` says the same."""
    return [
        f"{run.name}: {note}"
        for run in runs
        for note in domain.notes(domain.learned_from(run.provenance), here)
    ]
