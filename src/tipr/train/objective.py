"""Where model, batch and losses meet: one batch to the weighted terms of the method.

Shape legend: B pairs, D embedding, L patches, p pixel values of a patch, T tokens.
"""

from collections.abc import Callable
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tipr.config import RunConfig
from tipr.data.batches import PairBatch
from tipr.losses.cmt import cmt_loss
from tipr.losses.contrastive import contrastive_loss
from tipr.losses.identity import identity_loss
from tipr.losses.restoration import restoration_loss
from tipr.losses.sdm import sdm_loss
from tipr.model.decoder import Words
from tipr.model.grey import shown
from tipr.model.masking import hide
from tipr.model.sen import SEN, Features
from tipr.model.text import words_of
from tipr.model.vision import patchify
from tipr.runtime import Runtime
from tipr.train.gather import everyone, row_counts, total
from tipr.train.restoring import (
    Part,
    another_person,
    asked_values,
    question,
    restored_rows,
    take,
)
from tipr.train.word_head import WordHead


class Vectors(NamedTuple):
    """One feature a picture and one a sentence, float32 whatever the towers computed in."""

    image_BD: Tensor
    text_BD: Tensor


class Labels(NamedTuple):
    """What is known of some pairs: whose they are, and what the sentences say.

    said_BW: shares of the words of a vocabulary; (B, 0) where no term asks for them.
    """

    person_B: Tensor
    said_BW: Tensor


class PairFeatures(NamedTuple):
    """What the towers say of some pairs: a vector a picture, float32, and all of the text."""

    image_BD: Tensor
    text: Features

    @property
    def vectors(self) -> Vectors:
        """What pairs are compared by."""
        return Vectors(self.image_BD, self.text.pooled_BD.float())


class LossTerms(NamedTuple):
    """Weighted terms of one step, each a scalar. Everything here is summed; nothing else is."""

    contrastive: Tensor
    sdm: Tensor
    identity: Tensor
    cmt: Tensor
    words: Tensor
    restoration: Tensor

    def total(self) -> Tensor:
        """The loss that is minimised."""
        return torch.stack(tuple(self)).sum()


