"""Indexing asked for over HTTP: where it may, how far it is, and that nothing ends it for good."""

import threading
import time
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.search.colour_reader import ColourReader
from tests.unit.service.api.conftest import PATTERN, World, running_again

from tipr.errors import GalleryBusyError, MissingError, QueryError
from tipr.gallery.store import Gallery
from tipr.service.desk import worker
from tipr.service.desk.jobs import allowed
from tipr.service.state import jobs as table
from tipr.service.state.state import State


def more(pictures: Path, count: int = 3) -> None:
    for number in range(count):
        minute = f"{9 + number // 60:02}-{number % 60:02}"
        path = pictures / "gate3/2026-05-02" / f"{minute}-00_grey.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 36), (100 + number, 100, 100)).save(path)


def over(own: World, number: int):
    return list(own.ask.watch_job(number))[-1]


def wait_until(true) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to pass")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch):
    """The model encodes no picture before it is let: held.set()."""
    let = threading.Event()
    plain = ColourReader.encode_images

    def encode_images(self, pixels_NHWC):
        assert let.wait(10)
        return plain(self, pixels_NHWC)

    monkeypatch.setattr(ColourReader, "encode_images", encode_images)
    yield let
    let.set()


def test_a_job_brings_the_gallery_up_to_date(own: World) -> None:
    more(own.pictures)
    job = own.ask.add_job("gates", "pictures", pattern=PATTERN)
    assert (job.gallery, job.folder, job.who) == ("gates", str(own.pictures), "local")
    done = over(own, job.id)
    assert (done.stage, done.done, done.total, done.fault) == ("done", 3, 3, None)
    assert done.outcome is not None
    assert (done.outcome["added"], done.outcome["unchanged"]) == (3, 6)
    assert own.ask.job(job.id) == own.ask.jobs()[0] == done
    assert own.ask.gallery("gates").cameras == {"gate1": 3, "gate2": 3, "gate3": 3}
    assert ("index", ()) in own.acts()


def test_a_search_finds_what_a_job_has_brought(own: World) -> None:
    own.ask.search("gates", "red")
    more(own.pictures)
    over(own, own.ask.add_job("gates", "pictures", pattern=PATTERN).id)
    assert own.ask.search("gates", "camera:gate3 red").searched == 3


def test_what_could_not_be_read_is_told(own: World) -> None:
    (own.pictures / "broken.png").write_bytes(b"no picture")
    outcome = over(own, own.ask.add_job("gates", "pictures", pattern=PATTERN).id).outcome
    assert outcome is not None
    assert (outcome["unreadable"], outcome["skipped"][0]["file"]) == (1, "broken.png")


def test_a_job_that_fails_says_why_and_the_next_one_runs(own: World) -> None:
    (own.pictures.parent / "empty").mkdir()
    first = own.ask.add_job("gates", "empty")
    second = own.ask.add_job("gates", "pictures", pattern=PATTERN)
    failed = over(own, first.id)
    assert failed.stage == "failed"
    assert "no pictures found" in (failed.fault or "")
    assert over(own, second.id).stage == "done"


def test_a_fault_of_ours_ends_its_job_and_no_other(own: World, monkeypatch, caplog) -> None:
    monkeypatch.setattr(worker, "build", lambda *_, **__: 1 / 0)
    assert over(own, own.ask.add_job("gates", "pictures").id).fault == (
        "ZeroDivisionError: division by zero"
    )
    assert "job 1 failed" in caplog.text
    monkeypatch.undo()
    assert over(own, own.ask.add_job("gates", "pictures", pattern=PATTERN).id).stage == "done"


def test_a_running_job_tells_how_far_it_is_and_can_be_stopped(own: World, held) -> None:
    more(own.pictures, 40)  # more than a batch
    job = own.ask.add_job("gates", "pictures", pattern=PATTERN)
    wait_until(lambda: own.ask.job(job.id).total == 40)
    assert own.ask.job(job.id).stage == "running"
    own.ask.cancel_job(job.id)
    held.set()
    stopped = over(own, job.id)
    assert stopped.stage == "cancelled"
    with Gallery.open(own.gallery) as gallery:
        assert 6 <= len(gallery) < 46


