"""Measures convex polygons, gives them fewer sides."""

from __future__ import annotations

Point = tuple[float, float]


def area_of(points: list[Point]) -> float:
    """Area of a polygon whose corners go round clockwise, as rows go down (chapter 5)."""
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs) / 2


def side_of(points: list[Point], i: int) -> Point:
    """How far a side of a polygon goes across and down (chapter 5)."""
    (x0, y0), (x1, y1) = points[i % len(points)], points[(i + 1) % len(points)]
    return x1 - x0, y1 - y0


def bends(points: list[Point]) -> list[Point]:
    """Leave out points of a convex polygon that lie on its sides (chapter 5)."""
    i = 0
    while len(points) > 2 and i < len(points):
        (ax, ay), (bx, by) = side_of(points, i - 1), side_of(points, i)
        if ax * by - ay * bx > 1e-6:
            i += 1
        else:
            points = points[:i] + points[i + 1 :]
            i = max(0, i - 1)
    return points


def fewer_sides(points: list[Point], most: float) -> list[Point]:
    """Take off sides of a convex polygon, where the two beside meet with the least area beyond (chapter 5).

    It ends with four of them, or where more than that area would come in.
    """
    points = list(points)
    while len(points) > 4:
        best: tuple[float, int, Point] | None = None
        for i in range(len(points)):
            (x0, y0), (x1, y1) = points[i], points[(i + 1) % len(points)]
            (ax, ay), (bx, by) = side_of(points, i - 1), side_of(points, i + 1)
            turned = ax * by - ay * bx
            if turned <= 0:  # they go away from each other
                continue
            far = ((x1 - x0) * by - (y1 - y0) * bx) / turned
            meet = (x0 + far * ax, y0 + far * ay)
            beyond = area_of([points[i], meet, points[(i + 1) % len(points)]])
            if best is None or beyond < best[0]:
                best = beyond, i, meet
        if best is None or best[0] > most:
            break
        _, i, meet = best
        points[i] = meet
        del points[(i + 1) % len(points)]
    return points
