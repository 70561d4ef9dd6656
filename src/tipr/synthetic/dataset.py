"""Write a benchmark of invented people in the layout of CUHK-PEDES."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tipr.errors import DataError, StorageError
from tipr.files import write_whole
from tipr.synthetic.people.facts import SIDE, WALKS, Facts, facts_of
from tipr.synthetic.people.invent import Invented, invent
from tipr.synthetic.photo.camera import invent_camera, jpeg
from tipr.synthetic.photo.sheet import contact_sheet
from tipr.synthetic.photo.shot import Shot, shoot
from tipr.synthetic.photo.visible import facts_in
from tipr.synthetic.words.captions import Caption, describe
from tipr.synthetic.words.unique import full_description

SHARE = 0.15
"""Of the people, those in val, and as many in test."""
SPLITS = ("train", "val", "test")
PICTURE, VISIT = 3, 4
"""The streams of chance of a picture and of a person's way past the cameras, beside the seed."""
FIRST_DAY = datetime(2026, 5, 1)
ON_SHEET = 14
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """One picture of a benchmark, with all that is known of it."""

    number: int
    camera: str
    place: str
    time: datetime
    shot: Shot
    shown: Facts
    captions: tuple[Caption, Caption]
    quality: int

    @property
    def path(self) -> str:
        """Below `imgs`: camera, day, time of day and number of the person."""
        return f"{self.camera}/{self.time:%Y-%m-%d}/{self.time:%H%M%S}_{self.number:04d}.jpg"


def draw(
    folder: Path,
    *,
    people: int,
    cameras: int,
    seed: int,
    days: int = 3,
    split: str | None = None,
    full: bool = False,
    sheet: Path | None = None,
    progress: Progress | None = None,
) -> int:
    """Draw every person once per camera; returns the number of pictures.

    Writes `imgs/cam1/2026-05-01/081502_0001.jpg` and so on (64 x 192), `reid_raw.json` (split, id,
    file_path, captions), `attributes.jsonl` (a line a picture: camera, time and what it shows) and
    `people.jsonl` (a line a person: everything about them). People are split about 70 / 15 / 15
    into train, val and test, or all go into `split`; ids count from 1. Equal arguments give equal
    bytes, and a person looks the same however many others there are. With `full` the full
    description of the person stands behind the two captions of what a picture shows. `sheet` is a
    JPEG of the first people, to look at. `progress(done, total)` is called after each picture.

    Raises:
        DataError: fewer than 4 people (1 with `split`), 1 camera or 1 day, an unknown split, or
            the folder is not empty.
        StorageError: a file cannot be written.
    """
    _check(people, cameras, days, split)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: exists and is not an empty folder; give a new one")
    splits = [split] * people if split else split_of(people)
    try:
        return _write(folder, splits, cameras, seed, days, full, sheet, progress)
    except OSError as error:
        raise StorageError(f"{folder}: cannot write the drawn pictures: {error}") from error


def split_of(people: int) -> list[str]:
    """The split of each person, in order of id; every split has at least one.

    From 8 people on val and test begin with an odd id, so that no pair of twins is parted.
    """
    aside = 2 * round(people * SHARE / 2) or (2 if people >= 8 else 1)
    train = people - 2 * aside
    odd = train % 2 if people >= 8 else 0  # the last one, who has no twin, goes into test
    return ["train"] * (train - odd) + ["val"] * aside + ["test"] * (aside + odd)


def take(seed: int, people: int, cameras: int, days: int = 3) -> Iterator[Taken]:
    """The pictures of a seed, person by person, one per camera."""
    views = [invent_camera(seed, number) for number in range(1, cameras + 1)]
    for number in range(1, people + 1):
        person = invent(seed, number).person
        times = _visits(seed, number, cameras, days)
        for at, camera in enumerate(views):
            rng = np.random.default_rng([seed, PICTURE, number, at + 1])
            shot = shoot(person, camera, rng)
            shown = facts_in(person, shot)
            yield Taken(
                number=number,
                camera=camera.name,
                place=camera.place,
                time=times[at],
                shot=shot,
                shown=shown,
                captions=describe(shown, rng),
                quality=camera.quality,
            )


