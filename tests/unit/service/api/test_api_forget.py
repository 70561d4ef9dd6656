"""Erasing: a plan first, then exactly the pictures of the plan, and a look at what is left."""

from pathlib import Path

import pytest
from PIL import Image
from tests.unit.service.api.conftest import PATTERN, World, running

from tipr.errors import ClusterError, GalleryError, MissingError, QueryError
from tipr.gallery.store import Gallery


def ids_of(own: World) -> list[int]:
    with Gallery.open(own.gallery) as gallery:
        return gallery.ids("1").tolist()


def test_a_plan_counts_and_changes_nothing(own: World) -> None:
    plan = own.ask.plan_erasure("gates", camera="gate1")
    assert (plan.pictures, plan.untimed) == (3, 0)
    assert ids_of(own) == [1, 2, 3, 4, 5, 6]
    assert own.acts() == [("forget plan", (1, 2, 3))]


@pytest.mark.parametrize(
    ("whom", "left"),
    [
        ({"ids": [2, 3]}, [1, 4, 5, 6]),
        ({"camera": "gate2"}, [1, 2, 3]),
        ({"camera": "gate2", "after": "2026-05-01T08:02"}, [1, 2, 3, 4, 5]),
        ({"before": "2026-05-01"}, []),
        ({"older_than_days": 100_000}, [1, 2, 3, 4, 5, 6]),
        ({"older_than_days": 0, "before": "2026-05-01T08:00"}, [2, 3, 5, 6]),
    ],
)
def test_what_the_plan_means_is_erased_and_nothing_else(own: World, whom, left) -> None:
    plan = own.ask.plan_erasure("gates", **whom)
    erased = own.ask.forget("gates", plan.plan, **whom)
    assert erased.pictures == plan.pictures == 6 - len(left)
    assert ids_of(own) == left
    assert erased.remains == ()
    assert erased.log_emptied
    gone = tuple(sorted(set(range(1, 7)) - set(left)))
    assert own.acts() == [("forget plan", gone), ("forget", gone)]


def test_everything_of_a_source_goes_by_its_name(own: World) -> None:
    source = own.ask.gallery("gates").sources[0].source
    plan = own.ask.plan_erasure("gates", source=source)
    own.ask.forget("gates", plan.plan, source=source)
    assert own.ask.gallery("gates").sources == ()


def test_the_next_search_finds_the_rest(own: World) -> None:
    own.ask.search("gates", "red")
    plan = own.ask.plan_erasure("gates", ids=[1])
    own.ask.forget("gates", plan.plan, ids=[1])
    assert own.ask.search("gates", "red", k=1).hits[0].id == 4
    with pytest.raises(MissingError):
        own.ask.thumbnail("gates", 1)


def test_a_plan_that_has_grown_is_refused(own: World) -> None:
    plan = own.ask.plan_erasure("gates", camera="gate1")
    grey = Image.new("RGB", (12, 36), (90, 90, 90))
    grey.save(own.pictures / "gate1/2026-05-01/08-09-00_grey.png")
    job = own.ask.add_job("gates", "pictures", pattern=PATTERN)
    assert list(own.ask.watch_job(job.id))[-1].stage == "done"
    with pytest.raises(GalleryError, match="by now 4 pictures would be erased"):
        own.ask.forget("gates", plan.plan, camera="gate1")
    assert len(ids_of(own)) == 7


def test_marks_and_searches_go_along_and_what_is_out_of_reach_is_listed(
    own: World, tmp_path
) -> None:
    own.ask.mark("gates", "red", 1, True)
    own.ask.save_search("gates", "like one", like=[1])
    own.ask.export("gates", [1], tmp_path / "one.zip")
    plan = own.ask.plan_erasure("gates", ids=[1])
    erased = own.ask.forget("gates", plan.plan, ids=[1])
    assert (erased.feedback, erased.searches) == (1, 1)
    assert [one.place for one in erased.exports] == ["served to local as zip"]
    assert [path.rpartition("/")[2] for path in erased.still_on_disk] == ["08-00-00_red.png"]
    assert own.ask.marks("gates") == []
    assert own.ask.searches("gates") == []


def test_a_mirror_hears_of_it_or_is_named(tmp_path, monkeypatch) -> None:
    told = []

    def follow(gallery: Path) -> None:
        told.append(gallery)
        if len(told) == 2:
            raise ClusterError("the mirror is not there")

    with running(tmp_path, bluer=1, follow=follow) as world:
        remains = [
            world.ask.forget("gates", world.ask.plan_erasure("gates", ids=[one]).plan, ids=[one])
            for one in (1, 2)
        ]
        list(world.ask.watch_job(world.ask.add_job("gates", "pictures", pattern=PATTERN).id))
    assert [one.remains for one in remains] == [(), ("the mirror is not there",)]
    assert told == [world.gallery] * 3


@pytest.mark.parametrize(
    ("whom", "kind", "said"),
    [
        ({}, GalleryError, "nothing is said about whom to forget"),
        ({"ids": [99]}, GalleryError, "no picture has the id 99"),
        ({"source": "/elsewhere"}, GalleryError, "is none of its sources"),
        ({"before": "once"}, QueryError, "'once' is no date"),
        ({"older_than_days": -1}, QueryError, "greater than or equal to 0"),
    ],
)
def test_what_means_nobody_is_refused(ask, whom, kind, said) -> None:
    with pytest.raises(kind, match=said):
        ask.plan_erasure("gates", **whom)


def test_an_erasure_without_its_plan_is_refused(ask) -> None:
    with pytest.raises(GalleryError, match="would be erased, not those of the plan"):
        ask.forget("gates", "0000000000000000", camera="gate1")
