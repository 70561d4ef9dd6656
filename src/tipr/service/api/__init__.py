"""The HTTP API for programs, version 1: thin routes over the desks."""

from fastapi import APIRouter

from tipr.service.api import (
    audit,
    explanations,
    export,
    feedback,
    forget,
    galleries,
    items,
    jobs,
    search,
    searches,
)
from tipr.service.api.reach import FAULTS

router = APIRouter(prefix="/api/v1", responses=FAULTS)
for part in (
    galleries,
    search,
    items,
    explanations,
    feedback,
    searches,
    export,
    jobs,
    forget,
    audit,
):
    router.include_router(part.router)
