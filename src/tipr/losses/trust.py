"""How far each pair of a batch may be trusted, judged by its own rank among the others.

Shape legend: B pairs, D embedding.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


@torch.no_grad()
def trust(
    image_BD: Tensor, text_BD: Tensor, person_B: Tensor, strength: float, floor: float
) -> Tensor:
    """(B,) weights of mean one; small where a sentence seems to describe another picture.

    A picture's share is the part of other people's sentences in the batch that it places below
    its own sentence (a tie counts half); a sentence's share likewise. Of a right pair both come
    near one as training goes on, of a wrong pair they stay anywhere between zero and one. A pair's
    trust is floor + (1 - floor) * (product of both shares) ** strength, over the batch's mean: a
    hard but right pair keeps at least the floor, which must be above zero. Without another person
    in the batch all weights are one. No gradient passes, and nothing is remembered from one batch
    to the next.

    Source: the aim is that of RDE (Qin et al., CVPR 2024, arXiv 2308.09911), not to trust every
    pair of a training set alike; the formula is ours. RDE divides all pairs once an epoch by a
    mixture model of their losses; here a batch judges itself, so a run can be resumed exactly.
    """
    cosine_BB = F.normalize(image_BD, dim=1) @ F.normalize(text_BD, dim=1).T
    own_B = cosine_BB.diagonal()
    other_BB = person_B[:, None] != person_B[None, :]
    by_image_B = _share_below(own_B, cosine_BB, other_BB)
    by_text_B = _share_below(own_B, cosine_BB.T, other_BB)
    trust_B = floor + (1 - floor) * (by_image_B * by_text_B) ** strength
    return trust_B / trust_B.mean()


def _share_below(own_B: Tensor, cosine_BB: Tensor, other_BB: Tensor) -> Tensor:
    """For each row the share of its other people's columns that score below its own pair."""
    own_B1 = own_B[:, None]
    won_BB = (cosine_BB < own_B1).to(own_B.dtype) + (cosine_BB == own_B1).to(own_B.dtype) / 2
    others_B = other_BB.sum(dim=1)
    share_B = (won_BB * other_BB).sum(dim=1) / others_B.clamp(min=1)
    return torch.where(others_B > 0, share_B, torch.ones_like(share_B))
