"""Settings of a run: optimiser, length, books, device; and all sections together."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from tipr.config.data import AugmentConfig, DataConfig, PruningConfig, SamplerConfig
from tipr.config.network import ModelConfig, TokenizerConfig
from tipr.config.section import Momentum, Section
from tipr.config.terms import (
    CmtConfig,
    ContrastiveConfig,
    IdentityConfig,
    RestorationConfig,
    SdmConfig,
    Term,
    WordsConfig,
)


class OptimConfig(Section):
    """The optimiser. `fresh_factor` multiplies `lr` for parts that start from random weights.

    "muon" orthogonalises the updates of the blocks' matrices (learning rate `muon_lr`) and
    leaves everything else to AdamW. `decay`: what weight decay applies to; "not-biases" as
    released, "matrices" spares norms and single vectors too. `clip` bounds the gradient's norm
    (0 = off).
    """

    algorithm: Literal["adamw", "adam", "muon"] = "adamw"
    lr: float = Field(default=1e-5, gt=0)
    muon_lr: float = Field(default=0.02, gt=0)
    fresh_factor: float = Field(default=5.0, gt=0)
    weight_decay: float = Field(default=0.05, ge=0)
    decay: Literal["matrices", "not-biases"] = "matrices"
    betas: tuple[Momentum, Momentum] = (0.9, 0.98)
    eps: float = Field(default=1e-8, gt=0)
    clip: float = Field(default=1.0, ge=0)


class ScheduleConfig(Section):
    """How long, and the learning rate over time: linear warm-up, then cosine to `final`.

    The run's length is `epochs` passes over the captions, or `samples` picture-caption pairs
    where that is not 0. `warmup` is a share of the steps; `first` and `final` are factors.
    """

    epochs: int = Field(default=60, ge=1)
    samples: int = Field(default=0, ge=0)
    warmup: float = Field(default=5 / 60, ge=0, lt=1)
    first: float = Field(default=0.1, ge=0, le=1)
    final: float = Field(default=0.0, ge=0, le=1)


class TrainConfig(Section):
    """Keeping books: how often to evaluate (in epochs) and to save (in seconds).

    `select_on` names the split on which the best weights are chosen; "test" exists only to
    repeat published numbers and only with the preset `released`.
    """

    init: str = ""
    evaluate_every: int = Field(default=1, ge=1)
    save_every_s: float = Field(default=120.0, ge=0)
    select_on: Literal["val", "test"] = "val"


class RuntimeConfig(Section):
    """Where to compute. "auto" takes CUDA, then MPS, then the CPU; bf16 where it is fast.

    "float16" is the released code's pure half precision: no float32 copy of the weights; GPU
    only. `threads` 0 leaves the choice to torch. `checkpoint_activations` keeps only what goes
    into each transformer block and computes the block again in the backward pass: the same bits,
    much less memory, about a third more work. `compile` fuses the blocks with torch.compile: it
    pays in runs of many minutes (benchmarks/NOTES.md); on a CPU it needs a C++ compiler.
    """

    device: str = "auto"
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    threads: int = Field(default=0, ge=0, le=1024)
    checkpoint_activations: bool = False
    compile: bool = False

    @model_validator(mode="after")
    def _device_is_one_we_know(self) -> Self:
        if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", self.device):
            raise ValueError(f"device {self.device!r}: expected auto, cpu, mps, cuda or cuda:N")
        return self


class RunConfig(Section):
    """All settings of one training run."""

    preset: str = ""
    seed: int = Field(default=0, ge=0, lt=2**32)
    data: DataConfig = DataConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    model: ModelConfig = ModelConfig()
    sdm: SdmConfig = SdmConfig()
    identity: IdentityConfig = IdentityConfig()
    cmt: CmtConfig = CmtConfig()
    restoration: RestorationConfig = RestorationConfig()
    contrastive: ContrastiveConfig = ContrastiveConfig()
    words: WordsConfig = WordsConfig()
    pruning: PruningConfig = PruningConfig()
    augment: AugmentConfig = AugmentConfig()
    sampler: SamplerConfig = SamplerConfig()
    optim: OptimConfig = OptimConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    train: TrainConfig = TrainConfig()
    runtime: RuntimeConfig = RuntimeConfig()

    @model_validator(mode="after")
    def _sections_agree(self) -> Self:
        if self.train.select_on == "test" and self.preset != "released":
            raise ValueError(
                "train.select_on = 'test' chooses weights by the test split; that is allowed only "
                "with preset = 'released', to repeat published numbers. Use 'val'"
            )
        embed, heads = self.model.embed, self.restoration.heads
        if self.restoration.weight and (embed % heads or embed % 4):
            raise ValueError(
                f"model.embed {embed} must be a multiple of restoration.heads {heads}, and of 4 "
                "(the decoder's positions are sines and cosines of rows and columns)"
            )
        if self.restoration.words == "wrong" and self.sampler.chunk:
            raise ValueError(
                "restoration.words = 'wrong' takes another person's sentence of the same batch, "
                "and a chunk may hold only one person; set sampler.chunk = 0"
            )
        if not any(term.weight for term in self.terms.values()):
            raise ValueError("every loss has weight 0; give at least one of them a weight")
        return self

    @property
    def terms(self) -> dict[str, Term]:
        """The loss terms by name, in the order in which they are reported."""
        return {
            "contrastive": self.contrastive,
            "sdm": self.sdm,
            "identity": self.identity,
            "cmt": self.cmt,
            "words": self.words,
            "restoration": self.restoration,
        }
