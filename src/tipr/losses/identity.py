"""Classification of both features over the training identities.

Shape legend: B pairs, N identities.
"""

import torch.nn.functional as F
from torch import Tensor


def identity_loss(
    image_logits_BN: Tensor,
    text_logits_BN: Tensor,
    label_B: Tensor,
    smoothing: float = 0.0,
) -> Tensor:
    """Mean of the two cross-entropies, a scalar in nats.

    Source: the ID loss of Zheng et al. (TOMM 2020), as used by IRRA and SEN with one shared
    classifier; `smoothing` is label smoothing (0 as released).
    """
    image = F.cross_entropy(image_logits_BN, label_B, label_smoothing=smoothing)
    text = F.cross_entropy(text_logits_BN, label_B, label_smoothing=smoothing)
    return (image + text) / 2
