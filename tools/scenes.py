"""Pictures of drawings as readers bring them: framed, on squared paper, on a table, as a plot."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from doodles import cover
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import binary_fill_holes, gaussian_filter, map_coordinates

if TYPE_CHECKING:
    from collections.abc import Callable

#: Gives how much ink each pixel of a picture (height, width) holds, drawn into a box of so many
#: pixels a side whose left upper corner lies at (x, y), with a pen of so many pixels.
Ink = "Callable[[int, int, tuple[float, float, float], float], np.ndarray]"
INK, PAPER = np.array([25.0, 25.0, 30.0]), np.array([246.0, 245.0, 240.0])


def ink_of_strokes(strokes: list[np.ndarray]) -> Ink:
    """Draw strokes of 0 to 255."""

    def draw(height: int, width: int, box: tuple[float, float, float], pen: float) -> np.ndarray:
        x, y, side = box
        centre = ((x + side / 2) / width, (y + side / 2) / height)
        return cover(strokes, pen, height, side / height, centre, width)

    return draw


def ink_of_bitmap(bitmap: np.ndarray) -> Ink:
    """Enlarge a bitmap of the data, uint8 (28, 28), to smooth shapes; its pen is a twentieth of it."""
    rows, columns = np.nonzero(bitmap > 60)
    inked = Image.fromarray(bitmap[rows[0] : rows[-1] + 1, columns.min() : columns.max() + 1])

    def draw(height: int, width: int, box: tuple[float, float, float], pen: float) -> np.ndarray:
        x, y, side = box
        scale = side / max(inked.size)
        size = [max(1, round(length * scale)) for length in inked.size]
        soft = np.asarray(inked.resize(size, Image.Resampling.BICUBIC), float) / 255
        shape = np.clip((soft - 0.5) * scale / 2 + 0.5, 0, 1)
        canvas = np.zeros((height, width))
        top = max(0, round(y + (side - size[1]) / 2))
        left = max(0, round(x + (side - size[0]) / 2))
        part = canvas[top : top + size[1], left : left + size[0]]
        part[:] = shape[: part.shape[0], : part.shape[1]]
        return canvas

    return draw


@cache
def font(size: int, name: str = "DejaVuSans.ttf") -> ImageFont.FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)


def over(picture: np.ndarray, ink: np.ndarray, colour: np.ndarray = INK) -> np.ndarray:
    return picture + (colour - picture) * ink[..., None]


def paper(height: int, width: int, colour: np.ndarray = PAPER) -> np.ndarray:
    return np.tile(np.asarray(colour, float), (height, width, 1))


def as_image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))


def on_top(picture: np.ndarray, paint: Callable[[ImageDraw.ImageDraw], None]) -> np.ndarray:
    image = as_image(picture)
    paint(ImageDraw.Draw(image))
    return np.asarray(image, float)


def plain(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """The drawing alone on a sheet."""
    return over(paper(400, 400), ink(400, 400, (50, 50, 300), 9))


def edge_frame(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    side, pen = int(rng.integers(300, 700)), int(rng.integers(1, 8))
    margin = side * rng.uniform(0.08, 0.2)
    picture = over(
        paper(side, side), ink(side, side, (margin, margin, side - 2 * margin), side / 45)
    )
    far = int(rng.choice([0, 0, 3, 8]))
    return on_top(
        picture,
        lambda d: d.rectangle(
            (far, far, side - 1 - far, side - 1 - far), outline=(20, 20, 20), width=pen
        ),
    )


def round_frame(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    picture = over(paper(480, 480), ink(480, 480, (100, 100, 280), 9))
    far, radius, pen = int(rng.integers(10, 60)), int(rng.integers(8, 40)), int(rng.integers(2, 7))
    box = (far, far, 479 - far, 479 - far)
    return on_top(
        picture, lambda d: d.rounded_rectangle(box, radius, outline=(30, 30, 30), width=pen)
    )


def canvas_border(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    height, width = 560, 640
    side = int(rng.integers(300, 460))
    x, y = rng.integers(40, width - side - 40), rng.integers(40, height - side - 40)
    gap = side * rng.uniform(0.06, 0.16)
    picture = over(paper(height, width), ink(height, width, (x + gap, y + gap, side - 2 * gap), 8))
    shade = int(rng.choice([0, 0, 60, 140]))
    pen = int(rng.integers(1, 5))
    return on_top(
        picture, lambda d: d.rectangle((x, y, x + side, y + side), outline=(shade,) * 3, width=pen)
    )


def _touching(
    ink: Ink, rng: np.random.Generator, touched: list[int], crossing: float = 0
) -> tuple[np.ndarray, list[int]]:
    """A sheet, and a box on it, cut by the drawing at some of its sides: left, top, right, bottom.

    What lies beyond the box by more than so many pens is gone.
    """
    side = int(rng.integers(240, 320))
    pen = side / rng.uniform(28, 45)
    held = ink(side + 160, side + 160, (80, 80, side), pen)
    rows, columns = np.nonzero(held > 0.5)
    box = []
    for place, end in enumerate([columns.min(), rows.min(), columns.max(), rows.max()]):
        gap = -pen * rng.uniform(0, 0.8) if place in touched else side * rng.uniform(0.05, 0.15)
        box.append(round(end - gap if place < 2 else end + gap))
    left, top, right, bottom = box
    far = round(crossing * pen)
    inside = np.zeros_like(held)
    inside[top - far : bottom + far + 1, left - far : right + far + 1] = 1
    return over(paper(*held.shape), held * inside), box


def _border_colour(rng: np.random.Generator) -> tuple[int, ...]:
    colours = [[0, 0, 0], [0, 0, 0], [70, 70, 70], [200, 30, 30], [30, 90, 200], [20, 140, 60]]
    return tuple(int(value) for value in rng.choice(colours))


def touched_frame(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    kind = rng.choice(["thin", "thick", "round", "double", "crossed"])
    touched = rng.permutation(4)[: rng.integers(1, 4)].tolist()
    picture, box = _touching(ink, rng, touched, 0.8 if kind == "crossed" else 0)
    thick = int(rng.integers(8, 16) if kind == "thick" else rng.integers(1, 6))
    around = box + thick * np.array([-1, -1, 1, 1])
    colour, radius = _border_colour(rng), int(rng.integers(8, 30)) if kind == "round" else 0

    def paint(d: ImageDraw.ImageDraw) -> None:
        d.rounded_rectangle(around.tolist(), radius, outline=colour, width=thick)
        if kind == "double":
            second = around + int(thick + rng.integers(3, 8)) * np.array([-1, -1, 1, 1])
            d.rectangle(second.tolist(), outline=colour, width=int(rng.integers(1, 5)))

    picture = on_top(picture, paint)
    if rng.random() < 0.3:  # the picture ends at the frame
        left, top, right, bottom = around.clip(0)
        picture = picture[top : bottom + 1, left : right + 1]
    return picture


def cut_border(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """One, two or three sides of a border, which go on beyond the picture."""
    seen = rng.permutation(4)[: rng.integers(1, 4)].tolist()
    picture, box = _touching(ink, rng, seen[:2])
    thick = int(rng.integers(1, 7))
    around = (box + thick * np.array([-1, -1, 1, 1])).tolist()
    colour = _border_colour(rng)
    picture = on_top(picture, lambda d: d.rectangle(around, outline=colour, width=thick))
    beyond = 0 if rng.random() < 0.6 else 30
    left, top, right, bottom = (
        (around[place] + (-beyond if place < 2 else beyond)) if place in seen else box[place]
        for place in range(4)
    )
    return picture[max(top, 0) : bottom + 1, max(left, 0) : right + 1]


def letterbox(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    side = 420
    picture = over(paper(side, side), ink(side, side, (45, 45, 330), 9))
    bar = np.zeros((int(rng.integers(20, 140)), side, 3)) + rng.choice([0, 0, 40, 120])
    beside = rng.random() < 0.5
    parts = [bar.transpose(1, 0, 2) if beside else bar, picture]
    return np.concatenate([parts[0], parts[1], parts[0]], axis=int(beside))


def phone_screen(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    height, width = 844, 390
    picture = over(
        paper(height, width, np.array([255.0] * 3)), ink(height, width, (35, 250, 320), 7)
    )
    bar = rng.choice([255, 235, 30])
    text = (0, 0, 0) if bar > 100 else (255, 255, 255)

    def paint(d: ImageDraw.ImageDraw) -> None:
        if bar < 255:
            d.rectangle((0, 0, width, 46), fill=(int(bar),) * 3)
        d.text((28, 14), "9:41", text, font(17, "DejaVuSans-Bold.ttf"))
        for n in range(4):
            d.rectangle((300 + 6 * n, 28 - 4 * n, 303 + 6 * n, 31), fill=text)
        d.rounded_rectangle((340, 16, 366, 30), 4, outline=text, width=2)
        d.rectangle((343, 19, 359, 27), fill=text)
        if rng.random() < 0.6:
            d.rounded_rectangle((130, 826, 260, 831), 2, fill=(0, 0, 0))

    return on_top(picture, paint)


def caption(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    side, size = 480, int(rng.integers(14, 30))
    words = str(
        rng.choice(["Fig. 1: my drawing", "drawn by Ada, 7", "cat", "What is this?", "2026-11-26"])
    )
    below = rng.random() < 0.7
    top = 40 if below else 40 + 2 * size
    picture = over(paper(side + 60, side), ink(side + 60, side, (60, top, 360), 9))
    x = rng.choice([20, (side - font(size).getlength(words)) / 2])
    y = top + 360 + size if below else 16
    return on_top(picture, lambda d: d.text((x, y), words, (20, 20, 20), font(size)))


def _axes(ink: Ink, rng: np.random.Generator, draw: Callable) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((4.8, 4.8), dpi=100)
    canvas = FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(float)


def plot_of_an_image(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    shown = ink(280, 280, (25, 25, 230), 9)
    cmap = str(rng.choice(["gray", "gray_r", "viridis", "magma", "binary", "Blues"]))

    def draw(ax) -> None:
        ax.imshow(shown, cmap=cmap)
        if rng.random() < 0.5:
            ax.set_title("a drawing")

    return _axes(ink, rng, draw)


def plot_of_points(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    # Axes around a drawing of one colour, as `plot` leaves them.
    shown = ink(320, 320, (20, 20, 280), 7)

    def draw(ax) -> None:
        rgba = np.zeros((320, 320, 4))
        rgba[..., :3] = [0.1, 0.3, 0.7]
        rgba[..., 3] = shown
        ax.imshow(rgba)
        if rng.random() < 0.5:
            ax.spines[["top", "right"]].set_visible(False)

    return _axes(ink, rng, draw)


def plot_with_a_grid(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    shown = ink(320, 320, (20, 20, 280), 7)
    look = {"color": "black", "linewidth": 1} if rng.random() < 0.5 else {}

    def draw(ax) -> None:
        rgba = np.zeros((320, 320, 4))
        rgba[..., :3] = [0.1, 0.3, 0.7]
        rgba[..., 3] = shown
        ax.imshow(rgba, zorder=3)
        ax.grid(True, **look)

    return _axes(ink, rng, draw)


def window(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    height, width, bar = 520, 640, int(rng.integers(26, 44))
    shade = int(rng.choice([210, 180, 60, 30]))
    picture = over(
        paper(height, width, np.array([255.0] * 3)), ink(height, width, (150, bar + 50, 340), 8)
    )
    text = (0, 0, 0) if shade > 100 else (240, 240, 240)

    def paint(d: ImageDraw.ImageDraw) -> None:
        d.rectangle((0, 0, width, bar), fill=(shade,) * 3)
        d.text((14, bar / 2 - 8), "Untitled", text, font(14))
        for n, colour in enumerate([(255, 95, 86), (255, 189, 46), (39, 201, 63)]):
            x = width - 80 + 24 * n
            d.ellipse((x, bar / 2 - 6, x + 12, bar / 2 + 6), fill=colour)
        if rng.random() < 0.5:
            d.rectangle((0, 0, width - 1, height - 1), outline=(shade,) * 3, width=2)

    return on_top(picture, paint)


def _wood(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    grain = gaussian_filter(rng.standard_normal((height, width)), (1.2, 40))
    base = np.array([[120, 84, 52], [70, 60, 55], [160, 120, 80], [60, 70, 90], [150, 150, 155]])
    colour = base[rng.integers(len(base))]
    return colour + rng.choice([0, 8, 16]) * (grain / grain.std())[..., None]


def lit(picture: np.ndarray, rng: np.random.Generator, strength: float = 0.2) -> np.ndarray:
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    return picture * (1 - strength * (1 + x * np.cos(angle) + y * np.sin(angle)) / 2)[..., None]


def _turned(sheet: np.ndarray, table: np.ndarray, degrees: float, x: float, y: float) -> np.ndarray:
    mask = Image.new("L", sheet.shape[1::-1], 255)
    turned = as_image(sheet).rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    mask = mask.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    picture = as_image(table)
    picture.paste(turned, (round(x), round(y)), mask)
    return np.asarray(picture, float)


def sheet_on_a_table(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    side = int(rng.integers(380, 460))
    height = int(side * rng.choice([1, 1.3]))
    sheet = over(
        paper(height, side), ink(height, side, (50, (height - side) / 2 + 50, side - 100), 8)
    )
    x, y = rng.uniform(20, 300), rng.uniform(5, 60)
    picture = _turned(sheet, _wood(700, 900, rng), rng.uniform(-9, 9), x, y)
    return gaussian_filter(lit(picture, rng), (0.8, 0.8, 0)) + rng.normal(0, 2, picture.shape)


def laid(
    sheet: np.ndarray, table: np.ndarray, degrees: float, slant: float, rng: np.random.Generator
) -> np.ndarray:
    """Lay a sheet on a table, turned and seen from so many degrees off the vertical, its shadow beside it."""
    size, room = np.array(sheet.shape[1::-1], float), np.array(table.shape[1::-1], float)
    corners = (np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) - 0.5) * size
    turn = np.exp(1j * np.radians(degrees))
    turned = (corners @ [1, 1j]) * turn
    far = 1 - turned.imag * np.sin(np.radians(slant)) / 1100
    seen = np.stack([turned.real, turned.imag * np.cos(np.radians(slant))], -1) / far[:, None]
    seen *= min(1, *((room - 24) / np.ptp(seen, axis=0)))
    seen += (room - np.ptp(seen, axis=0)) * rng.uniform(0.2, 0.8, 2) - seen.min(axis=0)
    # The eight numbers of the way from the picture to the sheet.
    rows, right = [], []
    for (x, y), (u, v) in zip(seen, corners + size / 2, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    way = np.append(np.linalg.solve(np.array(rows), np.array(right)), 1).reshape(3, 3)
    y, x = np.indices(table.shape[:2])
    u, v, depth = np.einsum("ij,jyx->iyx", way, np.stack([x, y, np.ones_like(x)]))
    u, v = u / depth, v / depth
    shown = np.stack(
        [map_coordinates(sheet[..., c], [v, u], order=1, mode="nearest") for c in range(3)], -1
    )
    on = ((u >= 0) & (u < size[0]) & (v >= 0) & (v < size[1])).astype(float)
    shade = gaussian_filter(np.roll(on, (5, 4), (0, 1)), 5)
    return np.where(on[..., None] > 0, shown, table * (1 - 0.25 * shade)[..., None])


def askew(
    ink: Ink,
    rng: np.random.Generator,
    degrees: float,
    slant: float = 0,
    table: np.ndarray | None = None,
) -> np.ndarray:
    """A photograph of a sheet that lies turned on a table, half of them with a shadow across."""
    side = int(rng.integers(400, 480))
    height, gap = int(side * rng.choice([1, 1.3, 1.41])), side * 0.13
    box = (gap, (height - side) / 2 + gap, side - 2 * gap)
    sheet = over(paper(height, side), ink(height, side, box, 8))
    below = _wood(900, 900, rng) if table is None else np.broadcast_to(table, (900, 900, 3))
    picture = laid(sheet, below, degrees, slant, rng)
    if rng.random() < 0.5:
        y, x = np.mgrid[-1:1:900j, -1:1:900j]
        angle, soft = rng.uniform(0, 2 * np.pi), rng.choice([0.05, 0.2])
        far = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.4, 0.4)
        picture = picture * (1 - rng.uniform(0.1, 0.25) / (1 + np.exp(-far / soft)))[..., None]
    return gaussian_filter(lit(picture, rng), (0.8, 0.8, 0)) + rng.normal(0, 2.5, picture.shape)


def half_in_the_shade(
    ink: Ink, rng: np.random.Generator, dark: float, table: tuple[int, int, int]
) -> np.ndarray:
    """A photograph of a sheet that lies straight on a table, the edge of a dark shadow across it."""
    height, width = 620, 500
    sheet = over(paper(height, width), ink(height, width, (70, 130, 360), 8))
    picture = laid(sheet, np.broadcast_to(np.array(table, float), (740, 860, 3)), 0, 0, rng)
    y, x = np.mgrid[-1:1:740j, -1:1:860j]
    angle = rng.choice([0.4, 0.9, 2.2]) + rng.uniform(-0.15, 0.15)
    far = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.1, 0.1)
    picture = picture * (1 - dark / (1 + np.exp(-far / 0.04)))[..., None]
    return gaussian_filter(picture, (0.8, 0.8, 0)) + rng.normal(0, 2, picture.shape)


def two_sheets(ink: Ink, other: Ink, rng: np.random.Generator) -> np.ndarray:
    """A photograph of two sheets that lie beside each other on a table."""
    picture = _wood(700, 1100, rng)
    for x, one in ((60, ink), (600, other)):
        picture[70:630, x : x + 420] = over(paper(560, 420), one(560, 420, (40, 110, 340), 7))
    return gaussian_filter(lit(picture, rng), (0.8, 0.8, 0)) + rng.normal(0, 2, picture.shape)


def before_a_horizon(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A drawing on two fields of colour, as sky and ground, across whose edge it goes."""
    sky, ground = [150, 205, 250], [110, 190, 80]
    if rng.random() < 0.5:
        sky, ground = [250, 215, 170], [205, 170, 110]
    picture = paper(600, 700, np.array(sky, float))
    picture[int(rng.integers(330, 430)) :] = ground
    return over(picture, ink(600, 700, (130, 80, 440), 9))


