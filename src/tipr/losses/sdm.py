"""Similarity distribution matching.

Shape legend: B pairs, D embedding.
"""

import torch.nn.functional as F
from torch import Tensor


def sdm_loss(image_BD: Tensor, text_BD: Tensor, person_B: Tensor, temperature: float) -> Tensor:
    """KL(softmax of cosines / temperature || same-person labels), both directions summed.

    Source: Jiang & Ye, CVPR 2023 (arXiv 2303.12501), eq. 4-7. Label rows are normalised by
    their own sum plus 1e-8 inside the logarithm, as released. Returns a scalar in nats.
    """
    cosine_BB = F.normalize(text_BD, dim=1) @ F.normalize(image_BD, dim=1).T
    same_BB = (person_B[:, None] == person_B[None, :]).to(cosine_BB.dtype)
    log_target_BB = (same_BB / same_BB.sum(dim=1, keepdim=True) + 1e-8).log()
    score_BB = cosine_BB / temperature
    return _kl(score_BB, log_target_BB) + _kl(score_BB.T, log_target_BB)


def _kl(score_BB: Tensor, log_target_BB: Tensor) -> Tensor:
    log_p_BB = score_BB.log_softmax(dim=1)
    return (log_p_BB.exp() * (log_p_BB - log_target_BB)).sum(dim=1).mean()
