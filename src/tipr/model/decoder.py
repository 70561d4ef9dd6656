"""The restoration decoder: visible grey patches + words -> the pixels of every patch.

It exists in training only. Shape legend: B pictures, L patches, K visible tokens, T words,
D width, p pixel values of a patch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from tipr.model.blocks import Attention, initialise, stack
from tipr.model.masking import put_back


class Words(NamedTuple):
    """A sentence's token features (B, T, D), and where they are words rather than padding.

    `seen_BT` None means that padding is looked at too, as the released code does.
    """

    tokens_BTD: Tensor
    seen_BT: Tensor | None


def sincos_positions(rows: int, columns: int, width: int) -> Tensor:
    """Fixed 2-D sine-cosine positions, (rows * columns, width).

    The first half encodes the column, the second the row, as in MAE (He et al., CVPR 2022);
    each half is sines, then cosines, of the coordinate at frequencies 10000^(-4i/width).
    """
    if width % 4:
        raise ValueError(f"2-D sine-cosine positions need a multiple of 4, found width {width}")
    frequency = 10000.0 ** -(torch.arange(width // 4, dtype=torch.float64) / (width // 4))

    def encode(coordinate: Tensor) -> Tensor:
        angle = coordinate.double()[:, None] * frequency
        return torch.cat([angle.sin(), angle.cos()], dim=1)

    row = torch.arange(rows).repeat_interleave(columns)
    column = torch.arange(columns).repeat(rows)
    return torch.cat([encode(column), encode(row)], dim=1).float()


class RestorationDecoder(nn.Module):
    """Norm, linear, mask tokens in place, positions; words; blocks; pixels.

    fuse "cross": image tokens query the words, and `residual` keeps what they held before.
    fuse "concat": image and word tokens pass the blocks as one sequence.
    """

    def __init__(
        self,
        *,
        grid: tuple[int, int],
        patch: int,
        width: int,
        depth: int,
        heads: int,
        has_class: bool,
        vision_width: int = 0,
        fuse: str = "cross",
        residual: bool = True,
        activation: str = "quick_gelu",
    ) -> None:
        """`vision_width` > 0 gives the encoder's own mask token (hide = "mask_token")."""
        super().__init__()
        self.has_class = has_class
        self.residual = residual
        self.norm_image = nn.LayerNorm(width)
        self.norm_words = nn.LayerNorm(width)
        self.embed = nn.Linear(width, width)
        self.mask_token = nn.Parameter(torch.randn(width) * 0.02)
        if vision_width:
            self.encoder_mask_token = nn.Parameter(torch.randn(vision_width) * 0.02)
        positions = sincos_positions(*grid, width)
        if has_class:
            positions = torch.cat([torch.zeros(1, width), positions])
        self.positions: Tensor
        self.register_buffer("positions", positions, persistent=False)
        self.cross = fuse == "cross"
        if self.cross:
            self.norm_query = nn.LayerNorm(width)
            self.attention = Attention(width, heads)
            self.norm_fused = nn.LayerNorm(width)
        self.blocks = stack(depth, width, heads, activation)
        self.norm_out = nn.LayerNorm(width)
        self.pixels = nn.Linear(width, patch * patch * 3)
        initialise(self)

    def forward(self, tokens_BKD: Tensor, kept_BK: Tensor | None, words: Words | None) -> Tensor:
        """Predicted normalised pixels of all patches, (B, L, p), ordered as `patchify` orders.

        tokens_BKD: the encoder's projected tokens, the class token first where there is one;
        kept_BK: which patches they are, None when the encoder saw the whole sequence.
        """
        x_BLD = self.embed(self.norm_image(tokens_BKD))
        if kept_BK is not None:
            x_BLD = self._in_order(x_BLD, kept_BK)
        x_BLD = x_BLD + self.positions.to(x_BLD.dtype)
        x_BLD = self._with_words(x_BLD, words)
        return self.pixels(self.norm_out(x_BLD[:, self.has_class :]))

    def _in_order(self, x_BKD: Tensor, kept_BK: Tensor) -> Tensor:
        patches = len(self.positions) - self.has_class
        first_B1D, visible_BKD = x_BKD[:, : self.has_class], x_BKD[:, self.has_class :]
        whole_BLD = put_back(visible_BKD, kept_BK, self.mask_token, patches)
        return torch.cat([first_B1D, whole_BLD], dim=1)

    def _with_words(self, x_BLD: Tensor, words: Words | None) -> Tensor:
        seen = None
        length = x_BLD.shape[1]
        if words is not None:
            words_BTD = self.norm_words(words.tokens_BTD)
            seen = None if words.seen_BT is None else words.seen_BT[:, None, None, :]
            if self.cross:
                told_BLD = self.attention(self.norm_query(x_BLD), words_BTD, seen)
                x_BLD = self.norm_fused(x_BLD + told_BLD if self.residual else told_BLD)
                seen = None
            else:
                x_BLD = torch.cat([x_BLD, words_BTD], dim=1)
                if seen is not None:
                    always = seen.new_ones(1, 1, 1, 1).expand(len(seen), 1, 1, length)
                    seen = torch.cat([always, seen], dim=-1)
        elif self.cross:
            x_BLD = self.norm_fused(self.norm_query(x_BLD))
        return self.blocks(x_BLD, seen)[:, :length]
