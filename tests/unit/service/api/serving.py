"""A service to be killed, in a process of its own; writes its address, and its folder is given."""

import signal
import sys
from pathlib import Path

from tests.unit.service.api.conftest import listening, running

if __name__ == "__main__":
    with (
        running(Path(sys.argv[1]), bluer=1, requests_per_minute=0) as world,
        listening(world) as address,
    ):
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        signal.pause()
