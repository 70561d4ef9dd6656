"""InfoNCE, the symmetric cross-entropy that CLIP was trained with.

Shape legend: B pairs, D embedding.
"""

import torch.nn.functional as F
from torch import Tensor


def contrastive_loss(
    image_BD: Tensor, text_BD: Tensor, person_B: Tensor, scale: Tensor | float
) -> Tensor:
    """Cross-entropy of scale * cosines against same-person labels, mean of both directions.

    Source: Radford et al. 2021 (arXiv 2103.00020), with every pair of the same person as a
    positive of equal share. `scale` is 1 / temperature. Returns a scalar in nats.
    """
    score_BB = scale * (F.normalize(image_BD, dim=1) @ F.normalize(text_BD, dim=1).T)
    same_BB = (person_B[:, None] == person_B[None, :]).to(score_BB.dtype)
    target_BB = same_BB / same_BB.sum(dim=1, keepdim=True)
    image = F.cross_entropy(score_BB, target_BB)
    text = F.cross_entropy(score_BB.T, target_BB)
    return (image + text) / 2
