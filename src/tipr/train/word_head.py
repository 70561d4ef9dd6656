"""The head that says from a feature by which words its person was described.

Shape legend: B pairs, D embedding, W words and pairs of words.
"""

import torch
from torch import Tensor, nn

from tipr.losses.words import word_loss


class WordHead(nn.Module):
    """One linear map for pictures and sentences alike, as the ID term has one over identities.

    Unlike an identity, a word is shared by many people, so what is learned holds for new ones.
    """

    def __init__(self, width: int, phrases: int) -> None:
        """`width` is that of the features, `phrases` the size of the vocabulary."""
        super().__init__()
        self.linear = nn.Linear(width, phrases)
        nn.init.normal_(self.linear.weight, std=(0.5 / width) ** 0.5)
        nn.init.zeros_(self.linear.bias)

    def forward(self, image_BD: Tensor, text_BD: Tensor, said_BW: Tensor) -> Tensor:
        """The mean word loss of both features; the pair's own sentence is the target of both."""
        weight, bias = self.linear.weight.float(), self.linear.bias.float()
        image, text = (
            word_loss(nn.functional.linear(features_BD, weight, bias), said_BW)
            for features_BD in (image_BD, text_BD)
        )
        return torch.stack([image, text]).mean()
