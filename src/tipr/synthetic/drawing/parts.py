"""What a pixel of a drawn figure can belong to."""

from enum import IntEnum


class Part(IntEnum):
    """0 is everything that is not the person: the place, other people, what stands in front."""

    NOTHING = 0
    SKIN = 1
    FACE = 2
    EYES = 3
    BEARD = 4
    HAIR = 5
    LONG_HAIR = 6
    TIED_HAIR = 7
    UPPER = 8
    SLEEVE = 9
    ARM = 10
    PATTERN = 11
    PRINT = 12
    INNER = 13
    LOWER = 14
    LOWER_PATTERN = 15
    LEG = 16
    SHOES = 17
    HAT = 18
    GLASSES = 19
    SCARF = 20
    BAG = 21
    STRAP = 22
    UMBRELLA = 23
    PHONE = 24
    BICYCLE = 25
    HOOD = 26
    TIE = 27
