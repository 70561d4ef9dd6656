"""What arrives while one call runs goes into the next; who comes alone is answered alone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tipr.service.together import Together


class Slow:
    """Answers with the double; its first call waits until it is let go."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, asked):
        self.calls.append(list(asked))
        if len(self.calls) == 1:
            self.begun.set()
            assert self.go.wait(10)
        return [ValueError("three") if one == 3 else 2 * one for one in asked]


@pytest.fixture
def slow():
    return Slow()


def make(answer, most=4):
    return Together(answer, most=most, thread=ThreadPoolExecutor(1))


def test_who_comes_alone_is_answered_alone_and_the_rest_share_calls(slow):
    together = make(slow)
    first = together.ask(0)
    assert slow.begun.wait(10)
    rest = [together.ask(number) for number in (1, 2, 4, 5, 6)]
    slow.go.set()
    assert [one.result(10) for one in (first, *rest)] == [0, 2, 4, 8, 10, 12]
    assert slow.calls == [[0], [1, 2, 4, 5], [6]]
    together.close()


def test_a_fault_is_told_to_the_one_who_caused_it(slow):
    together = make(slow)
    slow.go.set()
    asked = [together.ask(number) for number in (2, 3, 4)]
    assert asked[0].result(10) == 4
    assert asked[2].result(10) == 8
    with pytest.raises(ValueError, match="three"):
        asked[1].result(10)
    together.close()


def test_a_call_that_breaks_is_told_to_all_of_it_and_the_next_one_works():
    def broken(asked):
        if 1 in asked:
            raise OSError("broken")
        return asked

    together = make(broken)
    with pytest.raises(OSError, match="broken"):
        together.ask(1).result(10)
    assert together.ask(2).result(10) == 2
    together.close()


def test_who_gave_up_while_waiting_is_left_out(slow):
    together = make(slow)
    first = together.ask(0)
    assert slow.begun.wait(10)
    gone, stays = together.ask(1), together.ask(2)
    assert gone.cancel()
    slow.go.set()
    assert (first.result(10), stays.result(10)) == (0, 4)
    assert slow.calls == [[0], [2]]
    together.close()


def test_closing_answers_everybody_who_waits(slow):
    together = make(slow, most=1)
    asked = [together.ask(number) for number in (0, 1, 2)]
    assert slow.begun.wait(10)
    slow.go.set()
    together.close()
    assert [one.result(0) for one in asked] == [0, 2, 4]


def test_many_callers_from_many_threads_get_their_own_answers():
    together = make(lambda asked: [3 * one for one in asked])
    wrong: list[int] = []

    def ask(start: int) -> None:
        for number in range(start, start + 200):
            if together.ask(number).result(10) != 3 * number:
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=[start]) for start in range(0, 1600, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    together.close()
