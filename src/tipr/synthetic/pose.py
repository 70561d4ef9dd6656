"""Where the joints of a standing or walking person are.

Figure units, also those of the drawing: x to the right from the body's middle, y down from the
crown; 1000 is the height. People walk to the right; `left` is the mirror image.
"""

import math
from dataclasses import dataclass
from typing import Literal

Direction = Literal["front", "back", "left", "right"]
DIRECTIONS: tuple[Direction, ...] = ("front", "back", "left", "right")
Point = tuple[float, float]

HIP = 500.0
SHOULDER = 208.0
THIGH, SHIN = 230.0, 216.0
UPPER_ARM, FOREARM = 142.0, 136.0


@dataclass(frozen=True, slots=True)
class Pose:
    """`direction` is what the camera sees or where the walk goes; `stride` -1 to 1 the step."""

    direction: Direction
    stride: float

    @property
    def sideways(self) -> bool:
        """Whether the camera sees the person from the side."""
        return self.direction in ("left", "right")

    @property
    def step(self) -> float:
        """Angle of the leading leg in a side view, in radians; its sign says which leg leads."""
        return math.copysign(0.10 + 0.20 * abs(self.stride), self.stride)


def legs_facing(pose: Pose, hip: float) -> list[list[Point]]:
    """Hip, knee and ankle of both legs, the one further away first: it reaches less far down."""
    legs = []
    for side in (-1, 1):
        lift = 24 * max(0.0, side * pose.stride)
        knee = (side * hip * 0.55, 728 - lift / 2)
        legs.append([(side * hip * 0.52, HIP), knee, (side * hip * 0.5, 945 - lift)])
    return sorted(legs, key=lambda leg: leg[-1][1])


def legs_sideways(pose: Pose) -> list[list[Point]]:
    """Hip, knee and ankle of both legs, the far one first; the trailing knee is bent."""
    legs = []
    for angle in (-pose.step, pose.step):
        trail = angle - (0.06 if angle > 0 else 0.26)
        knee = _swung((0.0, HIP), THIGH, angle)
        legs.append([(0.0, HIP), knee, _swung(knee, SHIN, trail)])
    # The lower foot stands on the ground: the body sinks with the length of the step.
    sink = 945 - max(leg[-1][1] for leg in legs)
    return [[leg[0], (leg[1][0], leg[1][1] + sink / 2), _down(leg[2], sink)] for leg in legs]


def arm_facing(pose: Pose, side: int, shoulder: float) -> list[Point]:
    """Shoulder, elbow and wrist of one arm; `side` is -1 or 1."""
    swing = 14 * side * pose.stride
    elbow = (side * (shoulder + 10), SHOULDER + 140 + swing / 2)
    return [(side * (shoulder - 16), SHOULDER), elbow, (side * (shoulder + 6), 480 + swing)]


def arm_sideways(angle: float, x: float) -> list[Point]:
    """Shoulder, elbow and wrist of an arm that swings by `angle`; the elbow is a little bent."""
    elbow = _swung((x, SHOULDER), UPPER_ARM, angle)
    return [(x, SHOULDER), elbow, _swung(elbow, FOREARM, angle + 0.28)]


def _swung(start: Point, length: float, angle: float) -> Point:
    return start[0] + length * math.sin(angle), start[1] + length * math.cos(angle)


def _down(point: Point, by: float) -> Point:
    return point[0], point[1] + by
