"""Everything a running service consists of, as one value."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import anyio

from tipr.errors import ConfigError
from tipr.gallery.store import Gallery
from tipr.service.desk.desk import Desk, Follow
from tipr.service.desk.jobs import Jobs
from tipr.service.desk.models import Load, Models
from tipr.service.desk.wash import Washer
from tipr.service.guard.guard import Guard
from tipr.service.settings import ServiceSettings
from tipr.service.state.state import State
from tipr.service.stopping import Stopping
from tipr.service.watch.metrics import Metrics


@dataclass(frozen=True, kw_only=True)
class Service:
    """Its parts; the application and the page find each of them here."""

    settings: ServiceSettings
    state: State
    desks: dict[str, Desk]
    models: Models
    guard: Guard
    washer: Washer
    metrics: Metrics
    jobs: Jobs
    stopping: Stopping

    @classmethod
    def open(
        cls,
        galleries: Sequence[Path],
        settings: ServiceSettings,
        state: State,
        load: Load,
        follow: Follow = lambda _: None,
    ) -> Self:
        """Put a service together; nothing is loaded yet.

        Raises:
            ConfigError: two galleries have the same name.
        """
        metrics, stopping = Metrics(), Stopping()
        models = Models(load, batch=settings.batch, metrics=metrics)
        threads = anyio.CapacityLimiter(settings.parallel)
        desks: dict[str, Desk] = {}
        for path in galleries:
            name = path.resolve().name
            if name in desks:
                raise ConfigError(
                    f"{path} and {desks[name].path} are both called {name}; rename one of the "
                    f"folders, for that is their name in every address"
                )
            desks[name] = Desk(
                name=name,
                path=path.resolve(),
                models=models,
                state=state,
                settings=settings,
                metrics=metrics,
                threads=threads,
                follow=follow,
            )
        return cls(
            settings=settings,
            state=state,
            desks=desks,
            models=models,
            guard=Guard(state, settings),
            washer=Washer(seconds=settings.decode_s, memory=settings.decode_bytes, metrics=metrics),
            metrics=metrics,
            jobs=Jobs(state, desks, settings.index_roots, stopping),
            stopping=stopping,
        )

    def warm(self) -> None:
        """Load models and indexes, and use each once, so that the first search waits for nothing.

        Doing it twice does no harm, nor does closing it twice.

        Raises:
            TiprError: a gallery, a model or an index cannot be opened.
        """
        for desk in self.desks.values():
            with Gallery.open(desk.path) as gallery:
                encoder, _ = desk.ready(gallery)
                encoder.encode_text(["a person"])
        self.washer.warm()

    def close(self) -> None:
        """End its threads and processes, once everybody is answered."""
        self.stopping.set()
        self.models.close()
        self.washer.close()
