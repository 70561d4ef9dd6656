"""Records to typed tensors: every batch a pure function of (seed, epoch, captions).

Shape legend: B pairs, H x W pixels, T tokens, L patches.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from tipr.config import AugmentConfig, DataConfig, ImageConfig, PruningConfig
from tipr.data.augment import Box, Pixels, change_picture, drop_words, mask_tokens
from tipr.data.packed import Packed
from tipr.data.phrases import Phrases
from tipr.data.pruning import Pruner
from tipr.data.records import Split
from tipr.data.streams import Streams
from tipr.errors import DataError
from tipr.inputs import image
from tipr.inputs.tokenizer import Tokenizer, pad


class PairBatch(NamedTuple):
    """One training batch.

    pixels_B3HW: float32, normalised, erased boxes painted. ids_BT: int64, padded with 0 after
    the end token. person_B: int64 labels from 0. erased_B4: int64 boxes (top, left, bottom,
    right). noise_BL: float32, one draw per patch, from which hidden patches are chosen. drop_BL:
    the same for the patches that the main encoding leaves out; (B, 0) where it leaves out none.
    said_BW: float32, what each whole sentence says as shares of `Inputs.phrases`; (B, 0) without.
    """

    pixels_B3HW: Tensor
    ids_BT: Tensor
    person_B: Tensor
    erased_B4: Tensor
    noise_BL: Tensor
    drop_BL: Tensor
    said_BW: Tensor

    def to(self, device: torch.device) -> "PairBatch":
        """The same batch on a device."""
        return PairBatch(*(tensor.to(device, non_blocking=True) for tensor in self))


class Drawn(NamedTuple):
    """A batch as a worker draws it: a `PairBatch` but for its pixels, a quarter of the bytes.

    pixels_BHW3: uint8, neither normalised nor erased; see `Pairs.ready`.
    """

    pixels_BHW3: Tensor
    rest: PairBatch


@dataclass(frozen=True)
class Inputs:
    """How pictures and captions become tensors: everything but the records themselves.

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


Key = tuple[int, list[int]]
"""(epoch, caption indices) of one batch."""


