import csv
import hashlib
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tests.lasting import ROOT, VECTORS, fill

from tipr.errors import GalleryError, StorageError
from tipr.gallery.export import export
from tipr.gallery.store import Gallery
from tipr.gallery.verify import verify
from tipr.vectors import read


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch):
    fill(tmp_path / "gallery")
    with Gallery.open(tmp_path / "gallery", write=True) as opened:
        # the pictures lie where this machine lets us write
        opened._db.execute("UPDATE sources SET root = ?", [str(tmp_path / "pictures")])
        (tmp_path / "pictures" / "gate").mkdir(parents=True)
        for number in (1, 2):
            (tmp_path / "pictures" / "gate" / f"picture {number}.jpg").write_bytes(
                b"picture %d" % number
            )
        yield opened


def test_a_list_has_what_is_known_in_the_order_asked_for(gallery, tmp_path):
    assert export(gallery, [5, 2], tmp_path / "list.csv") == [5]
    with (tmp_path / "list.csv").open(newline="") as file:
        film, picture = csv.DictReader(file)
    assert (film["id"], film["box"], film["frame_ms"], film["coat"]) == ("5", "0 0 4 8", "0", "")
    assert (picture["camera"], picture["time"]) == ("gate", "1970-01-03T00:00:00")
    assert picture["coat"] == "colour 2"
    export(gallery, [2], tmp_path / "list.jsonl")
    (line,) = (tmp_path / "list.jsonl").read_text().splitlines()
    assert json.loads(line)["coat"] == "colour 2"


def test_vectors_come_as_a_feature_file(gallery, tmp_path):
    export(gallery, [4, 1], tmp_path / "some.npz")
    features = read(tmp_path / "some.npz")
    np.testing.assert_allclose(features.vectors_ND, VECTORS[[4, 1]], atol=1e-7)
    assert features.ids is not None
    assert features.ids[1].endswith("picture 1.jpg")


def test_a_zip_holds_the_files_once_with_their_hashes(gallery, tmp_path):
    assert export(gallery, [2, 1, 5], tmp_path / "out.zip") == [5]
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        entries = json.loads(archive.read("list.json"))
        for entry in entries[:2]:
            content = archive.read(entry["file"])
            assert content == b"picture %d" % entry["id"]
            assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entries[2]["file"] is None
        assert archive.read("thumbnails/00000002.jpg") == b"thumbnail of person 2"
        assert "list.csv" in archive.namelist()


def test_every_export_is_remembered(gallery, tmp_path):
    export(gallery, [1], tmp_path / "one.csv")
    (made, place, pictures) = gallery.ask("SELECT made, place, pictures FROM exports")[-1]
    assert (place, pictures) == (str(tmp_path / "one.csv"), 1)
    assert made.endswith("+00:00")


@pytest.mark.parametrize(
    ("ids", "name", "error", "said"),
    [
        ([99], "out.zip", GalleryError, "no picture has the id 99"),
        ([1], "out.pdf", GalleryError, "expected .zip, .csv, .jsonl or .npz"),
        ([1], "missing/out.zip", StorageError, "cannot be written"),
        ([1], "missing/out.csv", StorageError, "cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_said_and_not_remembered(
    gallery, tmp_path, ids, name, error, said
):
    with pytest.raises(error, match=said):
        export(gallery, ids, tmp_path / name)
    assert gallery.ask("SELECT count(*) FROM exports") == [(1,)]
    assert ROOT.name == "pictures"
    assert not any(tmp_path.glob("*.part"))


def test_an_export_is_no_damage(gallery, tmp_path):
    export(gallery, [1], tmp_path / "one.csv")
    faults = [fault.table for fault in verify(gallery.path)]
    assert faults == ["sources"]  # which this fixture has moved behind the gallery's back
