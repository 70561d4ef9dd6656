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
    weight_B: Tensor | None = None,
) -> Tensor:
    """Mean of the two cross-entropies, a scalar in nats.

    Source: the ID loss of Zheng et al. (TOMM 2020), as used by IRRA and SEN with one shared
    classifier; `smoothing` is label smoothing (0 as released).

    `weight_B` (ours, mean one): what each sentence counts; None counts all alike. The label is
    the picture's own, so pictures always count alike.
    """
    image = F.cross_entropy(image_logits_BN, label_B, label_smoothing=smoothing)
    if weight_B is None:
        text = F.cross_entropy(text_logits_BN, label_B, label_smoothing=smoothing)
    else:
        text_B = F.cross_entropy(
            text_logits_BN, label_B, label_smoothing=smoothing, reduction="none"
        )
        text = (weight_B * text_B).mean()
    return (image + text) / 2
