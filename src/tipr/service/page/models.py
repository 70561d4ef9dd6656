"""The models that galleries are searched with: where from, how good, how their scores read."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tipr.catalogue import folder_here
from tipr.gallery.overview import Overview, overview
from tipr.gallery.store import Gallery
from tipr.search.calibration import Calibration, calibration_of
from tipr.service.page.drawn import drawn, path_of
from tipr.service.page.route import OurService, PageRoute, Reader
from tipr.service.page.scores import Scores, scores_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
CARDS = ("MODEL_CARD.md", "README.md")
LONGEST = 40_000
"""Characters of a card that are shown."""


@dataclass(frozen=True, slots=True)
class Card:
    """A gallery's model; `card` is the text that lies with it, '' where there is none."""

    gallery: str
    path: str
    found: Overview
    calibration: Calibration | None
    scores: Scores | None
    card: str

    @property
    def model(self) -> str:
        """The model's own name."""
        return Path(self.found.meta.model).name or self.found.meta.model


@router.get("/models")
async def page(request: Request, caller: Reader, service: OurService) -> Response:
    """A card for each gallery."""
    cards = []
    for desk in service.desks.values():
        cards.append(await desk.read(partial(_card, name=desk.name)))
    return drawn(request, "models.html", caller, cards=cards)


def _card(gallery: Gallery, name: str) -> Card:
    found = overview(gallery)
    folder = folder_here(found.meta.model)
    return Card(
        gallery=name,
        path=path_of(name),
        found=found,
        calibration=calibration_of(gallery),
        scores=None if folder is None else scores_of(folder),
        card="" if folder is None else _text(folder),
    )


def _text(folder: Path) -> str:
    for name in CARDS:
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8", errors="replace")[:LONGEST]
    return ""