class Pairs(Dataset[PairBatch]):
    """All batches one can ask for, by `Key`."""

    def __init__(self, split: Split, inputs: Inputs, *, seed: int, cache: bool) -> None:
        self._split = split
        self._inputs = inputs
        self._seed = seed
        labels = {person: label for label, person in enumerate(split.people)}
        self.labels = [labels[split.person_of(caption)] for caption in split.captions]
        needed = inputs.pruning.probability > 0 or inputs.augment.mask_words
        self._pruner = Pruner(inputs.pruning.tagger) if needed else None
        self._pictures_of: dict[str, list[int]] = {}
        for number, picture in enumerate(split.pictures):
            self._pictures_of.setdefault(picture.person, []).append(number)
        size = (inputs.image.height, inputs.image.width)
        self._packed = Packed(len(split.pictures), size) if cache else None
        self._known: dict[str, array[int]] = {}
        """Ids of sentences that were asked for before: they come back every epoch."""

    def __getitem__(self, key: Key) -> PairBatch:
        """The batch of these captions in that epoch, on the CPU.

        Raises:
            PictureError: a picture cannot be read; it is named.
        """
        return self.ready(self.draw(key), torch.device("cpu"))

    def draw(self, key: Key) -> Drawn:
        """The batch of these captions in that epoch, but for the arithmetic on its pixels.

        Raises:
            PictureError: a picture cannot be read; it is named.
        """
        epoch, captions = key
        streams = [Streams(self._seed, epoch, caption) for caption in captions]
        rows = list(zip(captions, streams, strict=True))
        pictures = [self._changed(caption, rng) for caption, rng in rows]
        ids = [self._ids(self._split.captions[caption].text, rng) for caption, rng in rows]
        patches = self._inputs.patches
        dropping = patches if self._inputs.augment.drop_patches else 0
        noise = [rng.hiding.random(patches, dtype=np.float32) for rng in streams]
        drop = [rng.dropping.random(dropping, np.float32) if dropping else NONE for rng in streams]
        rest = PairBatch(
            pixels_B3HW=torch.empty(0),
            ids_BT=torch.from_numpy(
                pad(ids, self._inputs.length if self._inputs.whole_length else 0)
            ),
            person_B=torch.tensor([self.labels[caption] for caption in captions]),
            erased_B4=torch.tensor([box for _, box in pictures]),
            noise_BL=torch.from_numpy(np.stack(noise)),
            drop_BL=torch.from_numpy(np.stack(drop)),
            said_BW=self._said(captions),
        )
        return Drawn(torch.from_numpy(np.stack([pixels for pixels, _ in pictures])), rest)

    def ready(self, drawn: Drawn, device: torch.device) -> PairBatch:
        """The batch on a device: moved as bytes, and normalised and erased there."""
        config = self._inputs.image
        batch = drawn.rest.to(device)
        if device.type == "cpu":  # where numpy is the faster one
            pixels_B3HW = torch.from_numpy(
                image.normalise(drawn.pixels_BHW3.numpy(), config.mean, config.std)
            )
        else:
            pixels_BHW3 = drawn.pixels_BHW3.to(device, non_blocking=True)
            pixels_B3HW = normalised(pixels_BHW3, config.mean, config.std)
        # 0 is the mean colour; the released code writes CLIP's mean into normalised channels
        released = self._inputs.augment.erase_fill == "released"
        fill = torch.tensor(config.mean if released else (0.0, 0.0, 0.0), device=device)
        for pixels_3HW, (top, left, bottom, right) in zip(
            pixels_B3HW, drawn.rest.erased_B4.tolist(), strict=True
        ):
            pixels_3HW[:, top:bottom, left:right] = fill[:, None, None]
        return batch._replace(pixels_B3HW=pixels_B3HW)

    def _changed(self, caption: int, rng: Streams) -> tuple[Pixels, Box]:
        pixels = self._pixels(self._picture(caption, rng))
        return change_picture(pixels, self._inputs.augment, rng.picture)

    def _said(self, captions: list[int]) -> Tensor:
        known = self._inputs.phrases
        if known is None:
            return torch.zeros(len(captions), 0)
        shares = [known.shares(self._split.captions[caption].text) for caption in captions]
        return torch.from_numpy(np.stack(shares))

    def _picture(self, caption: int, rng: Streams) -> int:
        """The caption's own picture, or at times another one of the same person."""
        own = self._split.captions[caption].picture
        other_view = self._inputs.augment.other_view
        if not other_view or rng.view.random() >= other_view:
            return own
        return int(rng.view.choice(self._pictures_of[self._split.pictures[own].person]))

    def _pixels(self, picture: int) -> Pixels:
        if self._packed is not None:
            return self._packed.picture(picture, lambda: self._read(picture))
        return self._read(picture)

    def _read(self, picture: int) -> Pixels:
        size = (self._inputs.image.height, self._inputs.image.width)
        return image.fit(image.read(self._split.pictures[picture].path), size)

    def _ids(self, sentence: str, rng: Streams) -> Sequence[int]:
        inputs = self._inputs
        if self._pruner and rng.pruning.random() < inputs.pruning.probability:
            sentence = self._pruner(sentence)
        if inputs.augment.drop_words:
            sentence = drop_words(sentence, inputs.augment.drop_words, rng.caption)
        if self._pruner and inputs.augment.mask_words:
            return self._masked_ids(self._pruner, sentence, rng.caption)
        if inputs.augment.drop_words:  # hardly ever the same words twice
            return inputs.tokenizer.ids(sentence, inputs.length)
        if sentence not in self._known:
            self._known[sentence] = array("i", inputs.tokenizer.ids(sentence, inputs.length))
        return self._known[sentence]

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


NONE = np.zeros(0, np.float32)


def normalised(pixels_BHW3: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """`tipr.inputs.image.normalise`, to its bits, on the device where the pixels are."""
    planes_B3HW = pixels_BHW3.permute(0, 3, 1, 2).to(
        torch.float32, memory_format=torch.contiguous_format
    )
    mean_311, std_311 = (planes_B3HW.new_tensor(values).view(3, 1, 1) for values in (mean, std))
    return planes_B3HW.div_(255).sub_(mean_311).div_(std_311)


class _Careful(Dataset["Drawn | DataError"]):
    """Gives a data error as a value: torch would wrap a worker's exception in its traceback."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs

    def __getitem__(self, key: Key) -> Drawn | DataError:
        try:
            return self._pairs.draw(key)
        except DataError as error:
            return error


def loader(
    pairs: Pairs, keys: Iterable[Key], data: DataConfig, device: torch.device
) -> Iterator[PairBatch]:
    """The batches of these keys in order, on the device, the same whatever the number of workers.

    Workers live as long as the keys last.

    Raises:
        PictureError: a picture cannot be read; it is named.
    """
    batches: DataLoader[Drawn | DataError] = DataLoader(
        _Careful(pairs),
        sampler=keys,  # pyright: ignore[reportArgumentType] - our keys are not integers
        batch_size=None,
        num_workers=data.workers,
        prefetch_factor=2 if data.workers else None,
        pin_memory=device.type == "cuda",
    )
    for batch in batches:
        if isinstance(batch, DataError):
            raise batch
        yield pairs.ready(batch, device)
