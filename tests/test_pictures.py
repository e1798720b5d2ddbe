"""Promises of picture files: how they are read, which ones the queries are."""

from __future__ import annotations

import io
import os
import struct
import zlib

import numpy as np
import psutil
import pytest
from doodles import DOODLES, PICTURES, cover, simplified
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import qdtools as qd
from qdtools.queries import write_image


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
    write_image(tmp_path / "a.png", noisy)
    np.testing.assert_allclose(qd.read_image(tmp_path / "a.png"), noisy, atol=0.5 / 255)


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
    write_image(tmp_path / "small.png", noisy)
    np.testing.assert_array_equal(
        qd.read_noisy(tmp_path / "small.png"), qd.read_image(tmp_path / "small.png")
    )


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
    "GIF": _bytes(_cup(100, 5, 0, 255), "GIF"),
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
