"""The models that galleries are searched with: where from, how good, how their scores read."""

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from tipr.gallery.overview import Overview, overview
from tipr.gallery.store import Gallery
from tipr.search.calibration import Calibration, calibration_of
from tipr.service.page.drawn import drawn, path_of
from tipr.service.page.route import OurService, PageRoute, Reader

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LONGEST = 40_000
"""Characters of a card that are shown."""


@dataclass(frozen=True, slots=True)
class Card:
    """A gallery's model; `card` is the README.md that lies with it, '' where there is none."""

    gallery: str
    path: str
    found: Overview
    calibration: Calibration | None
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
        found, calibration, card = await desk.read(_read)
        cards.append(Card(desk.name, path_of(desk.name), found, calibration, card))
    return drawn(request, "models.html", caller, cards=cards)


def _read(gallery: Gallery) -> tuple[Overview, Calibration | None, str]:
    found = overview(gallery)
    return found, calibration_of(gallery), _card(Path(found.meta.model))


def _card(model: Path) -> str:
    file = model / "README.md"
    if not file.is_file():
        return ""
    return file.read_text(encoding="utf-8", errors="replace")[:LONGEST]
