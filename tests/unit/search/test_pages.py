from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipr.search.pages import alone, blocks, grouped, page


def exact(count):
    """A ranking of ids 100, 101, ... whose scores fall by a tenth."""

    def look(depth):
        ids = np.arange(100, 100 + min(depth, count), dtype=np.int64)
        return ids, (1 - ids / 1000).astype(np.float32)

    return look


def fickle(count, seed):
    """Finds other pictures, in another order, at every depth, as an approximate index may."""

    def look(depth):
        rng = np.random.default_rng([seed, depth])
        ids = rng.permutation(count)[:depth].astype(np.int64)
        return ids, np.sort(rng.random(len(ids)).astype(np.float32))[::-1]

    return look


def by_label(labels):
    """Groups of a block: ids of one label, in order."""

    def split(ids):
        seen = {}
        for row, number in enumerate(ids.tolist()):
            seen.setdefault(labels[number % len(labels)], []).append(row)
        return list(seen.values())

    return split


def slow(look, size, left_out, split):
    """The whole ranking as groups of ids: every block from a search of its own."""
    found, passed, depth = [], set(left_out), len(left_out)
    while True:
        depth += size
        block = [number for number in look(depth)[0].tolist() if number not in passed][:size]
        found += [tuple(block[row] for row in rows) for rows in split(np.array(block, np.int64))]
        passed |= set(block)
        if len(block) < size:
            return found


def pages_of(look, size, left_out, split, k):
    """Every page, each asked for by itself, as a user would."""
    shown, number = [], 1
    while True:
        groups, more = page(grouped(blocks(look, size, left_out), split), number, k)
        shown += groups
        if not more:
            return shown
        assert len(groups) == k
        number += 1


@settings(max_examples=150, deadline=None)
@given(
    count=st.integers(0, 60),
    size=st.integers(1, 25),
    k=st.integers(1, 9),
    seed=st.none() | st.integers(0, 9),
    labels=st.lists(st.integers(0, 5), min_size=1, max_size=7),
    left_out=st.sets(st.integers(0, 60), max_size=8),
)
def test_pages_put_together_are_the_whole_ranking(count, size, k, seed, labels, left_out):
    look = exact(count) if seed is None else fickle(count, seed)
    left_out = frozenset(number + (100 if seed is None else 0) for number in left_out)
    shown = pages_of(look, size, left_out, by_label(labels), k)
    assert [group.ids for group in shown] == slow(look, size, left_out, by_label(labels))
    assert [group.rank for group in shown] == list(range(1, len(shown) + 1))
    every = [number for group in shown for number in group.ids]
    assert len(every) == len(set(every))
    assert set(every) == set(look(count)[0].tolist()) - left_out


@pytest.mark.parametrize("k", [1, 3, 10, 11])
def test_without_groups_the_pages_are_stretches_of_the_ranking(k):
    shown, more = page(grouped(blocks(exact(30), 10), alone), 2, k)
    assert [group.ids for group in shown] == [(100 + n,) for n in range(k, min(2 * k, 30))]
    assert [group.score for group in shown] == pytest.approx(
        [1 - group.ids[0] / 1000 for group in shown]
    )
    assert more == (2 * k < 30)


def test_no_more_blocks_are_looked_for_than_a_page_needs():
    depths = []

    def look(depth):
        depths.append(depth)
        return exact(1000)(depth)

    page(grouped(blocks(look, 20), alone), 1, 10)
    assert depths == [20]
    page(grouped(blocks(look, 20), alone), 2, 10)
    assert depths == [20, 20, 40]  # one more group says that there is a third page


def test_a_page_behind_the_end_is_empty():
    assert page(grouped(blocks(exact(5), 10), alone), 3, 5) == ([], False)
    assert [len(ids) for ids, _ in islice(blocks(exact(0), 10), 5)] == [0]
