"""Draws the doodles by cairo, which drew Google's bitmaps, into cairo.npz beside.

Run it when doodles.py changes. It needs cairo itself besides `pip install cairocffi`.
"""

from __future__ import annotations

from pathlib import Path

import cairocffi
import numpy as np
from doodles import shaky_hands

from qdtools.drawings.canvas import BOX, CANVAS, MARGIN, PEN, SIDE


def draw(strokes: list[np.ndarray]) -> np.ndarray:
    """Draw strokes by Google's published recipe, uint8 (28, 28)."""
    surface = cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, SIDE, SIDE)
    context = cairocffi.Context(surface)
    context.set_antialias(cairocffi.ANTIALIAS_BEST)
    context.set_line_cap(cairocffi.LINE_CAP_ROUND)
    context.set_line_join(cairocffi.LINE_JOIN_ROUND)
    context.set_line_width(PEN)
    context.scale(SIDE / CANVAS, SIDE / CANVAS)
    lines = [np.asarray(stroke, float).T for stroke in strokes]
    context.translate(*(MARGIN + (BOX - np.concatenate(lines).max(axis=0)) / 2))
    context.set_source_rgb(0, 0, 0)
    context.paint()
    context.set_source_rgb(1, 1, 1)
    for line in lines:
        context.move_to(*line[0])
        for point in line[1:]:
            context.line_to(*point)
        context.stroke()
    return np.frombuffer(surface.get_data(), np.uint8)[::4].reshape(SIDE, SIDE).copy()


def main() -> None:
    """Draw all doodles, write the file."""
    bitmaps = np.array([draw(strokes) for _, strokes in shaky_hands()])
    np.savez_compressed(
        Path(__file__).with_name("cairo.npz"),
        bitmaps=bitmaps,
        cairo=cairocffi.cairo_version_string(),
    )
    print(f"{len(bitmaps)} drawings by cairo {cairocffi.cairo_version_string()}")


if __name__ == "__main__":
    main()
