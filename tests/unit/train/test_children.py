"""How the runs of an ablation are asked to end."""

import signal
import sys

import pytest

from tipr.train import children


class Asked:
    def __init__(self) -> None:
        self.signals: list[int] = []

    def send_signal(self, number: int) -> None:
        self.signals.append(number)


@pytest.mark.parametrize(("platform", "signals"), [("linux", [signal.SIGINT]), ("win32", [])])
def test_a_child_is_asked_to_save_where_it_would_not_hear_of_it(platform, signals, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    child = Asked()
    children._ask_to_end(child)  # pyright: ignore[reportArgumentType]
    assert child.signals == signals  # Windows knows no such signal for another process
