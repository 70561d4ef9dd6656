import random
from concurrent.futures import Future, ThreadPoolExecutor
from time import sleep

import pytest

from tipr.cluster.order import in_order


def hand_out_to(pool, jobs, *, ahead=lambda: 4, work=lambda job: job * job, out=None, back=None):
    def hand_out(job: int) -> Future[int]:
        if out is not None:
            out.append(job)
        return pool.submit(work, job)

    return in_order(
        jobs,
        hand_out,
        lambda job, future: (job, future.result()),
        ahead=ahead,
        take_back=(back if back is not None else []).append,
    )


def test_answers_come_in_the_order_of_the_jobs_whichever_is_done_first():
    waits = random.Random(0).choices([0, 0.001, 0.004], k=40)

    def slowly(job: int) -> int:
        sleep(waits[job])
        return job * job

    with ThreadPoolExecutor(4) as pool:
        found = list(hand_out_to(pool, range(40), work=slowly))
    assert found == [(job, job * job) for job in range(40)]


@pytest.mark.parametrize("ahead", [0, 1, 3, 100])
def test_never_more_jobs_are_out_than_allowed_but_one_always_is(ahead):
    out: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        answers = hand_out_to(pool, range(10), ahead=lambda: ahead, out=out)
        for done, (job, _) in enumerate(answers):
            assert len(out) - done <= max(1, ahead)
            assert out == list(range(len(out)))
            assert job == done
    assert out == list(range(10))


def test_more_go_out_as_machines_join():
    out: list[int] = []
    room = [1]
    with ThreadPoolExecutor(2) as pool:
        answers = hand_out_to(pool, range(10), ahead=lambda: room[0], out=out)
        next(answers)
        assert len(out) == 1
        room[0] = 5
        next(answers)
        assert len(out) == 6  # one is done


def test_whoever_stops_listening_has_the_rest_taken_back():
    out: list[int] = []
    back: list[Future[int]] = []
    with ThreadPoolExecutor(2) as pool:
        answers = hand_out_to(pool, range(10), out=out, back=back)
        next(answers)
        answers.close()
    assert [future.result() for future in back] == [job * job for job in out[1:]]


def test_a_job_that_fails_ends_it_and_the_others_are_taken_back():
    back: list[Future[int]] = []

    def fails(job: int) -> int:
        if job == 2:
            raise ValueError("two")
        return job

    with ThreadPoolExecutor(2) as pool:
        answers = hand_out_to(pool, range(10), work=fails, back=back)
        assert [next(answers), next(answers)] == [(0, 0), (1, 1)]
        with pytest.raises(ValueError, match="two"):
            next(answers)
    assert [future.result() for future in back] == [3, 4, 5]


def test_no_job_no_answer():
    with ThreadPoolExecutor(1) as pool:
        assert list(hand_out_to(pool, [])) == []
