"""Matrices as whole numbers of eight bits: a quarter of the bytes, a scale a row.

Row r of a packed matrix stands for `int8[r] * scale[r]`, with scale = largest magnitude / 127, so
that no value moves by more than half a scale. Vectors and small matrices stay as they are.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from tipr.errors import ModelError

SCALE = ".int8_scale"
"""What stands behind the name of a packed tensor in that of its scales."""
LEAST = 4096
"""Values below which packing saves nothing worth a second tensor."""


def pack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Every large float tensor of two or more dimensions as int8, beside its (rows,) scales."""
    packed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if tensor.ndim < 2 or tensor.numel() < LEAST or not tensor.is_floating_point():
            packed[name] = tensor
            continue
        rows_RC = tensor.detach().float().flatten(1)
        scale_R = rows_RC.abs().amax(dim=1) / 127
        whole_RC = (rows_RC / scale_R.clamp(min=torch.finfo().tiny)[:, None]).round()
        packed[name] = whole_RC.to(torch.int8).view(tensor.shape)
        packed[name + SCALE] = scale_R
    return packed


def unpack(tensors: Mapping[str, Tensor], *, where: str) -> dict[str, Tensor]:
    """What `pack` made, in float32 again.

    Raises:
        ModelError: an int8 tensor without its scales.
    """
    whole = {name: tensor for name, tensor in tensors.items() if not name.endswith(SCALE)}
    for name, tensor in whole.items():
        if tensor.dtype != torch.int8:
            continue
        scale_R = tensors.get(name + SCALE)
        if scale_R is None or scale_R.shape != tensor.shape[:1]:
            raise ModelError(f"{where}: {name} has no scales that fit it; copy the file again")
        whole[name] = tensor.float() * scale_R.view(-1, *[1] * (tensor.ndim - 1))
    return whole
