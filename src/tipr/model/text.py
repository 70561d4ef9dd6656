"""The sentence tower: token ids to one feature per token, and one for the sentence.

Shape legend: B sentences, T tokens, C width, D embedding. A row of ids ends with the end token,
the largest id of the vocabulary; whatever follows is padding.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tipr.model.blocks import initialise, stack

GROUPS = 4
"""A padded batch is encoded in up to so many groups of like length, each cut to its own longest."""
EACH = 8
"""Sentences a group at least: every group goes through all matrices again."""


def lengths_of(ids_BT: Tensor) -> Tensor:
    """(B,) number of tokens up to and including the end token."""
    return ids_BT.argmax(dim=1) + 1


def words_of(ids_BT: Tensor) -> Tensor:
    """(B, T) boolean: False at padding."""
    return torch.arange(ids_BT.shape[1], device=ids_BT.device) < lengths_of(ids_BT)[:, None]


class TextTower(nn.Module):
    """A transformer over tokens; causal with the end token's feature (CLIP), or neither."""

    def __init__(
        self,
        *,
        vocabulary: int,
        length: int,
        width: int,
        depth: int,
        heads: int,
        embed: int,
        causal: bool = True,
        pool: str = "end",
        activation: str = "quick_gelu",
    ) -> None:
        super().__init__()
        self.causal = causal
        self.takes_end = pool == "end"
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.randn(length, width) * 0.01)
        self.blocks = stack(depth, width, heads, activation)
        self.norm_out = nn.LayerNorm(width)
        self.projection = nn.Linear(width, embed, bias=False)
        self.norm_pool = nn.Identity() if self.takes_end else nn.LayerNorm(embed)
        initialise(self)

    def forward(self, ids_BT: Tensor, *, padding_too: bool = False) -> Tensor:
        """Projected tokens, (B, T, D). Features at padding are zero, unless asked for.

        Sentences never see padding, so groups of like length give what the whole batch would,
        for fewer operations. `padding_too` keeps the features at padding, as CLIP does; only the
        released restoration looks at them.
        """
        groups = min(GROUPS, len(ids_BT) // EACH) if ids_BT.device.type == "cpu" else 1
        if padding_too or groups < 2:
            words_BT = words_of(ids_BT)
            tokens_BTD = self._encode(ids_BT, words_BT)
            return tokens_BTD if padding_too else tokens_BTD.masked_fill(~words_BT[..., None], 0.0)
        lengths_B = lengths_of(ids_BT)
        order_B = lengths_B.argsort(stable=True)
        parts: list[Tensor] = []
        for rows in order_B.chunk(groups):
            ids = ids_BT[rows, : int(lengths_B[rows[-1]])]
            words = words_of(ids)
            tokens = self._encode(ids, words).masked_fill(~words[..., None], 0.0)
            parts.append(F.pad(tokens, (0, 0, 0, ids_BT.shape[1] - ids.shape[1])))
        return torch.cat(parts)[order_B.argsort()]

    def pool(self, tokens_BTD: Tensor, ids_BT: Tensor) -> Tensor:
        """The sentence's own feature, (B, D), not of length one; see VisionTower.pool."""
        if self.takes_end:
            rows = torch.arange(len(ids_BT), device=ids_BT.device)
            return tokens_BTD[rows, ids_BT.argmax(dim=1)]
        padding = ~words_of(ids_BT)[..., None]
        words_BTD = tokens_BTD.masked_fill(padding, torch.finfo(tokens_BTD.dtype).min)
        return self.norm_pool(words_BTD.amax(dim=1))

    def _encode(self, ids_BT: Tensor, words_BT: Tensor) -> Tensor:
        x_BTC = self.embedding(ids_BT) + self.positions[: ids_BT.shape[1]]
        x_BTC = self.blocks(x_BTC, self._seen(words_BT))
        return self.projection(self.norm_out(x_BTC))

    def _seen(self, words_BT: Tensor) -> Tensor:
        """Who may look at whom. Padding stands behind the words, so causal words never see it."""
        if self.causal:
            length = words_BT.shape[1]
            return words_BT.new_ones(length, length).tril()
        return words_BT[:, None, None, :]
