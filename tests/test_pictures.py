"""Promises of picture files: how they are read, which ones the queries are."""

from __future__ import annotations

import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import psutil
import pytest
from brought import BROUGHT
from doodles import DOODLES, PICTURES, cover, shaky_hands, simplified
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scenes import (
    SURROUNDINGS,
    TOUCHED,
    askew,
    beside_a_thing,
    filled_box,
    ink_of_bitmap,
    ink_of_strokes,
    on_a_cloth,
    plain,
    ruled_on_a_table,
    several,
    touched,
)
from small_pictures import WAYS, grey, ink_of_lines

import qdtools as qd
from qdtools.drawings import small as small_drawings
from qdtools.drawings.objects import without_objects
from qdtools.drawings.sheets import find_sheet
from qdtools.drawings.surroundings import is_ruling_alone, take_apart


def _cup(side: int, pen: int, ink: int, paper: int) -> Image.Image:
    """A cup drawn by hand-written strokes on a square picture."""
    shade = cover(simplified(DOODLES["cup"][0]), pen, side)
    return Image.fromarray(np.rint(paper + (ink - paper) * shade).astype(np.uint8))


@pytest.fixture(scope="module")
def readings(tmp_path_factory) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """For each kind of picture, images read of a doodle a category and those the recipe makes of it."""
    folder = tmp_path_factory.mktemp("pictures")
    found: dict[str, list] = {}
    for number, (kind, make) in enumerate(PICTURES.items()):
        rng = np.random.default_rng(number)
        for both in DOODLES.values():
            strokes = simplified(both[number % 2], rng)
            make(strokes, folder / "mine.png", rng)
            recipe = qd.draw_strokes(strokes)[..., None] / np.float32(255)
            found.setdefault(kind, []).append((qd.read_image(folder / "mine.png"), recipe))
    return found


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_is_read_as_the_recipe_draws_its_strokes(readings, kind):
    images, recipe = map(np.stack, zip(*readings[kind], strict=True))
    error = 255 * abs(images - recipe).mean(axis=(1, 2, 3))
    assert error.mean() < 12, error
    assert error.max() < 20, error


def test_95_of_100_pictures_keep_the_label_of_their_strokes(readings, shipped):
    kept = {}
    for kind, pairs in readings.items():
        images, recipe = map(np.stack, zip(*pairs, strict=True))
        kept[kind] = (
            shipped.classify(images).argmax(axis=1) == shipped.classify(recipe).argmax(axis=1)
        ).mean()
    assert np.mean(list(kept.values())) >= 0.95, kept


def test_a_28_pixel_bitmap_is_read_back_as_it_was_written(tmp_path, drawings):
    noisy = qd.gaussian(drawings.images[:1], 0.5)[0]
    (path,) = qd.write_queries(tmp_path, noisy[None])
    np.testing.assert_allclose(qd.read_image(path), noisy, atol=0.5 / 255)


def test_dark_on_light_and_light_on_dark_are_the_same_drawing(tmp_path):
    _cup(300, 12, 0, 255).save(tmp_path / "dark.png")
    _cup(300, 12, 255, 0).save(tmp_path / "light.png")
    np.testing.assert_allclose(
        qd.read_image(tmp_path / "dark.png"), qd.read_image(tmp_path / "light.png"), atol=0.02
    )


def test_the_steps_end_in_the_image_that_is_read(tmp_path):
    _cup(300, 12, 0, 255).save(tmp_path / "cup.png")
    steps = qd.picture_steps(tmp_path / "cup.png")
    assert list(steps) == ["grey", "ink", "box", "mask", "lines", "image"]
    assert all(step.min() >= 0 and step.max() <= 1 for step in steps.values())
    np.testing.assert_array_equal(
        steps["image"].astype(np.float32), qd.read_image(tmp_path / "cup.png")[..., 0]
    )


def test_dots_stay_dots_and_filled_shapes_stay_filled(tmp_path):
    strokes = [np.array([[0, 255, 255, 0, 0], [0, 0, 255, 255, 0]], float)]
    shade = cover(strokes, 10)
    shade[240:360, 240:360] = 1  # as wide as twelve pens
    Image.fromarray(np.uint8(255 * shade)).save(tmp_path / "filled.png")
    image = qd.read_image(tmp_path / "filled.png")[..., 0]
    assert image[11:17, 11:17].min() > 0.9
    assert image[4:9, 4:24].max() < 0.1

    shade[:] = 0
    shade[290:310, 290:310] = 1
    Image.fromarray(np.uint8(255 * shade)).save(tmp_path / "dot.png")
    assert 1 < (qd.read_image(tmp_path / "dot.png") > 0.5).sum() < 30


