"""Answers of a search as a table, as JSON, and what is to be said about them."""

import json
from collections.abc import Sequence
from typing import Any

from tipr.cli.plain import plain, say
from tipr.gallery.wallclock import as_text
from tipr.search.answer import Answer, Hit
from tipr.search.calibration import UNCALIBRATED


def tell(answers: Sequence[Answer], *, as_json: bool) -> None:
    """Say on standard error what must be known to read the hits; less beside JSON."""
    for note in dict.fromkeys(note for answer in answers for note in answer.notes):
        say(f"tipr: {note}")
    for answer in answers:
        if answer.nobody:
            say(f"tipr: nobody here seems to fit {str(answer.query)!r}; these are only the nearest")
    if as_json:
        return
    for line in dict.fromkeys(map(_searched, answers)):
        say(f"tipr: {line}")
    if any(answer.hits and not answer.calibrated for answer in answers):
        say(f"tipr: {_uncalibrated(answers)}")


def show(answers: Sequence[Answer]) -> None:
    """Print a table of hits for each answer; columns of which nothing is known are left out."""
    from rich.table import Table
    from rich.text import Text

    console = plain()
    if not console.is_terminal:
        console.width = 10_000  # whoever reads through a pipe wants one line for each hit
    for answer in answers:
        if len(answers) > 1:
            console.print(str(answer.query), style="bold")
        rows = [_row(hit) for hit in answer]
        names = [
            name
            for name in ("rank", "score", "chance", "camera", "time", "group", "picture")
            if name in ("rank", "score", "picture") or any(row[name] for row in rows)
        ]
        table = Table(*names, box=None, pad_edge=False, header_style="dim")
        for row in rows:
            table.add_row(*(Text(row[name], overflow="fold") for name in names))
        console.print(table, soft_wrap=False)


def as_json(answers: Sequence[Answer], *, details: bool) -> str:
    """A list of hits for one answer, a list of {"query", "hits"} for several.

    With `details` the one is an object, too, and each tells what was searched, and how.
    """
    if len(answers) == 1 and not details:
        return json.dumps([_plain(hit) for hit in answers[0]], indent=1)
    told = [
        {
            "query": str(answer.query),
            **(_details(answer) if details else {}),
            "hits": [_plain(hit) for hit in answer],
        }
        for answer in answers
    ]
    return json.dumps(told[0] if len(told) == 1 else told, indent=1)


def _row(hit: Hit) -> dict[str, str]:
    chance = "" if hit.probability is None else f"{100 * hit.probability:.0f} % {hit.label}"
    return {
        "rank": str(hit.rank),
        "score": f"{hit.score:.3f}",
        "chance": chance,
        "camera": hit.camera or "",
        "time": "" if hit.time_ms is None else as_text(hit.time_ms),
        "group": f"+{len(hit.others)}" if hit.others else "",
        "picture": str(hit.path),
    }


def _plain(hit: Hit) -> dict[str, Any]:
    """What is known of a hit; rank, score, path and id always are."""
    known = {
        "camera": hit.camera,
        "time": None if hit.time_ms is None else as_text(hit.time_ms),
        "box": hit.box,
        "frame_ms": hit.frame_ms,
        "attributes": hit.attributes or None,
        "others": hit.others or None,
        "probability": hit.probability,
        "label": hit.label,
    }
    return {
        **{"rank": hit.rank, "score": hit.score, "path": str(hit.path), "id": hit.id},
        **{name: value for name, value in known.items() if value is not None},
    }


def _details(answer: Answer) -> dict[str, Any]:
    return {
        "filters": answer.query.filters.said,
        "page": answer.query.page,
        "more": answer.more,
        "searched": answer.searched,
        "total": answer.total,
        "how": answer.how,
        "calibrated": answer.calibrated,
        "nobody": answer.nobody,
        "notes": list(answer.notes),
    }


def _searched(answer: Answer) -> str:
    of = "" if answer.searched == answer.total else f" of {answer.total:,}"
    more = f"; --page {answer.query.page + 1} shows more" if answer.more else ""
    return f"{answer.searched:,}{of} pictures searched ({answer.how}){more}"


def _uncalibrated(answers: Sequence[Answer]) -> str:
    if all(answer.query.is_sentence for answer in answers):
        return UNCALIBRATED
    return "scores of mixtures are no probabilities; they compare hits of one search only"
