"""One served gallery: opened for every piece of work, with its index and model kept at hand.

The gallery's file is opened anew each time (less than a millisecond), so that it may be written to,
repaired or replaced while it is served.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from tipr.encoder.protocol import Explainer
from tipr.errors import ReasonError, TiprError
from tipr.gallery import index as indexes
from tipr.gallery.index import Index
from tipr.gallery.reader import Reader
from tipr.gallery.store import Gallery
from tipr.service.desk.batched import Batched
from tipr.service.desk.models import Models
from tipr.service.desk.rules import Rules, rules_of
from tipr.service.desk.shown import Shown
from tipr.service.desk.thumbnails import Thumbnails
from tipr.service.guard.caller import Caller, Scope
from tipr.service.settings import ServiceSettings
from tipr.service.state import audit
from tipr.service.state.state import State
from tipr.service.watch.logs import say
from tipr.service.watch.metrics import Metrics

Result = TypeVar("Result")
Follow = Callable[[Path], None]
"""Brings the mirror of a gallery, if it has one, up to date with it."""


@dataclass(eq=False)
class Desk:
    """A gallery under the name that it is served by.

    `shown`, `viewed` and `filmed` remember whom the audit log says to have seen a picture small,
    large, and in its video.
    """

    name: str
    path: Path
    models: Models
    state: State
    settings: ServiceSettings
    metrics: Metrics
    threads: anyio.CapacityLimiter
    follow: Follow = lambda _: None
    shown: Shown = field(default_factory=Shown)
    viewed: Shown = field(default_factory=Shown)
    filmed: Shown = field(default_factory=Shown)

    def __post_init__(self) -> None:
        self.thumbnails = Thumbnails(self.settings.thumbnail_bytes)
        self._writing, self._remarking = anyio.Lock(), anyio.Lock()
        self._indexing = threading.Lock()
        self._index: Index | None = None
        self._seen = ""

    async def read(self, work: Callable[[Gallery], Result]) -> Result:
        """Do something with the gallery in a thread.

        Raises:
            GalleryError: it is not there (any more), or damaged.
        """

        def answer() -> Result:
            with Gallery.open(self.path) as gallery:
                return work(gallery)

        return await self.in_thread(answer)

    async def write(self, work: Callable[[Gallery], Result]) -> Result:
        """Change the gallery in a thread; one after the other here.

        Raises:
            GalleryBusyError: another process writes to it.
            GalleryError: as `read`.
        """

        def refreshed(gallery: Gallery) -> Result:
            try:
                return work(gallery)
            finally:
                self.refresh(gallery)

        return await self._alone(self._writing, partial(Gallery.open, write=True), refreshed)

    async def remark(self, work: Callable[[Gallery], Result]) -> Result:
        """Leave something beside the pictures, in a thread: also while they are being indexed.

        Raises:
            GalleryBusyError: another process keeps it from being written for longer than usual.
            GalleryError: as `read`.
        """

        return await self._alone(self._remarking, Gallery.open_for_remarks, work)

    async def _alone(
        self,
        lock: anyio.Lock,
        open_at: Callable[[Path], Gallery],
        work: Callable[[Gallery], Result],
    ) -> Result:
        def answer() -> Result:
            with open_at(self.path) as gallery:
                return work(gallery)

        async with lock:
            return await self.in_thread(answer)

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        """Do something that takes its time without keeping others waiting."""
        return await anyio.to_thread.run_sync(work, limiter=self.threads)

    async def followed(self) -> str:
        """Tell the gallery's mirror what has changed; what kept it from following, '' if nothing.

        To be called after everything that adds or erases pictures.
        """
        try:
            await self.in_thread(lambda: self.follow(self.path))
        except TiprError as error:
            say("mirror not followed", level=logging.ERROR, gallery=self.name, error=str(error))
            return str(error)
        return ""

    async def rules(self) -> Rules:
        """What the gallery demands."""
        return await self.read(rules_of)

    async def admit(self, caller: Caller, scope: Scope) -> None:
        """Let in who may do this here; the first line of everything that a caller asks for.

        Raises:
            ScopeError: their key allows less.
            ReasonError: the gallery demands a reason, and they gave none.
        """
        caller.require(scope)
        if caller.reason is None and (await self.rules()).reason:
            raise ReasonError(
                f"the gallery {self.name} demands a reason for every search and view; say it in "
                f"the header X-Reason, or in the page's field"
            )

    async def note(
        self,
        caller: Caller,
        act: str,
        *,
        items: Sequence[int] = (),
        words: Mapping[str, Any] | None = None,
    ) -> None:
        """Write it into the audit log; on the disk when it returns, so before anything is shown.

        Raises:
            StorageError: it cannot be written; then nothing may be shown.
        """
        entry = self._act(caller, act, items, words)
        await self.state.written(lambda db: audit.append(db, [entry]))
        self.metrics.audited.inc()

    def note_now(
        self,
        caller: Caller,
        act: str,
        *,
        items: Sequence[int] = (),
        words: Mapping[str, Any] | None = None,
    ) -> None:
        """As `note`, for the inside of `read` and `write`."""
        entry = self._act(caller, act, items, words)
        self.state.write(lambda db: audit.append(db, [entry])).result()
        self.metrics.audited.inc()

    def ready(self, gallery: Gallery) -> tuple[Batched, Index]:
        """Model and index of what the gallery holds at this moment.

        Raises:
            ModelError: the model is gone.
            GalleryError: a vector is damaged.
        """
        encoder = self.models.of(gallery)
        if (index := self._index) is None or index.generation != gallery.generation:
            with self._indexing:  # one makes it, the others wait for it
                index = self._index
                if index is None or index.generation != gallery.generation:
                    self._index = index = indexes.load(gallery)
                    self.metrics.pictures.labels(self.name).set(len(index))
        return encoder, index

    def model_of(self, gallery: Reader) -> Batched:
        """The model that the gallery is searched with at this moment."""
        return self.models.of(gallery)

    def explainer_of(self, gallery: Reader) -> Explainer:
        """The same as one that explains (`Models.explainer_of`)."""
        return self.models.explainer_of(gallery)

    def refresh(self, gallery: Gallery) -> None:
        """Drop what belongs to earlier content, for it may have been erased.

        The new index is made as soon as nothing has changed between two calls: while pictures are
        added batch by batch, only those who search wait for one.
        """
        generation = gallery.generation
        self.thumbnails.keep_only(generation)
        if self._index is not None and self._index.generation != generation:
            self._index = None
        elif self._index is None and self._seen == generation and len(gallery):
            self.ready(gallery)
        self._seen = generation

    def _act(
        self, caller: Caller, act: str, items: Sequence[int], words: Mapping[str, Any] | None
    ) -> audit.Act:
        told = {**(words or {}), "reason": caller.reason, "client": caller.address}
        return audit.Act(
            who=caller.who,
            act=act,
            gallery=self.name,
            items=tuple(items),
            request=caller.request,
            words={key: value for key, value in told.items() if value not in (None, "")} or None,
        )
