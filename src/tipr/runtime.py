"""Where a process computes: device, precision, threads and seeds, chosen once and passed on."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from tipr.config import RuntimeConfig
from tipr.errors import ConfigError


@dataclass(frozen=True)
class Runtime:
    """A device and the precision to compute in; weights stay float32 unless `pure_half`."""

    device: torch.device
    compute: torch.dtype
    pure_half: bool = False

    def autocast(self) -> AbstractContextManager[object]:
        """Run matrix products in `compute`; does nothing in float32 and in pure half precision."""
        if self.pure_half or self.compute is torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.compute)

    def describe(self) -> str:
        """E.g. "cpu, bfloat16, 2 threads", for logs and reports."""
        threads = f", {torch.get_num_threads()} threads" if self.device.type == "cpu" else ""
        return f"{self.device}, {str(self.compute).removeprefix('torch.')}{threads}"


def choose(config: RuntimeConfig) -> Runtime:
    """Turn settings into a Runtime.

    Raises:
        ConfigError: the device does not exist here or cannot compute in that precision.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    device = _device(config.device)
    if config.precision == "float16":
        if device.type == "cpu":
            raise ConfigError(
                "runtime.precision = 'float16' (the released code's pure half precision) needs a "
                "GPU, found the CPU; take 'auto', 'bfloat16' or 'float32'"
            )
        return Runtime(device, torch.float16, pure_half=True)
    if config.precision == "float32":
        return Runtime(device, torch.float32)
    if config.precision == "bfloat16" or _fast_bfloat16(device):
        return Runtime(device, torch.bfloat16)
    return Runtime(device, torch.float32)


def generator(*key: int) -> torch.Generator:
    """A CPU generator whose stream is a pure function of the key, e.g. (seed, epoch, sample).

    Neighbouring keys give unrelated streams.
    """
    state = 0
    for part in key:
        # splitmix64: each part is mixed in and the whole word stirred
        state = (state + part + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return torch.Generator().manual_seed(state & 0x7FFFFFFFFFFFFFFF)


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


def _fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and "avx512_bf16" in _cpu_flags()


def _cpu_flags() -> frozenset[str]:
    """The processor's instruction sets that matter here, as torch sees them."""
    found = torch.cpu.get_capabilities()
    return frozenset(name for name, there in found.items() if there is True)
