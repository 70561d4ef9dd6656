"""What galleries there are, and what is in them."""

from typing import Self

from fastapi import APIRouter
from pydantic import Field

from tipr.gallery import overview as overviews
from tipr.search import facets as counted
from tipr.service.api.asked import Among
from tipr.service.api.reach import At, Reads, The
from tipr.service.api.shown import Shown, Time, time
from tipr.service.desk.facets import facets, overview

router = APIRouter(tags=["galleries"])

Count = dict[str, int]
"""Pictures by value."""


class ShownSource(Shown):
    """An indexed folder or list."""

    source: str
    files: int
    pictures: int
    unreadable: int


class ShownGallery(Shown):
    """A gallery at a glance; counts of pictures unless said otherwise."""

    name: str
    pictures: int
    sources: tuple[ShownSource, ...]
    cameras: Count = Field(description="pictures without a camera are in none")
    first: Time | None
    last: Time | None
    timed: int
    attributes: Count
    twins: int = Field(description="with the same pixels as an earlier one")
    calibrated: bool
    feedback: int
    searches: int
    exports: int
    model: str = Field(description="fingerprint of the model that its vectors are of")
    image_size: tuple[int, int] = Field(description="height, width in pixels that the model sees")
    created: str
    bytes_on_disk: int

    @classmethod
    def of(cls, name: str, found: overviews.Overview) -> Self:
        return cls(
            name=name,
            pictures=found.pictures,
            sources=tuple(
                ShownSource(source=source, files=files, pictures=pictures, unreadable=unreadable)
                for source, files, pictures, unreadable in found.sources
            ),
            cameras={camera: count for camera, count in found.cameras if camera is not None},
            first=time(found.first_ms),
            last=time(found.last_ms),
            timed=found.timed,
            attributes=dict(found.attributes),
            twins=found.twins,
            calibrated=found.calibrated,
            feedback=found.feedback,
            searches=found.searches,
            exports=found.exports,
            model=found.meta.fingerprint,
            image_size=found.meta.image_size,
            created=found.meta.created,
            bytes_on_disk=found.bytes_on_disk,
        )


class ShownFacets(Shown):
    """Pictures by camera, source, day and attribute.

    A kind's own counts leave out the filter of that kind.
    """

    total: int
    cameras: Count
    sources: Count
    days: Count
    attributes: dict[str, Count]

    @classmethod
    def of(cls, found: counted.Facets) -> Self:
        return cls(
            total=found.total,
            cameras=found.cameras,
            sources=found.sources,
            days=found.days,
            attributes=found.attributes,
        )


@router.get("/galleries")
async def list_galleries(caller: Reads, service: The) -> list[ShownGallery]:
    """The galleries that are served, by name."""
    return [
        ShownGallery.of(name, await overview(desk, caller))
        for name, desk in sorted(service.desks.items())
    ]


@router.get("/galleries/{gallery}")
async def get_gallery(caller: Reads, desk: At) -> ShownGallery:
    """A gallery at a glance."""
    return ShownGallery.of(desk.name, await overview(desk, caller))


@router.post("/galleries/{gallery}/facets")
async def count_facets(caller: Reads, desk: At, asked: Among) -> ShownFacets:
    """How many pictures there are of each camera, source, day and attribute under filters."""
    return ShownFacets.of(await facets(desk, caller, await desk.read(asked.among)))