class Objective(nn.Module):
    """The model, the heads that only training needs, and the loss terms at their weights."""

    def __init__(
        self,
        model: SEN,
        config: RunConfig,
        *,
        people: int,
        runtime: Runtime,
        phrases: int = 0,
    ) -> None:
        """`people` is the number of training identities, `phrases` of words to predict."""
        super().__init__()
        self.model = model
        self._config = config
        self.runtime = runtime
        if config.identity.weight:
            self.identity = nn.Linear(config.model.embed, people)
            nn.init.normal_(self.identity.weight, std=(0.5 / config.model.embed) ** 0.5)
            nn.init.zeros_(self.identity.bias)
        if config.words.weight:
            self.words = WordHead(config.model.embed, phrases)
        if config.contrastive.weight:
            self.log_scale = nn.Parameter(torch.tensor(config.contrastive.scale).log())

    def forward(self, batch: PairBatch, progress: float = 1.0) -> LossTerms:
        """The terms of one batch when `progress` (0 to 1) of the run is done.

        A term whose weight is zero, or zero at this point of the run, costs nothing. With several
        ranks the batch is this rank's part of a larger one, whose terms are the means over the
        ranks: restoration differs between them, the other terms see all pairs everywhere.
        """
        counts = row_counts(len(batch.person_B), self.runtime)
        features = self.encode(batch)
        known = Labels(batch.person_B, batch.said_BW)
        terms = self.compare(*self.of_all(features.vectors, known, counts), progress)
        (part,) = self.parts_of([batch], counts, progress)
        return terms._replace(restoration=self.restore(batch, features.text, part, progress))

    def encode(self, batch: PairBatch) -> PairFeatures:
        """What the towers say of these pairs."""
        with self.runtime.autocast():
            pixels = batch.pixels_B3HW.to(self.runtime.weights)
            image = self.model.encode_image(pixels, kept_BK=self._kept(batch))
            text = self.model.encode_text(batch.ids_BT, padding_too=self._padding_too())
        return PairFeatures(image.pooled_BD.float(), text)

    def of_all(self, vectors: Vectors, known: Labels, counts: list[int]) -> tuple[Vectors, Labels]:
        """Vectors and labels of the whole batch; `counts` are the pairs of each rank."""
        if self.runtime.world == 1:
            return vectors, known
        both_B2D = everyone(torch.cat(vectors, dim=1), counts, self.runtime)
        image_BD, text_BD = both_B2D.chunk(2, dim=1)
        labels = Labels(*(everyone(label, counts, self.runtime) for label in known))
        return Vectors(image_BD, text_BD), labels

    def compare(self, vectors: Vectors, known: Labels, progress: float) -> LossTerms:
        """All terms on the vectors of a whole batch: all but restoration, which is left at zero."""
        config = self._config
        image_BD, text_BD = vectors
        person_B = known.person_B
        terms: dict[str, Callable[[], Tensor]] = {
            "contrastive": lambda: contrastive_loss(image_BD, text_BD, person_B, self._scale()),
            "sdm": lambda: sdm_loss(image_BD, text_BD, person_B, config.sdm.temperature),
            "identity": lambda: self._identity(image_BD, text_BD, person_B),
            "cmt": lambda: cmt_loss(
                image_BD, text_BD, person_B, config.cmt.margin, config.cmt.positive
            ),
            "words": lambda: self.words(image_BD, text_BD, known.said_BW),
        }
        nothing = image_BD.new_zeros(())
        weights = {name: config.terms[name].weight_at(progress) for name in terms}
        on = {name: weights[name] * term() for name, term in terms.items() if weights[name]}
        return LossTerms(**{name: on.get(name, nothing) for name in LossTerms._fields})

    def parts_of(self, pieces: list[PairBatch], counts: list[int], progress: float) -> list[Part]:
        """Where the pieces of this rank's pairs stand in the whole batch, for `restore`."""
        first, whole = sum(counts[: self.runtime.rank]), sum(counts)
        starts = accumulate((len(piece.person_B) for piece in pieces), initial=first)
        parts = [Part(start, whole) for start, _ in zip(starts, pieces, strict=False)]
        alone = self.runtime.world == 1 and len(pieces) == 1
        config = self._config.restoration
        if alone or not config.weight_at(progress):
            return parts
        asked = torch.stack(
            [
                asked_values(piece, part, config, self._config.model)
                for piece, part in zip(pieces, parts, strict=True)
            ]
        )
        shares = self.runtime.world * asked / total(asked.sum(), self.runtime).clamp(min=1)
        return [part._replace(share=share) for part, share in zip(parts, shares, strict=True)]

    def restore(self, batch: PairBatch, text: Features, part: Part, progress: float) -> Tensor:
        """The weighted restoration error of these pairs, times what the part counts for.

        A "wrong" sentence is one of these pairs', so the settings allow it for whole batches only.
        """
        config = self._config.restoration
        weight = config.weight_at(progress)
        rows = restored_rows(part, len(batch.person_B), config.share) if weight else []
        if not rows:
            return text.pooled_BD.new_zeros((), dtype=torch.float32)
        return weight * part.share * self._restoration(batch, text, rows)

    def shared_parameters(self) -> list[nn.Parameter]:
        """The dual encoder's parameters: those through which all terms meet."""
        return [*self.model.vision.parameters(), *self.model.text.parameters()]

    def _kept(self, batch: PairBatch) -> Tensor | None:
        """The patches that the main encoding looks at; None for all of them."""
        share = self._config.augment.drop_patches
        return hide(batch.drop_BL, share).kept_BK if self.training and share else None

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

    def _restoration(self, batch: PairBatch, text: Features, rows: list[int]) -> Tensor:
        config, patch = self._config.restoration, self._config.model.vision.patch
        asked_of = take(batch, rows)
        pixels_B3HW = asked_of.pixels_B3HW.to(self.runtime.weights)
        hidden, asked_BLp = question(asked_of, config, patch)
        with self.runtime.autocast():
            words = self._words(batch, text, rows)
            image = self._config.model.image
            seen_B3HW = shown(pixels_B3HW, config.colour, image.mean, image.std)
            predicted_BLp = self.model.restore(seen_B3HW, hidden, words)
        return restoration_loss(
            predicted_BLp.float(), patchify(pixels_B3HW.float(), patch), asked_BLp
        )

    def _words(self, batch: PairBatch, text: Features, rows: list[int]) -> Words | None:
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
            other_B = another_person(batch.person_B)
            tokens_BTD = tokens_BTD[other_B]
            seen_BT = None if seen_BT is None else seen_BT[other_B]
        if len(rows) < len(tokens_BTD):
            tokens_BTD = tokens_BTD[rows]
            seen_BT = None if seen_BT is None else seen_BT[rows]
        return Words(tokens_BTD, seen_BT)
