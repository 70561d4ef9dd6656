"""What an indexing has to do: the files as they are now against those the gallery knows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tipr.gallery.records import Known
from tipr.gallery.scan import File
from tipr.gallery.source import Source, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """`read` are to be looked at, in path order, so that a gallery does not depend on how often
    it was interrupted. Those among them in `again` were indexed before, with `replaced` any of
    them had pictures there; of those in `begun`, which are videos, so many milliseconds are done.

    `told` are to be kept with other facts, `refused` to be listed with their reason, `gone` paths
    to be erased; `unchanged` counts the files that stay as they are and can be found.
    """

    read: tuple[Wanted, ...]
    again: frozenset[str]
    replaced: bool
    begun: Mapping[str, int]
    told: tuple[Wanted, ...]
    refused: tuple[tuple[File, str], ...]
    gone: tuple[str, ...]
    unchanged: int


def compare(
    source: Source,
    known: Mapping[str, Known],
    *,
    kept_out: Collection[str] = (),
    retry: bool = False,
) -> Changes:
    """Tell new, changed and vanished files apart by path, size and modification time.

    A file that could not be read is left alone until it changes, or with `retry`; paths in
    `kept_out` are left alone whatever they are.
    """
    wanted = [one for one in source.wanted if one.file.path not in kept_out]
    read, told, again, begun = [], [], set[str](), dict[str, int]()
    unchanged, replaced = 0, False
    for one in wanted:
        path, before = one.file.path, known.get(one.file.path)
        same = before is not None and before.file == one.file
        if before is not None and same and before.facts != one.facts.as_text():
            told.append(one)
        if before is not None and same and before.done_ms is not None:
            begun[path] = before.done_ms
            read.append(one)
        elif before is None or not same or (retry and before.reason is not None):
            read.append(one)
            replaced = replaced or before is not None
            if before is not None and before.reason is None and before.done_ms is None:
                again.add(path)
        else:
            unchanged += before.reason is None
    refused = tuple(one for one in source.refused if not _listed(known.get(one[0].path), *one))
    present = {one.file.path for one in wanted} | {file.path for file, _ in source.refused}
    return Changes(
        read=tuple(sorted(read, key=lambda one: one.file.path)),
        again=frozenset(again),
        replaced=replaced,
        begun=begun,
        told=tuple(told),
        refused=refused,
        gone=tuple(path for path in known if path not in present),
        unchanged=unchanged,
    )


def _listed(before: Known | None, file: File, reason: str) -> bool:
    return before is not None and (before.file, before.reason) == (file, reason)
