"""Bodies in space: bones keep their length, feet stand, and only the near side is seen."""

import math

import numpy as np
import pytest

from tipr.synthetic.drawing.body import measure
from tipr.synthetic.drawing.lens import Lens, View
from tipr.synthetic.drawing.limb import Limb
from tipr.synthetic.drawing.skeleton import (
    ANKLE,
    FOOT_BACK,
    FOREARM,
    SHIN,
    THIGH,
    UPPER_ARM,
    Gait,
    pose,
)
from tipr.synthetic.drawing.stack import Stack
from tipr.synthetic.people.invent import invent

LENS = Lens(x=100, y=400, scale=300, tilt=0.0, distance=1e6)
"""Straight ahead from far away: a stature is 300 pixels everywhere."""


def bone(joints_J3: np.ndarray, at: int) -> float:
    return float(np.linalg.norm(joints_J3[at + 1] - joints_J3[at]))


@pytest.mark.parametrize("phase", np.linspace(0, 6, 7))
def test_bones_keep_their_length_through_a_step_and_a_foot_is_on_the_ground(phase: float) -> None:
    body = measure(invent(0, 1).person)
    bones = pose(body, Gait(float(phase), 1.0), 0.1, 1.0)
    for side in (-1, 1):
        assert bone(bones.legs[side], 0) == pytest.approx(THIGH * body.grown, rel=1e-3)
        assert bone(bones.legs[side], 1) == pytest.approx(SHIN * body.grown, rel=1e-3)
        assert bone(bones.arms[side], 0) == pytest.approx(UPPER_ARM * body.grown)
        heel, ankle = bones.feet[side][0], bones.legs[side][2]
        reach = math.hypot(ANKLE * body.grown, FOOT_BACK)
        assert np.linalg.norm(ankle - heel) == pytest.approx(reach, rel=1e-2)
    assert min(foot[:, 2].min() for foot in bones.feet.values()) == pytest.approx(0)


def test_a_hand_reaches_where_it_is_told_with_the_arm_it_has() -> None:
    body = measure(invent(0, 1).person)
    bones = pose(body, Gait(0.0, 0.0), 0.1, 1.0)
    near = bones.arms[1][0] + np.array([0.05, 0.15, -0.15])
    bones.reach(1, tuple(near), (0.0, -1.0, 0.0))
    np.testing.assert_allclose(bones.arms[1][2], near, atol=1e-9)
    bones.reach(
        1, tuple(near + np.array([0, 5, 0])), (0.0, -1.0, 0.0)
    )  # out of reach: as far as it goes
    assert bone(bones.arms[1], 0) == pytest.approx(UPPER_ARM * body.grown)
    assert bone(bones.arms[1], 1) == pytest.approx(FOREARM * body.grown)


@pytest.mark.parametrize(("yaw", "half"), [(0.0, 0.10), (math.pi / 2, 0.05), (math.pi, 0.10)])
def test_a_silhouette_is_as_wide_as_the_ellipse_seen_from_there(yaw: float, half: float) -> None:
    stack = Stack(View(LENS, yaw), [(0.8, 0.10, 0.05, 0.0), (0.4, 0.10, 0.05, 0.0)])
    outline = stack.outline()
    assert np.ptp(outline[:, 0]) == pytest.approx(2 * half * 300, rel=1e-3)
    assert np.ptp(outline[:, 1]) == pytest.approx(0.4 * 300, rel=1e-3)


def test_in_between_the_width_is_that_of_a_turned_ellipse() -> None:
    w, d, yaw = 0.10, 0.05, 0.7
    stack = Stack(View(LENS, yaw), [(0.8, w, d, 0.0), (0.4, w, d, 0.0)])
    around = np.linspace(0, 2 * math.pi, 10_000)
    slow = np.ptp(w * np.sin(around) * math.cos(yaw) + d * np.cos(around) * math.sin(yaw))
    assert np.ptp(stack.outline()[:, 0]) == pytest.approx(slow * 300, rel=1e-3)


def test_a_patch_on_the_far_side_is_not_seen_and_one_at_the_edge_is_cut() -> None:
    rows = [(0.8, 0.10, 0.06, 0.0), (0.4, 0.10, 0.06, 0.0)]
    front = ([-0.4, 0.4, 0.4, -0.4], [0.7, 0.7, 0.6, 0.6])
    assert Stack(View(LENS, math.pi), rows).patch(*front) is None
    whole = Stack(View(LENS, 0.0), rows).patch(*front)
    edge = Stack(View(LENS, 1.2), rows).patch(*front)
    assert whole is not None
    assert edge is not None
    assert 0 < np.ptp(edge[:, 0]) < np.ptp(whole[:, 0])


def test_the_figures_left_is_to_the_right_of_a_camera_it_faces() -> None:
    left_hand = np.array([[0.2, 0.0, 0.5]])
    ahead = np.array([[0.0, 0.2, 0.5]])
    assert View(LENS, 0.0).project(left_hand)[0, 0] == pytest.approx(160)
    assert View(LENS, math.pi).project(left_hand)[0, 0] == pytest.approx(40)
    assert View(LENS, math.pi / 2).project(ahead)[0, 0] == pytest.approx(160)


def test_what_is_nearer_is_larger_and_lower_for_a_camera_that_looks_down() -> None:
    view = View(Lens(x=0, y=0, scale=300, tilt=0.3, distance=5), 0.0)
    near, far = view.project(np.array([[0.1, 0.5, 0.0], [0.1, -0.5, 0.0]]))
    assert near[0] > far[0]
    assert near[1] > far[1]
    assert view.size(0, 0.5) > view.size(0, -0.5)


def test_a_limb_is_as_wide_as_its_girth_says() -> None:
    joints = np.array([(0.0, 0.0, 0.9), (0.0, 0.0, 0.6), (0.0, 0.0, 0.3)])
    limb = Limb(View(LENS, 0.0), joints, [(0, 0.05), (1, 0.03), (2, 0.02)])
    places = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    width = np.abs(limb.at(places, 1.0) - limb.at(places, -1.0))[:, 0]
    np.testing.assert_allclose(width, np.array([0.10, 0.08, 0.06, 0.05, 0.04]) * 300, rtol=0.01)