def test_while_a_job_runs_marks_and_searches_are_kept_and_an_erasure_waits(
    own: World, held
) -> None:
    more(own.pictures)
    job = own.ask.add_job("gates", "pictures", pattern=PATTERN)
    wait_until(lambda: own.ask.job(job.id).total == 3)
    own.ask.mark("gates", "a red coat", 1, True)
    own.ask.save_search("gates", "mine", "red")
    plan = own.ask.plan_erasure("gates", ids=[1])
    with pytest.raises(GalleryBusyError):
        own.ask.forget("gates", plan.plan, ids=[1])
    assert own.ask.job(job.id).stage == "running"
    held.set()
    assert over(own, job.id).stage == "done"
    assert [mark.item for mark in own.ask.marks("gates")] == [1]
    assert [one.name for one in own.ask.searches("gates")] == ["mine"]


def test_a_waiting_job_is_taken_out_of_the_queue(own: World, held) -> None:
    more(own.pictures)
    first = own.ask.add_job("gates", "pictures", pattern=PATTERN)
    second = own.ask.add_job("gates", "pictures", pattern=PATTERN)
    assert own.ask.cancel_job(second.id).stage == "cancelled"
    held.set()
    assert over(own, first.id).stage == "done"
    assert own.ask.cancel_job(first.id).stage == "done"


def test_a_job_that_a_crash_interrupted_goes_on_at_the_next_start(own: World, tmp_path) -> None:
    """What a killed process leaves behind: a row that says running, some pictures stored."""
    more(own.pictures)
    folder = tmp_path / "killed"
    with State.open(folder / "state") as state:
        asked = {"folder": str(own.pictures), "pattern": PATTERN, "retry": False}
        state.write(lambda db: table.add(db, gallery="gates", who="x", **asked)).result()
        assert state.write(table.take).result().stage == "running"
    with running_again(folder, own.gallery, own.pictures) as world:
        done = over(world, 1)
        assert (done.stage, done.outcome["added"], done.who) == ("done", 3, "x")


def test_a_job_that_the_service_stops_goes_on_at_the_next_start(own: World, tmp_path, held) -> None:
    more(own.pictures, 40)
    folder = tmp_path / "stopped"
    with running_again(folder, own.gallery, own.pictures) as world:
        job = world.ask.add_job("gates", "pictures", pattern=PATTERN)
        wait_until(lambda: world.ask.job(job.id).total == 40)
        world.service.stopping.set()
        held.set()
    with State.open(folder / "state") as state, state.reading() as db:
        left = table.get(db, job.id)
        assert left is not None
        assert left.stage == "waiting"
    with running_again(folder, own.gallery, own.pictures) as world:
        assert over(world, job.id).stage == "done"
        assert world.ask.gallery("gates").pictures == 46


def test_events_are_server_sent_and_end_with_the_job(own: World) -> None:
    job = own.ask.add_job("gates", "pictures", pattern=PATTERN)
    answer = own.http.get(f"/api/v1/jobs/{job.id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = answer.text.strip().split("\n\n")
    assert all(event.startswith("event: job\ndata: {") for event in events)
    assert '"stage":"done"' in events[-1]


@pytest.mark.parametrize(
    "folder", ["/etc", "..", "pictures/../..", "/", "a\0b", "x" * 999, "~", "link"]
)
def test_no_folder_beyond_the_roots_is_looked_at(folder: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(QueryError, match=r"does not lie below|is no folder"):
        allowed([tmp_path], folder)


def test_a_job_for_a_folder_beyond_the_roots_is_refused(ask) -> None:
    with pytest.raises(QueryError, match="does not lie below a folder that may be indexed"):
        ask.add_job("gates", "/etc")
    assert ask.jobs() == []


def test_nobody_learns_what_is_elsewhere_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "there").mkdir()
    said = []
    for name in ("there", "gone!"):
        with pytest.raises(QueryError) as caught:
            allowed([tmp_path / "root"], str(tmp_path / name))
        said.append(str(caught.value).replace(name, ""))
    assert said[0] == said[1]


def test_without_roots_nothing_is_indexed() -> None:
    with pytest.raises(QueryError, match="start it with --index-root DIR"):
        allowed([], "/tmp")


def test_a_file_is_no_folder(ask) -> None:
    with pytest.raises(QueryError, match="is no folder"):
        ask.add_job("gates", "pictures/gate1/2026-05-01/08-00-00_red.png")


def test_a_malformed_pattern_is_refused_at_once(ask) -> None:
    with pytest.raises(QueryError, match="nothing"):
        ask.add_job("gates", "pictures", pattern="{}{nothing")


def test_what_is_not_there_is_missing(ask) -> None:
    for missing in (ask.job, ask.cancel_job, lambda number: list(ask.watch_job(number))):
        with pytest.raises(MissingError, match="there is no job 99"):
            missing(99)
    with pytest.raises(MissingError, match="no gallery is called 'doors'"):
        ask.add_job("doors", "pictures")
