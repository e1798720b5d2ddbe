"""Pictures of drawings with what else readers bring: an app's tools, notes, stamps, shadows, chalk dust."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scenes
from PIL import Image, ImageDraw
from scipy.ndimage import binary_fill_holes, gaussian_filter

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenes import Ink


def _photographed(picture: np.ndarray, rng: np.random.Generator, light: float = 0.15) -> np.ndarray:
    soft = gaussian_filter(scenes.lit(picture, rng, light), (0.8, 0.8, 0))
    return soft + rng.normal(0, 2, picture.shape)


def _colour(rng: np.random.Generator, *colours: tuple[int, int, int]) -> tuple[int, ...]:
    return tuple(int(value) for value in rng.choice(np.array(colours)))


def drawing_app(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A screenshot of a drawing program: tools along two sides, colours to choose from."""
    height, width, bar = 600, 800, int(rng.integers(40, 70))
    picture = scenes.over(
        scenes.paper(height, width, np.full(3, 255.0)), ink(height, width, (230, bar + 70, 400), 8)
    )
    shade, dark = _colour(rng, (240, 240, 240), (225, 228, 232), (45, 45, 48)), (90, 90, 95)

    def paint(d: ImageDraw.ImageDraw) -> None:
        d.rectangle((0, 0, width, bar), fill=shade)
        d.rectangle((0, 0, bar, height), fill=shade)
        for n in range(8):
            at = bar + 20 + 44 * n
            kind = n % 3
            box = (bar / 2 - 10, at, bar / 2 + 10, at + 20)
            if kind == 0:
                d.ellipse(box, outline=dark, width=2)
            elif kind == 1:
                d.rectangle(box, outline=dark, width=2)
            else:
                d.line(box, fill=dark, width=3)
        for n in range(10):
            colour = tuple(int(value) for value in rng.integers(0, 256, 3))
            d.rectangle((200 + 26 * n, bar / 2 - 9, 218 + 26 * n, bar / 2 + 9), fill=colour)
        d.text((14, bar / 2 - 8), "File  Edit  View", dark, scenes.font(14))

    return scenes.on_top(picture, paint)


