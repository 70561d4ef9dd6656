"""Training identities held out as val: the same ones always, and nothing of them in training."""

import hashlib
import json
import random
from pathlib import Path

import pytest

from tipr.data.benchmarks import read_benchmark
from tipr.data.holdout import held_out_by, hold_out
from tipr.data.records import Caption, Picture, Split
from tipr.errors import DataError


def split_of(name: str, people: list[str], *, pictures: int = 2) -> Split:
    """`pictures` pictures of everybody, people taking turns; picture n has n % 3 captions."""
    seen = [Picture(Path(f"/{who}-{n}.png"), who) for n in range(pictures) for who in people]
    said = [
        Caption(f"{seen[at].path.name} {k}", at) for at in range(len(seen)) for k in range(at % 3)
    ]
    return Split(name, tuple(seen), tuple(said))


PEOPLE = [str(number) for number in range(60)]
TRAIN = split_of("train", PEOPLE)
TEST = split_of("test", [str(number) for number in range(60, 80)])
SPLITS = {"train": TRAIN, "test": TEST}


def described(split: Split) -> list[tuple[Path, str]]:
    return [(split.pictures[one.picture].path, one.text) for one in split.captions]


@pytest.mark.parametrize(("share", "count"), [(0.05, 3), (0.1, 6), (0.5, 30), (59 / 60, 59)])
def test_the_share_of_identities_is_exact_and_no_one_is_on_both_sides(
    share: float, count: int
) -> None:
    divided = hold_out(SPLITS, share)
    train, val = set(divided["train"].people), set(divided["val"].people)
    assert list(divided) == ["train", "val", "test"]
    assert (len(val), len(train)) == (count, 60 - count)
    assert train & val == set()
    assert train | val == set(PEOPLE)
    assert [split.name for split in divided.values()] == ["train", "val", "test"]


def test_every_picture_and_caption_goes_with_its_person_in_the_order_of_the_file() -> None:
    divided = hold_out(SPLITS, 0.1)
    held = set(divided["val"].people)
    for name, inside in (("val", True), ("train", False)):
        wanted = [one for one in TRAIN.pictures if (one.person in held) == inside]
        assert list(divided[name].pictures) == wanted
        told = [
            (path, text)
            for path, text in described(TRAIN)
            if (path.name.split("-")[0] in held) == inside
        ]
        assert described(divided[name]) == told
        assert told


def test_the_test_split_is_the_very_same() -> None:
    assert hold_out(SPLITS, 0.2)["test"] is TEST


def test_who_is_held_out_depends_on_nothing_but_the_names() -> None:
    shuffled = random.Random(0).sample(PEOPLE, len(PEOPLE))
    there = hold_out({"train": split_of("train", shuffled, pictures=1)}, 0.1)["val"].people
    assert set(there) == set(hold_out(SPLITS, 0.1)["val"].people)
    by_hand = sorted(PEOPLE, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    assert set(there) == set(by_hand[:6])


def test_the_people_held_out_never_change() -> None:
    assert hold_out(SPLITS, 0.05)["val"].people == ("39", "51", "55")


def test_a_larger_share_holds_out_the_same_people_and_more() -> None:
    few, many = (set(hold_out(SPLITS, share)["val"].people) for share in (0.1, 0.3))
    assert few < many


def test_a_share_of_nothing_changes_nothing() -> None:
    assert hold_out(SPLITS, 0.0) is SPLITS
    own = {**SPLITS, "val": split_of("val", ["90"])}
    assert hold_out(own, 0.0) is own


@pytest.mark.parametrize(
    ("splits", "share", "complaint"),
    [
        ({**SPLITS, "val": TEST}, 0.05, "has a split 'val' of its own.*set data.holdout to 0"),
        ({"test": TEST}, 0.05, "no split 'train'; found test"),
        (SPLITS, 0.001, "0.001 of 60 training identities leaves nobody in 'val'"),
        (SPLITS, 0.999, "0.999 of 60 training identities leaves nobody in 'train'"),
    ],
)
def test_what_cannot_be_divided_is_refused(
    splits: dict[str, Split], share: float, complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint) as caught:
        hold_out(splits, share)
    assert "\n" not in str(caught.value)


def test_one_reader_gives_the_held_out_split_and_says_so_where_there_is_none(
    tmp_path: Path,
) -> None:
    rows = [
        {"split": split.name, "id": int(one.person), "file_path": one.path.name, "captions": ["a"]}
        for split in SPLITS.values()
        for one in split.pictures
    ]
    (tmp_path / "ICFG-PEDES.json").write_text(json.dumps(rows), encoding="utf-8")
    val = read_benchmark(tmp_path, "val", holdout=0.05)
    assert val.people == hold_out(SPLITS, 0.05)["val"].people
    assert len(read_benchmark(tmp_path, "train", holdout=0.05).people) == 57
    assert read_benchmark(tmp_path, "test", holdout=0.05) == read_benchmark(tmp_path, "test")
    with pytest.raises(DataError, match=r"no split 'val'; .* train, test, where data.holdout"):
        read_benchmark(tmp_path, "val")


def test_a_run_is_scored_by_what_it_held_out_of_its_own_benchmark_only() -> None:
    history = {"data": "abc", "holdout": 0.05}
    assert held_out_by(history, "abc") == 0.05
    assert held_out_by(history, "def") == 0
    assert held_out_by({}, "abc") == 0
