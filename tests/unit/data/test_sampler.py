"""Batches are a pure function of (seed, epoch, rank), and their number is honest."""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipr.data.sampler import IdentitySampler
from tipr.errors import ConfigError

PEOPLE = [person for person in range(23) for _ in range(1 + person % 4)]


def make(**changes: int) -> IdentitySampler:
    return IdentitySampler(PEOPLE, **{"batch": 8, "group": 2, "seed": 3, **changes})


def test_the_same_seed_and_epoch_give_the_same_batches() -> None:
    assert make().epoch(5) == make().epoch(5)
    assert make().epoch(5) != make().epoch(6)
    assert make().epoch(5) != make(seed=4).epoch(5)


@settings(deadline=None, derandomize=True)
@given(
    people=st.lists(st.integers(0, 9), min_size=4, max_size=60),
    batch=st.integers(2, 4),
    group=st.integers(1, 3),
    epoch=st.integers(0, 5),
)
def test_no_caption_comes_twice_and_the_length_is_true(
    people: list[int], batch: int, group: int, epoch: int
) -> None:
    sampler = IdentitySampler(people, batch=batch, group=group, seed=0)
    batches = sampler.epoch(epoch)
    seen = [caption for one in batches for caption in one]
    assert len(batches) == len(sampler) == len(people) // batch
    assert all(len(one) == batch for one in batches)
    assert len(set(seen)) == len(seen)
    assert set(seen) <= set(range(len(people)))


def test_captions_of_a_person_stand_together() -> None:
    people = [person for person in range(32) for _ in range(2)]
    sampler = IdentitySampler(people, batch=8, group=2, seed=0)
    for batch in sampler.epoch(0):
        shown = [people[caption] for caption in batch]
        assert shown[0::2] == shown[1::2]
        assert len(set(shown)) == 4


def test_what_the_last_batch_leaves_out_differs_between_epochs() -> None:
    sampler = make(batch=50)
    left_out = {frozenset(range(len(PEOPLE))) - frozenset(sampler.epoch(e)[0]) for e in range(4)}
    assert len(left_out) > 1


@pytest.mark.parametrize("world", [2, 3, 4, 5, 8])
def test_ranks_share_the_global_batch(world: int) -> None:
    whole = make().epoch(1)
    parts = [make(rank=rank, world=world).epoch(1) for rank in range(world)]
    assert [[*chain(*pieces)] for pieces in zip(*parts, strict=True)] == whole


def test_a_batch_that_ranks_cannot_share_evenly_is_cut_as_evenly_as_can_be() -> None:
    sizes = [len(make(rank=rank, world=3).epoch(0)[0]) for rank in range(3)]
    assert sizes == [3, 3, 2]


def test_impossible_batches_are_refused() -> None:
    with pytest.raises(ConfigError, match="larger than the split's"):
        make(batch=10_000)
    with pytest.raises(ConfigError, match=r"leaves some of the 9 ranks without a caption.*least 9"):
        make(world=9)
