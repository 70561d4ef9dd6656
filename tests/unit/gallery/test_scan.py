import os
from pathlib import Path

import pytest

from tipr.errors import GalleryError
from tipr.gallery.scan import File, file_of, name_in, scan, stat_of

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
    listed = os.scandir

    def refuse(folder: str):
        if folder.endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(GalleryError, match=r"locked.*cannot be read"):
        scan(tmp_path, SUFFIXES)


def test_a_link_that_leads_in_a_circle_is_a_file_that_cannot_be_looked_at(tmp_path):
    put(tmp_path / "a.jpg")
    (tmp_path / "round.jpg").symlink_to("round.jpg")
    assert [(file.path, file.size) for file in scan(tmp_path, SUFFIXES)] == [
        ("a.jpg", 1), ("round.jpg", -1),
    ]  # fmt: skip


def test_a_file_outside_its_folder_is_called_by_its_whole_name(tmp_path):
    assert name_in(tmp_path / "a", tmp_path / "a" / "b" / "c.jpg") == "b/c.jpg"
    outside = tmp_path / "other" / "c.jpg"
    assert name_in(tmp_path / "a", outside) == outside.as_posix()


def test_what_cannot_be_looked_at_has_no_size(tmp_path):
    for path in (tmp_path / "gone", tmp_path / "a\0b"):
        assert file_of("x", stat_of(path)) == File("x", -1, -1)
    assert file_of("x", stat_of(put(tmp_path / "there", b"four"))).size == 4
