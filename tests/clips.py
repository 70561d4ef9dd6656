"""Tiny CLIPs in everybody's file formats, for the tests of conversion.

The towers have unequal widths and depths, and several heads, so that a wrong split shows.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from tipr.inputs.tokenizer import Tokenizer

VOCABULARY, LENGTH, PATCH, EMBED = 600, 20, 8, 48
SENTENCES = ["a man in a red coat", "a woman with a bag and a long green scarf", "someone"]


class OpenAIBlock(nn.Module):
    """The parameters of one of CLIP's residual attention blocks, by OpenAI's names."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, width // 64)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.ModuleDict(
            {"c_fc": nn.Linear(width, 4 * width), "c_proj": nn.Linear(4 * width, width)}
        )
        self.ln_2 = nn.LayerNorm(width)


class OpenAITransformer(nn.Module):
    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.resblocks = nn.Sequential(*(OpenAIBlock(width) for _ in range(depth)))


class OpenAIVision(nn.Module):
    def __init__(self, width: int, depth: int, patches: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, PATCH, PATCH, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(width))
        self.positional_embedding = nn.Parameter(torch.randn(1 + patches, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = OpenAITransformer(width, depth)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.randn(width, EMBED) / 8)


class OpenAICLIP(nn.Module):
    """OpenAI's tree of parameters, whose forward pass is of no interest."""

    def __init__(self, *, patches: int = 16) -> None:
        super().__init__()
        self.visual = OpenAIVision(192, 3, patches)
        self.transformer = OpenAITransformer(128, 2)
        self.token_embedding = nn.Embedding(VOCABULARY, 128)
        self.positional_embedding = nn.Parameter(torch.randn(LENGTH, 128))
        self.ln_final = nn.LayerNorm(128)
        self.text_projection = nn.Parameter(torch.randn(128, EMBED) / 8)
        self.logit_scale = nn.Parameter(torch.tensor(4.6052))
        self.register_buffer("input_resolution", torch.tensor(32))

    def forward(self, x: Tensor) -> Tensor:
        return x


def openai_state(*, patches: int = 16) -> dict[str, Tensor]:
    """A state under OpenAI's names; every norm and bias is random too, so none can be confused."""
    torch.manual_seed(5)
    model = OpenAICLIP(patches=patches)
    for p in model.parameters():
        if p.ndim == 1:
            p.data += torch.randn_like(p) * 0.1
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def clip_model(state: dict[str, Tensor], *, side: int = 32) -> Any:
    """transformers' CLIPModel with the weights of an OpenAI state: the oracle of features.

    Filled name by name here, independently of the package's own renaming.
    """
    from transformers import CLIPConfig, CLIPModel

    model = CLIPModel(CLIPConfig(**settings(side))).eval()
    theirs = {"logit_scale": state["logit_scale"]}
    for tower, prefix, width, depth in (
        ("vision_model", "visual.", 192, 3),
        ("text_model", "", 128, 2),
    ):
        for n in range(depth):
            old = f"{prefix}transformer.resblocks.{n}."
            new = f"{tower}.encoder.layers.{n}."
            for kind in ("weight", "bias"):
                whole = state[f"{old}attn.in_proj_{kind}"]
                for number, part in enumerate("qkv"):
                    rows = slice(number * width, (number + 1) * width)
                    theirs[f"{new}self_attn.{part}_proj.{kind}"] = whole[rows]
                for a, b in (
                    ("attn.out_proj", "self_attn.out_proj"),
                    ("ln_1", "layer_norm1"),
                    ("ln_2", "layer_norm2"),
                    ("mlp.c_fc", "mlp.fc1"),
                    ("mlp.c_proj", "mlp.fc2"),
                ):
                    theirs[f"{new}{b}.{kind}"] = state[f"{old}{a}.{kind}"]
    vision, text = "vision_model.embeddings.", "text_model.embeddings."
    for kind in ("weight", "bias"):
        theirs[f"vision_model.pre_layrnorm.{kind}"] = state[f"visual.ln_pre.{kind}"]
        theirs[f"vision_model.post_layernorm.{kind}"] = state[f"visual.ln_post.{kind}"]
        theirs[f"text_model.final_layer_norm.{kind}"] = state[f"ln_final.{kind}"]
    theirs[f"{vision}patch_embedding.weight"] = state["visual.conv1.weight"]
    theirs[f"{vision}class_embedding"] = state["visual.class_embedding"]
    theirs[f"{vision}position_embedding.weight"] = state["visual.positional_embedding"]
    theirs[f"{text}token_embedding.weight"] = state["token_embedding.weight"]
    theirs[f"{text}position_embedding.weight"] = state["positional_embedding"]
    theirs["visual_projection.weight"] = state["visual.proj"].T
    theirs["text_projection.weight"] = state["text_projection"].T
    model.load_state_dict(theirs)
    return model


def settings(side: int, activation: str = "quick_gelu") -> dict[str, Any]:
    """What transformers' CLIPConfig takes for these sizes."""
    return {
        "projection_dim": EMBED,
        "text_config": {
            "hidden_size": 128,
            "intermediate_size": 512,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "vocab_size": VOCABULARY,
            "max_position_embeddings": LENGTH,
            "hidden_act": activation,
            "eos_token_id": 2,
        },
        "vision_config": {
            "hidden_size": 192,
            "intermediate_size": 768,
            "num_hidden_layers": 3,
            "num_attention_heads": 3,
            "image_size": side,
            "patch_size": PATCH,
            "hidden_act": activation,
        },
    }


def vocabulary(path: Path, size: int = VOCABULARY) -> Path:
    """A tokenizer.json of exactly `size` entries."""
    letters = [f"{a} {b}" for a in "abcdefghijklmnop" for b in "abcdefghijklmnop"]
    made = Tokenizer.trained([" ".join(pair.replace(" ", "") for pair in letters)] * 2, size)
    assert made.size == size, made.size
    made.save(path)
    return path


def archive(path: Path, state: dict[str, Tensor], *, patches: int = 16) -> Path:
    """A TorchScript archive of these weights in float16, as OpenAI publishes them."""
    import warnings

    model = OpenAICLIP(patches=patches)
    model.load_state_dict(state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript is old, so is the format
        torch.jit.save(torch.jit.trace(model.half(), torch.zeros(1)), path)
    return path


def ids(tokenizer: Tokenizer) -> Tensor:
    """(3, LENGTH) ids, padded with 0."""
    from tipr.inputs.tokenizer import pad

    return torch.from_numpy(pad([tokenizer.ids(s, LENGTH) for s in SENTENCES]))


def write_json(path: Path, table: dict[str, Any]) -> None:
    path.write_text(json.dumps(table), encoding="utf-8")


def write_state(path: Path, state: dict[str, Tensor]) -> Path:
    save_file({name: value.contiguous() for name, value in state.items()}, path)
    return path
