"""How far a plan is, and about how long it will take: one line a finished run."""

import statistics
from collections.abc import Sequence

from tipr.train.ablate import Result
from tipr.train.table import speed


def line(result: Result, so_far: Sequence[Result], *, total: int, jobs: int) -> str:
    """E.g. "[3/18] all, seed 2: R@1 15.06, mAP 16.31; 68 samples/s; about 41 min left"."""
    head = f"[{len(so_far)}/{total}] {result.job.row.name}, seed {result.job.seed}: "
    left = _time_left(so_far, total=total, jobs=jobs)
    if result.queries is None:
        return f"{head}failed: {result.reason}{left}"
    found = result.queries.outcomes.ranking()
    _, rate = speed(result)
    return f"{head}R@1 {found.R1:.2f}, mAP {found.mAP:.2f}; {rate:.0f} samples/s{left}"


def _time_left(so_far: Sequence[Result], *, total: int, jobs: int) -> str:
    """Judged by the runs that were trained from their beginning to their end in this sitting."""
    whole = [result.seconds for result in so_far if result.seconds]
    runs = total - len(so_far)
    if not runs or not whole:
        return ""
    minutes = statistics.mean(whole) * runs / min(jobs, runs) / 60
    if minutes < 1:
        return "; under a minute left"
    return (
        f"; about {minutes:.0f} min left" if minutes < 90 else f"; about {minutes / 60:.1f} h left"
    )
