import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_what_was_freed_is_not_faulted_in_again() -> None:
    program = """if True:
        import resource, sys
        import numpy as np
        from tipr.train.heap import keep_freed

        def faults():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for _ in range(20):
                np.ones(2**24, np.uint8)
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

        without = faults()
        print(keep_freed(), faults() < without / 4)
    """
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["True", "True"]
