"""Where model, batch and losses meet: one batch to the weighted terms of the method.

Shape legend: B pairs, D embedding, L patches, p pixel values of a patch, T tokens.
"""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tipr.config import RunConfig
from tipr.data.batches import PairBatch
from tipr.errors import NonFiniteLossError
from tipr.losses.cmt import cmt_loss
from tipr.losses.contrastive import contrastive_loss
from tipr.losses.identity import identity_loss
from tipr.losses.restoration import restoration_loss
from tipr.losses.sdm import sdm_loss
from tipr.model.decoder import Words
from tipr.model.masking import Hidden, hide, hide_as_released
from tipr.model.sen import SEN, Features
from tipr.model.text import words_of
from tipr.model.vision import patchify
from tipr.runtime import Runtime

LUMINANCE = (0.2989, 0.5870, 0.1140)


class LossTerms(NamedTuple):
    """Weighted terms of one step, each a scalar. Everything here is summed; nothing else is."""

    contrastive: Tensor
    sdm: Tensor
    identity: Tensor
    cmt: Tensor
    restoration: Tensor

    def total(self) -> Tensor:
        """The loss that is minimised."""
        return torch.stack(tuple(self)).sum()


class Objective(nn.Module):
    """The model, the heads that only training needs, and the loss terms at their weights."""

    def __init__(self, model: SEN, config: RunConfig, *, people: int, runtime: Runtime) -> None:
        """`people` is the number of training identities."""
        super().__init__()
        self.model = model
        self._config = config
        self._runtime = runtime
        if config.identity.weight:
            self.identity = nn.Linear(config.model.embed, people)
            nn.init.normal_(self.identity.weight, std=(0.5 / config.model.embed) ** 0.5)
            nn.init.zeros_(self.identity.bias)
        if config.contrastive.weight:
            self.log_scale = nn.Parameter(torch.tensor(config.contrastive.scale).log())

    def forward(self, batch: PairBatch, progress: float = 1.0) -> LossTerms:
        """The terms of one batch when `progress` (0 to 1) of the run is done.

        A term whose weight is zero, or zero at this point of the run, costs nothing.
        """
        config = self._config
        with self._runtime.autocast():
            pixels = batch.pixels_B3HW.to(self._runtime.weights)
            image = self.model.encode_image(pixels)
            text = self.model.encode_text(batch.ids_BT, padding_too=self._padding_too())
        # losses are computed in float32 whatever the precision of the features
        image_BD, text_BD = image.pooled_BD.float(), text.pooled_BD.float()
        person_B = batch.person_B
        terms: dict[str, Callable[[], Tensor]] = {
            "contrastive": lambda: contrastive_loss(image_BD, text_BD, person_B, self._scale()),
            "sdm": lambda: sdm_loss(image_BD, text_BD, person_B, config.sdm.temperature),
            "identity": lambda: self._identity(image_BD, text_BD, person_B),
            "cmt": lambda: cmt_loss(
                image_BD, text_BD, person_B, config.cmt.margin, config.cmt.positive
            ),
            "restoration": lambda: self._restoration(pixels, batch, text),
        }
        weights = {name: term.weight_at(progress) for name, term in config.terms.items()}
        return LossTerms(
            **{
                name: weights[name] * term() if weights[name] else image_BD.new_zeros(())
                for name, term in terms.items()
            }
        )

    def shared_parameters(self) -> list[nn.Parameter]:
        """The dual encoder's parameters: those through which all terms meet."""
        return [*self.model.vision.parameters(), *self.model.text.parameters()]

    def _padding_too(self) -> bool:
        restoration = self._config.restoration
        return restoration.weight > 0 and not restoration.mask_padding

    def _scale(self) -> Tensor:
        return self.log_scale.float().exp().clamp(max=self._config.contrastive.max_scale)

    def _identity(self, image_BD: Tensor, text_BD: Tensor, person_B: Tensor) -> Tensor:
        head = self.identity
        weight, bias = head.weight.float(), head.bias.float()
        return identity_loss(
            nn.functional.linear(image_BD, weight, bias),
            nn.functional.linear(text_BD, weight, bias),
            person_B,
            self._config.identity.smoothing,
        )

    def _restoration(self, pixels_B3HW: Tensor, batch: PairBatch, text: Features) -> Tensor:
        config = self._config.restoration
        count = max(1, round(config.share * len(pixels_B3HW)))
        pixels_B3HW = pixels_B3HW[:count]
        choose = hide_as_released if config.count == "released" else hide
        hidden = choose(batch.noise_BL[:count], config.ratio)
        with self._runtime.autocast():
            words = self._words(batch, text, count)
            predicted_BLp = self.model.restore(self._seen(pixels_B3HW), hidden, words)
        patch = self._config.model.vision.patch
        colour_BLp = patchify(pixels_B3HW.float(), patch)
        asked_BLp = self._asked(hidden, batch, colour_BLp.shape)
        return restoration_loss(predicted_BLp.float(), colour_BLp, asked_BLp)

    def _words(self, batch: PairBatch, text: Features, count: int) -> Words | None:
        config = self._config.restoration
        if config.words == "none":
            return None
        tokens_BTD = text.tokens_BLD
        if not config.reuse_text:
            tokens_BTD = self.model.encode_text(
                batch.ids_BT, padding_too=self._padding_too()
            ).tokens_BLD
        seen_BT = words_of(batch.ids_BT) if config.mask_padding else None
        if config.words == "wrong":
            other_B = _another_person(batch.person_B)
            tokens_BTD = tokens_BTD[other_B]
            seen_BT = None if seen_BT is None else seen_BT[other_B]
        return Words(tokens_BTD[:count], None if seen_BT is None else seen_BT[:count])

    def _seen(self, pixels_B3HW: Tensor) -> Tensor:
        """What the encoder sees of the picture: grey, so that colour must come from the words."""
        config = self._config.restoration
        if config.colour == "kept":
            return pixels_B3HW
        image = self._config.model.image
        if config.colour == "normalised":
            return _mix(pixels_B3HW).expand_as(pixels_B3HW)
        mean = pixels_B3HW.new_tensor(image.mean)[:, None, None]
        std = pixels_B3HW.new_tensor(image.std)[:, None, None]
        return (_mix(pixels_B3HW * std + mean) - mean) / std

    def _asked(self, hidden: Hidden, batch: PairBatch, shape: torch.Size) -> Tensor:
        """Where the restoration counts: hidden patches, less what erasing painted over."""
        asked_BLp = hidden.asked_BL[..., None]
        if self._config.restoration.ask_erased:
            return asked_BLp.expand(shape)
        height, width = batch.pixels_B3HW.shape[-2:]
        boxes_B4 = batch.erased_B4[: shape[0]]
        real_BHW = ~_inside(boxes_B4, height, width)
        real_B3HW = real_BHW[:, None].expand(-1, 3, -1, -1)
        return asked_BLp & patchify(real_B3HW, self._config.model.vision.patch)