def turned_sheet(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    return askew(ink, rng, rng.choice([-1, 1]) * rng.uniform(12, 40))


def turned_on_a_light_table(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    colour = rng.choice([[205, 206, 208], [222, 220, 214], [205, 180, 140]])
    return askew(ink, rng, rng.choice([-1, 1]) * rng.uniform(12, 40), table=colour)


def sheet_seen_slantwise(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    return askew(ink, rng, rng.uniform(-25, 25), rng.uniform(25, 35))


def turned_sheet_cut_off(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """One side of the sheet lies beyond the picture."""
    picture = askew(
        ink, rng, rng.choice([-1, 1]) * rng.uniform(8, 16), table=np.array([60, 70, 90])
    )
    columns = np.nonzero((picture.mean(axis=2) > 120).sum(axis=0) > 300)[0]
    return picture[:, columns[0] + 20 :]


def cloth(side: int, rng: np.random.Generator, kind: str) -> np.ndarray:
    """A white cloth with a pattern that lies turned: squares, stripes or dots of one colour."""
    y, x = np.mgrid[:side, :side]
    along = (x + 1j * y) * np.exp(1j * rng.uniform(0, np.pi / 2))
    step = rng.uniform(18, 55)
    across, down = (np.floor(part / step) % 2 for part in (along.real, along.imag))
    off = [part % step - step / 2 for part in (along.real, along.imag)]
    share = {
        "chequered": (across + down) % 2,
        "gingham": (across + down) / 2,
        "striped": across,
        "dotted": np.hypot(*off) < 0.3 * step,
    }[kind]
    colours = [[200, 40, 40], [40, 80, 170], [40, 120, 70], [30, 30, 35], [230, 180, 60]]
    woven = paper(side, side) + (rng.choice(colours) - PAPER) * (1.0 * share)[..., None]
    return woven + rng.choice([0, 6]) * gaussian_filter(rng.normal(size=(side, side, 1)), 0.7)


def on_a_cloth(ink: Ink, rng: np.random.Generator, kind: str) -> np.ndarray:
    """A photograph of a white sheet on a white cloth with a pattern."""
    return askew(ink, rng, rng.uniform(-25, 25), table=cloth(900, rng, kind))


def sheet_on_a_cloth(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    kinds = ["chequered", "gingham", "striped", "dotted"]
    return on_a_cloth(ink, rng, str(rng.choice(kinds)))


def ruled_on_a_table(ink: Ink, rng: np.random.Generator, is_squared: bool = False) -> np.ndarray:
    """A photograph of a ruled or squared sheet that lies on a table."""
    side = int(rng.integers(400, 480))
    height, gap = int(side * rng.choice([1, 1.3, 1.41])), side * 0.13
    sheet, step = paper(height, side), int(rng.integers(18, 36))
    colour = rng.choice([[150, 175, 215], [110, 130, 170], [120, 120, 125]])
    sheet[int(rng.integers(5, 40)) :: step] = colour
    if is_squared:
        sheet[:, int(rng.integers(0, step)) :: step] = colour
    sheet = gaussian_filter(sheet, (0.7, 0.7, 0))  # no camera sees lines as sharp as pixels
    sheet = over(sheet, ink(height, side, (gap, (height - side) / 2 + gap, side - 2 * gap), 8))
    picture = laid(sheet, _wood(900, 900, rng), rng.uniform(-25, 25), 0, rng)
    return gaussian_filter(lit(picture, rng), (0.8, 0.8, 0)) + rng.normal(0, 2.5, picture.shape)


def squared_on_a_table(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    return ruled_on_a_table(ink, rng, is_squared=True)


def filled_box(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A drawing whose outlines are filled with a colour, with a brush or in strokes."""
    held = ink(400, 400, (40, 40, 320), 9)
    within = binary_fill_holes(held > 0.4) & (held < 0.4)
    within = np.clip(4 * gaussian_filter(1.0 * within, 1.5), 0, 1)  # up to the line, beneath it
    if rng.random() < 0.4:
        grain = gaussian_filter(rng.normal(size=within.shape), (1, 12))
        within = within * np.clip(0.9 + 0.12 * grain / grain.std(), 0, 1)
    colours = [[230, 60, 50], [250, 210, 60], [90, 170, 230], [120, 200, 110], [190, 140, 90]]
    colours += [[240, 150, 190], [170, 170, 175], [60, 90, 160], [200, 220, 240], [110, 80, 60]]
    picture = over(over(paper(400, 400), within, rng.choice(colours)), held)
    if rng.random() < 0.5:
        picture = gaussian_filter(lit(picture, rng, 0.12), (0.8, 0.8, 0))
        picture = picture + rng.normal(0, 2, picture.shape)
    return picture


def beside_a_thing(
    ink: Ink, rng: np.random.Generator, kind: str, is_over: bool = True
) -> np.ndarray:
    """A photograph of a sheet on which a pen or a finger lies beside the drawing, perhaps over its edge."""
    height, width = (int(rng.integers(*sizes)) for sizes in ((520, 680), (600, 760)))
    side = 0.55 * min(height, width)
    held = ink(height, width, (0.36 * width - side / 2, 0.5 * height - side / 2, side), 5)
    sheet = over(paper(height, width), held)
    right = float(np.nonzero(held.max(axis=0) > 0.5)[0][-1])
    thick = rng.uniform(24, 34) if kind == "pen" else rng.uniform(60, 90)
    place = Image.new("L", (2 * width, 2 * height))
    paint = ImageDraw.Draw(place)
    if kind == "pen":
        length, turn = rng.uniform(0.5, 0.75) * height, np.exp(1j * rng.uniform(-0.2, 0.2))
        start = right + thick + 30 + 0.2 * length + 1j * height * (1.04 if is_over else 0.9)
        points = [(0, -0.5), (0.86, -0.5), (1, -0.06), (1, 0.06), (0.86, 0.5), (0, 0.5)]
        body = [start + turn * (across * thick - 1j * along * length) for along, across in points]
        paint.polygon([(2 * point.real, 2 * point.imag) for point in body], fill=255)
        colours = [[30, 60, 150], [180, 40, 40], [60, 60, 65], [40, 120, 80]]
    else:
        tip = max(right + 20 + thick / 2, 0.76 * width)
        level = rng.uniform(0.3, 0.7) * height
        paint.line((2 * tip, 2 * level, 2 * width + 9, 2 * level), fill=255, width=int(2 * thick))
        box = (tip - thick / 2, level - thick / 2, tip + thick / 2, level + thick / 2)
        paint.ellipse([2 * side for side in box], fill=255)
        colours = [[180, 125, 95], [110, 75, 55], [90, 60, 45]]
    thing = np.asarray(place.reduce(2), float) / 255
    shade = gaussian_filter(np.pad(thing, ((5, 0), (5, 0)))[:height, :width], 4)
    picture = over(sheet * (1 - 0.3 * shade)[..., None], thing, rng.choice(colours))
    return gaussian_filter(lit(picture, rng, 0.15), (0.8, 0.8, 0)) + rng.normal(0, 2, sheet.shape)


def pen_beside(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    return beside_a_thing(ink, rng, "pen", bool(rng.random() < 0.6))


def finger_beside(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    return beside_a_thing(ink, rng, "finger")


def table_on_one_side(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    picture = over(paper(520, 700), ink(520, 700, (180, 80, 360), 8))
    beyond = rng.integers(50, 130)
    slant = np.arange(520)[:, None] * rng.uniform(-0.06, 0.06)
    table = _wood(520, 700, rng)
    is_table = np.arange(700)[None] < beyond + slant
    picture = np.where(is_table[..., None], table, picture)
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    return gaussian_filter(lit(picture, rng, 0.15), (0.7, 0.7, 0)) + rng.normal(0, 2, picture.shape)


def _bent(picture: np.ndarray, rng: np.random.Generator, most: float = 2.5) -> np.ndarray:
    """Turn a picture by a few degrees, what comes in repeating the edge."""
    height, width = picture.shape[:2]
    angle = np.radians(rng.uniform(-most, most))
    y, x = np.mgrid[:height, :width] - np.array([height / 2, width / 2])[:, None, None]
    places = [
        np.cos(angle) * y - np.sin(angle) * x + height / 2,
        np.sin(angle) * y + np.cos(angle) * x + width / 2,
    ]
    return np.stack(
        [map_coordinates(picture[..., c], places, order=1, mode="nearest") for c in range(3)], -1
    )


def ruled(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    picture = paper(560, 480)
    step = int(rng.integers(22, 44))
    colour = rng.choice([[150, 175, 215], [110, 130, 170], [90, 90, 95], [170, 170, 175]])
    thick = int(rng.choice([1, 2]))
    for y in range(int(rng.integers(10, 60)), 560, step):
        picture[y : y + thick] = colour
    if rng.random() < 0.4:
        picture[:, 60:62] = [220, 120, 120]
    picture = over(picture, ink(560, 480, (90, 110, 330), 8))
    return _bent(picture, rng, float(rng.choice([0, 2.5])))


def squared(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    picture = paper(520, 520)
    step = int(rng.integers(14, 30))
    colour = rng.choice([[170, 195, 225], [130, 150, 190], [185, 185, 185], [120, 180, 150]])
    for at in range(int(rng.integers(0, step)), 520, step):
        picture[at : at + 1] = colour
        picture[:, at : at + 1] = colour
    picture = over(picture, ink(520, 520, (90, 90, 340), 8))
    return _bent(picture, rng, float(rng.choice([0, 2.5])))


def holes(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    height, width = 620, 460
    picture = over(paper(height, width), ink(height, width, (100, 150, 310), 8))
    count, radius = int(rng.choice([2, 3, 4])), int(rng.integers(8, 15))
    colour = tuple(int(v) for v in rng.choice([[40, 35, 30], [120, 84, 52], [90, 90, 90]]))
    x = int(rng.integers(22, 40))

    def paint(d: ImageDraw.ImageDraw) -> None:
        for n in range(count):
            y = height * (n + 1) / (count + 1)
            d.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    return on_top(picture, paint)


def shadow(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    side = 500
    picture = over(paper(side, side), ink(side, side, (70, 70, 360), 9))
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    angle, soft = rng.uniform(0, 2 * np.pi), rng.choice([0.01, 0.03, 0.1])
    far = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.5, 0.5)
    dark = rng.uniform(0.25, 0.5) / (1 + np.exp(-far / soft))
    return picture * (1 - dark)[..., None] + rng.normal(0, 2, picture.shape)


def frame_askew(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A ruler's frame on a sheet that was photographed a little askew."""
    width, pen = int(rng.integers(420, 560)), int(rng.integers(3, 9))
    picture = over(paper(520, width), ink(520, width, ((width - 250) / 2, 135, 250), 8))
    far = int(rng.integers(45, 75))
    box = (far, far, width - 1 - far, 519 - far)
    radius = int(rng.choice([0, 0, 20]))
    picture = on_top(
        picture, lambda d: d.rounded_rectangle(box, radius, outline=(30, 30, 40), width=pen)
    )
    photograph = lit(_bent(picture, rng, 5), rng)
    return gaussian_filter(photograph, (0.8, 0.8, 0)) + rng.normal(0, 4, picture.shape)


#: What may stand around a drawing: (ink, rng) -> picture of float (height, width, 3), 0 to 255.
SURROUNDINGS: dict[str, Callable[[Ink, np.random.Generator], np.ndarray]] = {
    "plain": plain,
    "a frame at the edge": edge_frame,
    "a frame with round corners": round_frame,
    "a canvas's border": canvas_border,
    "a frame that the drawing touches": touched_frame,
    "a border cut off": cut_border,
    "letterbox bars": letterbox,
    "a phone's screen": phone_screen,
    "a caption": caption,
    "a plot of an image": plot_of_an_image,
    "a plot of lines": plot_of_points,
    "a plot with a grid": plot_with_a_grid,
    "a window": window,
    "a sheet on a table": sheet_on_a_table,
    "a sheet that lies turned": turned_sheet,
    "a turned sheet on a light table": turned_on_a_light_table,
    "a sheet seen slantwise": sheet_seen_slantwise,
    "a turned sheet, cut off": turned_sheet_cut_off,
    "a table at one side": table_on_one_side,
    "ruled paper": ruled,
    "squared paper": squared,
    "punched holes": holes,
    "a shadow": shadow,
    "a frame askew": frame_askew,
    "a sheet on a patterned cloth": sheet_on_a_cloth,
    "a ruled sheet on a table": ruled_on_a_table,
    "a squared sheet on a table": squared_on_a_table,
    "a pen beside the drawing": pen_beside,
    "a finger beside the drawing": finger_beside,
}


#: A frame that the drawing touches: how it is drawn, what of it is seen, what the file is like.
TOUCHED = {
    "thin": {},
    "thick": {"thick": 14},
    "grey": {"colour": (120, 120, 120)},
    "red": {"colour": (200, 30, 30)},
    "double": {"is_double": True},
    "with round corners": {"radius": 16},
    "at the picture's edge": {"ends": 0},
    "cut by a pixel": {"thick": 5, "ends": -1},
    "cut by four pixels": {"thick": 6, "ends": -4},
    "on three sides": {"seen": (0, 2, 3), "thick": 3},
    "on two sides": {"seen": (0, 3), "thick": 3},
    "saved as JPEG": {"thick": 3, "quality": 75},
}


def touched(
    ink: Ink,
    *,
    thick: int = 2,
    colour: tuple[int, int, int] = (0, 0, 0),
    radius: int = 0,
    is_double: bool = False,
    ends: int = 30,
    seen: tuple[int, ...] = (0, 1, 2, 3),
    quality: int | None = None,
) -> Image.Image:
    """A bold drawing in a frame that it touches at the left and below.

    The picture ends so many pixels beyond the frame, or within it, and where no side is seen.
    """
    held = ink(420, 420, (90, 90, 240), 8)
    rows, columns = np.nonzero(held > 0.5)
    left, top, right, bottom = columns.min() + 2, rows[0] - 26, columns.max() + 26, rows[-1] - 2
    inside = np.zeros_like(held)
    inside[top : bottom + 1, left : right + 1] = 1
    picture = as_image(over(paper(*held.shape), held * inside))
    paint = ImageDraw.Draw(picture)
    out = np.array([-1, -1, 1, 1])
    box = np.array([left, top, right, bottom]) + thick * out
    paint.rounded_rectangle(box.tolist(), radius, outline=colour, width=thick)
    if is_double:
        paint.rectangle((box + 6 * out).tolist(), outline=colour, width=2)
    edges = box + ends * out
    for side, within in enumerate((left, top, right, bottom)):
        if side not in seen:
            edges[side] = within
    edges = edges.clip(0, 419)
    edges[2:] += 1
    picture = picture.crop(edges.tolist())
    if quality is None:
        return picture
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


def several(
    inks: list[Ink], places: list[tuple[float, float, float]], height: int, width: int
) -> np.ndarray:
    """Several drawings on one sheet, each in its box."""
    picture = paper(height, width)
    for ink, place in zip(inks, places, strict=True):
        picture = over(picture, ink(height, width, place, 7))
    return picture


#: What hands draw as boxes, or with lines as long as those of a border.
BOXES = (
    "The Mona Lisa, barn, bed, book, calculator, calendar, cell phone, computer, dishwasher, door, "
    "dresser, envelope, fence, house, ladder, laptop, line, mailbox, microwave, oven, picture frame, "
    "piano, postcard, power outlet, radio, square, stereo, stove, suitcase, table, television"
)


def cut_to_its_ink(bitmap: np.ndarray) -> np.ndarray:
    """Give a drawing of the data as a large mask without any paper around."""
    mask = ink_of_bitmap(bitmap)(160, 160, (0, 0, 160), 8) > 0.5
    rows, columns = np.nonzero(mask)
    return mask[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
