"""The web application around a service that was put together elsewhere, so tests can pass fakes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
from fastapi import FastAPI

from tipr import __version__
from tipr.service import api, faults, page
from tipr.service.desk import fresh, retention
from tipr.service.desk.worker import working
from tipr.service.guard.bounds import Bounds
from tipr.service.guard.gate import Gate
from tipr.service.guard.headers import SecurityHeaders
from tipr.service.guard.origins import Origins
from tipr.service.service import Service
from tipr.service.watch import health
from tipr.service.watch.requests import Requests


def create_app(service: Service) -> FastAPI:
    """The application; it is warm before it answers, and closes the service when it ends."""
    settings = service.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(service.warm)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(retention.keep, service)
            tasks.start_soon(fresh.watch, service)
            try:
                async with working(service.jobs):
                    yield
            finally:
                tasks.cancel_scope.cancel()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(service.close)

    app = FastAPI(
        title="tipr",
        version=__version__,
        summary="Find a person by description.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # they would load scripts from another host
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    app.include_router(health.router)
    app.include_router(api.router)
    app.include_router(page.router)
    faults.install(app, page.fault)
    # The last one added is the first to see a request.
    app.add_middleware(
        Bounds,
        most_bytes=settings.body_bytes,
        request_s=settings.request_s,
        answer_s=settings.answer_s,
    )
    app.add_middleware(Gate, guard=service.guard)
    app.add_middleware(Origins, hosts=settings.names)
    app.add_middleware(SecurityHeaders, secure=settings.secure)
    app.add_middleware(Requests, metrics=service.metrics)
    return app