def browser(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A screenshot of a browser whose page shows the drawing alone."""
    height, width = 640, 860
    picture = scenes.over(
        scenes.paper(height, width, np.full(3, 255.0)), ink(height, width, (240, 170, 390), 8)
    )
    is_dark = rng.random() < 0.4
    bar = (50, 50, 54) if is_dark else (222, 225, 230)
    field, text = ((32, 33, 36), (230, 230, 230)) if is_dark else ((255, 255, 255), (60, 60, 60))

    def paint(d: ImageDraw.ImageDraw) -> None:
        d.rectangle((0, 0, width, 84), fill=bar)
        d.rounded_rectangle((20, 8, 240, 44), 8, fill=field)
        d.text((36, 18), "my drawing.png", text, scenes.font(13))
        d.rounded_rectangle((120, 50, width - 60, 78), 14, fill=field)
        d.text((140, 56), "example.org/my-drawing.png", text, scenes.font(13))
        for n in range(3):
            d.ellipse((20 + 30 * n, 56, 36 + 30 * n, 72), outline=text, width=2)

    return scenes.on_top(picture, paint)


def watermark(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """Pale words, slantwise, again and again beneath a drawing."""
    words = Image.new("L", (900, 900), 255)
    paint = ImageDraw.Draw(words)
    for row in range(0, 900, 110):
        for column in range(-100, 900, 260):
            paint.text((column + row % 90, row), "PREVIEW", 0, scenes.font(40))
    words = words.rotate(30, fillcolor=255).crop((200, 200, 700, 700))
    pale = 1 - np.asarray(words, float) / 255
    picture = scenes.paper(500, 500) * (1 - rng.uniform(0.06, 0.2) * pale)[..., None]
    return scenes.over(picture, ink(500, 500, (70, 70, 360), 9))


def _shadowed(picture: np.ndarray, shape: Image.Image, rng: np.random.Generator) -> np.ndarray:
    shade = gaussian_filter(np.asarray(shape, float) / 255, rng.uniform(4, 14))
    return _photographed(picture * (1 - rng.uniform(0.2, 0.4) * shade)[..., None], rng, 0.08)


def phones_shadow(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """The shadow of the phone that takes the picture, which comes in from below."""
    picture = scenes.over(scenes.paper(600, 560), ink(600, 560, (90, 110, 380), 9))
    shape = Image.new("L", (560, 600))
    left, top = rng.integers(100, 260), rng.integers(200, 420)
    box = (int(left), int(top), int(left) + 190, 700)
    ImageDraw.Draw(shape).rounded_rectangle(box, 20, fill=255)
    return _shadowed(picture, shape, rng)


def hands_shadow(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """The shadow of a hand with its fingers across a corner."""
    picture = scenes.over(scenes.paper(600, 560), ink(600, 560, (90, 110, 380), 9))
    shape = Image.new("L", (560, 600))
    paint = ImageDraw.Draw(shape)
    x, y = rng.uniform(380, 480), rng.uniform(360, 460)
    paint.ellipse((x - 110, y - 100, x + 200, y + 300), fill=255)
    for n in range(4):
        turn = -2.6 + 0.3 * n
        end = (x + 190 * np.cos(turn), y + 190 * np.sin(turn))
        paint.line((x, y, *end), fill=255, width=36)
    return _shadowed(picture, shape, rng)


def spiral_notebook(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A leaf of a spiral notebook: holes along one side, square or round."""
    height, width = 640, 500
    picture = scenes.over(scenes.paper(height, width), ink(height, width, (100, 160, 340), 8))
    step, is_round = int(rng.integers(18, 30)), rng.random() < 0.5

    def paint(d: ImageDraw.ImageDraw) -> None:
        for at in range(12, height - 10, step):
            box = (14, at, 14 + step // 2, at + step // 2)
            (d.ellipse if is_round else d.rectangle)(box, fill=(60, 55, 50))

    picture = scenes.on_top(picture, paint)
    return picture if rng.random() < 0.5 else picture[:, ::-1]


def index_card(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A card with a red line below its head, pale blue ones beneath."""
    height, width = 480, 760
    picture = scenes.paper(height, width)
    picture[70:72] = [215, 90, 90]
    for y in range(104, height, int(rng.integers(28, 38))):
        picture[y : y + 1] = [165, 190, 220]
    return _photographed(
        scenes.over(picture, ink(height, width, (220, 95, 350), 8)), rng, rng.uniform(0, 0.15)
    )


def whiteboard(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A whiteboard with the glare of a lamp, and smears of what was wiped off."""
    height, width = 560, 720
    smears = gaussian_filter(rng.standard_normal((height, width)), (6, 60))
    board = scenes.paper(height, width, np.array([208.0, 212, 214]))
    board -= 6 * np.clip(smears / smears.std(), 0, 3)[..., None]
    ink_colour = np.array(_colour(rng, (30, 60, 160), (30, 30, 35), (180, 40, 45), (20, 120, 70)))
    picture = scenes.over(board, ink(height, width, (170, 90, 380), 9), ink_colour)
    y, x = np.mgrid[:height, :width]
    where = np.array([rng.uniform(60, 500), rng.uniform(60, 660)])
    wide = rng.uniform(40, 90)
    glare = np.exp(-((y - where[0]) ** 2 + (x - where[1]) ** 2) / (2 * wide**2))
    picture = picture + (255 - picture) * (0.75 * glare)[..., None]
    return _photographed(picture, rng)


def sticky_note(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A coloured note that sticks to a wall."""
    colours = [[250, 225, 90], [255, 170, 190], [150, 215, 240], [180, 230, 140]]
    note = scenes.over(
        scenes.paper(380, 380, rng.choice(colours).astype(float)), ink(380, 380, (50, 50, 280), 8)
    )
    wall = scenes.paper(640, 640, rng.choice([[236, 234, 228], [205, 205, 200], [150, 165, 175]]))
    return _photographed(scenes.laid(note, wall, rng.uniform(-12, 12), 0, rng), rng)


def taped(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A sheet taped to a wall by its corners."""
    page = scenes.over(scenes.paper(460, 400), ink(460, 400, (70, 100, 260), 8))
    wall = scenes.paper(640, 640, rng.choice([[150, 160, 170], [190, 175, 150], [95, 105, 120]]))
    picture = scenes.as_image(scenes.laid(page, wall, 0, 0, rng))
    values = np.asarray(picture, float)
    rows, columns = np.nonzero(np.abs(values - scenes.PAPER).sum(axis=2) < 90)
    corners = [(x, y) for y in (rows.min(), rows.max()) for x in (columns.min(), columns.max())]
    paint = ImageDraw.Draw(picture)
    for n, (x, y) in enumerate(corners):
        turn = np.exp(1j * np.radians([135, 45, 45, 135][n]))
        body = [
            complex(x, y) + turn * (a + 1j * b)
            for a, b in ((-40, -13), (40, -13), (40, 13), (-40, 13))
        ]
        paint.polygon([(point.real, point.imag) for point in body], fill=(226, 216, 176))
    return _photographed(np.asarray(picture, float), rng)


def folded(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """Creases of a sheet that was folded to a quarter."""
    height, width = 620, 500
    shade = np.ones((height, width))
    for along, length in ((0, height), (1, width)):
        at = length * rng.uniform(0.45, 0.55) - np.arange(length)
        dent = 1 - rng.uniform(0.06, 0.2) * np.exp(-((at / 2) ** 2)) + 0.05 * np.tanh(at / 30)
        shade *= dent[:, None] if along == 0 else dent[None]
    picture = scenes.over(scenes.paper(height, width), ink(height, width, (70, 130, 360), 9))
    return _photographed(picture * shade[..., None], rng)


def stamped(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A round red stamp in a corner."""
    picture = scenes.over(scenes.paper(600, 560), ink(600, 560, (60, 60, 380), 9))
    radius = int(rng.integers(42, 56))
    x, y = 560 - radius - 20, 600 - radius - 20
    colour = _colour(rng, (190, 50, 60), (60, 70, 160))

    def paint(d: ImageDraw.ImageDraw) -> None:
        d.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=4)
        d.ellipse((x - radius + 9, y - radius + 9, x + radius - 9, y + radius - 9), outline=colour)
        d.text((x - 27, y - 9), "SEEN", colour, scenes.font(20))

    return scenes.on_top(picture, paint)


def date_and_name(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A name and a date in a corner, as schools ask for."""
    picture = scenes.over(scenes.paper(620, 560), ink(620, 560, (90, 140, 380), 9))
    size, is_right = int(rng.integers(18, 28)), rng.random() < 0.5
    x = 560 - 9 * size if is_right else 24

    def paint(d: ImageDraw.ImageDraw) -> None:
        d.text((x, 16), "Ada L., 3b", (40, 50, 120), scenes.font(size))
        d.text((x, 22 + size), "26.11.2026", (40, 50, 120), scenes.font(size))

    return scenes.on_top(picture, paint)


def two_columns(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A scanned page: the drawing in one column, printed lines in the other."""
    height, width = 560, 820
    is_left = rng.random() < 0.5
    picture = scenes.over(
        scenes.paper(height, width), ink(height, width, (40 if is_left else 440, 100, 340), 8)
    )
    words = ["a", "network", "learns", "to", "see", "what", "you", "draw", "by", "strokes"]

    def paint(d: ImageDraw.ImageDraw) -> None:
        for y in range(60, 500, 22):
            line = " ".join(str(word) for word in rng.choice(words, 6))[:38]
            d.text((440 if is_left else 40, y), line, (30, 30, 30), scenes.font(15))

    return scenes.on_top(picture, paint)


def dark_paper(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """White pencil on black or brown paper."""
    grain = gaussian_filter(rng.standard_normal((500, 500, 1)), (1, 1, 0))
    colour = np.array(
        _colour(rng, (40, 40, 44), (60, 50, 45), (170, 130, 90), (185, 150, 110)), float
    )
    leaf = scenes.paper(500, 500, colour) + 5 * grain / grain.std()
    held = ink(500, 500, (70, 70, 360), 9)
    rough = np.clip(
        0.8 + 0.25 * gaussian_filter(rng.standard_normal((500, 500)), 0.8) / 0.3, 0.3, 1
    )
    return _photographed(scenes.over(leaf, held * rough, np.array([240.0, 240, 235])), rng)


def blueprint(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """White lines on blue, with a fine grid."""
    picture = scenes.paper(520, 520, np.array([30.0, 70, 140]))
    step = int(rng.integers(16, 30))
    for at in range(0, 520, step):
        picture[at] = picture[:, at] = [70, 110, 175]
    return scenes.over(picture, ink(520, 520, (80, 80, 360), 8), np.array([235.0, 240, 250]))


def blackboard(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """Chalk on a board, with dust where something was wiped off."""
    dust = gaussian_filter(rng.standard_normal((560, 700)), (8, 40))
    board = scenes.paper(560, 700, np.array(_colour(rng, (38, 62, 50), (40, 42, 46)), float))
    board += 7 * np.clip(dust / dust.std(), 0, 3)[..., None]
    held = ink(560, 700, (160, 90, 380), 10)
    rough = np.clip(0.75 + 0.5 * rng.standard_normal((560, 700)), 0, 1)
    return _photographed(scenes.over(board, held * rough, np.array([225.0, 225, 220])), rng, 0.25)


def crayon(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """Wax crayon on rough paper, which leaves the paper's hollows bare."""
    bold = ink(600, 600, (100, 100, 400), int(rng.integers(12, 22)))
    rough = gaussian_filter(rng.random((600, 600)), rng.uniform(0.8, 1.6))
    rough = (rough - rough.min()) / np.ptp(rough)
    wax = bold * (rough < np.quantile(rough, rng.uniform(0.6, 0.8)))
    colour = _colour(rng, (190, 40, 50), (40, 70, 160), (60, 60, 65), (40, 110, 60))
    return _photographed(scenes.over(scenes.paper(600, 600), 0.85 * wax, np.array(colour)), rng)


def hatched(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """Broad strokes filled with slanted lines, as some programs draw them."""
    bold = ink(600, 600, (100, 100, 400), int(rng.integers(18, 26)))
    y, x = np.mgrid[:600, :600]
    step = int(rng.integers(8, 14))
    gaps = (x + rng.choice([-1, 1]) * y) % step < 0.45 * step
    return scenes.over(scenes.paper(600, 600, np.full(3, 255.0)), bold * ~gaps)


def table_cell(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A table of empty cells, one of which holds the drawing."""
    rows, columns, side = int(rng.integers(1, 4)), int(rng.integers(2, 4)), 260
    row, column = int(rng.integers(rows)), int(rng.integers(columns))
    height, width = side * rows + 40, side * columns + 40
    box = (20 + side * column + 35, 20 + side * row + 35, side - 70)
    picture = scenes.over(scenes.paper(height, width), ink(height, width, box, 7))
    thick, shade = int(rng.integers(1, 5)), int(rng.integers(0, 110))

    def paint(d: ImageDraw.ImageDraw) -> None:
        for n in range(rows + 1):
            at = 20 + side * n
            d.line((20, at, width - 20, at), fill=(shade,) * 3, width=thick)
        for n in range(columns + 1):
            at = 20 + side * n
            d.line((at, 20, at, height - 20), fill=(shade,) * 3, width=thick)

    return scenes.on_top(picture, paint)


def worksheet(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A sheet of a class: a line for the name, a task, the drawing, a line to write under it."""
    height, width = 860, 680
    picture = scenes.over(scenes.paper(height, width), ink(height, width, (150, 230, 380), 8))
    size = int(rng.integers(18, 28))

    def paint(d: ImageDraw.ImageDraw) -> None:
        letters = scenes.font(size)
        d.text((50, 40), "Name:", (20, 20, 20), letters)
        d.line((50 + 4 * size, 40 + size, 380, 40 + size), fill=(20, 20, 20), width=2)
        d.text((420, 40), "Class:", (20, 20, 20), letters)
        d.line((420 + 4 * size, 40 + size, 630, 40 + size), fill=(20, 20, 20), width=2)
        d.text((50, 110), f"{rng.integers(1, 9)}. Draw what you see here.", (20, 20, 20), letters)
        for n in range(int(rng.integers(1, 3))):
            d.line((90, 720 + 60 * n, 590, 720 + 60 * n), fill=(20, 20, 20), width=2)

    return scenes.on_top(picture, paint)


def plot_with_colours(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """An image in axes with ticks, beside it the bar of its colours, black for much or for little."""
    height, width, is_dark = 480, 640, rng.random() < 0.5
    level = ink(height, width, (90, 110, 300), 7)
    page = np.full(3, 20.0 if is_dark else 255.0)
    picture = scenes.over(scenes.paper(height, width, page), level, 255 - page)
    line = tuple(int(value) for value in 255 - page)

    def paint(d: ImageDraw.ImageDraw) -> None:
        d.rectangle((80, 60, 440, 420), outline=line)
        for n in range(5):
            d.line((75, 60 + 80 * n, 80, 60 + 80 * n), fill=line)
            d.text((45, 53 + 80 * n), str(50 * n), line, scenes.font(12))
            d.line((80 + 80 * n, 420, 80 + 80 * n, 425), fill=line)
            d.text((72 + 80 * n, 428), str(50 * n), line, scenes.font(12))
        for y in range(60, 421):
            share = (420 - y) / 360
            shade = tuple(int(p + share * (q - p)) for p, q in zip(page, line, strict=True))
            d.line((490, y, 508, y), fill=shade)
        d.rectangle((490, 60, 508, 420), outline=line)
        for n in range(6):
            d.line((508, 60 + 72 * n, 512, 60 + 72 * n), fill=line)
            d.text((516, 53 + 72 * n), f"{1 - n / 5:.1f}", line, scenes.font(12))

    return scenes.on_top(picture, paint)


def coloured_in(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A drawing whose outlines a child has filled with pale colours."""
    lines = ink(560, 560, (90, 90, 380), 8)
    colour = _colour(rng, (255, 195, 125), (255, 225, 120), (165, 210, 245), (190, 230, 165))
    within = binary_fill_holes(lines > 0.5) * gaussian_filter(rng.uniform(0.8, 1, (560, 560)), 2)
    picture = scenes.over(scenes.paper(560, 560), within, np.array(colour))
    return scenes.over(picture, lines, np.array([35, 30, 40]))


def coloured_card(ink: Ink, rng: np.random.Generator) -> np.ndarray:
    """A pen of one colour on a card of another, as light or darker."""
    pairs = np.array(
        [
            [[0, 150, 0], [255, 25, 25]],
            [[20, 30, 90], [120, 220, 255]],
            [[230, 190, 60], [20, 90, 200]],
        ]
    )
    card, pen = pairs[rng.integers(len(pairs))]
    return scenes.over(scenes.paper(520, 520, card), ink(520, 520, (80, 80, 360), 8), pen)


#: What else a picture may show: (ink, rng) -> picture of float (height, width, 3), 0 to 255.
BROUGHT: dict[str, Callable[[Ink, np.random.Generator], np.ndarray]] = {
    "a drawing app": drawing_app,
    "a browser's window": browser,
    "a watermark": watermark,
    "a phone's shadow": phones_shadow,
    "a hand's shadow": hands_shadow,
    "a spiral notebook": spiral_notebook,
    "an index card": index_card,
    "a whiteboard": whiteboard,
    "a sticky note": sticky_note,
    "a sheet taped to a wall": taped,
    "a folded sheet": folded,
    "a stamp": stamped,
    "a date and a name": date_and_name,
    "a page of two columns": two_columns,
    "white pencil on dark paper": dark_paper,
    "a blueprint": blueprint,
    "a blackboard": blackboard,
    "a crayon's grain": crayon,
    "a hatched stroke": hatched,
    "a cell of a table": table_cell,
    "a worksheet": worksheet,
    "a plot with a bar of colours": plot_with_colours,
    "a drawing coloured in": coloured_in,
    "a coloured card": coloured_card,
}
