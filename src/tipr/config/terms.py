"""Settings of the loss terms."""

from typing import Literal, Self

from pydantic import Field, model_validator

from tipr.config.section import Section


class Term(Section):
    """A loss term: weight 0 removes it and its compute.

    `start` is the share of the run's steps before it is switched on; `ramp` the share over which
    its weight then grows linearly to full.
    """

    weight: float = Field(default=0.0, ge=0)
    start: float = Field(default=0.0, ge=0, lt=1)
    ramp: float = Field(default=0.0, ge=0, lt=1)

    def weight_at(self, progress: float) -> float:
        """The weight when `progress` (0 to 1) of the run's steps are done."""
        if progress < self.start:
            return 0.0
        if self.ramp == 0.0 or progress >= self.start + self.ramp:
            return self.weight
        return self.weight * (progress - self.start) / self.ramp


class SdmConfig(Term):
    """Similarity distribution matching (IRRA); temperature 0.02 as released."""

    weight: float = Field(default=1.0, ge=0)
    temperature: float = Field(default=0.02, gt=0)


class IdentityConfig(Term):
    """Classification of both features over the training identities."""

    weight: float = Field(default=1.0, ge=0)
    smoothing: float = Field(default=0.0, ge=0, lt=1)


class CmtConfig(Term):
    """Cross-modal triplet with the hardest negative of the batch."""

    weight: float = Field(default=10.0, ge=0)
    margin: float = Field(default=0.05, ge=0)
    positive: Literal["paired", "hardest"] = "paired"


class ContrastiveConfig(Term):
    """Symmetric InfoNCE, CLIP's own loss; every pair of the same person is a positive.

    The temperature is learned: `scale` = 1/temperature at the start, `max_scale` its bound.
    """

    weight: float = Field(default=0.0, ge=0)
    scale: float = Field(default=14.2857, gt=0)
    max_scale: float = Field(default=100.0, gt=0)


class WordsConfig(Term):
    """Prediction of the words by which a person was described, from picture and sentence alike.

    The vocabulary: words and neighbouring pairs of words that at least `least` of the training
    captions hold, weighed by rarity; the target: all captions of the person. Ours, after Joulin
    et al. (ECCV 2016, arXiv 1511.02251); for models that start from random weights.
    """

    weight: float = Field(default=0.0, ge=0)
    least: int = Field(default=8, ge=1)


class RestorationConfig(Term):
    """Text-guided image restoration: grey, partly hidden picture + words -> colour patches.

    `share`: the part of each batch that is restored (1 = all, as released; less saves compute).
    `hide`: "drop" hidden patches before the encoder (MAE) or put a learned "mask_token" there.
    `fuse`: "cross" attention from picture to words, or self-attention over their "concat".
    `residual`: add the cross-attention's input to its output. `mask_padding`: words only.
    `colour`: what the encoder sees: true "luminance", grey mixed from "normalised" channels
    (released), or colour "kept". `count`: hide exactly round(ratio * patches), or "released"
    with one hidden patch per picture left out of the loss. `ask_erased`: also ask back what
    random erasing painted over. `reuse_text`: take the words' features from the main pass
    instead of encoding them again. `words`: the "paired" sentence, "none", or a "wrong" one.
    """

    weight: float = Field(default=10.0, ge=0)
    ratio: float = Field(default=0.7, gt=0, lt=1)
    share: float = Field(default=1.0, gt=0, le=1)
    depth: int = Field(default=4, ge=0)
    heads: int = Field(default=8, ge=1)
    hide: Literal["drop", "mask_token"] = "drop"
    fuse: Literal["cross", "concat"] = "cross"
    residual: bool = True
    mask_padding: bool = True
    colour: Literal["luminance", "normalised", "kept"] = "luminance"
    count: Literal["exact", "released"] = "exact"
    ask_erased: bool = False
    reuse_text: bool = True
    words: Literal["paired", "none", "wrong"] = "paired"

    @model_validator(mode="after")
    def _released_count_drops(self) -> Self:
        if self.count == "released" and self.hide != "drop":
            raise ValueError("count 'released' is defined for hide = 'drop' only")
        return self
