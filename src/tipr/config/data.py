"""Settings of the data: which benchmark, what training changes in it, and its batches."""

from typing import Literal, Self

from pydantic import Field, model_validator

from tipr.config.section import Section


class DataConfig(Section):
    """Which benchmark, and how its pictures and captions are brought.

    `cache` keeps decoded pictures in memory that all workers share (H x W x 3 bytes each).
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
