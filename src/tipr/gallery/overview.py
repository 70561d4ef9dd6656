"""A gallery at a glance: what it holds, from where, how large it is."""

from dataclasses import dataclass

from tipr.gallery.reader import Reader
from tipr.gallery.records import Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Counts of pictures unless said otherwise.

    `sources` is (folder or list, files read, pictures in them, files that could not be read);
    `cameras` is (name or None, pictures), most first; `first_ms` and `last_ms` bound the cameras'
    clocks (None where nothing has a time); `twins` are pictures with the same pixels as an
    earlier one; `bytes_on_disk` counts every file of the gallery. `next_model` is a model that is
    being built beside this one, with how many pictures it has encoded.
    """

    meta: Meta
    pictures: int
    sources: tuple[tuple[str, int, int, int], ...]
    cameras: tuple[tuple[str | None, int], ...]
    first_ms: int | None
    last_ms: int | None
    timed: int
    attributes: tuple[tuple[str, int], ...]
    twins: int
    feedback: int
    searches: int
    exports: int
    calibrated: bool
    next_model: tuple[str, int] | None
    bytes_on_disk: int


def overview(gallery: Reader) -> Overview:
    """What the gallery holds at this moment."""
    with gallery.snapshot():

        def count(table: str) -> int:
            return gallery.ask(f"SELECT count(*) FROM {table}")[0][0]

        first, last, timed = gallery.ask(
            "SELECT min(time_ms), max(time_ms), count(time_ms) FROM items"
        )[0]
        coming = gallery.ask(
            "SELECT location, (SELECT count(*) FROM vectors WHERE model = models.id) FROM models "
            "WHERE id <> ?",
            [gallery.active],
        )
        return Overview(
            meta=gallery.meta,
            pictures=len(gallery),
            sources=tuple(
                gallery.ask(
                    "SELECT root, count(DISTINCT files.id), count(items.id), "
                    "count(DISTINCT CASE WHEN reason IS NOT NULL THEN files.id END) "
                    "FROM sources LEFT JOIN files ON sources.id = source "
                    "LEFT JOIN items ON files.id = file GROUP BY sources.id ORDER BY root"
                )
            ),
            cameras=tuple(
                gallery.ask("SELECT camera, count(*) FROM items GROUP BY camera ORDER BY 2 DESC, 1")
            ),
            first_ms=first,
            last_ms=last,
            timed=timed,
            attributes=tuple(
                gallery.ask("SELECT key, count(*) FROM attributes GROUP BY key ORDER BY key")
            ),
            twins=gallery.ask(
                "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM items "
                "WHERE content <> x'' GROUP BY content)"
            )[0][0],
            feedback=count("feedback"),
            searches=count("searches"),
            exports=count("exports"),
            calibrated=gallery.calibration() is not None,
            next_model=coming[0] if coming else None,
            bytes_on_disk=sum(
                one.stat().st_size for one in gallery.path.rglob("*") if one.is_file()
            ),
        )
