"""Settings of the dual encoder and its vocabulary: everything needed to rebuild it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from tipr.config.section import Positive, Section

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class ImageConfig(Section):
    """How a picture enters the model: size in pixels, then (value / 255 - mean) / std."""

    height: int = Field(default=384, ge=1)
    width: int = Field(default=128, ge=1)
    mean: tuple[float, float, float] = CLIP_MEAN
    std: tuple[Positive, Positive, Positive] = CLIP_STD


class VisionConfig(Section):
    """The picture tower. Defaults: CLIP ViT-B/16.

    `stem`: "patch" is CLIP's one linear map of a patch; "hmlp" three of them with nonlinearities
    between (hMLP), better from random weights. `pool`: "class" is CLIP's class token, "max" the
    maximum over all patches (and then there is no class token). `mirror`: at retrieval a picture
    is encoded together with its mirror image, for twice the work; training is as without.
    """

    patch: int = Field(default=16, ge=1)
    width: int = Field(default=768, ge=1)
    depth: int = Field(default=12, ge=1)
    heads: int = Field(default=12, ge=1)
    stem: Literal["patch", "hmlp"] = "patch"
    pool: Literal["class", "max"] = "class"
    mirror: bool = False


class TextConfig(Section):
    """The sentence tower. Defaults: CLIP ViT-B/16.

    `causal`: tokens see only what stands before them (CLIP). `pool`: "end" is the end token,
    "max" the maximum over the sentence's tokens.
    """

    vocabulary: int = Field(default=49408, ge=4)
    length: int = Field(default=77, ge=4)
    width: int = Field(default=512, ge=1)
    depth: int = Field(default=12, ge=1)
    heads: int = Field(default=8, ge=1)
    causal: bool = True
    pool: Literal["end", "max"] = "end"


class ModelConfig(Section):
    """The dual encoder: everything needed to rebuild it for retrieval."""

    embed: int = Field(default=512, ge=1)
    activation: Literal["quick_gelu", "gelu"] = "quick_gelu"
    image: ImageConfig = ImageConfig()
    vision: VisionConfig = VisionConfig()
    text: TextConfig = TextConfig()

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        patch, image = self.vision.patch, self.image
        if image.height % patch or image.width % patch:
            raise ValueError(
                f"image {image.height}x{image.width} is not a whole number of {patch}-pixel "
                f"patches; take multiples of {patch}, "
                f"e.g. {_nearest(image.height, patch)}x{_nearest(image.width, patch)}"
            )
        if self.vision.stem == "hmlp" and patch % 8:
            raise ValueError(f"stem 'hmlp' needs a patch that is a multiple of 8, found {patch}")
        for name, tower in (("vision", self.vision), ("text", self.text)):
            if tower.width % tower.heads:
                raise ValueError(
                    f"{name}.width {tower.width} must be a multiple of {name}.heads {tower.heads}"
                )
        return self

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns) of patches."""
        return self.image.height // self.vision.patch, self.image.width // self.vision.patch


class TokenizerConfig(Section):
    """Where the vocabulary comes from.

    "clip" reads CLIP's byte-pair vocabulary from `vocabulary` (a `bpe_simple_vocab_16e6.txt.gz`,
    a `tokenizer.json`, or a folder that holds one; empty: an installed clip or open_clip
    package). "trained" learns a small one from the training captions: merges until `size`
    entries, each seen at least twice.
    """

    kind: Literal["clip", "trained"] = "clip"
    vocabulary: str = ""
    size: int = Field(default=2000, ge=600, le=1_000_000)


def _nearest(size: int, patch: int) -> int:
    return max(1, round(size / patch)) * patch
