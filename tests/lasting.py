"""A small gallery with one row of everything that may refer to a person, for several tests."""

from pathlib import Path

import numpy as np

from tipr.gallery import rows
from tipr.gallery.records import Facts, Reading, Shot
from tipr.gallery.scan import File
from tipr.gallery.store import Gallery

ROOT = Path("/pictures").absolute()
D = 16
DAY = 86_400_000
VECTORS = np.linalg.qr(np.random.default_rng(0).normal(size=(D, D)))[0].astype(np.float32)


def fill(path: Path) -> None:
    """Pictures 1 to 4 (gate and yard, days 1 to 4), 5 and 6 two people in one film, a bad file.

    An upload that somebody marked as the person of picture 2, a search that starts from it, and
    feedback on pictures 2 and 3.
    """
    with Gallery.create(
        path, fingerprint="ab" * 32, model="runs/one", width=D, image_size=(24, 8)
    ) as gallery:
        pictures = [
            Reading(
                file=File(f"{camera}/picture {number}.jpg", 10, 20),
                shots=(
                    Shot(
                        vector=VECTORS[number],
                        facts=Facts(
                            camera=camera,
                            time_ms=number * DAY,
                            attributes={"coat": f"colour {number}"},
                        ),
                        content=bytes([number]) * 8,
                        look=number,
                        thumbnail=b"thumbnail of person %d" % number,
                    ),
                ),
            )
            for number, camera in enumerate(("gate", "gate", "yard", "yard"), start=1)
        ]
        film = Reading(
            file=File("film of two.mp4", 30, 40),
            shots=tuple(
                Shot(vector=VECTORS[number], part=f"0/{number}", box=(0, 0, 4, 8), frame_ms=0)
                for number in (5, 6)
            ),
        )
        bad = Reading(file=File("bad.jpg", 1, 2), reason="truncated")
        gallery.add(ROOT, [*pictures, film, bad])
        with gallery.written() as db:
            rows.insert(db, "uploads", id=1, made="2026", jpeg=b"the uploaded picture")
            for number, fits in ((2, 1), (3, 0)):
                rows.insert(
                    db,
                    "feedback",
                    id=number,
                    made="2026",
                    query=f"said of picture {number}",
                    upload=1 if fits else None,
                    item=number,
                    fits=fits,
                )
            for number, name in ((1, "from an upload"), (2, "kept in words")):
                rows.insert(
                    db, "searches", id=number, name=name, made="2026", query=f"query {number} text"
                )
            rows.insert(db, "examples", search=1, item=None, upload=1)
            rows.insert(db, "exports", id=1, made="2026", place="/elsewhere/out.zip", pictures=3)
