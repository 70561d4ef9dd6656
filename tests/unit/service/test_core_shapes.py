"""The shapes of hits' pictures, which their tiles take."""

import anyio
from PIL import Image

from tipr.search.answer import Hit
from tipr.service.desk.shapes import shapes


def test_a_box_a_file_and_what_cannot_be_read(service, tmp_path):
    Image.new("RGB", (50, 100)).save(tmp_path / "half.png")
    hits = [
        Hit(rank=1, score=0, id=1, path=tmp_path / "half.png"),
        Hit(rank=2, score=0, id=2, path=tmp_path / "half.png", box=(10, 20, 40, 120)),
        Hit(rank=3, score=0, id=3, path=tmp_path / "film.mp4", box=(0, 0, 9, 9), frame_ms=40),
        Hit(rank=4, score=0, id=4, path=tmp_path / "gone.png"),
    ]
    assert anyio.run(shapes, service.desks["people"], hits) == {1: 0.5, 2: 0.3, 3: 1.0}
