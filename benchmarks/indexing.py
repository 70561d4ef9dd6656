"""A folder of pictures to a gallery that answers: ours end to end against one picture at a time.

    python benchmarks/indexing.py [--only b16,box] [--rounds 3] [--json FILE]

300 drawn pictures with a model of ViT-B/16's size, 5,000 with the model in the box. The baseline
does what rclip does: open a picture, encode it alone with torch in float32, insert its vector into
SQLite, commit now and then; it reads no time, keeps no thumbnail and builds no index. Ours is
`tipr.gallery.build` with all of that. For B/16 ours runs the export to OpenVINO that docs/models.md
advises for large galleries, for the box what `tipr index box` takes.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from race import Limit, Result, against, by_turns, parser, random_model, seconds_of, tell
from tipr import load_encoder
from tipr.encoder.export import export
from tipr.encoder.protocol import Encoder
from tipr.gallery.build import build
from tipr.inputs import image
from tipr.synthetic.dataset import draw

OURS, BASELINE = "tipr index", "decode, encode one by one, insert"
PICTURES = {"b16": 300, "box": 5000}
REACH = {"b16": 4.0, "box": 5.0}


def main() -> None:
    options = parser(__doc__, rounds=3)
    options.add_argument("--only", default="b16,box")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for name in given.only.split(","):
            file = given.json and given.json.with_stem(f"{given.json.stem}-{name}")
            tell(measure(name, Path(scratch), given.rounds), file)


def measure(name: str, scratch: Path, rounds: int) -> Result:
    people = scratch / f"people-{name}"
    count = PICTURES[name]
    draw(people, people=count // 4, cameras=4, seed=0)
    ours, plain = encoders(name, scratch)
    ways = by_turns(
        {
            OURS: fresh(scratch / "gallery", lambda path: build(ours, people, path, model=name)),
            BASELINE: fresh(scratch / "plain", lambda path: one_by_one(plain, people, path)),
        },
        rounds,
        work=count,
    )
    alone = seconds_of(lambda: encode_only(ours, people)) / count
    return Result(
        name=f"indexing-{name}",
        promise=f"index {count:,} pictures end to end, {name}",
        unit="picture",
        ways=list(ways.values()),
        ratios=[against(ways[OURS], ways[BASELINE], REACH[name])],
        limits=[
            Limit("encoding alone, pixels in memory", f"{1 / alone:.0f}/s",
                  alone / ways[OURS].median)
        ],
    )  # fmt: skip


def encoders(name: str, scratch: Path) -> tuple[Encoder, Encoder]:
    """(ours, the baseline's)"""
    if name == "box":
        plain = load_encoder("box", precision="float32", explains=True)
        return load_encoder("box", bulk=True), plain
    model = random_model(scratch / "b16", changes=["model.text.depth=1"])
    export(model, scratch / "openvino", to="openvino")
    ours = load_encoder(scratch / "openvino", bulk=True)
    return ours, load_encoder(model, precision="float32")


def fresh(path: Path, run: Callable[[Path], object]) -> Callable[[], object]:
    """The same work from nothing at every call."""

    def again() -> None:
        shutil.rmtree(path, ignore_errors=True)
        run(path)

    return again


def one_by_one(encoder: Encoder, people: Path, place: Path) -> None:
    place.mkdir()
    db = sqlite3.connect(place / "plain.sqlite")
    db.execute("CREATE TABLE pictures (path TEXT PRIMARY KEY, vector BLOB)")
    for number, path in enumerate(sorted(people.rglob("*.jpg"))):
        pixels = image.fit(image.read(path), encoder.image_size)
        vector = encoder.encode_images(pixels[None])[0]
        db.execute("INSERT INTO pictures VALUES (?, ?)", (str(path), vector.tobytes()))
        if number % 100 == 99:
            db.commit()
    db.commit()
    db.close()


def encode_only(encoder: Encoder, people: Path) -> None:
    paths = sorted(people.rglob("*.jpg"))
    first = image.fit(image.read(paths[0]), encoder.image_size)
    batch = first[None].repeat(64, axis=0)
    for start in range(0, len(paths), 64):
        encoder.encode_images(batch[: len(paths) - start])


if __name__ == "__main__":
    main()
