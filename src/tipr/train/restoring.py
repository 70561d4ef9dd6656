"""What restoration shows of a batch, what it hides, and what it asks back.

Shape legend: B pairs, H x W pixels, L patches, p pixel values of a patch.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from tipr.config import ModelConfig, RestorationConfig
from tipr.data.batches import PairBatch
from tipr.model.masking import Hidden, hide, hide_as_released
from tipr.model.vision import patchify


class Part(NamedTuple):
    """Where some rows stand in the whole batch: their first row, and how many rows it has.

    `share` is what their mean error counts for: the part's pixel values that are asked back over
    those of the whole batch, times the number of ranks (over which gradients are averaged).
    """

    first: int
    whole: int
    share: Tensor | float = 1.0


class Question(NamedTuple):
    """What is hidden, and (broadcastable to B, L, p) True where the restoration counts."""

    hidden: Hidden
    asked_BLp: Tensor


def restored_rows(part: Part, rows: int, share: float) -> list[int]:
    """Which of a part's rows are restored: round(share * whole) of the batch, evenly spaced.

    Evenly, so that ranks and chunks have like shares of the work, and all of them together the
    rows that one process would restore.
    """
    count = max(1, round(share * part.whole))
    places = range(part.first, part.first + rows)
    return [
        at - part.first
        for at in places
        if (at + 1) * count // part.whole > at * count // part.whole
    ]


def question(batch: PairBatch, config: RestorationConfig, patch: int) -> Question:
    """What to hide of these pictures, and where the restoration counts.

    That is on hidden patches, less (unless `ask_erased`) what random erasing painted over.
    """
    choose = hide_as_released if config.count == "released" else hide
    hidden = choose(batch.noise_BL, config.ratio)
    asked_BLp = hidden.asked_BL[..., None]
    if not config.ask_erased:
        real_BHW = ~_inside(batch.erased_B4, *batch.pixels_B3HW.shape[-2:])
        asked_BLp = asked_BLp & patchify(real_BHW[:, None].expand(-1, 3, -1, -1), patch)
    return Question(hidden, asked_BLp)


def asked_values(
    batch: PairBatch, part: Part, config: RestorationConfig, model: ModelConfig
) -> Tensor:
    """How many pixel values are asked back of a part's pictures: an integer, a scalar."""
    rows = restored_rows(part, len(batch.person_B), config.share)
    if not rows:
        return batch.person_B.new_zeros(())
    patch = model.vision.patch
    asked_BLp = question(take(batch, rows), config, patch).asked_BLp
    return asked_BLp.expand(-1, -1, patch * patch * 3).sum()


def take(batch: PairBatch, rows: list[int]) -> PairBatch:
    """These rows of a batch; the batch itself where they are all of them."""
    if len(rows) == len(batch.person_B):
        return batch
    return PairBatch(*(tensor[rows] for tensor in batch))


def another_person(person_B: Tensor) -> Tensor:
    """(B,) for each row the index of the next row, cyclically, that shows someone else.

    A row stays with itself where all rows are one person.
    """
    size = len(person_B)
    index = torch.arange(size, device=person_B.device)
    cyclic_BB = (index[:, None] + index[None, :]) % size
    differs_BB = person_B[cyclic_BB] != person_B[:, None]
    first_B = differs_BB.to(torch.int8).argmax(dim=1)
    return cyclic_BB[index, first_B]


def _inside(boxes_B4: Tensor, height: int, width: int) -> Tensor:
    """(B, H, W) boolean: True inside each picture's box."""
    row = torch.arange(height, device=boxes_B4.device)
    column = torch.arange(width, device=boxes_B4.device)
    top, left, bottom, right = (side[:, None] for side in boxes_B4.unbind(1))
    return ((row >= top) & (row < bottom))[:, :, None] & ((column >= left) & (column < right))[
        :, None, :
    ]
