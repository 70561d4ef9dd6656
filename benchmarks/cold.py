"""`tipr search` cold, from the command to the answer, against importing the peer's packages.

    python benchmarks/cold.py [--rounds 7] [--json FILE]

The gallery holds drawn people, encoded by the model in the box. The baseline has not loaded a
model yet, nor looked at a picture: `python -c "import transformers, torch"`. Cold means a process
of its own; files are in the page cache on both sides.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from race import Limit, Result, against, by_turns, parser, tell
from tipr.synthetic.dataset import draw

PICTURES = 400
OURS = "tipr search GALLERY 'a woman in a red coat'"
BASELINE = "python -c 'import transformers, torch'"
BARE = "python -c pass"


def main() -> None:
    given = parser(__doc__, rounds=7).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        people, gallery = Path(scratch) / "people", Path(scratch) / "gallery"
        draw(people, people=PICTURES // 4, cameras=4, seed=0)
        run("-m", "tipr", "index", "box", str(people), str(gallery))()
        ways = by_turns(
            {
                OURS: run("-m", "tipr", "search", str(gallery), "a woman in a red coat"),
                BASELINE: run("-c", "import transformers, torch"),
                BARE: run("-c", "pass"),
            },
            given.rounds,
        )
    result = Result(
        name="cold",
        promise="tipr search cold, command to answer",
        unit="command",
        ways=[type(way)(way.name, way.seconds) for way in ways.values()],  # memory is the child's
        ratios=[against(ways[OURS], ways[BASELINE], 1.0)],
        limits=[
            Limit(
                "starting Python at all", f"{ways[BARE].median * 1e3:.0f} ms",
                ways[BARE].median / ways[OURS].median,
            )
        ],
    )  # fmt: skip
    tell(result, given.json)


def run(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)


if __name__ == "__main__":
    main()
