"""The models of the galleries that are served: each is loaded once, whoever searches with it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from tipr.encoder.protocol import Encoder, Explainer
from tipr.errors import ModelError
from tipr.gallery.reader import Reader
from tipr.search.explain import require_explainer
from tipr.service.desk.batched import Batched, kind_of
from tipr.service.watch.metrics import Metrics


class Load(Protocol):
    """Where a model is, to its encoder; to one that `explains`, if it must be, at a higher cost."""

    def __call__(self, location: str, /, *, explains: bool) -> Encoder: ...


class Models:
    """Encoders by fingerprint, each in its batching wrapper; `batch` sentences at most at once."""

    def __init__(self, load: Load, *, batch: int, metrics: Metrics) -> None:
        self._load, self._batch, self._metrics = load, batch, metrics
        self._loaded: dict[tuple[str, bool], Batched] = {}
        # Encoding and searching take all cores each. By turns they answer a fifth to a third more
        # callers than together (benchmarks/NOTES.md).
        self.turn = threading.Lock()
        # One thread loads all models and runs them: OpenMP keeps a pool for each thread that calls,
        # and as soon as pools have more threads than there are cores, none of them waits awake;
        # a sentence takes twice as long then (benchmarks/NOTES.md).
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tipr-encoder")
        self._lock = threading.Lock()

    def of(self, gallery: Reader) -> Batched:
        """The model that the gallery is searched with, at this moment.

        Raises:
            ModelError: it is not where the gallery remembers it.
            FingerprintError: another one is there.
        """
        return self._of(gallery, explains=False)

    def explainer_of(self, gallery: Reader) -> Explainer:
        """The same as one that explains; it is loaded when it is first needed.

        Raises:
            ModelError: it gives vectors of whole sentences and pictures only; or as `of`.
            DependencyError: that needs a package which is not installed.
        """
        found = self.of(gallery)
        if not hasattr(found, "encode_words"):
            found = self._of(gallery, explains=True)
        return require_explainer(found, gallery.meta.model)

    def close(self) -> None:
        """End their thread, once everybody is answered."""
        self._thread.shutdown(wait=True)

    def _of(self, gallery: Reader, *, explains: bool) -> Batched:
        fingerprint, location = gallery.meta.fingerprint, gallery.meta.model
        with self._lock:  # whoever comes second waits for the first one's loading
            if (fingerprint, explains) not in self._loaded:
                if Path(location).is_absolute() and not Path(location).exists():
                    raise ModelError(
                        f"{gallery.path}: the model it was built with is no longer at {location}; "
                        f"put it back, or serve with --model"
                    )
                loading = self._thread.submit(self._load, location, explains=explains)
                encoder = loading.result()
                gallery.require_model(encoder.fingerprint)
                self._loaded[fingerprint, explains] = kind_of(encoder)(
                    encoder,
                    most=self._batch,
                    thread=self._thread,
                    turn=self.turn,
                    seen=self._seen,
                )
            return self._loaded[fingerprint, explains]

    def _seen(self, sentences: int, seconds: float) -> None:
        self._metrics.batches.observe(sentences)
        self._metrics.encoding.observe(seconds)
