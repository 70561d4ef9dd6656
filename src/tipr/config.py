"""A run's settings: small frozen sections, strict, read from TOML and written back to it.

Every number that changes results is here. Defaults are those of the preset `sen`, the method we
stand behind; each names its source where it has one ("released" = the authors' code, described
in docs/fidelity.md together with every switch between it and ours).
"""

import re
import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tipr.errors import ConfigError

T = TypeVar("T", bound="Section")

Positive = Annotated[float, Field(gt=0)]
Momentum = Annotated[float, Field(ge=0, lt=1)]

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


class Section(BaseModel):
    """A frozen group of settings; a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# --- the model -----------------------------------------------------------------------------


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


# --- the losses ----------------------------------------------------------------------------


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
    """Similarity distribution matching (IRRA); temperature 0.02 as released.

    `learn_temperature`: learn it instead, from `temperature` on, as CLIP learns its own (Radford
    et al. 2021, arXiv 2103.00020): on a log scale, without weight decay. It stays inside
    `temperature_range`, which it nears ever more slowly.
    """

    weight: float = Field(default=1.0, ge=0)
    temperature: float = Field(default=0.02, gt=0)
    learn_temperature: bool = False
    temperature_range: tuple[Positive, Positive] = (0.005, 0.5)

    @model_validator(mode="after")
    def _starts_inside_its_range(self) -> Self:
        lowest, highest = self.temperature_range
        if self.learn_temperature and not lowest < self.temperature < highest:
            raise ValueError(
                f"a learned temperature starts inside temperature_range {[lowest, highest]}, "
                f"found {self.temperature}"
            )
        return self


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


class RobustConfig(Section):
    """Trust a pair the less, the more sentences and pictures of others fit better than its own.

    Against captions that belong to another picture (the aim of RDE, Qin et al., CVPR 2024, arXiv
    2308.09911; the formula is ours, see losses/trust.py). `strength` 0 = off; 1 weighs a pair by
    the product of its two rank shares in the batch, 2 by its square. No pair falls below `floor`.
    It joins at `start`, a share of the run: ranks say nothing before something is learned.
    Contrastive, SDM, CMT and the sentences of the ID term are weighted; restoration is not.
    """

    strength: float = Field(default=0.0, ge=0)
    floor: float = Field(default=0.1, gt=0, le=1)
    start: float = Field(default=0.1, ge=0, lt=1)


# --- the data ------------------------------------------------------------------------------


class DataConfig(Section):
    """Which benchmark; `cache` keeps decoded pictures in memory (H x W x 3 bytes each).

    `holdout`: the share of the training identities that becomes the split "val" of a benchmark
    without one (ICFG-PEDES), the same people in every run; 0 = none. `noise`: the share of the
    training captions exchanged with captions of other people, only to measure what wrong pairs
    cost; val and test are never touched.
    """

    dir: str = ""
    format: Literal["auto", "cuhk-pedes", "icfg-pedes", "rstpreid", "jsonl"] = "auto"
    holdout: float = Field(default=0.0, ge=0, lt=1)
    noise: float = Field(default=0.0, ge=0, le=1)
    cache: bool = False
    workers: int = Field(default=0, ge=0)


class PruningConfig(Section):
    """TDA: with `probability` a sentence is replaced by its pronouns, nouns and adjectives.

    The released code tags with nltk; textblob's bundled lexicon needs no download.
    """

    probability: float = Field(default=0.2, ge=0, le=1)
    tagger: Literal["textblob", "nltk"] = "textblob"


class AugmentConfig(Section):
    """Training-time changes of picture and caption.

    Released: flip 0.5, pad 10 and random crop, erasing 0.5 with area 0.02 to 0.4. `zoom` is the
    smallest side, relative to the picture's, of a random crop stretched back to full size (1 =
    off); `brightness` the largest relative change. With probability `other_view` a caption is
    shown with a picture of the same person drawn anew (ours). `drop_words` leaves words out.
    `mask_words` hides tokens: 30 % of nouns' and adjectives', 5 % of others' (80 % mask, 10 %
    random, 10 % kept), the released code's undocumented masking. `erase_fill`: "mean" = 0 after
    normalisation; "released" = CLIP's mean written into the already normalised picture.
    `drop_patches`: the share of each picture's patches that the main image encoding leaves out
    in training, at random (FLIP, Li et al., CVPR 2023, arXiv 2212.00794): faster, and it
    regularises. Retrieval and restoration are as without.
    """

    flip: float = Field(default=0.5, ge=0, le=1)
    pad: int = Field(default=10, ge=0)
    zoom: float = Field(default=1.0, gt=0, le=1)
    brightness: float = Field(default=0.0, ge=0, lt=1)
    erase: float = Field(default=0.5, ge=0, le=1)
    erase_area: tuple[float, float] = (0.02, 0.4)
    erase_fill: Literal["mean", "released"] = "mean"
    other_view: float = Field(default=0.0, ge=0, le=1)
    drop_words: float = Field(default=0.0, ge=0, lt=1)
    mask_words: bool = False
    drop_patches: float = Field(default=0.0, ge=0, lt=1)

    @model_validator(mode="after")
    def _areas_are_shares(self) -> Self:
        smallest, largest = self.erase_area
        if not 0 < smallest <= largest <= 1:
            raise ValueError(
                f"erase_area needs 0 < smallest <= largest <= 1, found {list(self.erase_area)}"
            )
        return self


class SamplerConfig(Section):
    """Batches of pairs: `group` captions of one person stand together; 1 = plain shuffling.

    `batch` is the whole batch, whatever the number of ranks. `chunk` computes each rank's part of
    it in pieces of so many pairs (0 = at once): the same gradient for the memory of a piece, and
    about half as much work again (GradCache, Gao et al. 2021, arXiv 2101.06983).
    """

    batch: int = Field(default=128, ge=2)
    group: int = Field(default=2, ge=1)
    chunk: int = Field(default=0, ge=0)


# --- the run -------------------------------------------------------------------------------


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


class AverageConfig(Section):
    """Evaluate and keep a moving average of the weights instead of the last ones.

    After step t (from 0) average = d * average + (1 - d) * weights with d = min(`decay`,
    (1 + t) / (10 + t)), so that the first weights are soon forgotten. `decay` 0 = off; 0.999
    looks back about 1,000 steps. Source: Polyak & Juditsky 1992, in the exponential form and
    with the warm-up of TensorFlow's ExponentialMovingAverage.
    """

    decay: Momentum = 0.0


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
    much less memory, about a third more work.
    """

    device: str = "auto"
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    threads: int = Field(default=0, ge=0, le=1024)
    checkpoint_activations: bool = False

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
    robust: RobustConfig = RobustConfig()
    pruning: PruningConfig = PruningConfig()
    augment: AugmentConfig = AugmentConfig()
    sampler: SamplerConfig = SamplerConfig()
    optim: OptimConfig = OptimConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    average: AverageConfig = AverageConfig()
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


