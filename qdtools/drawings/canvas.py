"""Google's canvas, on which every drawing of the data lies; the page reads the same numbers.

A drawing fits a box of 256 units; around it are half a pen, for lines along the edge, with a margin
beyond; all of it is drawn at 28 x 28 pixels.

References
----------
https://github.com/googlecreativelab/quickdraw-dataset/issues/19#issuecomment-402247262
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

_numbers: dict[str, int] = json.loads(
    files(__package__).joinpath("canvas.json").read_text(encoding="utf-8")
)

#: Units of a side of the box of stroke coordinates, which go from 0 to ``BOX - 1``.
BOX: Final = _numbers["box"]
#: Units from the canvas's edge to the box: the recipe's margin with half of the pen's width.
MARGIN: Final = _numbers["margin"] + _numbers["pen"] // 2
#: Units of a side of the whole canvas.
CANVAS: Final = BOX + 2 * MARGIN
#: Pixels of a side of an image.
SIDE: Final = _numbers["side"]
#: Shape of one image, as the networks take it.
IMAGE: Final = (SIDE, SIDE, 1)
#: Units across the round pen.
PEN: Final = _numbers["pen"]
#: The pen's radius in pixels of the image.
PEN_RADIUS: Final = _numbers["pen"] / 2 * SIDE / CANVAS
