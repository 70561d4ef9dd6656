"""Where a process computes: device, precision and threads, chosen once and passed on."""

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
    return device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16") is True
