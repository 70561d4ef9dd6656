from pathlib import Path

from tipr.gallery.changes import compare
from tipr.gallery.records import Facts, Known
from tipr.gallery.scan import File
from tipr.gallery.source import Source, Wanted

GATE = Facts(camera="gate")


def source(*wanted: Wanted, refused: tuple[tuple[File, str], ...] = ()) -> Source:
    return Source(root=Path("/p"), wanted=wanted, refused=refused)


def file(name: str, size: int = 1, time: int = 1) -> File:
    return File(name, size, time)


def known(one: File, facts: str = "", done: int | None = None, reason: str | None = None):
    return {one.path: Known(one, facts, done, reason)}


def test_new_changed_and_gone_are_told_apart():
    before = {}
    for name in ("same", "longer", "touched", "gone"):
        before |= known(file(name))
    now = [file("touched", 1, 2), file("same"), file("new"), file("longer", 2)]
    changes = compare(source(*map(Wanted, now)), before)
    assert [one.file.path for one in changes.read] == ["longer", "new", "touched"]
    assert changes.again == {"longer", "touched"}
    assert (changes.gone, changes.unchanged, changes.replaced) == (("gone",), 1, True)


def test_other_facts_are_told_without_reading_again():
    before = known(file("a"), GATE.as_text()) | known(file("b"), GATE.as_text())
    changes = compare(source(Wanted(file("a"), GATE), Wanted(file("b"))), before)
    assert changes.read == ()
    assert [one.file.path for one in changes.told] == ["b"]
    assert (changes.unchanged, changes.replaced) == (2, False)


def test_a_begun_video_goes_on_and_a_changed_one_begins_anew():
    before = known(file("a.mp4"), done=5000) | known(file("b.mp4"), done=6000)
    changes = compare(source(Wanted(file("a.mp4")), Wanted(file("b.mp4", 2))), before)
    assert [one.file.path for one in changes.read] == ["a.mp4", "b.mp4"]
    assert (changes.begun, changes.again) == ({"a.mp4": 5000}, set())


def test_what_could_not_be_read_is_left_alone_until_it_changes_or_one_asks():
    before = known(file("bad"), reason="broken") | known(file("worse"), reason="broken")
    now = source(Wanted(file("bad")), Wanted(file("worse", 2)))
    changes = compare(now, before)
    assert [one.file.path for one in changes.read] == ["worse"]
    assert (changes.again, changes.unchanged) == (set(), 0)
    assert len(compare(now, before, retry=True).read) == 2


def test_what_was_erased_on_purpose_stays_out():
    changes = compare(
        source(Wanted(file("a")), Wanted(file("b"))), known(file("a")), kept_out={"a"}
    )
    assert [one.file.path for one in changes.read] == ["b"]
    assert changes.gone == ("a",)


def test_refused_rows_are_listed_once_and_go_when_they_are_mended():
    row, other = File("l.csv: line 2", -1, -1), File("l.csv: line 3", -1, -1)
    before = known(row, reason="no date") | known(other, reason="no date")
    changes = compare(source(refused=((row, "no date"), (other, "twice"))), before)
    assert (changes.refused, changes.gone) == (((other, "twice"),), ())
    assert compare(source(), before).gone == (row.path, other.path)
