"""The table of differences between groups of drawn people, made from the figures of the box."""

import json
import re
from typing import Any

from tipr.catalogue import folder_of

PAGE = "docs/responsible-use.md"
_PLACE = re.compile(r"(?<=<!-- groups -->\n).*?(?=<!-- /groups -->)", flags=re.S)


def filled(page: str) -> str:
    """The page with the table of the model that is in the box now."""
    return _PLACE.sub(lambda _: f"\n{table(_measured())}\n\n", page)


def _measured() -> dict[str, Any]:
    told = json.loads((folder_of("box") / "box.json").read_text(encoding="utf-8"))
    return told.get("groups", {})


def table(groups: dict[str, Any]) -> str:
    """A row a group: how many people, and R@1 in per cent with its 95 % interval."""
    if not groups:
        return "The figures of the present model have not been measured yet."
    rows = ["| | | people | R@1 | 95 % interval |", "|---|---|---|---|---|"]
    for name, kinds in groups.items():
        for kind, found in kinds.items():
            interval = f"{found['low']:.1f} to {found['high']:.1f}"
            cells = (
                name,
                "none" if kind == "no" else kind,
                f"{found['people']:,}",
                f"{found['R1']:.1f}",
                interval,
            )
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)
