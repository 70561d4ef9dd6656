"""Training input of ViT-B/16: crops of 60x160 and captions to the tensors that the model receives.

    python benchmarks/feeding.py [--people 200] [--rounds 5] [--json FILE]

All sides are one process on one thread. The baseline does all anew for every sample, as the
public implementations do: Pillow decodes and stretches (bicubic), TextBlob tags, the sentence is
tokenized; it ends in float32 planes of 384x128, mirrored, padded and cropped, erased and
normalised, and in ids, some of pruned sentences. Ours reads decoded pictures and known sentences
from the cache that the first epoch fills; that epoch, in which everything is still read, is told
as well. A worker of ours hands on bytes, which are normalised and erased where the model
computes: its part is told alone, and with that last step on the CPU.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch starts

import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from textblob.en.taggers import PatternTagger

from race import Limit, Result, Way, against, bandwidth, by_turns, parser, seconds_of, tell
from tipr.config import load
from tipr.data.benchmarks import read_splits
from tipr.data.records import Split
from tipr.data.sampler import IdentitySampler
from tipr.inputs.tokenizer import Tokenizer
from tipr.synthetic.dataset import draw
from tipr.train.setup import Parts, assemble

HEIGHT, WIDTH, PAD = 384, 128, 10
CROP = (60, 160)
WORKER = "tipr, a worker's part, from the second epoch on"
OURS = "tipr, normalised on the CPU too"
FIRST = "tipr, normalised on the CPU too, first epoch (fills the cache)"
BASELINE = "Pillow, TextBlob and tokenizing per sample"


def main() -> None:
    options = parser(__doc__, rounds=5)
    options.add_argument("--people", type=int, default=200)
    given = options.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        people = Path(scratch) / "people"
        draw(people, people=given.people, cameras=2, seed=0)
        crop(people)
        tell(measure(people, given.rounds), given.json)


def measure(people: Path, rounds: int) -> Result:
    parts = assembled(people)
    first = Way(FIRST, [seconds_of(lambda: epoch(parts, 0)) / samples(parts)])
    train = read_splits(people)["train"]
    plain = Plain(train, parts.tokenizer)
    number = iter(range(1, 1000))
    ways = by_turns(
        {
            WORKER: lambda: draw_epoch(parts, next(number)),
            OURS: lambda: epoch(parts, next(number)),
            BASELINE: lambda: [plain[row] for row in range(samples(parts))],
        },
        rounds,
        work=samples(parts),
    )
    worker, ours, baseline = ways.values()
    uncached = Way(FIRST, first.seconds * rounds)
    bytes_moved = HEIGHT * WIDTH * 3 * (1 + 4)  # read as bytes, written as float32
    rate = bandwidth()
    return Result(
        name="feeding",
        promise="training input, crops 60x160 to 384x128 with pruning, one thread",
        unit="sample",
        ways=[worker, ours, first, baseline],
        ratios=[
            against(worker, baseline, 5.0),
            against(ours, baseline),
            against(uncached, baseline),
        ],
        limits=[
            Limit(
                "memory read by one thread", f"{rate / 1e9:.1f} GB/s",
                bytes_moved / ours.median / rate,
            )
        ],
        notes=[
            f"filling the cache: {first.median * samples(parts):.1f} s for "
            f"{len(train.pictures)} pictures, once a run",
            f"eight such workers feed {8 / worker.median:,.0f} samples/s",
        ],
    )  # fmt: skip


def crop(people: Path) -> None:
    """Make the drawn pictures as large as the crops of the benchmarks are."""
    for path in people.rglob("*.jpg"):
        with Image.open(path) as picture:
            picture.resize(CROP).save(path, quality=90)


def assembled(people: Path) -> Parts:
    settings = [
        f"data.dir={people}", "data.cache=true", "tokenizer.kind=trained", "runtime.device=cpu",
        "model.vision.depth=1", "model.text.depth=1", "sampler.batch=32",
    ]  # fmt: skip
    return assemble(load("sen", settings))


def samples(parts: Parts) -> int:
    sampler: IdentitySampler = parts.sampler
    return sum(len(captions) for captions in sampler.epoch(0))


def draw_epoch(parts: Parts, number: int) -> None:
    for captions in parts.sampler.epoch(number):
        parts.pairs.draw((number, captions))


def epoch(parts: Parts, number: int) -> None:
    for captions in parts.sampler.epoch(number):
        parts.pairs[(number, captions)]


class Plain:
    """One sample after the other, everything from its file."""

    def __init__(self, split: Split, tokenizer: Tokenizer) -> None:
        self._split, self._tokenizer = split, tokenizer
        self._tagger = PatternTagger()
        self._chance = np.random.default_rng(0)
        self._mean = torch.tensor((0.48145466, 0.4578275, 0.40821073)).view(3, 1, 1)
        self._std = torch.tensor((0.26862954, 0.26130258, 0.27577711)).view(3, 1, 1)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        caption = self._split.captions[row % len(self._split.captions)]
        return self._planes(self._split.pictures[caption.picture].path), self._ids(caption.text)

    def _planes(self, path: Path) -> torch.Tensor:
        chance = self._chance
        with Image.open(path) as file:
            picture = file.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        if chance.random() < 0.5:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        planes = torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous().float() / 255
        planes = torch.nn.functional.pad(planes, (PAD,) * 4)
        top, left = chance.integers(0, 2 * PAD + 1, size=2)
        planes = (planes[:, top : top + HEIGHT, left : left + WIDTH] - self._mean) / self._std
        if chance.random() < 0.5:
            top, left = chance.integers(0, (HEIGHT - 100, WIDTH - 60))
            planes[:, top : top + 100, left : left + 60] = 0
        return planes

    def _ids(self, sentence: str) -> torch.Tensor:
        tags = self._tagger.tag(sentence)
        if self._chance.random() < 0.2:
            sentence = " ".join(word for word, tag in tags if tag.startswith(("PRP", "NN", "JJ")))
        ids = torch.zeros(77, dtype=torch.int64)
        found = self._tokenizer.ids(sentence, 77)
        ids[: len(found)] = torch.tensor(found)
        return ids


if __name__ == "__main__":
    main()
