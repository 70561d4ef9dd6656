"""What a score means: how likely a hit shows the described person, and whether anybody does.

The score of a sentence and a picture is their cosine s. Over the n pictures that were searched:

    level   L = log(mean of exp(a s)) / a          a cosine: the mean, pulled to the best ones
    chance  p = sigmoid(b s - c L + d - log n)
    nobody    if L < t

A score says how much more often a matching picture has it than any other, and 1 / n is what each
picture may hope for beforehand: so one score means less in a larger gallery, and (c) less where
all pictures fit the sentence well. `tipr.search.calibrate` measures a, b, c, d and t.

Shape legend: K hits, S pictures searched or a sample of them.
"""

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tipr.errors import GalleryError
from tipr.gallery.reader import Reader

Floats = NDArray[np.float32] | NDArray[np.float64]
Label = Literal["strong", "possible", "weak"]

FORMAT = 1
STRONG, POSSIBLE = 0.5, 0.1
SAMPLE = 16_384
"""So many pictures, evenly drawn, tell the level of a gallery of any size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a calibration was measured on; it holds for nothing else without further ado.

    `model` and `data` are the fingerprints of the model and of the benchmark, `benchmark` its
    format. `asked` is the kind of query. It was assumed that the described person is there in the
    share `present` of all searches, with `pictures / people` pictures.
    """

    model: str
    data: str
    benchmark: str
    split: str
    captions: int
    pictures: int
    people: int
    asked: str = "sentence"
    present: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """How well it did on people that it was not measured on, means over `trials`.

    In each trial half of the people made the calibration, and the pictures of half of the others
    were removed from the gallery. `auroc` tells the descriptions of those who are there from the
    others by the level; `nobody_present` and `nobody_absent` are the shares that were told
    "nobody". `ece` is the expected calibration error over the first hits, `skill` what their
    Brier score gains on always saying their mean. `*_spread` are standard deviations over trials.
    """

    trials: int
    hits: int
    auroc: float
    auroc_spread: float
    ece: float
    ece_spread: float
    skill: float
    nobody_present: float
    nobody_absent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A gallery's map from scores to probabilities; see the module for what the numbers do.

    `scale` a, `slope` b, `against` c and `intercept` d have no unit, `threshold` t is a cosine. It
    was set so that of the descriptions of people who are there the share `miss` is told "nobody".
    """

    scale: float
    slope: float
    against: float
    intercept: float
    threshold: float
    miss: float
    origin: Origin
    held_out: HeldOut | None = None

    def __post_init__(self) -> None:
        if not (self.scale > 0 and self.slope > 0):
            raise ValueError(f"scale and slope must be above 0, found {self.scale}, {self.slope}")

    def level(
        self, scores_S: Floats, *, best_K: Floats | None = None, count: int | None = None
    ) -> float:
        """The level L of a query, from its scores with all pictures that were searched.

        Or with an even `sample` of the `count` that were searched; `best_K`, the scores of the
        best pictures of all, then make up for those that the sample misses: they weigh most.
        """
        scaled_S = self.scale * np.asarray(scores_S, np.float64)
        if count is None or count == len(scaled_S):
            return float(log_mean_exp(scaled_S)) / self.scale
        best_K = self.scale * np.asarray([] if best_K is None else best_K, np.float64)
        rest_S = scaled_S[scaled_S < best_K.min()] if len(best_K) else scaled_S
        parts = [(best_K, len(best_K)), (rest_S, count - len(best_K))]
        sums = [log_mean_exp(part) + math.log(many) for part, many in parts if len(part) and many]
        return float(np.logaddexp.reduce(sums) - math.log(count)) / self.scale

    def probabilities(self, scores_K: Floats, level: float, count: int) -> NDArray[np.float64]:
        """(K,) the chances that pictures of these scores show the described person.

        `count` is the number of pictures searched, `level` theirs. Higher scores never have
        lower chances.
        """
        scores_K = np.asarray(scores_K, np.float64)
        against = self.against * level - self.intercept + math.log(count)
        return sigmoid(self.slope * scores_K - against)

    def nobody_fits(self, level: float) -> bool:
        """Whether the pictures on the whole fit too badly for the described person to be there."""
        return level < self.threshold

    def to_json(self) -> str:
        """For `from_json`, and to keep in a gallery."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote.

        Raises:
            GalleryError: it is of a newer tipr or damaged.
        """
        try:
            table = json.loads(text)
            if table.pop("format") != FORMAT:
                raise GalleryError(
                    "this gallery's calibration was made by a newer tipr; update tipr, or make it "
                    "again with 'tipr calibrate'"
                )
            held_out = table["held_out"]
            table["origin"] = _read(Origin, table["origin"])
            table["held_out"] = None if held_out is None else _read(HeldOut, held_out)
            return _read(cls, table)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise GalleryError(
                f"this gallery's calibration is damaged ({error}); make it again with "
                "'tipr calibrate'"
            ) from None


UNCALIBRATED = (
    "not calibrated: scores are cosines and no probabilities; 'tipr calibrate GALLERY --data DIR' "
    "measures what they mean"
)


def calibration_of(gallery: Reader) -> Calibration | None:
    """The calibration that was made for the gallery and its model; None where there is none.

    Raises:
        GalleryError: it is of a newer tipr or damaged.
    """
    text = gallery.calibration()
    found = None if text is None else Calibration.from_json(text)
    return found if found and found.origin.model == gallery.meta.fingerprint else None


def label(probability: float) -> Label:
    """A word for a chance: strong from one in two on, possible from one in ten on."""
    if probability >= STRONG:
        return "strong"
    return "possible" if probability >= POSSIBLE else "weak"


def sample(count: int, size: int = SAMPLE) -> NDArray[np.int64]:
    """Up to `size` of the rows 0 to count - 1, evenly spaced and always the same ones."""
    return np.linspace(0, count - 1, min(count, size)).round().astype(np.int64)


def sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-x)), without overflow."""
    return np.exp(-np.logaddexp(0.0, -values))


def log_mean_exp(values_XS: NDArray[np.float64]) -> NDArray[np.float64]:
    """(X,) log of the mean of exp over the last axis, without overflow; -inf counts as exp 0."""
    top_X1 = values_XS.max(axis=-1, keepdims=True)
    return (top_X1 + np.log(np.exp(values_XS - top_X1).mean(axis=-1, keepdims=True)))[..., 0]


Kind = TypeVar("Kind")


def _read(kind: type[Kind], table: dict[str, Any]) -> Kind:
    """The dataclass made of exactly its fields, numbers finite."""
    known = {one.name: one.type for one in fields(kind)}  # pyright: ignore[reportArgumentType]
    if set(table) != set(known):
        raise ValueError(f"expected {', '.join(known)}; found {', '.join(table)}")
    for name, value in table.items():
        right = {float: (int, float), int: int, str: str}.get(known[name])
        if right and (not isinstance(value, right) or isinstance(value, bool)):
            raise ValueError(f"{name} is {value!r}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} is {value}")
    return kind(**table)