PRESETS = ("sen", "sen-b32", "sen-xl", "released", "small")


def load(source: Path | str, overrides: Iterable[str] = ()) -> RunConfig:
    """Read a TOML file, or the preset of that name, and apply `section.key=value` overrides.

    A `preset = "name"` line in the file is the ground on which its other keys stand.

    Raises:
        ConfigError: the file is missing or malformed, a key unknown or a value impossible.
    """
    name = str(source)
    table = {"preset": name} if name in PRESETS else _read_toml(Path(source))
    for text in overrides:
        _set(table, text)
    preset = table.get("preset", "")
    if preset:
        table = _merged(_preset(str(preset), name), table)
    return parse(RunConfig, table, where=name)


def parse(kind: type[T], table: dict[str, Any], *, where: str) -> T:
    """Build a section from a plain table; every complaint names file, section and key."""
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_complaint(kind, error)}") from None


def to_toml(config: Section) -> str:
    """The settings as TOML, every default written out."""
    return tomli_w.dumps(config.model_dump(mode="json"))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such settings file; give a TOML file or one of the presets "
            f"{', '.join(PRESETS)}"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not readable as TOML: {error}") from None


def _preset(name: str, where: str) -> dict[str, Any]:
    if name not in PRESETS:
        raise ConfigError(f"{where}: unknown preset {name!r}; known: {', '.join(PRESETS)}")
    text = resources.files("tipr").joinpath("presets", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _set(table: dict[str, Any], text: str) -> None:
    """Apply one `section.key=value`; the value is read as TOML, and as a string if it is none."""
    key, equals, value = text.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise ConfigError(f"--set {text!r}: expected section.key=value, e.g. optim.lr=1e-4")
    try:
        parsed = tomllib.loads(f"value = {value.strip()}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        parsed = value.strip()
    for part in parts[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise ConfigError(f"--set {text!r}: {part!r} is a value, not a section")
    table[parts[-1]] = parsed


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`, section by section."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            result[key] = _merged(below, value)
        else:
            result[key] = value
    return result


def _nearest(size: int, patch: int) -> int:
    return max(1, round(size / patch)) * patch


def _complaint(kind: type[Section], error: ValidationError) -> str:
    """The first thing pydantic found, as one line in our words."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        section = _section_at(kind, place[:-1])
        header = f"[{'.'.join(place[:-1])}]" if place[:-1] else "top level"
        known = sorted(section.model_fields)
        return f"{header}: unknown {place[-1]!r}; known here: {', '.join(known)}"
    message = first["msg"].removeprefix("Value error, ")
    found = "" if isinstance(first["input"], dict | Section) else f", found {first['input']!r}"
    return f"{'.'.join(place) or 'settings'}: {message}{found}"


def _section_at(kind: type[Section], place: list[str]) -> type[Section]:
    for part in place:
        annotation = kind.model_fields[part].annotation
        if isinstance(annotation, type) and issubclass(annotation, Section):
            kind = annotation
    return kind
