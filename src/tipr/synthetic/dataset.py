"""Write a benchmark of invented people in the layout of CUHK-PEDES."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tipr.errors import DataError, StorageError
from tipr.synthetic.captions import describe
from tipr.synthetic.people import invent
from tipr.synthetic.pose import DIRECTIONS, Pose
from tipr.synthetic.scene import invent_camera, photograph

SHARES = {"val": 0.15, "test": 0.15}
QUALITY = 90


def draw(
    folder: Path,
    *,
    people: int,
    cameras: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Draw every person once per camera; returns the number of pictures.

    Writes `imgs/cam1/0001.jpg` and so on (64 x 192), `reid_raw.json` (split, id, file_path,
    captions) and `attributes.jsonl` (what was drawn, one line per picture). People are split
    about 70 / 15 / 15 into train, val and test; ids count from 1 in that order. Equal arguments
    give equal bytes. `progress(done, total)` is called after each picture.

    Raises:
        DataError: fewer than 4 people or 1 camera, or the folder is not empty.
        StorageError: a file cannot be written.
    """
    if people < 4:
        raise DataError(f"--people {people}: at least 4 are needed, for three splits")
    if cameras < 1:
        raise DataError(f"--cameras {cameras}: at least 1 is needed")
    try:
        return _write(folder, people, cameras, seed, progress)
    except OSError as error:
        raise StorageError(f"{folder}: cannot write the drawn pictures: {error}") from error


def split_of(people: int) -> list[str]:
    """The split of each person, in order of id; every split has at least one."""
    count = {name: max(1, round(people * share)) for name, share in SHARES.items()}
    train = people - sum(count.values())
    return ["train"] * train + ["val"] * count["val"] + ["test"] * count["test"]


def _write(
    folder: Path,
    people: int,
    cameras: int,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> int:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: exists and is not an empty folder; give a new one")
    views = [invent_camera(random.Random(f"{seed}/camera/{c}")) for c in range(cameras)]
    for camera in range(1, cameras + 1):
        (folder / "imgs" / f"cam{camera}").mkdir(parents=True)

    records, lines = [], []
    splits = split_of(people)
    for number, person in enumerate(invent(people, random.Random(f"{seed}/people")), start=1):
        for camera, view in enumerate(views, start=1):
            name = f"cam{camera}/{number:04d}.jpg"
            rng = random.Random(f"{seed}/picture/{number}/{camera}")
            pose = Pose(rng.choice(DIRECTIONS), rng.uniform(-1, 1))
            noise = np.random.default_rng([seed, number, camera])
            picture = photograph(person, pose, view, rng, noise)
            picture.save(folder / "imgs" / name, quality=QUALITY)
            record = {"split": splits[number - 1], "id": number, "file_path": name}
            records.append({**record, "captions": list(describe(person, pose.direction, rng))})
            seen = {"camera": camera, "direction": pose.direction}
            lines.append(json.dumps({**record, **seen, **asdict(person)}))
            if progress:
                progress(len(records), people * cameras)

    (folder / "attributes.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # Last, so that a folder with this file is complete.
    (folder / "reid_raw.json").write_text(json.dumps(records, indent=1), encoding="utf-8")
    return len(records)
