"""Sets a sheet upright that lies askew on a picture, or is seen slantwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy

from .polygons import area_of, bends, fewer_sides, side_of

if TYPE_CHECKING:
    from .polygons import Point
    from .sheets import Sheet

#: Degrees from which on a sheet lies askew; by less, no drawing changes its name.
_TURNED = 3
#: Degrees by which opposite sides lean towards each other on a sheet that is seen slantwise.
_SLANT = 5
#: Share of a sheet's area that the corners may take which its four sides have beyond it.
_FOLDED = 0.07
#: Pixels from the picture's border, at the size at which sheets are looked for, where a side is cut off.
_CUT = 1.6


class Upright(NamedTuple):
    """A sheet that was set upright.

    Attributes
    ----------
    picture : ndarray of float, (h, w, 3)
        Colours in [0, 1], the sheet's sides along the axes now.
    mask : ndarray of bool, (h, w)
        The sheet's inside there, a little away from its edges.
    said : str
        How it lay, in words.
    """

    picture: np.ndarray
    mask: np.ndarray
    said: str


def set_upright(picture: np.ndarray, sheet: Sheet) -> Upright | None:
    """Set a sheet upright by its sides (chapter 5).

    Where all four sides are seen, they become those of a rectangle. Where some are cut off by the
    picture's border, the others say by how much the sheet is turned. Of the four ways to set it upright
    the one is taken that turns it least.

    Parameters
    ----------
    picture : ndarray of float, (h, w, 3)
        Colours in [0, 1].
    sheet : Sheet
        Where the sheet lies on it.

    Returns
    -------
    Upright or None
        None where the sheet lies straight, or has no four sides that would tell.
    """
    height, width = picture.shape[:2]
    outline = bends([(float(x), float(y)) for x, y in sheet.outline])
    area = area_of(outline)
    outline = fewer_sides(outline, 0.002 * area)
    corners = fewer_sides(outline, area)
    if len(corners) != 4 or area_of(corners) > (1 + _FOLDED) * area:
        return None
    cut = [_along_the_border(corners, i, width, height, _CUT * sheet.step) for i in range(4)]
    seen = [i for i in range(4) if not cut[i]]
    if len(seen) < 2:
        return None
    turn = _turn([side_of(corners, i) for i in seen])
    leaning = [abs(_apart(_angle(corners, i), _angle(corners, i + 2))) for i in (0, 1)]
    whole = len(seen) == 4
    slant = whole and max(leaning) >= _SLANT
    if not whole and max(_apart(_angle(corners, i) - turn, 0, 90) for i in seen) > _SLANT:
        return None  # sides that disagree, none of them to be trusted
    if abs(turn) < _TURNED and not slant:
        return None
    back, size = _onto_a_rectangle(corners, turn) if whole else _turning(corners, turn)
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    from_x, from_y, depth = (row[0] * x + row[1] * y + row[2] for row in back)
    from_x, from_y = from_x / depth, from_y / depth
    places = [from_y - 0.5, from_x - 0.5]
    colours = [
        scipy.ndimage.map_coordinates(picture[..., c], places, order=1, mode="nearest")
        for c in range(3)
    ]
    mask = (from_x >= 0) & (from_x <= width) & (from_y >= 0) & (from_y <= height)
    for i in range(len(outline)):
        (x0, y0), (along, down) = outline[i], side_of(outline, i)
        inward = (along * (from_y - y0) - down * (from_x - x0)) / np.hypot(along, down)
        mask &= inward >= sheet.step
    lies = f"lies turned by {abs(turn):.0f}°" if abs(turn) >= _TURNED else ""
    seen_so = "is seen slantwise" if slant else ""
    how = " and ".join(part for part in (lies, seen_so) if part)
    return Upright(np.stack(colours, -1), mask, f"the sheet {how}, it was set upright")


def _angle(points: list[Point], i: int) -> float:
    """Direction of a side, in degrees, clockwise from the right."""
    across, down = side_of(points, i)
    return float(np.degrees(np.arctan2(down, across)))


def _apart(one: float, other: float, period: float = 180) -> float:
    """How far one direction lies from another, in degrees; those a period apart are the same."""
    return abs((one - other + period / 2) % period - period / 2)


def _along_the_border(points: list[Point], i: int, width: int, height: int, near: float) -> bool:
    """Whether a side lies along the picture's border, or beyond it."""
    (x0, y0), (x1, y1) = points[i], points[(i + 1) % len(points)]
    return (
        max(x0, x1) <= near
        or min(x0, x1) >= width - near
        or max(y0, y1) <= near
        or min(y0, y1) >= height - near
    )


def _turn(sides: list[Point]) -> float:
    """By how many degrees, of at most 45, sides are turned clockwise, long ones counting for more."""
    across = down = 0.0
    for x, y in sides:
        angle, length = 4 * np.arctan2(y, x), np.hypot(x, y)
        across, down = across + length * np.cos(angle), down + length * np.sin(angle)
    return float(np.degrees(np.arctan2(down, across)) / 4)


def _onto_a_rectangle(
    corners: list[Point], turn: float
) -> tuple[list[list[float]], tuple[int, int]]:
    """How places (x, y, 1) of a rectangle go back to four corners; its height and width."""
    first = min(range(4), key=lambda i: _apart(_angle(corners, i), turn, 360))
    points = [corners[(first + i) % 4] for i in range(4)]
    lengths = [float(np.hypot(*side_of(points, i))) for i in range(4)]
    width, height = round((lengths[0] + lengths[2]) / 2), round((lengths[1] + lengths[3]) / 2)
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    # From the unit square (Heckbert 1989): what the fourth corner lacks of a parallelogram is depth.
    dx, dy = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
    whole = (x1 - x2) * (y3 - y2) - (x3 - x2) * (y1 - y2)
    g = (dx * (y3 - y2) - (x3 - x2) * dy) / whole
    h = ((x1 - x2) * dy - dx * (y1 - y2)) / whole
    back: list[list[float]] = [
        [(x1 - x0 + g * x1) / width, (x3 - x0 + h * x3) / height, x0],
        [(y1 - y0 + g * y1) / width, (y3 - y0 + h * y3) / height, y0],
        [g / width, h / height, 1],
    ]
    return back, (height, width)


def _turning(corners: list[Point], turn: float) -> tuple[list[list[float]], tuple[int, int]]:
    """How places (x, y, 1) of the box around a sheet go back to the picture; its height and width."""
    cos, sin = float(np.cos(np.radians(turn))), float(np.sin(np.radians(turn)))
    across = [cos * x + sin * y for x, y in corners]
    down = [cos * y - sin * x for x, y in corners]
    left, top = min(across), min(down)
    back: list[list[float]] = [
        [cos, -sin, cos * left - sin * top],
        [sin, cos, sin * left + cos * top],
        [0, 0, 1],
    ]
    return back, (round(max(down) - top), round(max(across) - left))
