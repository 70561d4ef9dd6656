"""The pen: flat shapes in figure units, each with one lit and one shaded side.

Figure units: x to the right from the body's middle, y down from the crown; 1000 is the height.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

from tipr.synthetic.people import COLOURS, Colour, Item
from tipr.synthetic.pose import Point

SHADE = 0.74


class Pen:
    """Shapes in figure units; while `mask` is set, what is drawn is also marked there."""

    def __init__(self, canvas: Image.Image, crown: Point, unit: float, *, mirror: bool) -> None:
        self.canvas, self.crown, self.unit = canvas, crown, unit
        self.side = -1 if mirror else 1
        self.ink = ImageDraw.Draw(canvas)
        self.mask: Image.Image | None = None

    def at(self, x: float, y: float) -> Point:
        return self.crown[0] + self.side * self.unit * x, self.crown[1] + self.unit * y

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        """A polygon; light falls from the left of the picture, mirrored or not."""
        middle = sum(x for x, _ in points) / len(points)
        lit = [(middle + 0.84 * (x - middle), y) for x, y in points]
        shift = 0.07 * (max(x for x, _ in points) - min(x for x, _ in points)) * self.side
        self.flat(points, shaded(colour))
        self.flat([(x - shift, y) for x, y in lit], colour, mark=False)

    def flat(self, points: Sequence[Point], colour: Colour, *, mark: bool = True) -> None:
        pixels = [self.at(x, y) for x, y in points]
        self.ink.polygon(pixels, fill=colour)
        if mark and self.mask is not None:
            ImageDraw.Draw(self.mask).polygon(pixels, fill=255)

    def limb(self, joints: Sequence[Point], widths: Sequence[float], colour: Colour) -> None:
        """A tube through the joints, round at every joint."""
        self._tube(joints, widths, shaded(colour), mark=True)
        shift = 0.09 * widths[0] * self.side
        lit = [(x - shift, y) for x, y in joints]
        self._tube(lit, [0.76 * width for width in widths], colour, mark=False)

    def _tube(
        self, joints: Sequence[Point], widths: Sequence[float], colour: Colour, *, mark: bool
    ) -> None:
        ends = list(zip(joints, widths, strict=True))
        for ((x0, y0), w0), ((x1, y1), w1) in pairwise(ends):
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            nx, ny = (y0 - y1) / length / 2, (x1 - x0) / length / 2
            corners = [(x0 + nx * w0, y0 + ny * w0), (x1 + nx * w1, y1 + ny * w1)]
            corners += [(x1 - nx * w1, y1 - ny * w1), (x0 - nx * w0, y0 - ny * w0)]
            self.flat(corners, colour, mark=mark)
        for (x, y), width in ends:
            self.oval(x, y, width / 2, width / 2, colour, mark=mark)

    def oval(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, *, mark: bool = True
    ) -> None:
        (px, py), rx, ry = self.at(x, y), rx * self.unit, ry * self.unit
        box = (px - rx, py - ry, px + rx, py + ry)
        self.ink.ellipse(box, fill=colour)
        if mark and self.mask is not None:
            ImageDraw.Draw(self.mask).ellipse(box, fill=255)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        pixels = [self.at(x, y) for x, y in points]
        self.ink.line(pixels, fill=colour, width=max(1, round(width * self.unit)), joint="curve")


def shaded(colour: Colour, factor: float = SHADE) -> Colour:
    """The colour in the shade."""
    red, green, blue = colour
    return round(red * factor), round(green * factor), round(blue * factor)


class Pattern:
    """Within it a garment is drawn; on leaving, stripes or checks are laid where it was drawn."""

    def __init__(self, pen: Pen, item: Item) -> None:
        self.pen, self.item = pen, item
        self.on = self.item.pattern in ("striped", "checked")

    def __enter__(self) -> None:
        if self.on:
            self.pen.mask = Image.new("L", self.pen.canvas.size)

    def __exit__(self, *_: object) -> None:
        mask, self.pen.mask = self.pen.mask, None
        if mask is None or self.item.second is None:
            return
        lines = Image.new("L", mask.size)
        ink = ImageDraw.Draw(lines)
        unit, (middle, crown) = self.pen.unit, self.pen.crown
        checked = self.item.pattern == "checked"
        every, thick = (46 * unit, 15 * unit) if checked else (58 * unit, 26 * unit)
        for step in range(16):
            y = crown + 150 * unit + step * every
            ink.rectangle((0, y, mask.width, y + thick), fill=225)
            if checked:
                x = middle + (step - 7.5) * every - thick / 2
                ink.rectangle((x, 0, x + thick, mask.height), fill=225)
        self.pen.canvas.paste(COLOURS[self.item.second], mask=ImageChops.multiply(mask, lines))
