"""The README.md of a converted model: what it is, where it is from, how to use it."""

from dataclasses import dataclass

from tipr import __version__
from tipr.config import ModelConfig
from tipr.weights.huggingface import is_clip

SQUARE = """\
from transformers import CLIPModel, CLIPTokenizer

folder = "MODEL_DIR"
model = CLIPModel.from_pretrained(folder).eval()
tokenizer = CLIPTokenizer.from_pretrained(folder)


def image_features(pixels):
    return model.get_image_features(pixels).pooler_output


def text_features(sentences):
    batch = tokenizer(
        sentences,
        padding=True,
        truncation=True,
        max_length=model.config.text_config.max_position_embeddings,
        return_tensors="pt",
    )
    return model.get_text_features(**batch).pooler_output
"""
RECTANGLE = """\
import torch
from safetensors.torch import load_file
from transformers import CLIPModel, CLIPTokenizer

folder = "MODEL_DIR"
model = CLIPModel.from_pretrained(folder, ignore_mismatched_sizes=True).eval()
tokenizer = CLIPTokenizer.from_pretrained(folder)

# transformers knows square pictures only: give it the rectangle's own table of positions
state = load_file(f"{folder}/model.safetensors")
places = model.vision_model.embeddings
places.position_embedding = torch.nn.Embedding.from_pretrained(
    state["vision_model.embeddings.position_embedding.weight"], freeze=False
)
places.interpolate_pos_encoding = lambda *_: places.position_embedding.weight


def image_features(pixels):
    return model.get_image_features(pixels, interpolate_pos_encoding=True).pooler_output


def text_features(sentences):
    batch = tokenizer(
        sentences,
        padding=True,
        truncation=True,
        max_length=model.config.text_config.max_position_embeddings,
        return_tensors="pt",
    )
    return model.get_text_features(**batch).pooler_output
"""
"""How transformers loads a model directory; executed by the tests."""


@dataclass(frozen=True)
class Converted:
    """What was made: for the one who asked, and for the directory's README."""

    source: str
    kind: str
    sha256: str
    config: ModelConfig
    old_grid: tuple[int, int]
    parameters: int
    left_out: list[str]
    notes: tuple[str, ...]

    @property
    def positions(self) -> str:
        """What became of the table of positions, in words."""
        old, new = (f"{rows}x{columns}" for rows, columns in (self.old_grid, self.config.grid))
        return f"{old}, kept" if old == new else f"resized from {old} to {new}"


def card(made: Converted) -> str:
    """The whole text, in Markdown."""
    config = made.config
    vision, text, image = config.vision, config.text, config.image
    rows: dict[str, object] = {
        "source": made.source,
        "what it is": made.kind,
        "sha256 of the source": f"`{made.sha256}`",
        "picture": f"{image.height}x{image.width}, patches of {vision.patch}; positions "
        f"{made.positions}",
        "picture tower": f"width {vision.width}, {vision.depth} blocks, {vision.heads} heads",
        "sentence tower": f"width {text.width}, {text.depth} blocks, {text.heads} heads, "
        f"{text.vocabulary:,} entries, {text.length} tokens",
        "features": f"{config.embed} wide",
        "activation": config.activation,
        "parameters": f"{made.parameters:,}",
    }
    if made.notes:
        rows["note"] = "; ".join(made.notes)
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    left_out = "\n".join(f"- `{name}`" for name in made.left_out) or "Nothing."
    return f"""\
# A model for finding people by description

Converted by tipr {__version__}. The licence of these weights is that of their source.

| | |
|---|---|
{table}

## With tipr

```
tipr index MODEL_DIR FOLDER GALLERY
tipr search GALLERY "a woman in a red coat"
```

## With Hugging Face transformers

{_transformers(config)}
## Left out

Names in the source that retrieval does not use:

{left_out}
"""


def _transformers(config: ModelConfig) -> str:
    if not is_clip(config):
        return "Not possible: the architecture is not CLIP's.\n"
    recipe = SQUARE if config.image.height == config.image.width else RECTANGLE
    return f"""\
Written for transformers 5; `pixels` are (N, 3, {config.image.height}, {config.image.width}), the \
picture stretched to that size (bicubic), (value / 255 - mean) / std with the mean and std in \
`config.json`.

```python
{recipe}```
"""
