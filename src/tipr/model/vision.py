"""The picture tower: pixels to one feature per patch, and one for the picture.

Shape legend: B pictures, L patches, K visible patches, P patch side, C width, D embedding.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tipr.model.blocks import initialise, stack
from tipr.model.masking import pick


def patchify(pixels_B3HW: Tensor, patch: int) -> Tensor:
    """(B, L, P*P*3): row by row, each patch's pixels ordered (row, column, channel)."""
    batch, channels, height, width = pixels_B3HW.shape
    grid = pixels_B3HW.view(batch, channels, height // patch, patch, width // patch, patch)
    return grid.permute(0, 2, 4, 3, 5, 1).reshape(batch, -1, patch * patch * channels)


class PatchStem(nn.Module):
    """CLIP's stem: every patch through one linear map, without a bias."""

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(patch * patch * 3, width, bias=False)

    def forward(self, patches_BLp: Tensor) -> Tensor:
        return self.linear(patches_BLp)


class HierarchicalStem(nn.Module):
    """Three linear maps with nonlinearities between: 4x4 pixels, 2x2 of those, then the patch.

    The hMLP stem of Touvron et al. 2022 (arXiv 2203.09795), here without its norms. No map
    reaches over a patch's edge, so what is hidden never leaks into what is visible.
    """

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        if patch % 8:
            raise ValueError(f"the hierarchical stem needs a multiple of 8, found patch {patch}")
        self.patch = patch
        last = (patch // 8) ** 2
        self.pixels = nn.Linear(4 * 4 * 3, width // 4)
        self.squares = nn.Linear(4 * (width // 4), width // 2)
        self.whole = nn.Linear(last * (width // 2), width)
        self.activation = nn.GELU()

    def forward(self, patches_BLp: Tensor) -> Tensor:
        batch, patches, _ = patches_BLp.shape
        n = self.patch // 8
        # patch rows and columns as (outer square, inner square, pixel), innermost last
        x = patches_BLp.view(batch, patches, n, 2, 4, n, 2, 4, 3)
        x = x.permute(0, 1, 2, 5, 3, 6, 4, 7, 8).reshape(batch, patches, n * n, 4, 48)
        x = self.activation(self.pixels(x)).flatten(-2)
        x = self.activation(self.squares(x)).flatten(-2)
        return self.whole(x)


STEMS: dict[str, type[nn.Module]] = {"patch": PatchStem, "hmlp": HierarchicalStem}


class VisionTower(nn.Module):
    """A vision transformer over the patches of a rectangular picture.

    With pool "class" (CLIP) the first token is the class token, and it is the picture's
    feature; with "max" there is none and the feature is the maximum over the patches.
    """

    def __init__(
        self,
        *,
        image_size: tuple[int, int],
        patch: int,
        width: int,
        depth: int,
        heads: int,
        embed: int,
        stem: str = "patch",
        pool: str = "class",
        activation: str = "quick_gelu",
    ) -> None:
        super().__init__()
        self.patch = patch
        self.patches = (image_size[0] // patch) * (image_size[1] // patch)
        self.has_class = pool == "class"
        self.stem = STEMS[stem](patch, width)
        if self.has_class:
            self.class_token = nn.Parameter(torch.randn(width) * width**-0.5)
        self.positions = nn.Parameter(torch.randn(self.patches + self.has_class, width) * 0.02)
        # CLIP normalises before its blocks; so do we, where CLIP's weights are the start
        self.norm_in = nn.LayerNorm(width) if self.has_class else nn.Identity()
        self.blocks = stack(depth, width, heads, activation)
        self.norm_out = nn.LayerNorm(width)
        self.projection = nn.Linear(width, embed, bias=False)
        self.norm_pool = nn.Identity() if self.has_class else nn.LayerNorm(embed)
        initialise(self)

    def forward(
        self,
        pixels_B3HW: Tensor,
        *,
        kept_BK: Tensor | None = None,
        hidden_BL: Tensor | None = None,
        mask_token_C: Tensor | None = None,
    ) -> Tensor:
        """Projected tokens, (B, [1 +] patches, D); the class token first where there is one.

        Hiding is decided by the caller: `kept_BK` drops all other patches before the blocks
        (and before the stem); `hidden_BL` with `mask_token_C` puts the token in their place.
        """
        patches_BLp = patchify(pixels_B3HW, self.patch)
        places_LC = self.positions[self.has_class :]
        if kept_BK is not None:
            # embedding, not indexing: its backward adds in a fixed order on several CPU threads
            x_BKC = self.stem(pick(patches_BLp, kept_BK)) + F.embedding(kept_BK, places_LC)
        else:
            x_BKC = self.stem(patches_BLp)
            if hidden_BL is not None and mask_token_C is not None:
                x_BKC = torch.where(hidden_BL[..., None], mask_token_C.to(x_BKC.dtype), x_BKC)
            x_BKC = x_BKC + places_LC
        if self.has_class:
            first = (self.class_token + self.positions[0]).to(x_BKC.dtype)
            x_BKC = torch.cat([first.expand(len(x_BKC), 1, -1), x_BKC], dim=1)
        x_BKC = self.norm_in(x_BKC)
        return self.projection(self.norm_out(self.blocks(x_BKC)))

    def pool(self, tokens_BLD: Tensor) -> Tensor:
        """The picture's own feature, (B, D), not of length one.

        A maximum over many tokens is large in every channel, which makes all pictures alike at
        the start; its norm takes that common part away.
        """
        return tokens_BLD[:, 0] if self.has_class else self.norm_pool(tokens_BLD.amax(dim=1))
