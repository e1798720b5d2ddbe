"""Promises of sheets: found on tables, set upright, empty ones refused, several drawings told apart."""

from __future__ import annotations

import re

import numpy as np
import pytest
from doodles import DOODLES, simplified
from scenes import (
    BOXES,
    SURROUNDINGS,
    askew,
    before_a_horizon,
    cut_to_its_ink,
    filled_box,
    half_in_the_shade,
    ink_of_bitmap,
    ink_of_strokes,
    on_a_cloth,
    plain,
    ruled_on_a_table,
    several,
    two_sheets,
)

import qdtools as qd
from qdtools.drawings.sheets import find_sheet
from qdtools.drawings.surroundings import is_ruling_alone


@pytest.mark.parametrize("way", ["alone", "on squared paper", "in a light"])
def test_what_is_drawn_as_a_box_is_no_sheet(way):
    """Neither the paper within an outline, nor bold lines, between which the paper shows."""
    boxes = qd.load(BOXES.split(", "), source="sample", per_category=2)
    light = np.linspace(1, 0.75, 400)[:, None, None]
    for number, bitmap in enumerate(boxes.pixels):
        ink = ink_of_bitmap(bitmap)
        if way == "on squared paper":
            picture = SURROUNDINGS["squared paper"](ink, np.random.default_rng(number))
        else:
            picture = plain(ink, np.random.default_rng(number)) * (light if "light" in way else 1)
        assert find_sheet(picture.clip(0, 255) / 255) is None, boxes.categories[
            boxes.labels[number]
        ]


def test_63_of_64_boxes_filled_with_a_colour_are_no_sheets():
    boxes = qd.load(BOXES.split(", "), source="sample", per_category=3)
    taken = [
        find_sheet(
            filled_box(ink_of_bitmap(bitmap), np.random.default_rng(number)).clip(0, 255) / 255
        )
        for number, bitmap in enumerate(boxes.pixels[:64])
    ]
    assert sum(sheet is not None for sheet in taken) <= 1


@pytest.mark.parametrize("kind", ["chequered", "gingham", "striped", "dotted"])
def test_a_white_sheet_on_a_white_cloth_with_a_pattern_is_found(everything, alone, kind):
    every = qd.load("all", source="sample")
    chosen = every[np.random.default_rng(5).choice(len(every), 10, replace=False)]
    images, own, said = [], [], []
    for number, bitmap in enumerate(chosen.pixels):
        ink, rng = ink_of_bitmap(bitmap), np.random.default_rng([number, len(kind)])
        reading = qd.read_picture(on_a_cloth(ink, rng, kind).round().clip(0, 255).astype(np.uint8))
        images.append(reading.image)
        own.append(alone(bitmap))
        said.append("table around the sheet" in str(reading))
    images, own = (everything.classify(np.stack(one)).argmax(axis=1) for one in (images, own))
    assert sum(said) == 10
    assert (images == own).sum() >= 7


TABLES = {
    "dark": [28, 28, 30],
    "wood": None,
    "light oak": [205, 180, 140],
    "light grey": [205, 206, 208],
    "nearly white": [222, 220, 214],
}


@pytest.mark.parametrize("table", TABLES)
def test_18_of_20_drawings_keep_their_name_however_askew_the_sheet_lies(everything, alone, table):
    colour = None if TABLES[table] is None else np.array(TABLES[table], float)
    every = qd.load("all", source="sample")
    chosen = every[np.random.default_rng(9).choice(len(every), 20, replace=False)]
    images, own, said = [], [], []
    for number, bitmap in enumerate(chosen.pixels):
        ink, rng = ink_of_bitmap(bitmap), np.random.default_rng([number, len(table)])
        degrees = np.linspace(-40, 40, 20)[number]
        picture = askew(ink, rng, degrees, table=colour).round().clip(0, 255).astype(np.uint8)
        reading = qd.read_picture(picture)
        images.append(reading.image)
        own.append(alone(bitmap))
        turn = re.search(r"the sheet lies turned by (\d+)°, it was set upright", str(reading))
        said.append(abs(degrees) < 4 or (turn and abs(int(turn[1]) - abs(degrees)) <= 1.5))
    images, own = (everything.classify(np.stack(one)).argmax(axis=1) for one in (images, own))
    assert (images == own).sum() >= 18
    assert sum(map(bool, said)) >= 19


def test_a_sheet_that_lies_straight_is_not_touched():
    ink = ink_of_strokes(simplified(DOODLES["fish"][0]))
    for degrees in (0, 2, -2):
        picture = askew(ink, np.random.default_rng(degrees + 5), degrees)
        reading = qd.read_picture(picture.round().clip(0, 255).astype(np.uint8))
        assert "table" in str(reading)
        assert not reading.askew
        assert "upright" not in reading.steps


def test_a_sheet_seen_slantwise_is_set_upright_with_its_drawing(shipped):
    for number, (category, both) in enumerate(DOODLES.items()):
        rng = np.random.default_rng(number)
        picture = askew(ink_of_strokes(simplified(both[0], rng)), rng, 20 - 10 * number, 32)
        reading = qd.read_picture(picture.round().clip(0, 255).astype(np.uint8))
        assert "seen slantwise, it was set upright" in str(reading)
        assert shipped.categories[shipped.classify(reading.image[None]).argmax()] == category
        assert list(reading.steps)[:3] == ["grey", "upright", "ink"]


