"""Promises of reading and writing picture files and of the query pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

import qdtools as qd


def _cup(side: int, pen: int, ink: int, paper: int, shift: int = 0, size: float = 1) -> Image.Image:
    """A cup drawn by hand-written strokes on a square picture."""
    picture = Image.new("L", (side, side), paper)
    draw = ImageDraw.Draw(picture)
    strokes = [
        [(0.25, 0.2), (0.3, 0.8), (0.6, 0.8), (0.65, 0.2), (0.25, 0.2)],
        [(0.64, 0.35), (0.8, 0.35), (0.8, 0.6), (0.62, 0.62)],
    ]
    for stroke in strokes:
        points = [tuple(size * side * c + shift for c in point) for point in stroke]
        draw.line(points, fill=ink, width=pen, joint="curve")
    return picture


def test_a_28_pixel_bitmap_is_read_back_as_it_was_written(tmp_path, drawings):
    noisy = qd.gaussian(drawings.images[:1], 0.5)[0]
    qd.write_image(tmp_path / "a.png", noisy)
    np.testing.assert_allclose(qd.read_image(tmp_path / "a.png"), noisy, atol=0.5 / 255)


def test_dark_on_light_and_light_on_dark_are_the_same_drawing(tmp_path):
    _cup(300, 12, 0, 255).save(tmp_path / "dark.png")
    _cup(300, 12, 255, 0).save(tmp_path / "light.png")
    np.testing.assert_allclose(
        qd.read_image(tmp_path / "dark.png"), qd.read_image(tmp_path / "light.png"), atol=0.02
    )


@pytest.mark.parametrize("pen", [4, 10, 24])
@pytest.mark.parametrize(("side", "size", "shift"), [(600, 1, 0), (600, 0.4, 300), (90, 1, 0)])
def test_pen_size_and_place_do_not_change_what_is_read(tmp_path, shipped, pen, side, size, shift):
    pen = max(2, pen * side // 600)
    _cup(side, pen, 20, 240, shift, size).save(tmp_path / "cup.jpg", quality=80)
    image = qd.read_image(tmp_path / "cup.jpg")
    inked = np.argwhere(image[..., 0] > 0.4)
    assert inked.min() >= 1
    assert inked.max() <= 26
    assert np.ptp(inked, axis=0).max() >= 22
    assert 0.08 < image.mean() < 0.25  # the data's pen, whatever the picture's
    _, probabilities = shipped(image[None])
    assert shipped.categories[probabilities.argmax()] == "cup"


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


def _bad(path, kind):
    if kind == "text":
        path.write_text("not a picture")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "torn":
        _cup(300, 10, 0, 255).save(path)
        path.write_bytes(path.read_bytes()[:400])
    elif kind == "torn jpeg":
        noise = np.random.default_rng(0).integers(0, 256, (300, 300), np.uint8)
        Image.fromarray(noise).save(path, format="JPEG")
        path.write_bytes(path.read_bytes()[:5000])
    elif kind == "blank":
        Image.new("L", (100, 100), 200).save(path)
    elif kind == "gif":
        _cup(100, 5, 0, 255).save(path, format="GIF")
    elif kind == "bomb":
        Image.new("1", (20_000, 20_000)).save(path)


@pytest.mark.parametrize(
    "kind", ["missing", "text", "empty", "torn", "torn jpeg", "blank", "gif", "bomb"]
)
def test_a_bad_picture_is_refused_by_name_in_one_sentence(tmp_path, kind):
    path = tmp_path / "mine.png"
    _bad(path, kind)
    with pytest.raises(qd.ImageError, match=r"mine\.png") as caught:
        qd.read_image(path)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_picture(tmp_path):
    with pytest.raises(qd.ImageError):
        qd.read_image(tmp_path)


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
