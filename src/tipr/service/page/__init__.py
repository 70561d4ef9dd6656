"""The search page: HTML for people."""

from fastapi import APIRouter

from tipr.service.page import (
    auditing,
    bringing,
    entering,
    erasing,
    exporting,
    files,
    indexing,
    keeping,
    marking,
    models,
    pictures,
    search,
    using,
)
from tipr.service.page.fault import fault

__all__ = ["fault", "router"]

router = APIRouter()
for part in (
    *(files, entering, search, pictures, bringing, marking, exporting, keeping, erasing),
    *(indexing, models, auditing, using),
):
    router.include_router(part.router)