def test_a_noisy_bitmap_of_another_size_can_be_read_as_it_is(tmp_path, drawings):
    noisy = qd.gaussian(drawings.images[:1], 0.5)[0]
    large = np.kron(np.rint(noisy[..., 0] * 255), np.ones((10, 10))).astype(np.uint8)
    Image.fromarray(large).save(tmp_path / "large.png")
    np.testing.assert_allclose(qd.read_noisy(tmp_path / "large.png"), noisy, atol=0.2)
    (small,) = qd.write_queries(tmp_path, noisy[None])
    np.testing.assert_array_equal(qd.read_noisy(small), qd.read_image(small))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16", "LA"])
def test_every_usual_kind_of_png_is_read(tmp_path, mode):
    grey = _cup(200, 10, 0, 255)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        picture = grey.convert(mode)
    picture.save(tmp_path / "cup.png")
    expected_path = tmp_path / "expected.png"
    grey.save(expected_path)
    np.testing.assert_allclose(
        qd.read_image(tmp_path / "cup.png"), qd.read_image(expected_path), atol=0.1
    )


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_ground_is_found_whatever_its_colour(tmp_path, ink):
    alpha = _cup(200, 10, 255, 0)
    picture = Image.merge("LA", [Image.new("L", (200, 200), ink), alpha])
    picture.save(tmp_path / "cup.png")
    _cup(200, 10, 0, 255).save(tmp_path / "expected.png")
    np.testing.assert_allclose(
        qd.read_image(tmp_path / "cup.png"), qd.read_image(tmp_path / "expected.png"), atol=0.1
    )


def test_a_phone_photograph_is_turned_as_its_exif_says(tmp_path):
    picture = _cup(200, 10, 0, 255)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to see it upright
    picture.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "photo.jpg", exif=exif, quality=95)
    picture.save(tmp_path / "upright.png")
    np.testing.assert_allclose(
        qd.read_image(tmp_path / "photo.jpg"), qd.read_image(tmp_path / "upright.png"), atol=0.3
    )


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_read(tmp_path, format):
    first, second = _cup(200, 10, 0, 255), Image.new("L", (200, 200), 255)
    path = tmp_path / "moving"
    first.save(path, format, save_all=True, append_images=[second], lossless=True)
    first.save(tmp_path / "first.png")
    np.testing.assert_allclose(qd.read_image(path), qd.read_image(tmp_path / "first.png"), atol=0.1)


