import os
from pathlib import Path

import pytest

from tipr.errors import GalleryError
from tipr.gallery.scan import File, compare, folder_of, look_at, scan

SUFFIXES = {".jpg", ".png"}


def paths(folder: Path) -> list[str]:
    return [file.path for file in scan(folder, SUFFIXES)]


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_pictures_come_sorted_from_all_folders_whatever_the_case_of_their_suffix(tmp_path):
    for name in ("b.JPG", "a/z.png", "a/b/c.Png", "notes.txt", "jpg", "c.jpg.part"):
        put(tmp_path / name)
    assert paths(tmp_path) == ["a/b/c.Png", "a/z.png", "b.JPG"]


def test_hidden_files_and_folders_are_left_out(tmp_path):
    for name in (".a.jpg", "._b.jpg", ".trash/c.jpg", "d.jpg"):
        put(tmp_path / name)
    assert paths(tmp_path) == ["d.jpg"]


def test_a_folder_that_is_itself_hidden_is_scanned(tmp_path):
    put(tmp_path / ".store" / "a.jpg")
    assert paths(tmp_path / ".store") == ["a.jpg"]


def test_size_and_time_are_those_of_the_file(tmp_path):
    file = put(tmp_path / "a.jpg", b"12345")
    os.utime(file, ns=(7, 1_234_567_000))
    assert scan(tmp_path, SUFFIXES) == [File("a.jpg", 5, 1_234_567_000)]


def test_a_link_to_a_folder_above_does_not_go_round_for_ever(tmp_path):
    put(tmp_path / "a" / "x.jpg")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a" / "self").symlink_to(tmp_path / "a", target_is_directory=True)
    assert paths(tmp_path) == ["a/x.jpg"]


def test_a_linked_folder_is_followed_but_real_ones_go_first(tmp_path):
    put(tmp_path / "elsewhere" / "y.jpg")
    put(tmp_path / "here" / "b" / "x.jpg")
    (tmp_path / "here" / "a").symlink_to(tmp_path / "here" / "b", target_is_directory=True)
    (tmp_path / "here" / "c").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert paths(tmp_path / "here") == ["b/x.jpg", "c/y.jpg"]


def test_a_dangling_link_is_named_so_that_it_can_be_reported(tmp_path):
    (tmp_path / "a.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert scan(tmp_path, SUFFIXES) == [File("a.jpg", -1, -1)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_that_is_called_like_a_picture_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.jpg")
    put(tmp_path / "b.jpg")
    assert paths(tmp_path) == ["b.jpg"]


def test_a_missing_folder_a_file_and_an_empty_folder_are_told_apart(tmp_path):
    file = put(tmp_path / "some" / "file.txt")
    for folder, words in (
        (tmp_path / "gone", "no such folder"),
        (file, "not a folder"),
        (tmp_path / "some", "no pictures found"),
    ):
        with pytest.raises(GalleryError, match=words) as caught:
            scan(folder, SUFFIXES)
        assert str(folder) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_an_unreadable_folder_stops_the_scan_rather_than_looking_empty(tmp_path, monkeypatch):
    put(tmp_path / "a.jpg")
    (tmp_path / "locked").mkdir()
    listed = Path.iterdir

    def refuse(self: Path):
        if self.name == "locked":
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(GalleryError, match=r"locked.*cannot be read"):
        scan(tmp_path, SUFFIXES)


def test_named_pictures_keep_their_order_and_come_once(tmp_path):
    root = folder_of(tmp_path)
    b, a = put(root / "imgs" / "b.jpg"), put(root / "imgs" / "a.jpg")
    seen = look_at([b, a, b, root / "imgs" / "gone.jpg"], tmp_path)
    assert [file.path for file in seen] == ["imgs/b.jpg", "imgs/a.jpg", "imgs/gone.jpg"]
    assert seen[2].size == -1


def test_compare_tells_new_changed_and_gone_apart():
    before = {name: File(name, 1, 1) for name in ("same", "longer", "touched", "gone")}
    now = [File("same", 1, 1), File("longer", 2, 1), File("touched", 1, 2), File("new", 1, 1)]
    changes = compare(now, before)
    assert [file.path for file in changes.new] == ["new"]
    assert [file.path for file in changes.changed] == ["longer", "touched"]
    assert changes.gone == ("gone",)
    assert changes.unchanged == 1
