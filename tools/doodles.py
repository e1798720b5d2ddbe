"""Hand-written strokes of the five categories, in the pictures that cameras or programs make of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

if TYPE_CHECKING:
    from collections.abc import Callable

Strokes = list[np.ndarray]


def _arc(cx: float, cy: float, rx: float, ry: float, start: float = 0, stop: float = 360) -> list:
    angle = np.radians(np.linspace(start, stop, 18))
    return list(zip(cx + rx * np.cos(angle), cy + ry * np.sin(angle), strict=True))


#: Two drawings of each category, in any units.
DOODLES: dict[str, list[list[list[tuple[float, float]]]]] = {
    "pineapple": [
        [
            _arc(100, 170, 55, 75),
            [(85, 98), (50, 50), (90, 70), (85, 20), (108, 62), (130, 15), (125, 68), (160, 45)],
            [(160, 45), (118, 98)],
            [(60, 120), (140, 220)],
            [(48, 150), (115, 240)],
            [(85, 100), (152, 190)],
            [(140, 120), (60, 220)],
            [(152, 150), (85, 240)],
            [(115, 100), (48, 190)],
        ],
        [
            _arc(120, 160, 60, 85),
            [(100, 82), (70, 40), (105, 60), (120, 5), (135, 60), (170, 40), (140, 82)],
            [(62, 140), (178, 140)],
            [(60, 170), (180, 170)],
            [(70, 200), (170, 200)],
            [(95, 85), (95, 235)],
            [(120, 78), (120, 242)],
            [(145, 85), (145, 235)],
        ],
    ],
    "cat": [
        [
            _arc(125, 150, 85, 75),
            [(55, 108), (45, 30), (100, 78)],
            [(150, 78), (205, 30), (195, 108)],
            _arc(95, 135, 8, 10),
            _arc(155, 135, 8, 10),
            [(117, 160), (133, 160), (125, 170), (117, 160)],
            [(125, 170), (125, 182), (105, 192)],
            [(125, 182), (145, 192)],
            [(85, 165), (10, 155)],
            [(85, 175), (10, 185)],
            [(165, 165), (240, 155)],
            [(165, 175), (240, 185)],
        ],
        [
            [(40, 90), (30, 10), (90, 55), (160, 55), (220, 10), (210, 90), (215, 160), (170, 215)],
            [(170, 215), (80, 215), (35, 160), (40, 90)],
            _arc(90, 115, 10, 10),
            _arc(160, 115, 10, 10),
            [(115, 145), (135, 145), (125, 157), (115, 145)],
            [(125, 157), (125, 175)],
            [(80, 150), (0, 140)],
            [(80, 160), (0, 170)],
            [(170, 150), (250, 140)],
            [(170, 160), (250, 170)],
            _arc(125, 165, 25, 20, 20, 160),
        ],
    ],
    "fish": [
        [
            _arc(110, 120, 100, 55),
            [(205, 105), (255, 70), (245, 120), (255, 175), (205, 135)],
            _arc(55, 105, 7, 7),
            _arc(85, 120, 20, 40, -70, 70),
        ],
        [
            [(250, 60), (180, 120), (120, 150), (60, 140), (10, 105), (60, 65), (120, 55)],
            [(120, 55), (180, 85), (250, 150), (250, 60)],
            _arc(50, 95, 6, 6),
            [(10, 110), (35, 118)],
            [(110, 55), (130, 25), (155, 65)],
        ],
    ],
    "cup": [
        [
            [(30, 20), (45, 200), (150, 200), (165, 20), (30, 20)],
            [(162, 60), (220, 60), (220, 140), (155, 150)],
        ],
        [
            _arc(100, 40, 80, 20),
            [(20, 40), (35, 190), (60, 205), (140, 205), (165, 190), (180, 40)],
            _arc(180, 110, 45, 45, -75, 95),
            _arc(178, 110, 25, 28, -75, 95),
        ],
    ],
    "jacket": [
        [
            [(85, 20), (45, 40), (5, 170), (40, 185), (70, 100), (70, 230), (185, 230), (185, 100)],
            [(185, 100), (215, 185), (250, 170), (210, 40), (170, 20)],
            [(85, 20), (128, 70), (170, 20), (85, 20)],
            [(128, 70), (128, 230)],
        ],
        [
            [(95, 10), (50, 30), (10, 120), (20, 200), (50, 200), (65, 110), (65, 240), (190, 240)],
            [(190, 240), (190, 110), (205, 200), (235, 200), (245, 120), (205, 30), (160, 10)],
            [(95, 10), (100, 60), (127, 90), (155, 60), (160, 10), (95, 10)],
            [(127, 90), (127, 240)],
            [(80, 170), (110, 170), (110, 200), (80, 200), (80, 170)],
            [(145, 170), (175, 170), (175, 200), (145, 200), (145, 170)],
        ],
    ],
}


def simplified(drawing: list, rng: np.random.Generator | None = None) -> Strokes:
    """Bring strokes to 0 to 255 as Google's simplified files do, after a small turn and a shaky hand."""
    strokes = [np.array(stroke, float).T for stroke in drawing]
    if rng is not None:
        turn, shear = rng.normal(0, 0.06, 2)
        bend = np.array([[np.cos(turn), shear - np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        strokes = [bend @ stroke + rng.normal(0, 1.5, stroke.shape) for stroke in strokes]
    low = np.min([stroke.min(axis=1) for stroke in strokes], axis=0)[:, None]
    high = np.max([stroke.max(axis=1) for stroke in strokes], axis=0)[:, None]
    return [np.rint((stroke - low) * 255 / (high - low).max()) for stroke in strokes]


def shaky_hands(n_each: int = 10) -> list[tuple[str, Strokes]]:
    """Category, then strokes, of every doodle as drawn by some shaky hands."""
    return [
        (category, simplified(drawing, np.random.default_rng(seed)))
        for category, drawings in DOODLES.items()
        for drawing in drawings
        for seed in range(n_each)
    ]


def drawn_by_cairo() -> np.ndarray:
    """The bitmaps of `shaky_hands` as Google's program drew its own (tools/draw_with_cairo.py)."""
    with np.load(Path(__file__).with_name("cairo.npz")) as stored:
        return stored["bitmaps"]


def cover(
    strokes: Strokes,
    pen: float = 12,
    side: int = 600,
    size: float = 0.8,
    centre: tuple[float, float] = (0.5, 0.5),
    width: int | None = None,
) -> np.ndarray:
    """How much ink each pixel of a picture holds, (side, width) in [0, 1]; pen in pixels."""
    zoom = max(1, 1200 // side)
    canvas = Image.new("L", ((width or side) * zoom, side * zoom))
    draw = ImageDraw.Draw(canvas)
    scale = size * side * zoom / 255
    end = np.max([stroke.max(axis=1) for stroke in strokes], axis=0)
    corner = np.array(centre) * canvas.size - end * scale / 2
    thick = max(1, round(pen * zoom))
    for stroke in strokes:
        points = [tuple(point) for point in stroke.T * scale + corner]
        draw.line(points, fill=255, width=thick, joint="curve")
        for x, y in (points[0], points[-1]):
            half = thick / 2
            draw.ellipse([x - half, y - half, x + half, y + half], fill=255)
    return np.asarray(canvas.reduce(zoom), float) / 255


def _grain(shape: tuple, rng: np.random.Generator, strength: float, size: float) -> np.ndarray:
    grain = gaussian_filter(rng.standard_normal(shape), size)
    return strength * grain[..., None] / grain.std()


def _light(shape: tuple, kind: str) -> np.ndarray:
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return {
        "gradient": 1 - 0.25 * (1 + (x + 0.5 * y) / 1.5),
        "vignette": 1 - 0.25 * ((x - 0.2) ** 2 + (y + 0.1) ** 2),
        "shadow": 1 - 0.35 / (1 + np.exp(-(x + 0.4 * y - 0.1) / 0.05)),
    }[kind][..., None]


DARK, LIGHT = (20, 20, 25), (245, 245, 240)


def _colours(ink: np.ndarray, dark: tuple, light: tuple) -> np.ndarray:
    return np.array(light) + (np.array(dark) - light) * ink[..., None]


def _save(pixels: np.ndarray, path: Path, quality: int | None = None) -> None:
    picture = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    if quality is None:
        picture.save(path, format="PNG")
    else:
        picture.save(path, format="JPEG", quality=quality)


def _pencil(strokes: Strokes, path: Path, rng: np.random.Generator) -> None:
    ink = cover(strokes, pen=6)
    ink = gaussian_filter(
        ink * np.clip(0.65 + _grain(ink.shape, rng, 0.2, 1.5)[..., 0], 0.2, 1), 0.8
    )
    photo = _colours(ink, (70, 70, 75), (225, 218, 205))
    photo = photo * _light(ink.shape, "gradient") * _light(ink.shape, "vignette")
    _save(photo + _grain(ink.shape, rng, 4, 0.7) + _grain(ink.shape, rng, 4, 8), path, 60)


def _transparent(strokes: Strokes, path: Path, rng: np.random.Generator) -> None:
    ink = cover(strokes)
    shade = np.full((*ink.shape, 3), rng.choice([0, 255]))
    _save(np.concatenate([shade, 255 * ink[..., None]], axis=2), path)


def _shine(kind: str) -> Callable:
    return lambda s, path, rng: _save(
        _colours(cover(s), DARK, LIGHT) * _light((600, 600), kind), path, 70
    )


def _paper(s: Strokes, path: Path, rng: np.random.Generator) -> None:
    photo = _colours(cover(s), (40, 40, 40), (215, 215, 215))
    _save(photo + _grain((600, 600), rng, 12, 1.2) + _grain((600, 600), rng, 8, 5), path, 75)


def _board(s: Strokes, path: Path, rng: np.random.Generator) -> None:
    photo = _colours(cover(s), (225, 225, 215), (50, 70, 60)) * _light((600, 600), "gradient")
    _save(photo + _grain((600, 600), rng, 6, 1), path, 60)


def _plain(dark: tuple = DARK, light: tuple = LIGHT, quality: int | None = None, **how) -> Callable:
    return lambda s, path, rng: _save(_colours(cover(s, **how), dark, light), path, quality)


#: What may happen to a drawing on its way into a file: (strokes, path, rng) -> None.
PICTURES: dict[str, Callable[[Strokes, Path, np.random.Generator], None]] = {
    "dark on light": _plain(),
    "light on dark": _plain(LIGHT, DARK),
    "thin pen": _plain(pen=2),
    "hair-thin pen": _plain(pen=1),
    "thick pen": _plain(pen=36),
    "JPEG artefacts": _plain(quality=15),
    "off centre": _plain(size=0.4, centre=(0.3, 0.7), pen=6),
    "a small corner of the picture": _plain(size=0.12, centre=(0.9, 0.1), pen=3),
    "tiny": _plain(side=48, pen=2, size=0.85),
    "huge": _plain(side=2000, pen=26, quality=85),
    "wide": _plain(side=400, width=1600, centre=(0.2, 0.5)),
    "cut to the drawing": _plain(size=1, pen=24),
    "blur": lambda s, path, rng: _save(_colours(gaussian_filter(cover(s), 6), DARK, LIGHT), path),
    "faint": _plain((200, 200, 200), (255, 255, 255)),
    "yellow ink": _plain((240, 200, 40), (255, 255, 255)),
    "chalk on green": _plain((250, 230, 120), (30, 70, 45)),
    "gradient": _shine("gradient"),
    "vignette": _shine("vignette"),
    "shadow": _shine("shadow"),
    "rough paper": _paper,
    "board": _board,
    "pencil photo": _pencil,
    "transparent": _transparent,
}
