"""Promises of what is not the drawing: what stands around, beside, upon it is left out."""

from __future__ import annotations

import numpy as np
import pytest
from brought import BROUGHT
from doodles import DOODLES, cover, simplified
from PIL import Image, ImageDraw
from scenes import (
    BOXES,
    SURROUNDINGS,
    TOUCHED,
    beside_a_thing,
    cut_to_its_ink,
    ink_of_bitmap,
    ink_of_strokes,
    plain,
    several,
    touched,
)

import qdtools as qd
from qdtools.drawings.objects import without_objects
from qdtools.drawings.surroundings import take_apart

#: Lines of these kinds may be so faint that they are no ink in the first place.
FAINT = {"a canvas's border", "ruled paper", "squared paper"}


def readings_of_a_pen(shipped, kind):
    """What is read of a pen's drawing of each category on such a picture, each named right."""
    make = (SURROUNDINGS | BROUGHT)[kind]
    for number, (category, both) in enumerate(DOODLES.items()):
        rng = np.random.default_rng([number, len(kind)])
        picture = make(ink_of_strokes(simplified(both[number % 2], rng)), rng)
        reading = qd.read_picture(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
        assert shipped.categories[shipped.classify(reading.image[None]).argmax()] == category
        assert reading.kind == "drawing"
        yield category, reading


@pytest.mark.parametrize("kind", SURROUNDINGS)
def test_what_stands_around_a_drawing_is_left_out_and_said(shipped, kind):
    for category, reading in readings_of_a_pen(shipped, kind):
        if kind == "plain":
            assert not reading.left_out
        elif kind == "a shadow":
            assert "table" not in str(reading)
        elif kind not in FAINT:
            assert reading.left_out, category


@pytest.mark.parametrize("kind", BROUGHT)
def test_a_drawing_of_a_pen_keeps_its_name_on_whatever_page_it_is_brought(shipped, kind):
    for category, reading in readings_of_a_pen(shipped, kind):
        assert (reading.drawings, reading.doubts) == (1, ()), category


@pytest.mark.parametrize("bold", [7, 14])
def test_a_plots_grid_is_left_out_however_much_of_it_a_bold_drawing_hides(everything, bold):
    images, alone = [], []
    for number, strokes in enumerate(strokes for both in DOODLES.values() for strokes in both):
        ink = ink_of_strokes(simplified(strokes))
        thick = lambda height, width, box, _, ink=ink: ink(height, width, box, bold)  # noqa: E731
        own = qd.read_image(np.uint8(255 - 255 * thick(320, 320, (20, 20, 280), 0)))
        for seed in (number, number + 100):
            picture = SURROUNDINGS["a plot with a grid"](thick, np.random.default_rng(seed))
            reading = qd.read_picture(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
            assert "ruled lines" in reading.left_out
            images.append(reading.image)
            alone.append(own)
    far = np.abs(np.stack(images) - np.stack(alone)).mean(axis=(1, 2, 3))
    assert (far < 0.06).sum() >= 18, np.round(far, 3)
    names, own = (everything.classify(np.stack(one)).argmax(axis=1) for one in (images, alone))
    assert (names == own).sum() >= 18


@pytest.mark.parametrize("way", ["empty box", "box of a hand", "rain", "wheels", "line", "square"])
def test_what_a_hand_drew_is_kept(way):
    square = [[0, 255, 252, 2, 0], [3, 0, 255, 251, 3]]
    strokes = {
        "empty box": [square],
        "box of a hand": [square, [[60, 190, 120, 60], [80, 90, 200, 80]]],
        "rain": [
            [[20, 10, 60, 130, 200, 240, 200, 20], [90, 50, 10, 20, 5, 60, 95, 90]],
            *([[x, x - 8], [y, y + 25]] for y in (120, 170, 220) for x in range(40, 240, 40)),
        ],
        "wheels": [
            [[0, 30, 90, 140, 255, 255, 0, 0], [120, 70, 30, 30, 80, 150, 150, 120]],
            *(
                [x + 25 * np.cos(np.linspace(0, 7, 20)), 165 + 25 * np.sin(np.linspace(0, 7, 20))]
                for x in (60, 190)
            ),
        ],
        "line": [[[0, 255], [10, 0]]],
        "square": [[[0, 255, 255, 0, 0], [0, 0, 255, 255, 0]]],
    }[way]
    strokes = simplified([np.array(stroke).T for stroke in strokes])
    reading = qd.read_picture(255 * (1 - cover(strokes, 12)).round(6) / 255)
    recipe = qd.draw_strokes(strokes) / 255
    assert not reading.left_out
    assert reading.drawings == 1
    assert abs(reading.image[..., 0] - recipe).mean() < 0.06


@pytest.mark.parametrize("way", ["as drawn", "cut to the ink"])
def test_what_is_drawn_as_a_box_is_no_frame(way):
    boxes = qd.load(BOXES.split(", "), source="sample", per_category=5)
    for number, bitmap in enumerate(boxes.pixels):
        mask = ink_of_bitmap(bitmap)(200, 200, (20, 20, 160), 8) > 0.5
        if way == "cut to the ink":
            rows, columns = np.nonzero(mask)
            mask = mask[rows[0] : rows[-1] + 1, columns.min() : columns.max() + 1]
        left_out = take_apart(mask).left_out
        assert "a frame" not in left_out, boxes.categories[boxes.labels[number]]


@pytest.mark.parametrize("kind", TOUCHED)
def test_18_of_20_drawings_that_touch_their_frame_are_read_as_without_it(alone, kind):
    """By their pixels: of a drawing that may be two things, the name turns by the least of these."""
    every = qd.load("all", source="sample")
    bitmaps = every.pixels[np.random.default_rng(11).choice(len(every), 20, replace=False)]
    images = np.stack([alone(bitmap) for bitmap in bitmaps])
    pictures = [touched(ink_of_bitmap(bitmap), **TOUCHED[kind]) for bitmap in bitmaps]
    readings = [qd.read_picture(picture) for picture in pictures]
    assert sum("a frame" in reading.left_out for reading in readings) >= 18
    away = abs(np.stack([reading.image for reading in readings]) - images).mean(axis=(1, 2, 3))
    assert (away < 0.06).sum() >= 18, away.round(3)


@pytest.mark.parametrize(("kind", "is_over"), [("pen", True), ("pen", False), ("finger", True)])
def test_a_thing_beside_a_drawing_is_taken_off_where_it_is_far_thicker(kind, is_over):
    for number, (category, both) in enumerate(DOODLES.items()):
        ink = ink_of_strokes(simplified(both[0]))
        rng = np.random.default_rng(number)
        picture = beside_a_thing(ink, rng, kind, is_over).round().clip(0, 255).astype(np.uint8)
        reading = qd.read_picture(picture)
        assert "a pen, a finger or what else lies on the sheet" in reading.left_out, category
        alone = qd.read_image(plain(ink, rng).round().astype(np.uint8))
        assert abs(reading.image - alone).mean() < 0.03, category


#: What stands beside bold strokes, and what is said to be left out; of a shadow nothing need be.
BESIDE_BOLD_STROKES = {
    "a pen beside the drawing": "a pen, a finger or what else lies on the sheet",
    "a finger beside the drawing": "",  # one as pale as its shadow may be no ink at all
    "a stamp": "writing or signs at the edge",
    "a page of two columns": "writing or signs at the edge",
    "a caption": "writing or signs at the edge",
    "a shadow": "",
    "a hand's shadow": "",
    "a phone's shadow": "",
    "a cell of a table": "",  # its lines are a frame or ruled
    "a worksheet": "",
    "a plot with a bar of colours": "a frame",
}


@pytest.mark.parametrize("kind", BESIDE_BOLD_STROKES)
def test_18_of_20_drawings_of_bold_strokes_are_read_as_without_what_is_beside_them(alone, kind):
    every = qd.load("all", source="sample")
    bitmaps = every.pixels[np.random.default_rng(11).choice(len(every), 20, replace=False)]
    images = [alone(bitmap) for bitmap in bitmaps]
    make, said = (SURROUNDINGS | BROUGHT)[kind], BESIDE_BOLD_STROKES[kind]
    away, right = [], 0
    for number, (bitmap, image) in enumerate(zip(bitmaps, images, strict=True)):
        picture = make(ink_of_bitmap(bitmap), np.random.default_rng([number, len(kind)]))
        reading = qd.read_picture(picture.round().clip(0, 255).astype(np.uint8))
        away.append(abs(reading.image - image).mean())
        right += not said or said in reading.left_out
    assert (np.array(away) < 0.06).sum() >= 18, np.round(away, 3)
    assert right >= 18


#: How what is drawn may look, with nothing beside it.
LOOKS = ("a crayon's grain", "a hatched stroke", "a drawing coloured in", "a coloured card")


@pytest.mark.parametrize("kind", LOOKS)
def test_18_of_20_drawings_are_read_as_without_their_grain_and_colours(alone, kind):
    every = qd.load("all", source="sample")
    bitmaps = every.pixels[np.random.default_rng(11).choice(len(every), 20, replace=False)]
    away = []
    for number, bitmap in enumerate(bitmaps):
        picture = BROUGHT[kind](ink_of_bitmap(bitmap), np.random.default_rng([number, 5]))
        image = qd.read_image(picture.round().clip(0, 255).astype(np.uint8))
        away.append(abs(image - alone(bitmap)).mean())
    assert (np.array(away) < 0.06).sum() >= 18, np.round(away, 3)


@pytest.mark.parametrize("way", ["string", "eyes", "bold line"])
def test_what_is_thin_or_straight_of_a_bold_drawing_is_kept(way):
    """A balloon's string, eyes of a fine pen, a line as bold as all others: neither signs nor pens."""
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = np.stack([100 + 70 * np.cos(angle), 80 + 70 * np.sin(angle)])
    more, pen = {
        "string": (np.array([[100, 110], [180, 250]], float), 5),
        "eyes": (np.array([[70, 72, 70], [60, 60, 62]], float), 5),
        "bold line": (np.array([[10, 190], [200, 202]], float), 22),
    }[way]
    paint = Image.new("L", (400, 400))
    draw = ImageDraw.Draw(paint)
    for stroke, thick in ((ring, 22), (more, pen)):
        draw.line([tuple(60 + point) for point in stroke.T], fill=255, width=thick, joint="curve")
    drawn = np.asarray(paint) > 127
    parts = take_apart(drawn)
    assert not parts.left_out
    np.testing.assert_array_equal(parts.drawing, drawn)


def test_no_part_of_a_drawing_is_taken_for_a_thing_not_even_cut_to_its_ink():
    every = qd.load("all", source="sample", per_category=2)
    for label, bitmap in zip(every.labels, every.pixels, strict=True):
        assert without_objects(cut_to_its_ink(bitmap)) is None, every.categories[label]


#: Where a drawing stands, where smaller ones do: (x, y, side), then the picture's height, width.
SMALL_BESIDE = {
    "one far away": ([(60, 100, 320), (800, 620, 70)], 760, 960),
    "three beside a tall one": (
        [(20, 60, 680), (740, 60, 220), (740, 320, 220), (740, 560, 220)],
        800,
        1000,
    ),
}


@pytest.mark.parametrize("way", SMALL_BESIDE)
def test_small_things_that_make_a_drawing_smaller_are_told(way):
    places, height, width = SMALL_BESIDE[way]
    jacket, *others = (ink_of_strokes(simplified(DOODLES[name][0])) for name in DOODLES)
    tall = ink_of_strokes([np.array([[60, 90, 40, 120, 60], [0, 120, 255, 255, 0]], float)])
    inks = [tall if way != "one far away" else jacket, *others][: len(places)]
    picture = several(inks, places, height, width).round().astype(np.uint8)
    assert "small things apart from the drawing make it smaller" in str(qd.read_picture(picture))


def test_of_500_plain_drawings_two_at_most_are_said_to_have_far_things_beside():
    """Some do: of what Google's players drew, a stray stroke stands far from the rest now and then."""
    every = qd.load("all", source="sample")
    bitmaps = every.pixels[np.random.default_rng(2).choice(len(every), 500, replace=False)]
    masks = (ink_of_bitmap(bitmap)(220, 220, (10, 10, 200), 8) > 0.5 for bitmap in bitmaps)
    assert sum("small things" in " ".join(take_apart(mask).doubts) for mask in masks) <= 2


def test_a_frame_that_a_hand_left_open_at_one_side_is_told():
    for number, (category, both) in enumerate(DOODLES.items()):
        drawn = 255 - 255 * ink_of_strokes(simplified(both[0]))(520, 720, (200, 90, 320), 6)
        image = Image.fromarray(drawn.round().astype(np.uint8))
        rng = np.random.default_rng(number)
        ends = np.array([[40, 490], [42, 24], [676, 26], [672, 494]]) + rng.normal(0, 3, (4, 2))
        turned = [image, image.rotate(180)][number % 2]
        ImageDraw.Draw(turned).line([tuple(end) for end in ends], fill=0, width=6, joint="curve")
        reading = qd.read_picture(turned)
        assert "frame" in str(reading), category


def test_a_densely_filled_drawing_among_others_is_no_thing_that_lies_on_the_sheet():
    mask = np.zeros((280, 700), bool)
    for number, both in enumerate([*DOODLES.values(), *DOODLES.values()]):
        ink = ink_of_strokes(simplified(both[0]))
        row, column = divmod(number, 5)
        mask |= ink(280, 700, (140 * column + 20, 140 * row + 20, 100), 10) > 0.5
    y, x = np.mgrid[:280, :700]
    dense = ((y - 70) / 55) ** 2 + ((x - 630) / 30) ** 2 < 1
    dense &= (y % 26 >= 2) | (x % 26 >= 2)  # hatched so closely that hardly any paper shows
    mask[:140, 560:] = dense[:140, 560:]
    assert without_objects(mask) is None
