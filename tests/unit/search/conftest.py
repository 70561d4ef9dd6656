"""A gallery whose pictures are vectors one can choose, with what is known of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery
from tipr.search.calibration import Calibration, Origin

ROOT = Path("/pictures").absolute()
WIDTH = 12


def calibration(threshold: float = 0.0, intercept: float = 4.0) -> Calibration:
    """Of the fake encoder; of sixty random pictures some are strong, possible and weak."""
    origin = Origin(
        model="aa" * 32, data="d", benchmark="b", split="val", captions=1, pictures=1, people=1
    )
    return Calibration(
        scale=8.0,
        slope=8.0,
        against=1.0,
        intercept=intercept,
        threshold=threshold,
        miss=0.1,
        origin=origin,
    )


@pytest.fixture
def fill(tmp_path) -> Callable[..., Gallery]:
    """fill(shots, folder=ROOT): a gallery with a file for each shot, "0.jpg" and so on, open for
    writing; its ids count from 1."""
    opened: list[Gallery] = []

    def make(shots: Sequence[Shot], folder: Path = ROOT) -> Gallery:
        gallery = (
            opened[0]
            if opened
            else Gallery.create(
                tmp_path / "filled",
                fingerprint="aa" * 32,
                model="m",
                width=WIDTH,
                image_size=(24, 8),
            )
        )
        opened.append(gallery)
        files = [File(f"{number}.jpg", 1, 1) for number in range(len(shots))]
        gallery.add(
            folder,
            [Reading(file=file, shots=(shot,)) for file, shot in zip(files, shots, strict=True)],
        )
        return gallery

    yield make
    for gallery in opened:
        gallery.close()


@pytest.fixture
def shot() -> Callable[..., Shot]:
    """shot(direction, camera=..., time_s=..., look=..., content=..., colour=...)."""

    def make(
        direction: Sequence[float] | int = 0,
        *,
        camera: str | None = None,
        time_s: float | None = None,
        look: int = 0,
        content: bytes = b"",
        **attributes: str,
    ) -> Shot:
        if isinstance(direction, int):
            vector = np.random.default_rng(direction).normal(size=WIDTH)
        else:
            vector = np.zeros(WIDTH)
            vector[: len(direction)] = direction
        facts = Facts(
            camera=camera,
            time_ms=None if time_s is None else round(time_s * 1000),
            attributes=attributes,
        )
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        return Shot(vector=unit, facts=facts, look=look, content=content)

    return make
