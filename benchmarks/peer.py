"""The named peer: transformers' CLIPModel at ViT-B/16, 384x128, as a plain implementation uses it.

Its towers take the places of ours in `SEN`, so that whatever else a step does is the same on both
sides. Hidden patches are dropped before its blocks, as the released method does.

Shape legend: B pictures or sentences, L patches, K visible patches, T tokens, D embedding.
"""

import torch
from torch import Tensor, nn
from transformers import CLIPConfig, CLIPModel

from tipr.model.masking import pick

ROWS, COLUMNS, LENGTH = 24, 8, 77


def clip(vocabulary: int) -> CLIPModel:
    """ViT-B/16 with random weights and a position for every patch of 384x128."""
    config = CLIPConfig(
        projection_dim=512,
        text_config={"vocab_size": vocabulary, "bos_token_id": 0, "eos_token_id": 2},
        vision_config={"patch_size": 16, "projection_dim": 512},
    )
    model = CLIPModel(config)
    places = nn.Embedding(ROWS * COLUMNS + 1, config.vision_config.hidden_size)
    model.vision_model.embeddings.position_embedding = places
    return model


class PeerVision(nn.Module):
    """Pixels to projected tokens, (B, 1 + L or K, D), the class token first."""

    def __init__(self, model: CLIPModel) -> None:
        super().__init__()
        self.tower, self.projection = model.vision_model, model.visual_projection

    def forward(self, pixels_B3HW: Tensor, *, kept_BK: Tensor | None = None) -> Tensor:
        embed = self.tower.embeddings
        patches_BLC = embed.patch_embedding(pixels_B3HW).flatten(2).transpose(1, 2)
        first_B1C = embed.class_embedding.to(patches_BLC.dtype).expand(len(patches_BLC), 1, -1)
        x_BLC = torch.cat([first_B1C, patches_BLC], dim=1) + embed.position_embedding.weight
        if kept_BK is not None:
            x_BLC = torch.cat([x_BLC[:, :1], pick(x_BLC[:, 1:], kept_BK)], dim=1)
        x_BLC = self.tower.encoder(self.tower.pre_layrnorm(x_BLC)).last_hidden_state
        return self.projection(self.tower.post_layernorm(x_BLC))

    def pool(self, tokens_BLD: Tensor) -> Tensor:
        return tokens_BLD[:, 0]


class PeerText(nn.Module):
    """Ids to projected tokens, (B, T, D); every sentence is encoded at the length it comes in."""

    def __init__(self, model: CLIPModel) -> None:
        super().__init__()
        self.tower, self.projection = model.text_model, model.text_projection

    def forward(self, ids_BT: Tensor, *, padding_too: bool = True) -> Tensor:
        assert padding_too
        return self.projection(self.tower(input_ids=ids_BT).last_hidden_state)

    def pool(self, tokens_BTD: Tensor, ids_BT: Tensor) -> Tensor:
        return tokens_BTD[torch.arange(len(ids_BT), device=ids_BT.device), ids_BT.argmax(dim=1)]
