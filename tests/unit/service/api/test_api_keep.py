"""What people say of hits, keep under a name and take away."""

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from tests.unit.service.api.conftest import IDS, World
from tests.unit.service.api.test_api_search import picture_of

from tipr.errors import GalleryBusyError, MissingError, QueryError
from tipr.gallery import place
from tipr.gallery.store import Gallery
from tipr.search.feedback import examples


def test_a_mark_is_kept_changed_and_taken_back(own: World) -> None:
    own.ask.mark("gates", "a red coat", 1, True)
    own.ask.mark("gates", "a red coat", 2, False)
    with Gallery.open(own.gallery) as gallery:
        assert examples(gallery, "a red coat") == ((1,), (2,))
    own.ask.mark("gates", "a red coat", 2, True)
    own.ask.mark("gates", "a red coat", 1, None)
    (mark,) = own.ask.marks("gates", "a red coat")
    assert (mark.query, mark.item, mark.fits) == ("a red coat", 2, True)
    assert own.ask.marks("gates", "a blue coat") == []
    assert [act for act, _ in own.acts()] == ["mark"] * 4 + ["marks"] * 2


def test_a_mark_on_what_is_not_there_is_refused_and_not_noted(world: World) -> None:
    before = world.acts()
    with pytest.raises(MissingError):
        world.ask.mark("gates", "red", 99, True)
    assert world.acts() == before


def test_marks_searches_and_copies_are_kept_while_somebody_else_writes(
    own: World, tmp_path: Path
) -> None:
    with Gallery.open(own.gallery, write=True):
        own.ask.mark("gates", "red", 1, True)
        own.ask.save_search("gates", "mine", "red")
        own.ask.save_search("gates", "other", "blue")
        own.ask.delete_search("gates", "other")
        own.ask.export("gates", [1], tmp_path / "one.csv", kind="csv")
        assert [mark.item for mark in own.ask.marks("gates")] == [1]
        assert [one.name for one in own.ask.searches("gates")] == ["mine"]
    with Gallery.open(own.gallery) as gallery:
        assert gallery.ask("SELECT pictures FROM exports") == [(1,)]


def test_while_the_gallery_is_being_repaired_a_mark_is_refused_and_says_when_to_come_back(
    own: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "_PATIENCE_S", 0.02)
    lock = place.lock_remarks(own.gallery)
    with pytest.raises(GalleryBusyError):
        own.ask.mark("gates", "red", 1, True)
    lock.release()
    assert own.acts() == []
    own.ask.mark("gates", "red", 1, True)


def test_a_kept_search_finds_the_same_again(own: World) -> None:
    own.ask.save_search("gates", "red, gate 2", "camera:gate2 red", k=2, group=False)
    asked = own.ask.search("gates", "camera:gate2 red", k=2, group=False)
    assert own.ask.run_search("gates", "red, gate 2") == asked
    assert own.ask.run_search("gates", "red, gate 2", k=1, page=2).hits[0].rank == 2
    assert [one.name for one in own.ask.searches("gates")] == ["red, gate 2"]


def test_a_name_that_is_taken_is_refused_unless_it_is_to_be_replaced(own: World) -> None:
    own.ask.save_search("gates", "mine", "red")
    with pytest.raises(QueryError, match="there is a search 'mine' already"):
        own.ask.save_search("gates", "mine", "blue")
    own.ask.save_search("gates", "mine", "blue", replace=True)
    assert own.ask.run_search("gates", "mine").asked == "blue"


def test_a_deleted_search_is_gone(own: World) -> None:
    own.ask.save_search("gates", "mine", "red")
    own.ask.delete_search("gates", "mine")
    for gone in (own.ask.delete_search, own.ask.run_search):
        with pytest.raises(MissingError, match="no search is called 'mine'; none is kept"):
            gone("gates", "mine")


def test_a_zip_holds_the_original_files_and_their_digests(own: World, tmp_path: Path) -> None:
    place = tmp_path / "chosen.zip"
    own.ask.export("gates", [4, 2], place, search={"typed": "red"})
    with zipfile.ZipFile(place) as archive:
        entries = json.loads(archive.read("list.json"))
        assert [one["id"] for one in entries] == [4, 2]
        for one in entries:
            content = archive.read(one["file"])
            assert hashlib.sha256(content).hexdigest() == one["sha256"]
            assert list(own.pictures.rglob(one["path"]))
    assert [one["rank"] for one in entries] == [2, 3]
    assert own.acts() == [("export", (4, 2))]


def test_the_gallery_remembers_that_a_copy_was_made(own: World, tmp_path: Path) -> None:
    own.ask.export("gates", [1], tmp_path / "one.csv", kind="csv")
    with Gallery.open(own.gallery) as gallery:
        assert gallery.ask("SELECT place, pictures FROM exports") == [("served to local as csv", 1)]


def test_a_table_and_json_tell_scores_and_digests(own: World, tmp_path: Path) -> None:
    own.ask.export("gates", [1, 3], tmp_path / "a.csv", kind="csv", search={"typed": "red"})
    own.ask.export("gates", [1, 3], tmp_path / "a.json", kind="json", search={"typed": "red"})
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    told = json.loads((tmp_path / "a.json").read_text())
    hits = {hit.id: hit for hit in own.ask.search("gates", "red", k=6, group=False).hits}
    for row, one in zip(rows, told["pictures"], strict=True):
        number = int(row["id"])
        content = next((own.pictures / row["camera"]).rglob(row["path"])).read_bytes()
        assert row["sha256"] == one["sha256"] == hashlib.sha256(content).hexdigest()
        assert float(row["score"]) == one["score"] == pytest.approx(hits[number].score)
        assert int(row["rank"]) == one["rank"] == hits[number].rank
    assert (told["asked"], told["model"]) == ("red", "aa" * 32)
    assert str(own.pictures) not in json.dumps(told)


def test_a_sheet_shows_the_chosen_hits_only(own: World, tmp_path: Path) -> None:
    own.ask.export("gates", [4], tmp_path / "a.html", kind="sheet", search={"typed": "red"})
    page = (tmp_path / "a.html").read_text()
    assert page.count("<img") == 1
    assert str(own.pictures) not in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kind": "sheet"}, "a sheet shows hits of a search"),
        ({"ids": []}, "at least 1 item"),
        ({"search": {"typed": "camera:gate2 red"}}, "picture 1 is not among the best"),
        ({"kind": "exe"}, "Input should be 'zip', 'csv', 'json' or 'sheet'"),
    ],
)
def test_what_cannot_be_exported_is_said_and_leaves_no_file(
    ask, tmp_path: Path, asked, said
) -> None:
    with pytest.raises(QueryError, match=said):
        ask.export("gates", place=tmp_path / "x.zip", **{"ids": [1], **asked})
    assert list(tmp_path.iterdir()) == []


def test_exporting_what_is_not_there_is_refused(ask, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no picture has the id 99"):
        ask.export("gates", [1, 99], tmp_path / "x.zip")


def test_a_search_by_an_uploaded_picture_can_be_marked(own: World) -> None:
    hit = own.ask.search("gates", pictures=[picture_of("red")], k=1).hits[0]
    own.ask.mark("gates", "like the picture", hit.id, True)
    assert hit.id in IDS["red"]
    assert [mark.item for mark in own.ask.marks("gates")] == [hit.id]
