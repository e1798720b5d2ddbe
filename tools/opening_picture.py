"""Draws the picture that opens the README, models/noise.svg: a doodle in ever more noise, cleaned, named.

The doodle is the project's own, the answers are those of the shipped weights. It moves by styles alone, so
it does wherever a page shows a picture; who asked for less motion sees one level, and so does a
program that knows no such styles.
"""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

import numpy as np
from doodles import DOODLES
from PIL import Image

import qdtools as qd

PICTURE = Path(__file__).resolve().parents[1] / "models" / "noise.svg"
CATEGORY = "cat"
LEVELS = np.linspace(0, 2, 21)
#: The level of whoever sees one only.
STILL = 1.0
#: Seconds of a level, and how many times as long the first and the last are shown.
STEP, REST = 0.4, 4
#: Of a pixel of a drawing, and of the space around both.
SCALE, EDGE = 8, 24
SIDE = SCALE * 28
WIDTH, HEIGHT = 2 * SIDE + 3 * EDGE, SIDE + 118

SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
  width="{width}" height="{height}">
<title>A {category} in noise, and what the networks make of it</title>
<style>
text {{ font: 16px system-ui, sans-serif; fill: #ddd }}
.name {{ font-weight: bold; fill: #fff }}
image {{ image-rendering: pixelated }}
.level {{ visibility: hidden }}
.still {{ visibility: visible }}
@media (prefers-reduced-motion: no-preference) {{
.level {{ visibility: hidden; animation: {seconds:g}s step-end infinite }}
{moves}
}}
</style>
<rect width="{width}" height="{height}" rx="12" fill="#121212"/>
<rect x="{edge}" y="50" width="{track}" height="6" rx="3" fill="#444"/>
{levels}
</svg>
"""
LEVEL = """\
<g class="level l{number}{still}">
<text x="{edge}" y="34">noise level {level:.1f}</text>
<rect x="{edge}" y="50" width="{done:.0f}" height="6" rx="3" fill="#56b4e9"/>
<circle cx="{at:.0f}" cy="53" r="9" fill="#56b4e9"/>
{drawings}
</g>"""
DRAWING = """\
<image x="{left}" y="70" width="{side}" height="{side}" href="data:image/png;base64,{png}"/>
<text x="{left}" y="{below}">{what}: <tspan class="name">{said}</tspan></text>"""


def drawn() -> np.ndarray:
    """Draw the doodle as the data are: an image (1, 28, 28, 1), white ink = 1."""
    strokes = [np.transpose(stroke).tolist() for stroke in DOODLES[CATEGORY][0]]
    return np.float32(qd.draw_strokes(strokes)).reshape(1, 28, 28, 1) / 255


def answers() -> dict[str, tuple[np.ndarray, list[str]]]:
    """Give, for the noisy and the denoised images, one a level, the images and what is said of each."""
    pipeline = qd.Pipeline.load().restrict(qd.DEFAULT_CATEGORIES)
    noisy = np.concatenate([qd.gaussian(drawn(), level) for level in LEVELS])
    denoised, probabilities = pipeline(noisy)
    # Whether a softmax rounds to one depends on the processor; what the picture says shall not.
    return {
        what: (
            images,
            [
                f"{pipeline.categories[row.argmax()]}, {qd.percent(min(row.max(), 0.999))}"
                for row in shares
            ],
        )
        for what, images, shares in (
            ("noisy", noisy, pipeline.classify(noisy)),
            ("denoised", denoised, probabilities),
        )
    }


def shown_in() -> tuple[float, list[str]]:
    """Say in which parts of a round each level is seen: up to the last, then back to the first.

    Returns the seconds of a round and, for each level, its keyframes.
    """
    order = [*range(len(LEVELS)), *range(len(LEVELS) - 2, 0, -1)]
    long = [REST if number in (0, len(LEVELS) - 1) else 1 for number in order]
    starts = np.cumsum([0, *long])
    frames: list[dict[float, str]] = [{0: "hidden"} for _ in LEVELS]
    for number, start, end in zip(order, starts, starts[1:], strict=False):
        frames[number][100 * start / starts[-1]] = "visible"
        frames[number].setdefault(100 * end / starts[-1], "hidden")
    return STEP * starts[-1], [
        "".join(f"{at:.3f}%{{visibility:{how}}}" for at, how in sorted(one.items()))
        for one in frames
    ]


def png_of(image: np.ndarray) -> str:
    """Encode an image (28, 28, 1) in [0, 1] as a PNG, in base64."""
    kept = io.BytesIO()
    Image.fromarray(np.uint8(np.round(255 * image[..., 0]))).save(kept, "PNG", optimize=True)
    return base64.b64encode(kept.getvalue()).decode()


def picture() -> str:
    """Draw the whole picture."""
    seconds, keyframes = shown_in()
    said, track = answers(), WIDTH - 2 * EDGE
    levels = []
    for number, level in enumerate(LEVELS):
        done = track * number / (len(LEVELS) - 1)
        levels.append(
            LEVEL.format(
                number=number,
                still=" still" if np.isclose(level, STILL) else "",
                level=level,
                edge=EDGE,
                done=done,
                at=EDGE + done,
                drawings="\n".join(
                    DRAWING.format(
                        left=EDGE + place * (SIDE + EDGE),
                        side=SIDE,
                        below=SIDE + 98,
                        png=png_of(images[number]),
                        what=what,
                        said=escape(sentences[number]),
                    )
                    for place, (what, (images, sentences)) in enumerate(said.items())
                ),
            )
        )
    return SVG.format(
        width=WIDTH,
        height=HEIGHT,
        edge=EDGE,
        track=track,
        category=CATEGORY,
        seconds=seconds,
        moves="\n".join(
            f"@keyframes l{number} {{{frames}}}\n.l{number} {{ animation-name: l{number} }}"
            for number, frames in enumerate(keyframes)
        ),
        levels="\n".join(levels),
    )


def main() -> None:
    PICTURE.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
