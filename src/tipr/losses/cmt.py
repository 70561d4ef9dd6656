"""Cross-modal triplet loss with hard samples.

Shape legend: B pairs, D embedding.
"""

import torch.nn.functional as F
from torch import Tensor


def cmt_loss(
    image_BD: Tensor,
    text_BD: Tensor,
    person_B: Tensor,
    margin: float,
    positive: str = "paired",
) -> Tensor:
    """relu(d(anchor, positive) - d(anchor, hardest negative) + margin), d = 1 - cosine.

    For each picture the hardest sentence of another person in the batch, for each sentence the
    hardest picture; the mean of each direction, summed. `positive` is the paired sample (as
    released) or the "hardest", the least similar sample of the same person. A row whose batch
    holds no other person has no negative and adds zero. Returns a scalar.
    """
    cosine_BB = F.normalize(image_BD, dim=1) @ F.normalize(text_BD, dim=1).T
    same_BB = person_B[:, None] == person_B[None, :]
    negative_BB = cosine_BB.masked_fill(same_BB, float("-inf"))
    if positive == "hardest":
        kin_BB = cosine_BB.masked_fill(~same_BB, float("inf"))
        by_image_B, by_text_B = kin_BB.amin(dim=1), kin_BB.amin(dim=0)
    else:
        by_image_B = by_text_B = cosine_BB.diagonal()
    image = F.relu(negative_BB.amax(dim=1) - by_image_B + margin)
    text = F.relu(negative_BB.amax(dim=0) - by_text_B + margin)
    return image.mean() + text.mean()
