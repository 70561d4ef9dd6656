"""Choose which patches of a picture to hide; put a shortened sequence back in order.

Shape legend: B pictures, L patches each, K of them visible, C width.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Hidden(NamedTuple):
    """What is hidden of each picture, and what the loss may ask back.

    kept_BK: indices of the visible patches. hidden_BL: True where a patch is hidden.
    asked_BL: True where the restoration counts; equals hidden_BL except in the released count.
    """

    kept_BK: Tensor
    hidden_BL: Tensor
    asked_BL: Tensor


def hide(noise_BL: Tensor, ratio: float) -> Hidden:
    """Hide the round(ratio * L) patches of largest noise; all of them are asked back.

    At least one patch stays visible and one is hidden, whatever the ratio.
    """
    patches = noise_BL.shape[1]
    hidden = min(max(round(patches * ratio), 1), patches - 1)
    order_BL = noise_BL.argsort(dim=1)
    kept_BK = order_BL[:, : patches - hidden]
    hidden_BL = _all_but(kept_BK, patches)
    return Hidden(kept_BK, hidden_BL, hidden_BL)


def hide_as_released(noise_BL: Tensor, ratio: float) -> Hidden:
    """The authors' count: int((L + 1)(1 - ratio)) - 1 visible, one hidden patch never asked.

    At least one patch stays visible, where the count would be none or fewer.

    Their mask counts the class token as if it were a patch, so the hidden patch of smallest
    noise is neither seen nor restored.
    """
    patches = noise_BL.shape[1]
    kept = min(max(int((patches + 1) * (1 - ratio)) - 1, 1), patches - 1)
    order_BL = noise_BL.argsort(dim=1)
    kept_BK = order_BL[:, :kept]
    return Hidden(kept_BK, _all_but(kept_BK, patches), _all_but(order_BL[:, : kept + 1], patches))


def pick(x_BLC: Tensor, kept_BK: Tensor) -> Tensor:
    """The visible patches alone, (B, K, C)."""
    return x_BLC.gather(1, kept_BK[..., None].expand(-1, -1, x_BLC.shape[-1]))


def put_back(visible_BKC: Tensor, kept_BK: Tensor, filler_C: Tensor, patches: int) -> Tensor:
    """The whole sequence in picture order, (B, L, C), with the filler where patches are hidden."""
    batch, _, width = visible_BKC.shape
    empty_BLC = filler_C.to(visible_BKC.dtype).expand(batch, patches, width)
    return empty_BLC.scatter(1, kept_BK[..., None].expand(-1, -1, width), visible_BKC)


def _all_but(index_BK: Tensor, patches: int) -> Tensor:
    """(B, L) boolean: False at the given indices."""
    everything = torch.ones(len(index_BK), patches, dtype=torch.bool, device=index_BK.device)
    return everything.scatter(1, index_BK, False)
