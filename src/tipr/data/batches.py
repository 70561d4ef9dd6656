"""Records to typed tensors: every batch a pure function of (seed, epoch, captions).

Shape legend: B pairs, H x W pixels, T tokens, L patches.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from tipr.config import AugmentConfig, DataConfig, ImageConfig, PruningConfig
from tipr.data.augment import NO_BOX, Box, Pixels, change_picture, drop_words, mask_tokens
from tipr.data.phrases import Phrases
from tipr.data.pruning import Pruner
from tipr.data.records import Split
from tipr.errors import DataError
from tipr.inputs import image
from tipr.inputs.tokenizer import Tokenizer, pad


class PairBatch(NamedTuple):
    """One training batch.

    pixels_B3HW: float32, normalised, erased boxes painted. ids_BT: int64, padded with 0 after
    the end token. person_B: int64 labels from 0. erased_B4: int64 boxes (top, left, bottom,
    right). noise_BL: float32, one draw per patch, from which hidden patches are chosen. drop_BL:
    the same for the patches that the main encoding leaves out; (B, 0) where it leaves out none.
    view_B: int64, equal where two pairs hold the same pixels and draws for dropping patches.
    said_BW: float32, what each whole sentence says as shares of `Inputs.phrases`; (B, 0) without.
    """

    pixels_B3HW: Tensor
    ids_BT: Tensor
    person_B: Tensor
    erased_B4: Tensor
    noise_BL: Tensor
    drop_BL: Tensor
    view_B: Tensor
    said_BW: Tensor

    def to(self, device: torch.device) -> "PairBatch":
        """The same batch on a device."""
        return PairBatch(*(tensor.to(device, non_blocking=True) for tensor in self))


@dataclass(frozen=True)
class Inputs:
    """How pictures and captions become tensors: everything but the records themselves.

    `share_views` shows captions of one picture the same change of it within an epoch.
    `length` is the model's; `whole_length` pads every batch to it (the released restoration
    looks at padding), otherwise to the batch's longest. `patches` is the number of draws a
    picture gets for hiding.
    """

    image: ImageConfig
    augment: AugmentConfig
    pruning: PruningConfig
    tokenizer: Tokenizer
    length: int
    patches: int
    whole_length: bool = False
    phrases: Phrases | None = None
    share_views: bool = False


Key = tuple[int, list[int]]
"""(epoch, caption indices) of one batch."""


class Pairs(Dataset[PairBatch]):
    """All batches one can ask for, by `Key`."""

    def __init__(self, split: Split, inputs: Inputs, *, seed: int, cache: bool) -> None:
        self._split = split
        self._inputs = inputs
        self._seed = seed
        labels = {person: label for label, person in enumerate(split.people)}
        self.pictures = [caption.picture for caption in split.captions]
        first: dict[int, int] = {}
        for caption, picture in enumerate(self.pictures):
            first.setdefault(picture, caption)
        self._leader = (
            [first[picture] for picture in self.pictures]
            if inputs.share_views
            else list(range(len(split.captions)))
        )
        """Whose draws change a caption's picture: its own, or those of its picture's first one."""
        self.labels = [labels[split.person_of(caption)] for caption in split.captions]
        needed = inputs.pruning.probability > 0 or inputs.augment.mask_words
        self._pruner = Pruner(inputs.pruning.tagger) if needed else None
        self._pictures_of: dict[str, list[int]] = {}
        for number, picture in enumerate(split.pictures):
            self._pictures_of.setdefault(picture.person, []).append(number)
        self._cache: dict[int, Pixels] | None = {} if cache else None

    def __getitem__(self, key: Key) -> PairBatch:
        """The batch of these captions in that epoch.

        Raises:
            PictureError: a picture cannot be read; it is named.
        """
        epoch, captions = key
        streams = [_streams(self._seed, epoch, caption) for caption in captions]
        leaders = [self._leader[caption] for caption in captions]
        drawn = dict(zip(captions, streams, strict=True))
        views = {
            leader: self._view(leader, drawn.get(leader) or _streams(self._seed, epoch, leader))
            for leader in dict.fromkeys(leaders)
        }
        pictures = [views[leader].picture for leader in leaders]
        ids = [
            self._ids(self._split.captions[c].text, r)
            for c, r in zip(captions, streams, strict=True)
        ]
        patches = self._inputs.patches
        noise = [rng.hiding.random(patches, dtype=np.float32) for rng in streams]
        drop = [views[leader].drop_L for leader in leaders]
        return PairBatch(
            pixels_B3HW=self._normalised(pictures),
            ids_BT=torch.from_numpy(
                pad(ids, self._inputs.length if self._inputs.whole_length else 0)
            ),
            person_B=torch.tensor([self.labels[caption] for caption in captions]),
            erased_B4=torch.tensor([box for _, box in pictures]),
            noise_BL=torch.from_numpy(np.stack(noise)),
            drop_BL=torch.from_numpy(np.stack(drop)),
            view_B=torch.tensor(leaders),
            said_BW=self._said(captions),
        )

    def _view(self, leader: int, rng: "_Streams") -> "_View":
        changes = self._inputs.augment
        dropping = self._inputs.patches if changes.drop_patches else 0
        pixels = self._pixels(self._picture(leader, rng))
        return _View(
            change_picture(pixels, changes, rng.picture),
            rng.dropping.random(dropping, dtype=np.float32),
        )

    def _said(self, captions: list[int]) -> Tensor:
        known = self._inputs.phrases
        if known is None:
            return torch.zeros(len(captions), 0)
        shares = [known.shares(self._split.captions[caption].text) for caption in captions]
        return torch.from_numpy(np.stack(shares))

    def _picture(self, caption: int, rng: "_Streams") -> int:
        """The caption's own picture, or at times another one of the same person."""
        own = self._split.captions[caption].picture
        if rng.view.random() >= self._inputs.augment.other_view:
            return own
        return int(rng.view.choice(self._pictures_of[self._split.pictures[own].person]))

    def _pixels(self, picture: int) -> Pixels:
        if self._cache is not None and picture in self._cache:
            return self._cache[picture]
        size = (self._inputs.image.height, self._inputs.image.width)
        pixels = image.fit(image.read(self._split.pictures[picture].path), size)
        if self._cache is not None:
            self._cache[picture] = pixels
        return pixels

    def _normalised(self, pictures: list[tuple[Pixels, Box]]) -> Tensor:
        config = self._inputs.image
        stacked = np.stack([pixels for pixels, _ in pictures])
        normalised = image.normalise(stacked, config.mean, config.std)
        # 0 is the mean colour; the released code writes CLIP's mean into normalised channels
        released = self._inputs.augment.erase_fill == "released"
        fill = np.array(config.mean if released else (0, 0, 0), np.float32)[:, None, None]
        for at, (_, box) in enumerate(pictures):
            if box != NO_BOX:
                top, left, bottom, right = box
                normalised[at, :, top:bottom, left:right] = fill
        return torch.from_numpy(normalised)

    def _ids(self, sentence: str, rng: "_Streams") -> list[int]:
        inputs = self._inputs
        if self._pruner and rng.pruning.random() < inputs.pruning.probability:
            sentence = self._pruner(sentence)
        if inputs.augment.drop_words:
            sentence = drop_words(sentence, inputs.augment.drop_words, rng.caption)
        if self._pruner and inputs.augment.mask_words:
            return self._masked_ids(self._pruner, sentence, rng.caption)
        return inputs.tokenizer.ids(sentence, inputs.length)

    def _masked_ids(self, pruner: Pruner, sentence: str, rng: np.random.Generator) -> list[int]:
        """Ids of the sentence, word by word so that each token knows whether it describes."""
        tokenizer = self._inputs.tokenizer
        ids, describing = [tokenizer.start_id], [False]
        for word, tag in pruner.tags(sentence):
            inside = tokenizer.encode(word)[1:-1]
            ids += inside
            describing += [tag.startswith(("NN", "JJ"))] * len(inside)
        ids = [*ids[: self._inputs.length - 1], tokenizer.end_id]
        return mask_tokens(ids, lambda at: describing[at], mask_id=tokenizer.mask_id, rng=rng)