def test_a_jpeg_in_printing_colours_is_read(tmp_path):
    _cup(200, 10, 0, 255).convert("CMYK").save(tmp_path / "cup.jpg", quality=95)
    _cup(200, 10, 0, 255).save(tmp_path / "expected.png")
    np.testing.assert_allclose(
        qd.read_image(tmp_path / "cup.jpg"), qd.read_image(tmp_path / "expected.png"), atol=0.3
    )


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (3, 4000)])
def test_a_line_on_a_strip_is_read(tmp_path, size):
    picture = np.full(size, 255, np.uint8)
    longer = int(size[1] > size[0])
    middle = slice(size[longer] // 3, size[longer] // 2)
    picture[(slice(None), middle) if longer else middle] = 0
    Image.fromarray(picture).save(tmp_path / "strip.png")
    inked = np.argwhere(qd.read_image(tmp_path / "strip.png")[..., 0] > 0.5)
    assert np.ptp(inked[:, longer]) > 20
    assert np.ptp(inked[:, 1 - longer]) <= 2


def test_a_link_to_a_picture_is_read_whatever_it_is_called(tmp_path):
    _cup(100, 5, 0, 255).save(tmp_path / "a\nb \U0001f431.png")
    (tmp_path / "link").symlink_to(tmp_path / "a\nb \U0001f431.png")
    assert qd.read_image(tmp_path / "link").max() > 0.9


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = b"".join(_chunk(*chunk) for chunk in ((b"IHDR", header), *chunks))
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IEND", b"")


def _bytes(picture: Image.Image, format: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, format)
    return file.getvalue()


def _large_webp() -> bytes:
    """A picture of 40 x 40 whose header claims 16384 x 16384 pixels."""
    file = io.BytesIO()
    Image.new("RGB", (40, 40)).save(file, "WEBP", lossless=True)
    content = bytearray(file.getvalue())
    place = content.index(b"VP8L") + 9  # 14 bits for each side, less one
    (bits,) = struct.unpack_from("<I", content, place)
    struct.pack_into("<I", content, place, bits | 0xFFFFFFF)
    return bytes(content)


_NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300), np.uint8))
_MEGABYTES = zlib.compress(bytes(200_000_000))
BAD = {
    "text": b"not a picture",
    "empty": b"",
    "torn PNG": _bytes(_cup(300, 10, 0, 255), "PNG")[:400],
    "torn JPEG": _bytes(_NOISE, "JPEG")[:5000],
    "torn WebP": _bytes(_NOISE, "WEBP")[:5000],
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "blank": _bytes(Image.new("L", (100, 100), 200), "PNG"),
    "black": _bytes(Image.new("RGB", (100, 100)), "JPEG"),
    "one pixel": _bytes(Image.new("L", (1, 1), 200), "PNG"),
    "nothing but transparent": _bytes(Image.new("RGBA", (50, 50)), "PNG"),
    "nothing but noise": _bytes(_NOISE, "PNG"),
    "large": _bytes(Image.new("1", (20_000, 20_000)), "PNG"),
    "a WebP larger than it is": _large_webp(),
    "a PNG larger than it is": _png(2**31 - 1, 2**31 - 1, (b"IDAT", zlib.compress(b"0"))),
    "no pixels": _png(0, 0, (b"IDAT", zlib.compress(b""))),
    "bomb in a text": _png(50, 50, (b"zTXt", b"a\0\0" + _MEGABYTES), (b"IDAT", _MEGABYTES)),
    "bomb in a profile": _png(50, 50, (b"iCCP", b"a\0\0" + _MEGABYTES), (b"IDAT", _MEGABYTES)),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_picture_is_refused_by_name_in_one_sentence(tmp_path, kind):
    path = tmp_path / "mine\n.png"
    path.write_bytes(BAD[kind])
    before = psutil.Process().memory_info().rss
    with pytest.raises(qd.ImageError, match=r"mine\\n\.png") as caught:
        qd.read_image(path)
    assert len(str(caught.value).splitlines()) == 1
    assert psutil.Process().memory_info().rss - before < 100e6


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    for name in ("", "missing.png", "loop", "pipe", "a\0b", "a" * 300):
        with pytest.raises(qd.ImageError):
            qd.read_image(tmp_path / name)


_GOOD = [_bytes(_cup(60, 4, 0, 255), format) for format in ("PNG", "JPEG", "WEBP")]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_bytes_whatever_get_past_the_reader_as_another_error(tmp_path, data):
    content = bytearray(data.draw(st.sampled_from(_GOOD)))
    how = data.draw(st.sampled_from(["cut", "flip", "replace"]))
    if how == "cut":
        content = content[: data.draw(st.integers(0, len(content)))]
    elif how == "flip":
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
            content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        content = content[: data.draw(st.sampled_from([0, 4, 8, 16, 33]))] + data.draw(st.binary())
    path = tmp_path / "mine.png"
    path.write_bytes(content)
    try:
        image = qd.read_image(path)
    except qd.ImageError as error:
        said = str(error)
    else:
        assert image.shape == (28, 28, 1)
        assert image.dtype == np.float32
        assert ((image >= 0) & (image <= 1)).all()
        return
    assert "mine.png" in said


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["1", "L", "RGBA"]), st.data())
def test_any_small_picture_is_read_or_refused(tmp_path, width, height, mode, data):
    length = {"1": height * -(-width // 8), "L": width * height, "RGBA": 4 * width * height}[mode]
    raw = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, 256, length, np.uint8)
    raw[raw < data.draw(st.integers(0, 255))] = 0
    Image.frombytes(mode, (width, height), raw.tobytes()).save(tmp_path / "mine.png")
    try:
        image = qd.read_image(tmp_path / "mine.png")
    except qd.ImageError as error:
        said = str(error)
    else:
        assert np.isfinite(image).all()
        return
    assert "mine.png" in said


# ---- How a picture looks is found from its pixels.


@pytest.fixture(scope="module")
def small() -> np.ndarray:
    """A fish of 28 x 28 as the data have it, uint8."""
    return qd.draw_strokes(simplified(DOODLES["fish"][0]))


SMALL = {
    "black on white": lambda fish: Image.fromarray(255 - fish),
    "white on black": Image.fromarray,
    "grey on light grey": lambda fish: Image.fromarray(np.uint8(220 - 0.6 * fish)),
    "grey on dark grey": lambda fish: Image.fromarray(np.uint8(40 + 0.5 * fish)),
    "blue on yellow": lambda fish: Image.fromarray(
        np.uint8([250, 240, 90] + fish[..., None] / 255 * np.array([-220, -180, 70]))
    ),
    "of two colours": lambda fish: Image.fromarray(255 - fish).convert("1", dither=0),
    "with a palette": lambda fish: Image.fromarray(255 - fish).convert("P"),
    "black on nothing": lambda fish: Image.merge(
        "LA", [Image.new("L", (28, 28)), Image.fromarray(fish)]
    ),
    "16 bits": lambda fish: Image.fromarray((255 - fish).astype(np.uint16) * 257),
    "in printing colours": lambda fish: Image.fromarray(255 - fish).convert("CMYK"),
}


@pytest.mark.parametrize("kind", SMALL)
def test_a_small_bitmap_is_turned_to_light_ink_on_dark_paper(small, shipped, kind):
    picture = SMALL[kind](small)
    reading = qd.read_picture(picture)
    assert (reading.kind, reading.noisy) == ("bitmap", False)
    assert reading.dark == (kind not in ("white on black", "grey on dark grey"))
    if kind != "of two colours":
        np.testing.assert_allclose(reading.image[..., 0], small / 255, atol=0.06)
    probabilities = shipped.classify(reading.image[None])[0]
    assert shipped.categories[probabilities.argmax()] == "fish"
    assert probabilities.max() > 0.9


@pytest.mark.parametrize("zoom", [1, 10])
@pytest.mark.parametrize("cmap", ["binary", "viridis", "magma_r", "jet", "Blues", "coolwarm"])
def test_a_plot_of_a_bitmap_is_read_by_any_colour_map_noisy_or_not(small, shipped, cmap, zoom):
    colours = pytest.importorskip("matplotlib").colormaps[cmap]
    clean = small / np.float32(255)
    noisy = qd.gaussian(clean[None, ..., None], 0.5)[0, ..., 0]
    for image, is_noisy in ((clean, False), (noisy, True)):
        shown = np.kron(image, np.ones((zoom, zoom)))
        reading = qd.read_picture(colours(shown)[..., :3])
        assert reading.noisy == is_noisy
        denoised = shipped.denoise(reading.image[None]) if is_noisy else reading.image[None]
        probabilities = shipped.classify(denoised)[0]
        assert shipped.categories[probabilities.argmax()] == "fish"
        assert probabilities.max() > 0.9


@pytest.mark.parametrize("level", [0.2, 0.5, 1, 1.5])
def test_noisy_bitmaps_are_known_as_such_whichever_way_around_whatever_their_size(drawings, level):
    noisy = qd.gaussian(drawings.images[::10], level)[..., 0]
    found = [qd.read_picture(image) for image in noisy]
    turned = [qd.read_picture(1 - image) for image in noisy]
    enlarged = [qd.read_picture(np.kron(1 - image, np.ones((7, 7)))) for image in noisy[::5]]
    assert np.mean([one.noisy and not one.dark for one in found]) >= 0.98
    assert np.mean([one.noisy and one.dark for one in turned]) >= 0.98
    known = [one.kind == "bitmap" and one.noisy and one.dark for one in enlarged]
    assert np.mean(known) >= (0.95 if level >= 0.5 else 0.6)
    for one, image in zip(found, noisy, strict=True):
        if not one.dark:
            np.testing.assert_array_equal(one.image[..., 0], image)


@pytest.mark.parametrize("side", [56, 100, 300, 560, 1000, 1400])
def test_a_clean_bitmap_enlarged_keeps_its_pixels_a_drawing_of_that_size_does_not(small, side):
    ink = small / 255
    bitmap = Image.fromarray(np.uint8(255 - small)).resize((side, side), Image.Resampling.NEAREST)
    viridis = np.array([[68, 1, 84], [33, 145, 140], [253, 231, 37]])
    coloured = np.stack([np.interp(ink, [0, 0.5, 1], c) for c in viridis.T], -1).astype(np.uint8)
    pictures = {
        "grey": bitmap,
        "packed": Image.open(io.BytesIO(_bytes(bitmap, "JPEG"))),
        "in colours": Image.fromarray(coloured).resize((side, side), Image.Resampling.NEAREST),
    }
    for kind, picture in pictures.items():
        reading = qd.read_picture(picture)
        assert (reading.kind, reading.noisy, reading.enlarged) == ("bitmap", False, True), kind
        apart = abs(reading.image[..., 0] - ink)
        assert apart.mean() < (0.02 if kind == "grey" else 0.05), kind
        assert qd.read_picture(picture, noisy=False).kind == "drawing"  # as the reader says
    for pen in (7, 30):
        drawn = cover(simplified(DOODLES["fish"][0]), pen, side, 0.8)
        assert qd.read_picture(1 - drawn.clip(0, 1)).kind == "drawing"
    y, x = np.mgrid[0 : 1 : side * 1j, 0 : 1 : side * 1j]
    with pytest.raises(qd.ImageError, match="no ink"):  # a shadow changes within the boxes, too
        qd.read_picture(0.5 + 0.3 * x + 0.2 * y)


@pytest.mark.parametrize("grain", [0.0, 0.2])
def test_a_bitmap_of_28_pixels_is_clean_or_noisy_where_the_reader_says_so(small, grain):
    rng = np.random.default_rng(0)
    ink = np.clip(0.2 + 0.6 * small / 255 + rng.normal(0, grain, small.shape), 0, 1)
    picture = np.rint(255 * ink).astype(np.uint8)
    assert qd.read_picture(picture).noisy == bool(grain)
    clean, noisy = (qd.read_picture(picture, noisy=said) for said in (False, True))
    assert (clean.kind, clean.noisy, noisy.kind, noisy.noisy) == ("bitmap", False, "bitmap", True)
    np.testing.assert_allclose(noisy.image[..., 0], picture / 255, atol=1e-6)
    assert clean.image.max() == 1  # ink and paper as the data have them
    assert np.median(clean.image[[0, 1, -2, -1]]) < 0.05


@pytest.mark.parametrize("size", [(28, 28), (1, 1), (280, 280), (31, 200), (640, 480)])
def test_nothing_is_read_of_a_blank_picture_whatever_its_size(size):
    for colour in ("black", "white", (120, 130, 90)):
        for format in ("PNG", "JPEG", "GIF", "BMP"):
            with pytest.raises(qd.ImageError, match="no ink"):
                qd.read_picture(_bytes(Image.new("RGB", size, colour), format))
        for flag in (True, False):
            if size == (28, 28):
                with pytest.raises(qd.ImageError, match="no ink"):
                    qd.read_picture(Image.new("RGB", size, colour), noisy=flag)


def _photographed(side: int, seed: int, ink: np.ndarray | float = 0) -> Image.Image:
    """A sheet in the light of a lamp, with a camera's grain, packed tightly as JPEG."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - 0.2 * (1 + x * np.cos(angle) + y * np.sin(angle)) / 2 - 0.1 * (x**2 + y**2)
    sheet = np.array([250, 244, 230]) * (light * (1 - 0.4 * np.asarray(ink)))[..., None]
    sheet += rng.normal(0, rng.choice([3, 8]), sheet.shape)
    file = io.BytesIO()
    photo = Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8))
    photo.save(file, "JPEG", quality=int(rng.choice([40, 60])))
    return Image.open(file)


@pytest.mark.parametrize("side", [64, 200, 300, 500])
def test_a_blank_sheet_that_was_photographed_is_blank_one_with_faint_lines_is_not(side):
    strokes = simplified(DOODLES["fish"][0])
    recipe = qd.draw_strokes(strokes) / 255
    for seed in range(12):
        with pytest.raises(qd.ImageError, match="no ink"):
            qd.read_picture(_photographed(side, seed))
        if side > 64 and seed % 4 == 0:
            drawn = qd.read_picture(_photographed(side, seed, cover(strokes, 9, side, 0.7)))
            assert abs(drawn.image[..., 0] - recipe).mean() < 0.06


def test_light_alone_is_no_drawing_at_the_size_of_a_bitmap_either():
    steps = np.mgrid[-0.5:0.5:28j, -0.5:0.5:28j]
    for seed in range(20):
        slope, bend = np.random.default_rng(seed).uniform(-0.4, 0.4, (2, 2))
        light = 0.5 + np.tensordot(slope, steps, 1) + np.tensordot(bend, steps**2, 1)
        with pytest.raises(qd.ImageError, match="no ink"):
            qd.read_picture(light.clip(0, 1))


# ---- Pictures as small as icons.


@pytest.fixture(scope="module")
def everything() -> qd.Pipeline:
    return qd.Pipeline.load(categories="all")


@pytest.mark.parametrize(("side", "pen"), [(14, 2), (16, 2), (20, 3), (24, 3)])
@pytest.mark.parametrize("category", DOODLES)
def test_a_small_picture_that_is_ink_for_the_most_part_is_not_blank(category, side, pen):
    picture = grey(ink_of_strokes(simplified(DOODLES[category][0])), side, pen, 0.95)
    for one, dark in ((picture, True), (255 - picture, False)):
        reading = qd.read_picture(one)
        assert reading.kind == "drawing"
        if (category, side) != ("jacket", 14):  # of which nearly all outermost pixels are ink
            assert reading.dark == dark


@pytest.mark.parametrize("side", [48, 60])
def test_a_small_blank_sheet_that_was_photographed_is_blank(side):
    for seed in range(12):
        with pytest.raises(qd.ImageError, match="no ink"):
            qd.read_picture(_photographed(side, seed))


@pytest.fixture(scope="module")
def forty(everything) -> tuple[np.ndarray, np.ndarray]:
    """Drawings of the sample, and what each is named alone on a large sheet."""
    every = qd.load("all", source="sample")
    chosen = every[np.random.default_rng(9).choice(len(every), 40, replace=False)].pixels
    alone = [plain(ink_of_bitmap(one), np.random.default_rng(0)).round() for one in chosen]
    images = np.stack([qd.read_image(one.astype(np.uint8)) for one in alone])
    return chosen, everything.classify(images).argmax(axis=1)


def _kept(everything, forty, kind: str, ink_of, pen: int, sides: tuple[int, ...]) -> int:
    """How many of forty drawings keep their name as pictures of some sizes."""
    pictures = (
        WAYS[kind](ink_of(one), sides[number % len(sides)], pen)
        for number, one in enumerate(forty[0])
    )
    images = np.stack([qd.read_image(picture) for picture in pictures])
    return int((everything.classify(images).argmax(axis=1) == forty[1]).sum())


@pytest.mark.parametrize(
    ("kind", "ink_of", "pen", "sides", "least"),
    [
        ("grey", ink_of_bitmap, 1, (16, 20, 24), 28),
        ("two colours", ink_of_bitmap, 1, (16, 20, 24), 25),
        ("shrunk", ink_of_bitmap, 1, (16, 20, 24), 28),
        ("grey", ink_of_lines, 1, (16, 20, 24), 24),
        ("two colours", ink_of_lines, 1, (16, 20, 24), 24),
        ("grey", ink_of_lines, 2, (16, 20, 24), 21),
        ("grey", ink_of_bitmap, 1, (30, 32, 34), 31),
        ("two colours", ink_of_bitmap, 2, (36, 40, 48), 34),
    ],
)
def test_drawings_of_a_few_pixels_keep_their_name_as_often_as_was_measured(
    everything, forty, kind, ink_of, pen, sides, least
):
    """Of 40 one fewer than there were; their own bitmaps of 28 x 28 pixels keep 28."""
    assert _kept(everything, forty, kind, ink_of, pen, sides) >= least


def _strokes_file(path: Path, drawings: list) -> None:
    lines = [json.dumps({"drawing": [stroke.tolist() for stroke in one]}) for one in drawings]
    path.write_text("\n".join(lines) + "\n")


def _fit_small(folder: Path, out: Path, *options: object) -> None:
    tool = Path(__file__).parents[1] / "tools" / "fit_small.py"
    command = [sys.executable, tool, folder, "--out", out, *map(str, options)]
    subprocess.run(command, check=True, capture_output=True)


def test_the_tool_fits_a_network_that_redraws_small_drawings(tmp_path, monkeypatch):
    for category in DOODLES:
        drawn = [strokes for name, strokes in shaky_hands(4) if name == category]
        _strokes_file(tmp_path / f"{category}.ndjson", drawn)
    _fit_small(tmp_path, tmp_path / "small.json", "--times", 40, "--epochs", 4)
    shipped = small_drawings.fitted()
    layers = small_drawings.unpacked((tmp_path / "small.json").read_text())
    assert [kernel.shape for kernel, _ in layers] == [kernel.shape for kernel, _ in shipped]
    assert [bias.shape for _, bias in layers] == [bias.shape for _, bias in shipped]
    errors = []
    for fitted in (layers, shipped):
        monkeypatch.setattr(small_drawings, "fitted", lambda fitted=fitted: fitted)
        error = []
        for both in DOODLES.values():
            strokes = simplified(both[0])
            read = qd.read_image(grey(ink_of_strokes(strokes), 20, 1))[..., 0]
            error.append(abs(read - qd.draw_strokes(strokes) / 255).mean())
        errors.append(np.mean(error))
    assert errors[0] < 0.12, errors
    assert errors[1] < errors[0]


@pytest.mark.long
def test_the_shipped_network_for_small_drawings_comes_out_of_its_tool(
    everything, forty, shared, tmp_path, monkeypatch
):
    _fit_small(shared / "strokes", tmp_path / "small.json", "--drawings", shared)
    layers = small_drawings.unpacked((tmp_path / "small.json").read_text())
    for kind in ("grey", "two colours", "shrunk"):
        case = (everything, forty, kind, ink_of_bitmap, 1, (16, 20, 24))
        shipped = _kept(*case)
        with monkeypatch.context() as other:
            other.setattr(small_drawings, "fitted", lambda: layers)
            assert abs(_kept(*case) - shipped) <= 4


def test_a_dot_on_a_large_sheet_is_a_dot():
    sheet = np.full((300, 300), 255, np.uint8)
    sheet[140:152, 140:152] = 0
    assert (qd.read_image(sheet) > 0.5).sum() < 60


@pytest.mark.parametrize("side", [13, 16, 20, 24, 31])
def test_of_a_drawing_of_a_few_pixels_it_is_said_that_another_name_may_be_read(side):
    ink = ink_of_strokes(simplified(DOODLES["cat"][0]))
    reading = qd.read_picture(grey(ink, side, 1))
    said = re.search(r"the drawing is only (\d+) pixels large", str(reading))
    assert said
    assert abs(int(said[1]) - 0.85 * side) <= 1.5
    assert list(reading.steps) == ["grey", "ink", "box", "image"]
    for large in (48, 100):
        assert "pixels large" not in str(qd.read_picture(grey(ink, large, 2)))


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP", "TIFF", "PCX"])
@pytest.mark.parametrize("kind", WAYS)
def test_a_small_picture_is_read_alike_in_every_format_either_way_around(kind, format):
    picture = WAYS[kind](ink_of_strokes(simplified(DOODLES["fish"][0])), 20, 1)
    expected = qd.read_image(picture)
    for one in (picture, 255 - picture):
        found = qd.read_image(_bytes(Image.fromarray(one), format))
        np.testing.assert_allclose(found, expected, atol=0.05)


# ---- What is not the drawing.


#: Lines of these kinds may be so faint that they are no ink in the first place.
FAINT = {"a canvas's border", "ruled paper", "squared paper"}


@pytest.mark.parametrize("kind", SURROUNDINGS)
def test_what_stands_around_a_drawing_is_left_out_and_said(shipped, kind):
    for number, (category, both) in enumerate(DOODLES.items()):
        rng = np.random.default_rng([number, len(kind)])
        picture = SURROUNDINGS[kind](ink_of_strokes(simplified(both[number % 2], rng)), rng)
        reading = qd.read_picture(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
        assert shipped.categories[shipped.classify(reading.image[None]).argmax()] == category
        assert reading.kind == "drawing"
        if kind == "plain":
            assert not reading.left_out
        elif kind == "a shadow":
            assert "table" not in str(reading)
        elif kind not in FAINT:
            assert reading.left_out, (number, category)


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


#: What hands draw as boxes, or with lines as long as those of a border.
BOXES = (
    "The Mona Lisa, barn, bed, book, calculator, calendar, cell phone, computer, dishwasher, door, "
    "dresser, envelope, fence, house, ladder, laptop, line, mailbox, microwave, oven, picture frame, "
    "piano, postcard, power outlet, radio, square, stereo, stove, suitcase, table, television"
)


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


@pytest.fixture(scope="module")
def alone():
    """Give what is read of a drawing of the data from a sheet with nothing else, once for all tests."""

    @cache
    def read(bitmap: bytes) -> np.ndarray:
        ink = ink_of_bitmap(np.frombuffer(bitmap, np.uint8).reshape(28, 28))
        return qd.read_image(plain(ink, np.random.default_rng(0)).round().astype(np.uint8))

    return lambda bitmap: read(bitmap.tobytes())


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


def cut_to_their_ink(per_category):
    """Drawings of every category, each with its name: masks without any paper around."""
    every = qd.load("all", source="sample", per_category=per_category)
    for label, bitmap in zip(every.labels, every.pixels, strict=True):
        mask = ink_of_bitmap(bitmap)(160, 160, (0, 0, 160), 8) > 0.5
        rows, columns = np.nonzero(mask)
        box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
        yield every.categories[label], mask[box]


def test_no_part_of_a_drawing_is_taken_for_a_thing_not_even_cut_to_its_ink():
    for category, mask in cut_to_their_ink(2):
        assert without_objects(mask) is None, category


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
    for category, mask in cut_to_their_ink(3):
        assert not is_ruling_alone(mask), category


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


# ---- What a picture may come as.


@pytest.fixture(scope="module")
def cup() -> tuple[Image.Image, np.ndarray]:
    """A cup on paper, then as it is read."""
    picture = _cup(200, 10, 0, 255).convert("RGB")
    return picture, qd.read_image(picture)


FORMATS = [
    *("PNG", "GIF", "BMP", "DIB", "TIFF", "PPM", "WEBP", "AVIF"),
    *("JPEG2000", "ICO", "ICNS", "PCX", "SGI", "TGA", "QOI", "DDS"),
]


@pytest.mark.parametrize("format", FORMATS)
def test_whatever_pillow_decodes_by_itself_is_read(cup, format):
    picture, expected = cup
    if format == "ICNS":
        picture = picture.resize((256, 256))
    np.testing.assert_allclose(qd.read_image(_bytes(picture, format)), expected, atol=0.35)


def test_a_picture_may_be_a_path_an_open_file_bytes_an_array_or_of_pillow(tmp_path, cup):
    picture, expected = cup
    path = tmp_path / "cup.png"
    picture.save(path)
    values = np.asarray(picture)
    grey = values[..., 0]
    alpha = np.dstack([values, np.full(grey.shape, 255, np.uint8)])
    sources = [path, str(path), path.read_bytes(), bytearray(path.read_bytes()), picture, values]
    sources += [grey, grey[..., None], alpha, grey / 255, np.float32(grey / 255), grey > 127]
    sources += [grey.astype(np.int64), grey.astype(np.uint16) * 257, np.asfortranarray(values)]
    sources += [picture.convert(mode) for mode in ("L", "P", "CMYK", "YCbCr", "HSV", "RGBA", "F")]
    for source in sources:
        np.testing.assert_allclose(qd.read_image(source), expected, atol=0.1)
    with path.open("rb") as file:
        np.testing.assert_array_equal(qd.read_image(file), qd.read_image(path))
    with path.open("rb") as file:
        assert list(qd.picture_steps(file)) == ["grey", "ink", "box", "mask", "lines", "image"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (np.zeros((2, 3, 5)), "shape"),
        (np.zeros((0, 4)), "shape"),
        (np.full((40, 40), 300), "from 300 to 300"),
        (np.full((40, 40), 200.0), "from 200 to 200"),
        (np.full((40, 40), -1), "from -1 to -1"),
        (np.full((40, 40), np.nan), "NaN"),
        (np.full((4, 4), "a"), "no numbers"),
        (io.StringIO("text"), "binary"),
        (3, "int"),
        (None, "None is no picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(source, said):
    with pytest.raises(qd.ImageError, match=said) as caught:
        qd.read_image(source)
    assert len(str(caught.value).splitlines()) == 1


KNOWN = {
    "PDF": b"%PDF-1.7\n%\xe2\xe3",
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "NumPy": b"\x93NUMPY\x01\x00",
    "web page": b"<!DOCTYPE html><html></html>",
    "archive": b"PK\x03\x04\x14",
    "film": b"\0\0\0\x20ftypisom\0\0",
    "strokes": b'{"word":"cat","drawing":[[[0,1],[0,1]]]}',
    "empty": b"",
}


@pytest.mark.parametrize("what", KNOWN)
def test_other_files_are_told_apart_by_what_they_hold(tmp_path, what):
    (tmp_path / "mine.png").write_bytes(KNOWN[what])
    with pytest.raises(qd.ImageError, match=f"'mine.png' is .*{what}"):
        qd.read_image(tmp_path / "mine.png")


def test_a_heic_picture_is_read_or_told_what_it_needs():
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50)
    with pytest.raises(qd.ImageError, match=r"pi-heif|cannot be read"):
        qd.read_image(head)


def test_a_torn_exif_profile_costs_no_picture(cup):
    picture, expected = cup
    for exif in (b"Exif\0\0junk", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"\xff" * 40):
        file = io.BytesIO()
        picture.save(file, "PNG", exif=exif)
        np.testing.assert_array_equal(qd.read_image(file.getvalue()), expected)


@pytest.mark.parametrize("turn", range(1, 9))
def test_each_orientation_of_exif_is_seen_upright(cup, turn):
    picture, expected = cup
    steps = [[], ["FLIP_LEFT_RIGHT"], ["ROTATE_180"], ["FLIP_TOP_BOTTOM"], ["TRANSPOSE"]]
    steps += [["ROTATE_90"], ["TRANSVERSE"], ["ROTATE_270"]]
    for step in steps[turn - 1]:
        picture = picture.transpose(Image.Transpose[step])
    exif = Image.Exif()
    exif[0x0112] = turn
    file = io.BytesIO()
    picture.save(file, "PNG", exif=exif)
    np.testing.assert_allclose(qd.read_image(file.getvalue()), expected, atol=0.02)


def test_of_an_animation_it_is_said_that_the_first_frame_is_read(cup):
    file = io.BytesIO()
    cup[0].save(file, "GIF", save_all=True, append_images=[Image.new("RGB", (200, 200))])
    assert "the first of several frames" in str(qd.read_picture(file.getvalue()))
    assert "frames" not in str(qd.read_picture(cup[0]))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux alone tells the peak")
def test_no_picture_however_long_or_deep_takes_more_than_500_megabytes(tmp_path):
    """A row costs Pillow an address, 16 bits twice a byte; so sides are bounded, bits cut in parts."""
    script = """
import sys
import qdtools as qd
for path in sys.argv[1:]:
    try:
        qd.read_image(path)
    except qd.ImageError as error:
        print(error)
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    row = zlib.compress(bytes(1 + 2 * 49_999_999), 1)
    strip = struct.pack(">IIBBBBB", 49_999_999, 1, 16, 0, 0, 0, 0)
    thread = struct.pack(">IIBBBBB", 1, 49_999_999, 16, 0, 0, 0, 0)
    side = 7071
    deep = struct.pack(">IIBBBBB", side, side, 16, 0, 0, 0, 0)
    packer = zlib.compressobj(1)
    rows = b"".join(
        packer.compress(b"\0" + (b"\xff\xff" if y % 900 else b"\0\0") * side) for y in range(side)
    )
    paths = []
    for number, (header, data) in enumerate(
        [(strip, row), (thread, row), (deep, rows + packer.flush())]
    ):
        chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, paths)], capture_output=True, text=True, check=True
    )
    *said, peak = done.stdout.splitlines()
    assert len(said) >= 2
    assert all("65535 a side" in sentence for sentence in said[:2])
    assert float(peak) < 500_000


def test_queries_are_two_of_each_category_seeded_and_noisy(drawings):
    noisy, clean = qd.make_queries(drawings)
    again, _ = qd.make_queries(drawings)
    other, _ = qd.make_queries(drawings, seed=1)
    assert clean.counts == dict.fromkeys(drawings.categories, 2)
    np.testing.assert_array_equal(noisy, again)
    assert not np.array_equal(noisy, other)
    assert 9 < qd.psnr(clean.images, noisy) < 11


def test_too_few_drawings_for_the_queries_are_refused(drawings):
    with pytest.raises(qd.DataError, match=r"fewer than 101"):
        qd.make_queries(drawings, per_category=101)


def test_query_files_come_in_order(tmp_path, drawings):
    noisy, _ = qd.make_queries(drawings)
    paths = qd.write_queries(tmp_path / "new" / "folder", noisy)
    assert [path.name for path in paths[:2]] == ["query-01.png", "query-02.png"]
    with Image.open(paths[0]) as picture:
        assert picture.size == (28, 28)