def _check(people: int, cameras: int, days: int, split: str | None) -> None:
    if split is not None and split not in SPLITS:
        raise DataError(f"--split {split}: no such split; known: {', '.join(SPLITS)}")
    least = 1 if split else 4
    if people < least:
        why = "" if split else ", for three splits"
        raise DataError(f"--people {people}: at least {least} are needed{why}")
    if cameras < 1:
        raise DataError(f"--cameras {cameras}: at least 1 is needed")
    if days < 1:
        raise DataError(f"--days {days}: at least 1 is needed")


def _visits(seed: int, number: int, cameras: int, days: int) -> list[datetime]:
    """When each camera sees a person: within one day, minutes apart, in any order."""
    rng = np.random.default_rng([seed, VISIT, number])
    start = FIRST_DAY + timedelta(
        days=int(rng.integers(days)), seconds=int(rng.integers(7 * 3600, 18 * 3600))
    )
    gaps = np.cumsum(rng.integers(40, 1500, cameras))
    return [start + timedelta(seconds=int(gaps[place])) for place in rng.permutation(cameras)]


def _write(
    folder: Path,
    splits: list[str],
    cameras: int,
    seed: int,
    days: int,
    full: bool,
    sheet: Path | None,
    progress: Progress | None,
) -> int:
    people, total = len(splits), len(splits) * cameras
    records: list[dict[str, Any]] = []
    lines: list[str] = []
    shown: list[list[Image.Image]] = [[] for _ in range(cameras)]
    for taken in take(seed, people, cameras, days):
        path = folder / "imgs" / taken.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(taken.shot.picture, taken.quality))
        record = {"split": splits[taken.number - 1], "id": taken.number, "file_path": taken.path}
        captions = [caption.text for caption in taken.captions]
        captions += [full_description(invent(seed, taken.number).person)] if full else []
        records.append({**record, "captions": captions})
        lines.append(json.dumps({**record, **_attributes(taken)}))
        if taken.number <= ON_SHEET:
            shown[len(records) % cameras - 1].append(taken.shot.picture)
        if progress:
            progress(len(records), total)
    if sheet is not None:
        write_whole(sheet, contact_sheet(shown))
    write_whole(folder / "people.jsonl", _lines(_known(seed, n) for n in range(1, people + 1)))
    write_whole(folder / "attributes.jsonl", _lines(lines))
    # Last, so that a folder with this file is complete.
    write_whole(folder / "reid_raw.json", json.dumps(records, indent=1).encode())
    return total


def _attributes(taken: Taken) -> dict[str, str]:
    """What is known of a picture, and the facts that it shows."""
    shot = taken.shot
    known = {"camera": taken.camera, "place": taken.place, "time": taken.time.isoformat()}
    known |= {"view": shot.side, "crop": shot.crop, "occlusion": shot.occluded or "none"}
    facts = {key: value for key, value in taken.shown.items() if key != SIDE}
    known["gait"] = facts.pop(WALKS, "walking" if shot.walking else "standing")
    return known | {key.replace(" ", "_"): value for key, value in facts.items()}


def _known(seed: int, number: int) -> str:
    """The line of a person."""
    invented: Invented = invent(seed, number)
    facts = {key.replace(" ", "_"): value for key, value in facts_of(invented.person).items()}
    row: dict[str, Any] = {"id": number, "description": full_description(invented.person), **facts}
    if invented.differs:
        row |= {"twin_of": number - 1, "differs_in": invented.differs}
    return json.dumps(row)


def _lines(rows: Any) -> bytes:
    return "".join(f"{row}\n" for row in rows).encode()
