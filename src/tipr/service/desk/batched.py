"""An encoder around an encoder: sentences that arrive while one batch is encoded form the next.

All calls go to the model from one thread, whoever makes them.

Shape legend: N sentences or pictures, H x W pixels, D the encoder's width, V words, L patches.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tipr.encoder.protocol import Encoder, Explainer, Pixels, Vectors, WordFeatures
from tipr.service.together import Together

Seen = Callable[[int, float], None]
"""Told of each batch: how many sentences, how many seconds."""

Work = Callable[[], Any]


class Batched:
    """Answers as the encoder it wraps, up to rounding; with `most` 1 every sentence goes alone.

    A sentence's vector may differ in the last bits with its neighbours in a batch: matrix products
    of other sizes round otherwise.
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        most: int,
        thread: ThreadPoolExecutor,
        turn: AbstractContextManager[object],
        seen: Seen = lambda *_: None,
    ) -> None:
        """`thread`, of one worker: in which the encoder was loaded. `turn`: held while it works."""
        self._encoder, self._turn, self._seen = encoder, turn, seen
        self._together: Together[str | Work, Any] = Together(self._answer, most=most, thread=thread)

    @property
    def fingerprint(self) -> str:
        """As in `Encoder`, as are all names here."""
        return self._encoder.fingerprint

    @property
    def width(self) -> int:
        return self._encoder.width

    @property
    def image_size(self) -> tuple[int, int]:
        return self._encoder.image_size

    def encode_text(self, sentences: Sequence[str]) -> Vectors:
        if not sentences:
            return self._encoder.encode_text(sentences)
        futures = [self._together.ask(sentence) for sentence in sentences]
        return np.stack([future.result() for future in futures])

    def encode_images(self, pixels_NHWC: Pixels) -> Vectors:
        return self._alone(partial(self._encoder.encode_images, pixels_NHWC))

    def cut_words(self, sentence: str) -> str:
        return self._encoder.cut_words(sentence)  # only looks up words, takes no model

    def _alone(self, work: Work) -> Any:
        return self._together.ask(work).result()

    def _answer(self, asked: Sequence[str | Work]) -> list[Any]:
        """Sentences together, other work one by one."""
        sentences = [one for one in asked if isinstance(one, str)]
        with self._turn:
            vectors = iter(self._vectors(sentences) if sentences else ())
            return [next(vectors) if isinstance(one, str) else _tried(one) for one in asked]

    def _vectors(self, sentences: Sequence[str]) -> Sequence[Any]:
        begun = time.perf_counter()
        found = _tried(partial(self._encoder.encode_text, sentences))
        self._seen(len(sentences), time.perf_counter() - begun)
        if not isinstance(found, BaseException):
            return found
        if len(sentences) == 1:
            return [found]
        # The fault may be one sentence's; the others must not suffer for it.
        return [self._vectors([sentence])[0] for sentence in sentences]


class BatchedExplainer(Batched):
    """As `Batched`, around an `Explainer`."""

    @property
    def _explainer(self) -> Explainer:
        return cast("Explainer", self._encoder)

    @property
    def divides(self) -> bool:
        return self._explainer.divides

    @property
    def grid(self) -> tuple[int, int]:
        return self._explainer.grid

    def encode_words(self, sentence: str) -> WordFeatures:
        return self._alone(partial(self._explainer.encode_words, sentence))

    def encode_patches(self, pixels_NHWC: Pixels) -> NDArray[np.float32]:
        return self._alone(partial(self._explainer.encode_patches, pixels_NHWC))


def kind_of(encoder: Encoder) -> type[Batched]:
    """The wrapper for it: an `Explainer` stays one."""
    return BatchedExplainer if hasattr(encoder, "encode_words") else Batched


def _tried(work: Work) -> Any:
    try:
        return work()
    except BaseException as error:
        return error
