"""Where the joints are: a walk cycle, standing still, and arms that reach for something.

Points are (a, b, h) in statures: to the figure's left, forward, up. Sides are -1 for the
figure's right and 1 for its left.
"""

import math
from dataclasses import dataclass

import numpy as np

from tipr.synthetic.drawing.body import Body

THIGH, SHIN, ANKLE = 0.240, 0.243, 0.041
UPPER_ARM, FOREARM, HAND = 0.178, 0.146, 0.070
FOOT_BACK, FOOT_AHEAD = 0.032, 0.100
SIDES = (-1, 1)


@dataclass(frozen=True, slots=True)
class Gait:
    """`phase` is the place in the walk cycle in radians; `stride` 0 stands, 1 strides out."""

    phase: float
    stride: float


@dataclass(slots=True)
class Skeleton:
    """Joints by side: hip, knee, ankle, (heel, toe), and shoulder, elbow, wrist."""

    legs: dict[int, np.ndarray]
    feet: dict[int, np.ndarray]
    arms: dict[int, np.ndarray]
    lean: float

    def reach(self, side: int, hand: tuple[float, float, float], elbow: tuple[float, float, float]
              ) -> None:  # fmt: skip
        """Bring a hand somewhere; the elbow points towards a direction."""
        shoulder, bent, wrist = self.arms[side]
        upper = float(np.linalg.norm(bent - shoulder))
        fore = float(np.linalg.norm(wrist - bent))
        way = np.asarray(hand, float) - shoulder
        far = min(max(float(np.linalg.norm(way)), abs(upper - fore) + 1e-3), upper + fore - 1e-3)
        way /= max(float(np.linalg.norm(way)), 1e-6)
        along = (upper**2 - fore**2 + far**2) / (2 * far)
        off = math.sqrt(max(0.0, upper**2 - along**2))
        pole = np.asarray(elbow, float)
        pole = pole - way * float(pole @ way)
        pole /= max(float(np.linalg.norm(pole)), 1e-6)
        self.arms[side] = np.stack(
            [shoulder, shoulder + way * along + pole * off, shoulder + way * far]
        )


def pose(body: Body, gait: Gait, sway: float, swing: float) -> Skeleton:
    """A skeleton in its step; `sway` is how far the arms hang from the trunk in radians."""
    legs, feet = {}, {}
    for side in SIDES:
        legs[side], feet[side] = _leg(body, gait, side)
    low = min(min(foot[:, 2].min() for foot in feet.values()), 10.0)
    for side in SIDES:
        legs[side][:, 2] -= low
        feet[side][:, 2] -= low
    arms = {side: _arm(body, gait, side, sway, swing) for side in SIDES}
    for side in SIDES:
        arms[side][:, 2] -= low
    return Skeleton(legs=legs, feet=feet, arms=arms, lean=0.02 * gait.stride + body.stoop)


def _leg(body: Body, gait: Gait, side: int) -> tuple[np.ndarray, np.ndarray]:
    phase = gait.phase + (0.0 if side > 0 else math.pi)
    thigh = gait.stride * 0.40 * math.sin(phase) + 0.04
    bend = 0.06 + gait.stride * 0.95 * max(0.0, math.cos(phase + 0.45)) ** 2
    shin = thigh - bend
    grown = body.grown
    hip = np.array([side * 0.048 * (0.5 + 0.5 * body.leg), 0.0, (THIGH + SHIN + ANKLE) * grown])
    knee = hip + THIGH * grown * np.array([side * 0.02, math.sin(thigh), -math.cos(thigh)])
    ankle = knee + SHIN * grown * np.array([-side * 0.03, math.sin(shin), -math.cos(shin)])
    pitch = 0.3 * gait.stride * max(0.0, math.sin(phase)) ** 3 + min(0.0, shin + 0.12) * 0.9
    out = side * 0.16
    ahead = np.array([math.sin(out), math.cos(out) * math.cos(pitch), math.sin(pitch)])
    sole = ankle - ANKLE * grown * np.array([0, -math.sin(pitch), math.cos(pitch)])
    heel, toe = sole - FOOT_BACK * ahead, sole + FOOT_AHEAD * ahead
    return np.stack([hip, knee, ankle]), np.stack([heel, toe])


def _arm(body: Body, gait: Gait, side: int, sway: float, swing: float) -> np.ndarray:
    phase = gait.phase + (0.0 if side > 0 else math.pi)
    angle = 0.03 - swing * gait.stride * 0.42 * math.sin(phase)
    bend = 0.18 + 0.30 * gait.stride * max(0.0, angle) + 0.1 * gait.stride
    grown = body.grown
    shoulder = np.array([side * (body.shoulder - 0.024), -0.002, body.h(0.806)])
    elbow = shoulder + UPPER_ARM * grown * _hanging(side, sway, angle)
    wrist = elbow + FOREARM * grown * _hanging(side, sway * 0.3, angle + bend)
    return np.stack([shoulder, elbow, wrist])


def _hanging(side: int, sway: float, angle: float) -> np.ndarray:
    return np.array([
        side * math.sin(sway), math.sin(angle) * math.cos(sway), -math.cos(angle) * math.cos(sway)
    ])  # fmt: skip
