"""Restoration error on hidden patches.

Shape legend: B pictures, L patches, p pixel values of a patch.
"""

import torch
from torch import Tensor


def restoration_loss(predicted_BLp: Tensor, colour_BLp: Tensor, asked_BLp: Tensor) -> Tensor:
    """Mean squared error over the pixel values that are asked back, a scalar.

    Source: MAE (He et al., CVPR 2022) without per-patch normalisation, as SEN. `asked_BLp` is
    boolean, broadcastable: True where the value counts. Values are CLIP-normalised. With nothing
    asked the loss is zero.
    """
    error_BLp = torch.where(asked_BLp, predicted_BLp - colour_BLp, 0.0)
    asked = asked_BLp.expand_as(predicted_BLp).sum()
    return error_BLp.square().sum() / asked.clamp(min=1)