def require_finite(terms: LossTerms, step: int) -> None:
    """Stop the run, naming the guilty term, rather than train on garbage.

    Raises:
        NonFiniteLossError: a term is NaN or infinite.
    """
    finite = torch.isfinite(torch.stack([term.detach() for term in terms])).tolist()
    bad = [name for name, fine in zip(terms._fields, finite, strict=True) if not fine]
    if bad:
        raise NonFiniteLossError(
            f"step {step}: the loss term {', '.join(bad)} is not finite; lower optim.lr, or use "
            "runtime.precision = 'float32'. The run can go on from its last save"
        )


def clip_gradients(objective: nn.Module, bound: float, step: int) -> None:
    """Bound the norm of the whole gradient (0 = no bound), before it moves any weight.

    Raises:
        NonFiniteLossError: the gradient is NaN or infinite, though the loss was not.
    """
    norm = nn.utils.clip_grad_norm_(objective.parameters(), bound or float("inf"))
    if not torch.isfinite(norm):
        raise NonFiniteLossError(
            f"step {step}: the losses are finite but their gradient is not; lower optim.lr, or "
            "use runtime.precision = 'float32'. The run can go on from its last save"
        )


def gradient_shares(terms: LossTerms, parameters: Iterable[nn.Parameter]) -> dict[str, float]:
    """Each term's share of the gradient on these parameters.

    The norm of each term's own gradient over the sum of those norms; the graph is kept.

    Raises:
        NonFiniteLossError: a term's gradient is NaN or infinite; the term is named.
    """
    shared = [parameter for parameter in parameters if parameter.requires_grad]
    norms: dict[str, float] = {}
    for name, term in terms._asdict().items():
        if not term.requires_grad:
            norms[name] = 0.0
            continue
        found = torch.autograd.grad(term, shared, retain_graph=True, allow_unused=True)
        squares = [grad.float().square().sum() for grad in found if grad is not None]
        norms[name] = float(torch.stack(squares).sum().sqrt()) if squares else 0.0
    bad = [name for name, norm in norms.items() if not math.isfinite(norm)]
    if bad:
        raise NonFiniteLossError(
            f"the gradient of the loss term {', '.join(bad)} is not finite; lower optim.lr, or "
            "use runtime.precision = 'float32'. The run can go on from its last save"
        )
    total = sum(norms.values()) or 1.0
    return {name: norm / total for name, norm in norms.items()}


def _mix(pixels_B3HW: Tensor) -> Tensor:
    weight = pixels_B3HW.new_tensor(LUMINANCE)[:, None, None]
    return (pixels_B3HW * weight).sum(dim=1, keepdim=True)


def _inside(boxes_B4: Tensor, height: int, width: int) -> Tensor:
    """(B, H, W) boolean: True inside each picture's box."""
    row = torch.arange(height, device=boxes_B4.device)
    column = torch.arange(width, device=boxes_B4.device)
    top, left, bottom, right = (side[:, None] for side in boxes_B4.unbind(1))
    return ((row >= top) & (row < bottom))[:, :, None] & ((column >= left) & (column < right))[
        :, None, :
    ]


def _another_person(person_B: Tensor) -> Tensor:
    """(B,) for each row the index of the next row, cyclically, that shows someone else.

    A row stays with itself where the whole batch is one person.
    """
    size = len(person_B)
    index = torch.arange(size, device=person_B.device)
    cyclic_BB = (index[:, None] + index[None, :]) % size
    differs_BB = person_B[cyclic_BB] != person_B[:, None]
    first_B = differs_BB.to(torch.int8).argmax(dim=1)
    return cyclic_BB[index, first_B]
