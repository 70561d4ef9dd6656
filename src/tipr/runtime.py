"""Where a process computes: device, precision, threads and rank, chosen once and passed on."""

import os
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple

import torch

from tipr.config import RuntimeConfig
from tipr.errors import ConfigError


class Place(NamedTuple):
    """One process of a run among all: its rank of `world`, and its number on its machine.

    `launched`: torchrun (or what speaks its language) started it.
    """

    rank: int = 0
    world: int = 1
    local: int = 0
    launched: bool = False


ALONE = Place()


@dataclass(frozen=True)
class Runtime:
    """A device and the precision to compute in; weights stay float32 unless `pure_half`."""

    device: torch.device
    compute: torch.dtype
    pure_half: bool = False
    place: Place = ALONE

    @property
    def rank(self) -> int:
        """This process among those of the run, from 0."""
        return self.place.rank

    @property
    def world(self) -> int:
        """How many processes train together."""
        return self.place.world

    @property
    def leads(self) -> bool:
        """Whether this is the one process that writes, logs and speaks."""
        return self.place.rank == 0

    @property
    def weights(self) -> torch.dtype:
        """The type of weights, and of the pixels that meet them."""
        return torch.float16 if self.pure_half else torch.float32

    def autocast(self) -> AbstractContextManager[object]:
        """Run matrix products in `compute`; does nothing in float32 and in pure half precision."""
        if self.pure_half or self.compute is torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.compute)

    def describe(self) -> str:
        """E.g. "cpu, bfloat16, 2 threads, 4 ranks", for logs and reports."""
        threads = f", {torch.get_num_threads()} threads" if self.device.type == "cpu" else ""
        ranks = f", {self.world} ranks" if self.world > 1 else ""
        device = self.device if self.world == 1 else self.device.type
        return f"{device}, {str(self.compute).removeprefix('torch.')}{threads}{ranks}"


def place_of(environment: Mapping[str, str]) -> Place:
    """The place that torchrun gave this process; alone where it was not launched by it.

    Raises:
        ConfigError: the environment contradicts itself.
    """
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    if not all(name in environment for name in names):
        return ALONE  # some batch systems set one of them for purposes of their own
    try:
        rank, world, local = (int(environment[name]) for name in names)
    except ValueError:
        rank, world, local = -1, 0, 0
    if not 0 <= rank < world:
        found = ", ".join(f"{name}={environment[name]}" for name in names)
        raise ConfigError(f"the environment says {found}; start the ranks with torchrun")
    return Place(rank, world, local, launched=True)


def choose(config: RuntimeConfig) -> Runtime:
    """Turn settings, and the place that torchrun's environment gives, into a Runtime.

    Raises:
        ConfigError: the device does not exist here or cannot compute in that precision.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    place = place_of(os.environ)
    device = _own(_device(config.device), place)
    if config.compile and device.type == "cpu":
        _require_compiler()
    if config.precision == "float16":
        if device.type == "cpu":
            raise ConfigError(
                "runtime.precision = 'float16' (the released code's pure half precision) needs a "
                "GPU, found the CPU; take 'auto', 'bfloat16' or 'float32'"
            )
        return Runtime(device, torch.float16, pure_half=True, place=place)
    if config.precision == "float32":
        return Runtime(device, torch.float32, place=place)
    if config.precision == "bfloat16" or _fast_bfloat16(device):
        return Runtime(device, torch.bfloat16, place=place)
    return Runtime(device, torch.float32, place=place)


def _require_compiler() -> None:
    name = os.environ.get("CXX", "g++")
    if not shutil.which(name):
        raise ConfigError(
            f"runtime.compile needs a C++ compiler on the CPU, and there is no {name} (CXX names "
            "another); install one or leave runtime.compile off"
        )


def _device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        if torch.backends.mps.is_available():
            return torch.device("mps")
        return torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"runtime.device {name!r} cannot be used here: {reason}") from None
    return device


def _own(device: torch.device, place: Place) -> torch.device:
    """Each rank of a machine computes on the GPU of its own number; all may share the CPU."""
    if place.world == 1 or device.type == "cpu":
        return device
    if device.type != "cuda" or device.index is not None:
        raise ConfigError(
            f"runtime.device '{device}' cannot be shared by {place.world} ranks; set it to cuda "
            "(each rank takes one) or cpu"
        )
    if place.local >= torch.cuda.device_count():
        raise ConfigError(
            f"rank {place.rank} is number {place.local} on this machine, which has "
            f"{torch.cuda.device_count()} GPUs; give torchrun --nproc-per-node as many"
        )
    return torch.device("cuda", place.local)


def _fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16") is True