@pytest.mark.parametrize("slant", [50, 60])
def test_a_sheet_seen_from_far_aside_is_no_less_set_upright(shipped, slant):
    for number, (category, both) in enumerate(DOODLES.items()):
        rng = np.random.default_rng(number)
        picture = askew(ink_of_strokes(simplified(both[0], rng)), rng, 6 - 3 * number, slant)
        reading = qd.read_picture(picture.round().clip(0, 255).astype(np.uint8))
        assert "seen slantwise, it was set upright" in str(reading), category
        assert reading.dark
        assert shipped.categories[shipped.classify(reading.image[None]).argmax()] == category


@pytest.mark.parametrize("table", [(95, 70, 52), (180, 140, 100)], ids=["dark", "light"])
@pytest.mark.parametrize("dark", [0.3, 0.4])
def test_a_sheet_of_which_a_part_lies_in_the_shade_is_found_whole(shipped, dark, table):
    for number, (category, both) in enumerate(DOODLES.items()):
        rng = np.random.default_rng(number)
        ink = ink_of_strokes(simplified(both[0], rng))
        picture = half_in_the_shade(ink, rng, dark, table).round().clip(0, 255).astype(np.uint8)
        reading = qd.read_picture(picture)
        assert "table around the sheet" in str(reading), category
        assert reading.dark
        assert shipped.categories[shipped.classify(reading.image[None]).argmax()] == category


def test_where_a_sheet_cannot_be_told_from_its_table_that_is_said():
    for number, both in enumerate(DOODLES.values()):
        rng = np.random.default_rng(number)
        ink = ink_of_strokes(simplified(both[0], rng))
        picture = half_in_the_shade(ink, rng, 0.3, (150, 150, 150))
        try:
            said = str(qd.read_picture(picture.round().clip(0, 255).astype(np.uint8)))
        except qd.ImageError as error:
            said = str(error)
        assert "the sheet" in said, (number, said)


def test_another_sheet_beside_the_one_that_is_read_is_said(shipped):
    names = [*DOODLES]
    for number, name in enumerate(names):
        inks = [
            ink_of_strokes(simplified(DOODLES[names[at % 5]][0])) for at in (number, number + 1)
        ]
        picture = two_sheets(*inks, np.random.default_rng(number))
        reading = qd.read_picture(picture.round().clip(0, 255).astype(np.uint8))
        assert "another sheet lies beside it" in str(reading), name
        assert shipped.categories[shipped.classify(reading.image[None]).argmax()] in names


def test_of_20_drawings_that_go_on_beyond_a_horizon_15_are_kept_whole():
    """Of the others too few lines cross it for it to be told from a sheet's edge."""
    kept = 0
    for seed in range(4):
        for both in DOODLES.values():
            ink = ink_of_strokes(simplified(both[0]))
            picture = before_a_horizon(ink, np.random.default_rng(seed))
            kept += find_sheet(picture.clip(0, 255) / 255) is None
    assert kept >= 15


LAYOUTS = {
    "a row": ([(40, 60, 240), (350, 60, 240), (660, 60, 240)], 360, 940),
    "a square of four": (
        [(30, 30, 200), (300, 50, 200), (30, 300, 200), (300, 320, 180)],
        540,
        540,
    ),
    "a column": ([(60, 30, 220), (80, 330, 200)], 600, 360),
    "large and small": ([(40, 40, 300), (440, 140, 180)], 400, 660),
    "two rows of three": (
        [(30 + 280 * x, 30 + 290 * y, 200) for y in range(2) for x in range(3)],
        560,
        860,
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_of_several_drawings_is_found_in_the_order_of_reading(shipped, layout):
    places, height, width = LAYOUTS[layout]
    names = [[*DOODLES][n % 5] for n in range(len(places))]
    inks = [ink_of_strokes(simplified(DOODLES[name][0])) for name in names]
    picture = several(inks, places, height, width).round().astype(np.uint8)
    found = qd.read_drawings(picture)
    answers = shipped.classify(np.stack([one.image for one in found])).argmax(axis=1)
    assert [shipped.categories[answer] for answer in answers] == names
    whole = qd.read_picture(picture)
    assert whole.drawings == len(places)
    assert f"{len(places)} drawings" in str(whole)


@pytest.mark.parametrize("is_squared", [False, True], ids=["ruled", "squared"])
def test_an_empty_ruled_sheet_on_a_table_is_refused_as_such(is_squared):
    refused = 0
    for seed in range(12):
        empty = ruled_on_a_table(
            lambda height, width, box, pen: np.zeros((height, width)),
            np.random.default_rng(seed),
            is_squared,
        )
        try:
            qd.read_picture(empty.round().clip(0, 255).astype(np.uint8))
        except qd.ImageError as error:
            refused += "shows the lines of ruled or squared paper and no drawing" in str(error)
    assert refused >= 10


@pytest.mark.parametrize("kind", ["ruled paper", "squared paper"])
def test_paper_with_nothing_but_its_lines_is_refused_as_such(kind):
    refused = 0
    for seed in range(14):
        empty = SURROUNDINGS[kind](
            lambda height, width, box, pen: np.zeros((height, width)), np.random.default_rng(seed)
        )
        try:
            qd.read_picture(empty.round().clip(0, 255).astype(np.uint8))
        except qd.ImageError as error:
            refused += "shows the lines of ruled or squared paper and no drawing" in str(error)
    assert refused >= 13  # of one each, a line's torn end is longer than any crumb


def test_no_drawing_is_taken_for_ruled_paper_not_even_cut_to_its_ink():
    every = qd.load("all", source="sample", per_category=3)
    for label, bitmap in zip(every.labels, every.pixels, strict=True):
        assert not is_ruling_alone(cut_to_its_ink(bitmap)), every.categories[label]
