"""Shows pictures of every kind beside what is read of them, where a page says ``{picture-kinds}``.

The pictures are made when the page is built, of the doodles that the tests take, too, and read then, so that
what the page says is what `qdtools` says.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from docutils import nodes
from PIL import Image
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

    from qdtools import Reading

TOOLS = Path(__file__).resolve().parents[1] / "tools"
#: Most pixels a side of the pictures in the page.
SIDE = 112
#: What happens to a picture, in the order in which the page tells of it.
DRAWN = "A drawing on its paper is found and redrawn."
CUT = "What is no part of the drawing is left out."
TOLD = "What is not certain is kept, and told."
SET_UPRIGHT = "A sheet that lies turned is set upright."
BITMAP = "A bitmap keeps its pixels."
REFUSED = "Where there is no drawing, nothing is answered."


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("picture-kinds", PictureKinds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class PictureKinds(SphinxDirective):
    """Cards by what happens: a picture, the image read of it, how it is named, what is said of it."""

    def run(self) -> list[nodes.Node]:
        import qdtools as qd

        makers = (TOOLS / f"{name}.py" for name in ("doodles", "scenes", "brought"))
        for path in (*(Path(qd.__file__).parent / "drawings").glob("*.py"), *makers):
            self.env.note_dependency(str(path))
        cards: dict[str, list[nodes.Node]] = {
            happens: [] for happens in (DRAWN, CUT, SET_UPRIGHT, TOLD, BITMAP, REFUSED)
        }
        pipeline = qd.book_pipeline()
        for kind, picture in pictures():
            shown = [image(picture, f"A picture: {kind}")]
            try:
                reading = qd.read_picture(picture)
            except qd.ImageError as error:
                happens, said = REFUSED, str(error)
            else:
                happens = what_happens(reading)
                (answer,) = pipeline.answer(reading.image[None], denoise=reading.noisy)
                said = f"{answer.category}, {qd.percent(answer.probability)}. Taken for {reading}."
                read = image(
                    of(255 * reading.image[..., 0]), f"The drawing of {kind}, as it is read"
                )
                shown += [nodes.inline("", "→"), read]
            row = nodes.paragraph("", "", *shown, classes=["picture-kind-row"])
            words = nodes.paragraph("", "", nodes.strong("", kind), nodes.Text(f" · {said}"))
            cards[happens].append(nodes.container("", row, words, classes=["picture-kind"]))
        return [
            node
            for happens, some in cards.items()
            if some
            for node in (
                nodes.paragraph("", "", nodes.strong("", happens)),
                nodes.container("", *some, classes=["picture-kinds"]),
            )
        ]


def what_happens(reading: Reading) -> str:
    """Say to which of the cards a picture that was read belongs."""
    if reading.kind == "bitmap":
        return BITMAP
    if reading.doubts or reading.drawings > 1:
        return TOLD
    if reading.askew:
        return SET_UPRIGHT
    return CUT if reading.left_out else DRAWN


def pictures() -> Iterator[tuple[str, Image.Image]]:
    """Make a picture of each kind, of doodles that take turns."""
    sys.path.append(str(TOOLS))
    try:
        from brought import BROUGHT
        from doodles import DOODLES, simplified
        from scenes import SURROUNDINGS, filled_box, ink_of_strokes, ruled_on_a_table, several
    finally:
        sys.path.remove(str(TOOLS))
    import qdtools as qd

    doodles = [simplified(both[0]) for both in DOODLES.values()]
    for number, (kind, make) in enumerate((SURROUNDINGS | BROUGHT).items()):
        ink = ink_of_strokes(doodles[number % 5])
        name = "the drawing alone" if kind == "plain" else kind
        yield name, of(make(ink, np.random.default_rng(number)))
    jacket, fish = (ink_of_strokes(doodles[at]) for at in (4, 2))
    chalk = 255 - SURROUNDINGS["plain"](fish, np.random.default_rng(3))
    yield "light ink on a dark board", of(chalk)
    small = of(SURROUNDINGS["plain"](jacket, np.random.default_rng(0)))
    small.thumbnail((26, 26), Image.Resampling.BOX)
    yield "a small picture of 26 pixels", small
    yield "a drawing filled with a colour", of(filled_box(jacket, np.random.default_rng(4)))
    inks = [ink_of_strokes(doodle) for doodle in doodles[1:3]]
    yield "several drawings", of(several(inks, [(30, 30, 220), (330, 30, 220)], 300, 580))
    bitmap = qd.draw_strokes(doodles[2])
    noisy = qd.gaussian(bitmap[None, ..., None] / 255, 0.5)[0, ..., 0]
    yield "a bitmap, black on white", of(255 - bitmap)
    yield "a noisy bitmap, turned around", of(255 - 255 * noisy)
    yield "a noisy bitmap, enlarged", of(np.kron(255 * noisy, np.ones((10, 10))))
    squares = np.add.outer(np.arange(300) % 25 == 9, np.arange(300) % 25 == 9)
    yield "squared paper without a drawing", of(np.where(squares, 150.0, 245.0))
    empty = ruled_on_a_table(
        lambda height, width, *_: np.zeros((height, width)), np.random.default_rng(2)
    )
    yield "a ruled sheet without a drawing on a table", of(empty)
    yield "a blank sheet", of(np.full((300, 300), 240.0))


def of(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def image(picture: Image.Image, alt: str) -> nodes.image:
    """Show a picture at one size, in a file of its own."""
    smooth = max(picture.size) > SIDE
    how = Image.Resampling.BOX if smooth else Image.Resampling.NEAREST
    scale = SIDE / max(picture.size)
    size = [max(1, round(length * scale)) for length in picture.size]
    file = io.BytesIO()
    picture.resize(size, how).save(file, "PNG", optimize=True)
    content = base64.b64encode(file.getvalue()).decode()
    return nodes.image(uri=f"data:image/png;base64,{content}", alt=alt)
