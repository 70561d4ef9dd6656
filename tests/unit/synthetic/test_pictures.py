"""Pictures: drawn in the colours of their person, and described by what they show alone."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tipr.synthetic.drawing.body import measure
from tipr.synthetic.drawing.canvas import Canvas
from tipr.synthetic.drawing.figure import Figure, Taste
from tipr.synthetic.drawing.lens import Lens, View
from tipr.synthetic.drawing.light import Light
from tipr.synthetic.drawing.order import draw_figure
from tipr.synthetic.drawing.parts import Part
from tipr.synthetic.drawing.skeleton import Gait, pose
from tipr.synthetic.people.facts import SIDE, WALKS, facts_of
from tipr.synthetic.people.invent import invent
from tipr.synthetic.people.person import Garment, Hair, Item, Person
from tipr.synthetic.photo.camera import Camera, invent_camera
from tipr.synthetic.photo.shot import Shot, shoot, side_of
from tipr.synthetic.photo.visible import facts_in
from tipr.synthetic.words.captions import describe
from tipr.synthetic.words.unique import likelihood

FRONT, BACK, RIGHT, LEFT = 0.0, math.pi, math.pi / 2, -math.pi / 2
GREEN, RED, BLUE = (40, 140, 60), (190, 40, 40), (40, 60, 190)


def dressed(kind: str = "t-shirt", **more: Any) -> Person:
    length = {"t-shirt": "short", "tank top": "none"}.get(kind, "long")
    person = Person(
        gender="woman",
        age="adult",
        build="average",
        hair=Hair("long", "black", (24, 22, 20)),
        upper=Garment(kind, "green", GREEN, length=length),
        lower=None if kind == "dress" else Garment("trousers", "red", RED, length=""),
        shoes=Item("sneakers", "blue", BLUE),
    )
    return replace(person, **more)


def drawn(person: Person, yaw: float, light: Light | None = None) -> Canvas:
    canvas = Canvas(np.full((384, 128, 3), 128, np.uint8))
    body = measure(person)
    figure = Figure(
        canvas=canvas, view=View(Lens(64, 370, 340), yaw), person=person, body=body,
        light=light or Light(0.3, 0.6, 0.7, 0.5), bones=pose(body, Gait(0.7, 0.5), 0.12, 0.8),
        gaze=0.0, nod=0.05, calling=False, pockets=False, rng=np.random.default_rng(0),
        taste=Taste(*[0.45] * len(Taste._fields)),
    )  # fmt: skip
    draw_figure(figure)
    return canvas


def share(canvas: Canvas, *parts: Part) -> float:
    return float(np.isin(canvas.part_HW, parts).mean())


KINDS = ["t-shirt", "polo shirt", "tank top", "shirt", "blouse", "sweater", "hoodie", "jacket",
         "puffer jacket", "blazer", "coat", "dress"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("yaw", [FRONT, BACK, RIGHT])
def test_garments_are_drawn_in_their_colours(kind: str, yaw: float) -> None:
    canvas = drawn(dressed(kind), yaw)
    pixels = canvas.colour_HWC.reshape(-1, 3)
    assert (pixels == GREEN).all(axis=1).mean() > 0.05
    assert (pixels == BLUE).all(axis=1).mean() > 0.001
    if kind != "dress":
        assert (pixels == RED).all(axis=1).mean() > 0.02


@pytest.mark.parametrize("yaw", [FRONT, BACK, RIGHT, LEFT, 2.5])
def test_what_is_worn_has_pixels_of_its_own(yaw: float) -> None:
    person = dressed(
        hat=Item("cap", "red", RED), scarf=Item("scarf", "blue", BLUE),
        umbrella=Item("umbrella", "red", RED), bag=Item("handbag", "red", RED),
    )  # fmt: skip
    canvas = drawn(person, yaw)
    for part in (Part.HAT, Part.SCARF, Part.UMBRELLA, Part.BAG, Part.UPPER, Part.LOWER, Part.SHOES):
        assert share(canvas, part) > 0.0005, part


def test_a_face_is_seen_from_the_front_and_a_backpack_from_behind() -> None:
    person = dressed(bag=Item("backpack", "blue", BLUE), glasses="glasses")
    front, back = drawn(person, FRONT), drawn(person, BACK)
    assert share(front, Part.EYES, Part.GLASSES) > 0 == share(back, Part.EYES, Part.GLASSES)
    assert share(back, Part.BAG) > 0.04 > share(front, Part.BAG)
    assert share(front, Part.STRAP) > 0.001


def test_prints_and_what_an_open_jacket_covers_show_from_the_front_only() -> None:
    printed = Garment("t-shirt", "green", GREEN, "short", "print", "red", RED)
    opened = Garment("jacket", "green", GREEN, "long", "plain", "red", RED, open=True)
    for garment, part in ((printed, Part.PRINT), (opened, Part.INNER)):
        person = dressed(upper=garment)
        assert share(drawn(person, FRONT), part) > 0.003
        assert share(drawn(person, BACK), part) == 0


def test_the_side_towards_the_lamp_is_brighter() -> None:
    person = dressed("sweater")
    means = []
    for x in (-0.9, 0.9):
        canvas = drawn(person, FRONT, Light(x, 0.3, 0.5, 0.4))
        trunk = canvas.part_HW == Part.UPPER
        left, right = (np.arange(128) < 64)[None] & trunk, (np.arange(128) >= 64)[None] & trunk
        means.append(canvas.light_HW[left].mean() - canvas.light_HW[right].mean())
    assert means[0] > 5
    assert means[1] < -5


def test_what_stands_in_front_is_not_counted_as_the_person() -> None:
    canvas = drawn(dressed(), FRONT)
    assert share(canvas, Part.SHOES) > 0
    canvas.recording = False
    everything = np.array([[0, 0], [128, 0], [128, 384], [0, 384]], float)
    canvas.fill(everything, GREEN, Part.SHOES)
    assert not canvas.part_HW.any()


def test_sides_have_names() -> None:
    assert [side_of(yaw) for yaw in (FRONT, BACK, RIGHT, LEFT)] == [
        "front",
        "back",
        "right",
        "left",
    ]


# --- pictures by cameras ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def cameras() -> list[Camera]:
    return [invent_camera(0, number) for number in range(1, 6)]


@pytest.fixture(scope="module")
def album(cameras: list[Camera]) -> list[tuple[Person, Shot]]:
    people = [invent(0, number).person for number in range(1, 61)]
    return [
        (person, shoot(person, cameras[i % 5], np.random.default_rng([0, 9, i])))
        for i, person in enumerate(people)
    ]


def test_five_cameras_look_at_five_kinds_of_places(cameras: list[Camera]) -> None:
    places = {camera.place for camera in cameras}
    assert places == {"street", "shop", "station", "park", "corridor"}


def test_a_picture_shows_nothing_that_is_not_true_of_the_person(
    album: list[tuple[Person, Shot]],
) -> None:
    for person, shot in album:
        known = facts_of(person)
        shown = facts_in(person, shot)
        assert {
            key: shown[key] for key in shown if key not in (SIDE, WALKS)
        }.items() <= known.items()
        assert "no" not in shown.values()


TOLD_BY = {
    "glasses": (Part.GLASSES,), "beard": (Part.BEARD,), "hat": (Part.HAT,), "shoes": (Part.SHOES,),
    "bag": (Part.BAG, Part.STRAP), "phone": (Part.PHONE,), "scarf": (Part.SCARF,),
    "lower": (Part.LOWER, Part.LOWER_PATTERN),
    "upper second": (Part.PRINT, Part.PATTERN, Part.INNER),
    "hair colour": (Part.HAIR, Part.LONG_HAIR, Part.TIED_HAIR),
}  # fmt: skip


@pytest.mark.parametrize("key", TOLD_BY)
def test_what_has_no_pixels_is_not_among_the_facts(
    key: str, album: list[tuple[Person, Shot]]
) -> None:
    told = [(p, shot) for p, shot in album if key in facts_in(p, shot)]
    assert told
    for person, shot in told:
        left = {part: n for part, n in shot.pixels.items() if part not in TOLD_BY[key]}
        hidden = facts_in(person, replace(shot, pixels=left))
        assert key not in hidden
        assert f"{key} colour" not in hidden


def test_captions_claim_only_what_their_picture_shows(album: list[tuple[Person, Shot]]) -> None:
    rng = np.random.default_rng(0)
    for person, shot in album:
        shown = facts_in(person, shot)
        for caption in describe(shown, rng):
            for claim in caption.claims:
                if claim.key == "print":
                    assert shown["upper pattern"] == "print"
                else:
                    assert likelihood(claim, shown[claim.key]) > 0, (claim, caption.text)


def test_where_the_feet_are_cut_off_there_are_hardly_shoes_to_tell_of(
    album: list[tuple[Person, Shot]],
) -> None:
    cut = [facts_in(p, s) for p, s in album if s.crop in ("no feet", "upper body")]
    whole = [facts_in(p, s) for p, s in album if s.crop == "whole" and not s.occluded]
    assert len(cut) >= 5
    assert np.mean(["shoes" in facts for facts in cut]) < 0.3  # a foot may be lifted
    assert np.mean(["shoes" in facts for facts in whole]) > 0.9


def test_some_are_occluded_and_views_and_crops_vary(album: list[tuple[Person, Shot]]) -> None:
    assert {shot.side for _, shot in album} == {"front", "back", "left", "right"}
    assert len({shot.crop for _, shot in album}) >= 3
    assert 0 < sum(shot.occluded is not None for _, shot in album) < 20


def test_equal_chance_gives_the_equal_picture(cameras: list[Camera]) -> None:
    person = invent(0, 1).person
    one, two, other = (
        shoot(person, cameras[0], np.random.default_rng(seed)).picture for seed in (1, 1, 2)
    )
    assert one.tobytes() == two.tobytes() != other.tobytes()