class _View(NamedTuple):
    """One change of a picture, and its draws for dropping patches."""

    picture: tuple[Pixels, Box]
    drop_L: NDArray[np.float32]


class _Streams(NamedTuple):
    """One caption's generators in one epoch; turning one change off leaves the others alone."""

    picture: np.random.Generator
    caption: np.random.Generator
    pruning: np.random.Generator
    hiding: np.random.Generator
    view: np.random.Generator
    dropping: np.random.Generator


def _streams(seed: int, epoch: int, caption: int) -> _Streams:
    return _Streams(
        *(np.random.default_rng([seed, epoch, caption, stream]) for stream in range(1, 7))
    )


class _Careful(Dataset["PairBatch | DataError"]):
    """Gives a data error as a value: torch would wrap a worker's exception in its traceback."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs

    def __getitem__(self, key: Key) -> PairBatch | DataError:
        try:
            return self._pairs[key]
        except DataError as error:
            return error


def loader(pairs: Pairs, keys: Iterable[Key], data: DataConfig) -> Iterator[PairBatch]:
    """The batches of these keys in order, the same whatever the number of workers.

    Workers live as long as the keys last, each with a cache of its own.

    Raises:
        PictureError: a picture cannot be read; it is named.
    """
    batches: DataLoader[PairBatch | DataError] = DataLoader(
        _Careful(pairs),
        sampler=keys,  # pyright: ignore[reportArgumentType] - our keys are not integers
        batch_size=None,
        num_workers=data.workers,
        prefetch_factor=2 if data.workers else None,
    )
    for batch in batches:
        if isinstance(batch, DataError):
            raise batch
        yield batch
