"""SEN: the dual encoder of pictures and sentences, with its restoration decoder in training.

Source: Liu, Li, Zhao, Dong, "Text-guided image restoration and semantic enhancement for
text-to-image person retrieval", Neural Networks 184 (2025), arXiv 2307.09059; the trunk is
CLIP's (Radford et al. 2021) at IRRA's rectangular size. Shape legend: B batch, L patches,
T tokens, D embedding.
"""

from typing import NamedTuple

from torch import Tensor, nn

from tipr.model.decoder import RestorationDecoder, Words
from tipr.model.masking import Hidden
from tipr.model.text import TextTower
from tipr.model.vision import VisionTower


class Features(NamedTuple):
    """One feature a picture or sentence (B, D), not normalised, and one a token (B, L or T, D)."""

    pooled_BD: Tensor
    tokens_BLD: Tensor


class SEN(nn.Module):
    """The parts composed. Retrieval needs only the towers; `decoder` is None there."""

    def __init__(
        self, vision: VisionTower, text: TextTower, decoder: RestorationDecoder | None = None
    ) -> None:
        super().__init__()
        self.vision = vision
        self.text = text
        self.decoder = decoder

    def encode_image(self, pixels_B3HW: Tensor, *, kept_BK: Tensor | None = None) -> Features:
        """Features of normalised pictures; `kept_BK` are the patches to look at (None = all)."""
        tokens_BLD = self.vision(pixels_B3HW, kept_BK=kept_BK)
        return Features(self.vision.pool(tokens_BLD), tokens_BLD)

    def encode_text(self, ids_BT: Tensor, *, padding_too: bool = False) -> Features:
        """Features of token ids; see TextTower about padding."""
        tokens_BTD = self.text(ids_BT, padding_too=padding_too)
        return Features(self.text.pool(tokens_BTD, ids_BT), tokens_BTD)

    def restore(self, pixels_B3HW: Tensor, hidden: Hidden, words: Words | None) -> Tensor:
        """Predict the colour pixels of every patch, (B, L, p), from what is not hidden."""
        if self.decoder is None:
            raise ValueError("this SEN was built for retrieval, without a decoder")
        if hasattr(self.decoder, "encoder_mask_token"):
            tokens_BLD = self.vision(
                pixels_B3HW,
                hidden_BL=hidden.hidden_BL,
                mask_token_C=self.decoder.encoder_mask_token,
            )
            return self.decoder(tokens_BLD, None, words)
        tokens_BKD = self.vision(pixels_B3HW, kept_BK=hidden.kept_BK)
        return self.decoder(tokens_BKD, hidden.kept_BK, words)
