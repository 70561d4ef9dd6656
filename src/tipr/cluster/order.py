"""Work handed out to many, answers taken back in the order in which it was handed out."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Job = TypeVar("Job")
Ticket = TypeVar("Ticket")
Answer = TypeVar("Answer")


def in_order(
    jobs: Iterable[Job],
    hand_out: Callable[[Job], Ticket],
    wait_for: Callable[[Job, Ticket], Answer],
    *,
    ahead: Callable[[], int],
    take_back: Callable[[Ticket], None],
) -> Iterator[Answer]:
    """The n-th answer belongs to the n-th job, whichever was done first.

    At most `ahead()` jobs (at least one) are out at a time: as many answers wait for a slow one,
    no more. It is asked again and again, for machines come and go. Whoever stops listening early
    has the jobs that are still out taken back.
    """
    out: deque[tuple[Job, Ticket]] = deque()
    try:
        for job in jobs:
            while len(out) >= max(1, ahead()):
                yield wait_for(*out.popleft())
            out.append((job, hand_out(job)))
        while out:
            yield wait_for(*out.popleft())
    finally:
        for _, ticket in out:
            take_back(ticket)
