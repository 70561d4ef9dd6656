"""Several ranks find what one process finds: the terms, the gradient, and whose it is."""

from pathlib import Path

import pytest
import torch
from tests.launch import finish, start
from tests.unit.train.rank_cases import CASES, Found, find

from tipr.errors import ConfigError
from tipr.runtime import ALONE, Place, Runtime, place_of

FLOAT32 = Runtime(torch.device("cpu"), torch.float32)


@pytest.fixture(scope="module", params=[2, 3])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """What each of 2 and of 3 ranks found in every case."""
    folder: Path = tmp_path_factory.mktemp("ranks")
    for code, _, complaint in finish(
        start(request.param, ["-m", "tests.unit.train.rank_cases", str(folder)])
    ):
        assert code == 0, complaint
    files = [folder / f"{rank}.pt" for rank in range(request.param)]
    return [{name: Found(*one) for name, one in torch.load(file).items()} for file in files]


def distance(one: Found, other: Found) -> float:
    """The norm of the difference of two gradients over the norm of the second."""
    assert {n for n, g in one.gradients.items() if g is None} == {
        n for n, g in other.gradients.items() if g is None
    }
    pairs = [
        (a.double(), b.double())
        for a, b in zip(one.gradients.values(), other.gradients.values(), strict=True)
        if a is not None and b is not None
    ]
    difference = torch.stack([(a - b).square().sum() for a, b in pairs]).sum().sqrt()
    return float(difference / torch.stack([b.square().sum() for _, b in pairs]).sum().sqrt())


@pytest.mark.parametrize("name", CASES)
def test_ranks_find_the_loss_and_gradient_of_one_process(
    name: str, found: list[dict[str, Found]]
) -> None:
    alone = find(CASES[name]._replace(chunk=0), FLOAT32)
    for rank in found:
        assert rank[name].terms == pytest.approx(alone.terms, rel=1e-5, abs=1e-6)
        assert rank[name].shares == pytest.approx(alone.shares, rel=1e-4, abs=1e-6)
        assert distance(rank[name], alone) < 1e-5


@pytest.mark.parametrize("name", CASES)
def test_all_ranks_have_the_same_gradient_bit_for_bit(
    name: str, found: list[dict[str, Found]]
) -> None:
    first, *others = (rank[name] for rank in found)
    for other in others:
        assert other.terms == first.terms
        for one, same in zip(other.gradients.values(), first.gradients.values(), strict=True):
            assert (one is None and same is None) or torch.equal(one, same)  # pyright: ignore


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.chunk])
def test_chunks_find_the_loss_and_gradient_of_the_whole_batch(name: str) -> None:
    whole = find(CASES[name]._replace(chunk=0), FLOAT32)
    for chunk in (1, CASES[name].chunk, 100):
        chunked = find(CASES[name]._replace(chunk=chunk), FLOAT32)
        assert chunked.terms == pytest.approx(whole.terms, rel=1e-5, abs=1e-6)
        assert chunked.shares == pytest.approx(whole.shares, rel=1e-4, abs=1e-6)
        assert distance(chunked, whole) < 1e-5


def test_a_place_comes_from_torchruns_words_and_from_nothing_less() -> None:
    words = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}
    assert place_of(words) == Place(rank=3, world=4, local=1, launched=True)
    assert place_of({}) == ALONE
    assert place_of({"WORLD_SIZE": "8"}) == ALONE
    for wrong in ({"RANK": "4"}, {"RANK": "one"}):
        with pytest.raises(ConfigError, match=r"the environment says RANK=.*torchrun"):
            place_of({**words, **wrong})
