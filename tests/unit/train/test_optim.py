"""Parameters are grouped by what they are, and the optimisers follow the schedule."""

import pytest
import torch
from torch import nn

from tipr.config import OptimConfig, ScheduleConfig, load
from tipr.model.blocks import Block
from tipr.train.optim import Optimisers, block_matrices, grouped
from tipr.train.schedule import rate_factor, total_steps


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = Block(8, 2, "gelu")
        self.embedding = nn.Embedding(5, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.block(self.embedding(x)))


def config(**changes: object) -> OptimConfig:
    return OptimConfig(**{"lr": 0.1, "fresh_factor": 5.0, "weight_decay": 0.01, **changes})  # pyright: ignore


def test_every_parameter_is_in_exactly_one_group() -> None:
    net = Net()
    groups = grouped(net, config(), fresh=[net.head])
    members = [id(p) for group in groups for p in group["params"]]  # pyright: ignore
    assert sorted(members) == sorted(id(p) for p in net.parameters())


def test_fresh_parts_learn_faster_and_vectors_do_not_decay() -> None:
    net = Net()
    role = {
        id(p): (group["lr"], group["weight_decay"])
        for group in grouped(net, config(), fresh=[net.head])
        for p in group["params"]  # pyright: ignore[reportGeneralTypeIssues]
    }
    assert role[id(net.head.weight)] == (0.5, 0.01)
    assert role[id(net.head.bias)] == (0.5, 0.0)
    assert role[id(net.embedding.weight)] == (0.1, 0.01)
    assert role[id(net.block.norm_1.weight)] == (0.1, 0.0)


def test_the_released_decay_spares_biases_only() -> None:
    net = Net()
    decay = {
        id(p): group["weight_decay"]
        for group in grouped(net, config(decay="not-biases"), fresh=[])
        for p in group["params"]  # pyright: ignore[reportGeneralTypeIssues]
    }
    assert decay[id(net.block.norm_1.weight)] == 0.01
    assert decay[id(net.block.norm_1.bias)] == 0.0


def test_muon_takes_the_blocks_matrices_and_nothing_else() -> None:
    net = Net()
    found = {id(p) for p in block_matrices(net)}
    expected = {id(p) for p in net.block.parameters() if p.ndim == 2}
    assert found == expected
    assert len(found) == 4


@pytest.mark.parametrize("algorithm", ["adamw", "adam", "muon"])
def test_state_comes_back_exactly(algorithm: str) -> None:
    def steps(net: Net, optimisers: Optimisers, first: int, last: int) -> None:
        for step in range(first, last):
            x = torch.randint(5, (4, 6), generator=torch.Generator().manual_seed(step))
            net(x).square().mean().backward()
            optimisers.step(1.0)

    torch.manual_seed(0)
    net = Net()
    start = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    whole = Optimisers(net, config(algorithm=algorithm), fresh=[])
    steps(net, whole, 0, 3)
    saved = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    moments = {name: tensor.clone() for name, tensor in whole.state_tensors().items()}
    steps(net, whole, 3, 6)

    again = Net()
    again.load_state_dict(saved)
    resumed = Optimisers(again, config(algorithm=algorithm), fresh=[])
    resumed.load_state_tensors(moments)
    steps(again, resumed, 3, 6)
    assert all(
        torch.equal(a, b)
        for a, b in zip(net.state_dict().values(), again.state_dict().values(), strict=True)
    )
    assert not torch.equal(start["head.weight"], net.head.weight)


def test_a_factor_of_zero_moves_nothing() -> None:
    net = Net()
    before = [p.clone() for p in net.parameters()]
    optimisers = Optimisers(net, config(), fresh=[])
    net(torch.tensor([[1, 2]])).sum().backward()
    optimisers.step(0.0)
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_the_schedule_warms_up_then_falls_to_its_end() -> None:
    schedule = ScheduleConfig(warmup=0.1, first=0.1, final=0.0)
    factors = [rate_factor(step, 100, schedule) for step in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[10] == pytest.approx(1.0)
    assert factors[55] == pytest.approx(0.5)
    assert factors[-1] < 0.001
    assert factors[:11] == sorted(factors[:11])
    assert factors[10:] == sorted(factors[10:], reverse=True)


def test_a_run_is_as_long_as_its_samples_or_its_epochs() -> None:
    released = load("released").schedule
    assert total_steps(released, steps_per_epoch=59, batch=128) == 60 * 59
    assert total_steps(ScheduleConfig(samples=1000), steps_per_epoch=59, batch=128) == 7
