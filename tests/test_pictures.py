"""Promises of picture files: how they are read, which ones the queries are."""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import psutil
import pytest
from doodles import DOODLES, PICTURES, cover, simplified
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from rare_pictures import saved

import qdtools as qd


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
    "torn PNG": saved(_cup(300, 10, 0, 255), "PNG")[:400],
    "torn JPEG": saved(_NOISE, "JPEG")[:5000],
    "torn WebP": saved(_NOISE, "WEBP")[:5000],
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "blank": saved(Image.new("L", (100, 100), 200), "PNG"),
    "black": saved(Image.new("RGB", (100, 100)), "JPEG"),
    "one pixel": saved(Image.new("L", (1, 1), 200), "PNG"),
    "nothing but transparent": saved(Image.new("RGBA", (50, 50)), "PNG"),
    "nothing but noise": saved(_NOISE, "PNG"),
    "large": saved(Image.new("1", (20_000, 20_000)), "PNG"),
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


_GOOD = [saved(_cup(60, 4, 0, 255), format) for format in ("PNG", "JPEG", "WEBP")]


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
    np.testing.assert_allclose(qd.read_image(saved(picture, format)), expected, atol=0.35)


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
        (np.array(3), "one number"),
        (np.ma.masked_all((30, 30), np.uint8), "no ink"),
        (io.StringIO("text"), "binary"),
        (3, "int"),
        (None, "None is no picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(source, said):
    with pytest.raises(qd.ImageError, match=said) as caught:
        qd.read_image(source)
    assert len(str(caught.value).splitlines()) == 1


BEYOND = {
    "cubic": lambda ink: 1.33 * ink - 0.15,
    "a little above": lambda ink: 1.02 * ink,
    "of 8 bits": lambda ink: 255 * ink,
    "of 4 bits": lambda ink: 15 * ink,
    "cubic of 8 bits": lambda ink: 300 * ink - 20,
    "from -1 to 1": lambda ink: 2 * ink - 1,
    "standardised": lambda ink: (ink - ink.mean()) / ink.std(),
    "of 10 bits": lambda ink: 1023 * ink,
    "whole, of 16 bits": lambda ink: (65535 * ink).astype(np.int32),
    "whole, cubic": lambda ink: (300 * ink - 20).astype(int),
    "whole, wrapped": lambda ink: (255 * ink).astype(np.uint8).view(np.int8),
    "whole, of two": lambda ink: np.where(ink > 0.5, 1, -1),
}


@pytest.mark.parametrize("kind", BEYOND)
def test_whatever_a_refusal_of_numbers_advises_is_read_then(cup, kind):
    array = BEYOND[kind](np.asarray(cup[0].convert("L")) / 255)
    with pytest.raises(qd.ImageError, match="holds numbers from") as caught:
        qd.read_image(array)
    ways = re.findall(
        r"(?:, as|or) (.*?array.*?)(?= is\b|,(?! )|, (?:if|or|as)| of these|\.$)", str(caught.value)
    )
    assert ways
    for way in ways:
        found = eval(way, {"array": array, "numpy": np})  # noqa: S307
        np.testing.assert_allclose(qd.read_image(found), cup[1], atol=0.35)


@pytest.mark.parametrize("beyond", [1e-16, 1e-7, 1e-3])
def test_what_rounding_leads_beyond_0_and_1_is_read(cup, beyond):
    grey = np.asarray(cup[0].convert("L")) / 255
    for dtype in (np.float32, np.float64):
        found = qd.read_picture((grey * (1 + 2 * beyond) - beyond).astype(dtype))
        np.testing.assert_allclose(found.image, cup[1], atol=0.02)
        assert 0 <= found.steps["grey"].min() <= found.steps["grey"].max() <= 1


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of matrices
@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.longdouble])
def test_an_array_is_read_whatever_class_it_has_what_a_mask_hides_is_clear(cup, dtype):
    grey = np.asarray(cup[0].convert("L"))
    array = (grey if dtype == np.uint8 else grey / 255).astype(dtype)
    corner = np.add.outer(np.arange(200), np.arange(200)) < 30
    spoiled = np.where(corner, 1, array).astype(dtype)
    if dtype != np.uint8:
        spoiled[0, 0] = np.nan
    for one in (
        np.asmatrix(array),
        np.ma.masked_array(array),
        np.ma.masked_array(spoiled, mask=corner),
        np.ma.masked_array(np.dstack([spoiled] * 3), mask=np.dstack([corner] * 3)),
    ):
        found = qd.read_picture(one)
        assert (found.kind, found.dark) == ("drawing", True)
        np.testing.assert_allclose(found.image, cup[1], atol=0.1)


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


@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", [(0, 0), (100, 60)])
def test_one_strange_fraction_costs_no_picture(cup, strange, where):
    fractions = np.asarray(cup[0].convert("L"), np.float32) / 255
    fractions[where] = strange
    found = qd.read_image(saved(Image.fromarray(fractions), "TIFF"))
    np.testing.assert_allclose(found, cup[1], atol=0.35)


def test_a_heic_picture_is_read_or_told_what_it_needs():
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50)
    with pytest.raises(qd.ImageError, match=r"-m pip install pi-heif`|cannot be read") as refused:
        qd.read_image(head)
    # By the Python that reads, which need not be the one that a bare `pip` belongs to.
    assert "cannot be read" in str(refused.value) or sys.executable in str(refused.value)


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
