"""Promises of simplified strokes, drawn by the published recipe."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from doodles import DOODLES, drawn_by_cairo, shaky_hands, simplified
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

import qdtools as qd
from qdtools.drawings import restyle
from qdtools.drawings.stroke_files import STROKE_FORMS, draw_file, read_strokes
from qdtools.drawings.strokes import CORNER


def _write(path, *drawings, word="cat"):
    lines = (json.dumps({"word": word, "drawing": drawing}) for drawing in drawings)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


CAT = [stroke.astype(int).tolist() for stroke in simplified(DOODLES["cat"][0])]
DOT = [[[0], [0]]]


def test_strokes_are_drawn_as_google_drew_them(shared):
    """Against the bitmaps of the same drawings, which are found by their likeness."""
    errors = []
    for path in sorted((shared / "strokes").glob("*.ndjson"))[::9]:
        bitmaps = np.load(shared / f"{path.stem}.npy", mmap_mode="r")[:300].astype(np.int16)
        for _, strokes in zip(range(10), read_strokes(path), strict=False):
            away = abs(bitmaps - qd.draw_strokes(strokes).ravel())
            nearest = away.sum(axis=1).argmin()
            if away[nearest].mean() < 5:  # some are further back in the file than the first 300
                errors.append(away[nearest])
    pixels = np.concatenate(errors)
    print(
        f"{len(errors)} drawings: mean absolute error {pixels.mean():.3f} grey levels of 255, "
        f"{(pixels == 0).mean():.1%} of the pixels identical, the worst off by {pixels.max()}"
    )
    assert len(errors) >= 350
    assert pixels.mean() < 0.1
    assert (pixels == 0).mean() > 0.95
    assert pixels.max() <= 25


def test_our_own_strokes_are_drawn_as_cairo_draws_them():
    """What Google's bitmaps promise too, on strokes that every checkout has."""
    ours = np.array([qd.draw_strokes(strokes) for _, strokes in shaky_hands()])
    errors = abs(drawn_by_cairo().astype(int) - ours)
    print(
        f"{len(errors)} drawings: mean absolute error {errors.mean():.3f} grey levels of 255, "
        f"{(errors == 0).mean():.1%} of the pixels identical, the worst off by {errors.max()}"
    )
    assert len(errors) == 100
    assert errors.mean() < 0.11
    assert (errors == 0).mean() > 0.92
    assert errors.max() <= 25


def draw_with_agg(strokes):
    """Draw by the same recipe with matplotlib's rasteriser."""
    paper = np.ones((28, 28))
    lines = [np.asarray(stroke, float).T for stroke in strokes]
    shift = restyle.MARGIN + (restyle.BOX - np.concatenate(lines).max(axis=0)) / 2
    for line in lines:
        renderer = RendererAgg(28, 28, 72)
        pen = renderer.new_gc()
        pen.set_linewidth(16 / restyle.CANVAS * 28)
        pen.set_capstyle("round")
        pen.set_joinstyle("round")
        points = (line + shift) * 28 / restyle.CANVAS
        renderer.draw_path(pen, Path(points * [1, -1] + [0, 28]), IdentityTransform())
        paper *= 1 - np.asarray(renderer.buffer_rgba())[..., 3] / 255
    return np.rint(255 * (1 - paper))


def test_our_lines_are_ten_times_closer_to_googles_than_those_of_the_library_at_hand(shared):
    """Why strokes.py draws on its own: cairo, which Google used, has no wheel that brings it along."""
    ours, aggs = [], []
    for path in sorted((shared / "strokes").glob("*.ndjson"))[::40]:
        bitmaps = np.load(shared / f"{path.stem}.npy", mmap_mode="r")[:300].astype(np.int16)
        for _, strokes in zip(range(10), read_strokes(path), strict=False):
            away = abs(bitmaps - qd.draw_strokes(strokes).ravel())
            nearest = away.sum(axis=1).argmin()
            if away[nearest].mean() < 5:
                ours.append(away[nearest].mean())
                aggs.append(abs(bitmaps[nearest] - draw_with_agg(strokes).ravel()).mean())
    print(f"{len(ours)} drawings: ours off by {np.mean(ours):.3f}, Agg by {np.mean(aggs):.3f}")
    assert len(ours) > 50
    assert np.mean(aggs) > 10 * np.mean(ours)


def test_our_lines_are_eight_times_closer_to_cairos_than_those_of_the_library_at_hand():
    """Why strokes.py draws on its own, on strokes that every checkout has."""
    ours, aggs = [], []
    for (_, strokes), cairos in zip(shaky_hands(), drawn_by_cairo().astype(int), strict=True):
        ours.append(abs(cairos - qd.draw_strokes(strokes)).mean())
        aggs.append(abs(cairos - draw_with_agg(strokes)).mean())
    print(f"{len(ours)} drawings: ours off by {np.mean(ours):.3f}, Agg by {np.mean(aggs):.3f}")
    assert np.mean(aggs) > 8 * np.mean(ours)


def test_a_straight_line_is_a_pen_of_1_47_pixels_in_the_middle():
    image = qd.draw_strokes([[[0, 255], [0, 0]]]) / 255
    middle = image[:, 8:20]
    np.testing.assert_allclose(middle.sum(axis=0), 16 / 304 * 28, atol=0.02)
    np.testing.assert_allclose(image, image[::-1], atol=0.02)
    assert np.flatnonzero(image.any(axis=0)).tolist() == list(range(1, 27))


def test_a_dot_is_drawn_in_the_middle():
    image = qd.draw_strokes(DOT)
    assert np.argwhere(image > 50).tolist() == [[13, 13], [13, 14], [14, 13], [14, 14]]


def test_a_point_repeated_changes_nothing():
    once, again = [[[0, 255], [0, 90]]], [[[0, 0, 255, 255], [0, 0, 90, 90]]]
    np.testing.assert_array_equal(qd.draw_strokes(once), qd.draw_strokes(again))


def test_a_folder_of_strokes_is_loaded_like_one_of_bitmaps(tmp_path):
    _write(tmp_path / "cat.ndjson", CAT, DOT)
    _write(tmp_path / "full_simplified_fish.ndjson", CAT, word="fish")
    _write(tmp_path / "full%2Fsimplified%2Fcoffee cup.ndjson", CAT, word="coffee cup")
    drawings = qd.load("all", source=tmp_path)
    assert drawings.counts == {"cat": 2, "coffee cup": 1, "fish": 1}
    np.testing.assert_array_equal(drawings.pixels[0], qd.draw_strokes(CAT))
    assert len(qd.load("Cat", source=tmp_path, per_category=1)) == 1


def test_where_a_category_has_bitmaps_its_strokes_are_left_alone(tmp_path):
    (tmp_path / "cat.ndjson").write_text("no strokes")
    bitmaps = np.zeros((3, 28, 28), np.uint8)
    for number, bitmap in enumerate(bitmaps):
        bitmap[9:19, 9 : 19 + number] = 200
    np.save(tmp_path / "cat.npy", bitmaps)
    np.testing.assert_array_equal(qd.load("cat", source=tmp_path).pixels, bitmaps)


def test_the_first_drawings_are_read_without_the_rest_of_the_file(tmp_path):
    _write(tmp_path / "cat.ndjson", CAT)
    with (tmp_path / "cat.ndjson").open("a") as file:
        file.write("torn here")
    assert len(qd.load("cat", source=tmp_path, per_category=1)) == 1
    with pytest.raises(qd.DataError, match=r"cat\.ndjson, line 2"):
        qd.load("cat", source=tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"drawing": [[[1, 2], [3, 4]]]', "no drawing"),
        (b"[1, 2]", "no drawing"),
        (b"null", "no drawing"),
        (b"{}", "no drawing"),
        (b'{"drawing": 3}', "no drawing"),
        (b'{"drawing": null}', "no drawing"),
        (b"\xff\xfe{}", "no drawing"),
        (b"[" * 500_000, "no drawing"),
        (b'{"drawing": []}', "empty drawing"),
        (b'{"drawing": [[]]}', "two equally long lists"),
        (b'{"drawing": [[[], []]]}', "two equally long lists"),
        (b'{"drawing": [[[1, 2], [3]]]}', "drawing|lists"),
        (b'{"drawing": [[[1], [2], [3], [4]]]}', "two equally long lists"),
        (b'{"drawing": [[["1"], ["2"]]]}', "two equally long lists"),
        (b'{"drawing": [[[true], [false]]]}', "two equally long lists"),
        (b'{"drawing": [[[1e999], [2]]]}', "no finite numbers"),
        (b'{"drawing": [[[NaN], [2]]]}', "no finite numbers"),
        (b'{"drawing": [[[1' + b"0" * 400 + b"], [2]]]}", "lists|outside"),
        (b'{"word": "dog", "drawing": [[[1], [2]]]}', "'dog', not of 'cat'"),
        (b'{"word": 3, "drawing": [[[1], [2]]]}', "not of 'cat'"),
        (b" " * 2_000_000, "longer than a megabyte"),
        (
            b'{"drawing": [[[' + b"1," * 20_000 + b"1], [" + b"1," * 20_000 + b"1]]]}",
            "10000 points",
        ),
    ],
)
def test_a_bad_line_is_told_by_file_and_number(tmp_path, line, says):
    path = tmp_path / "cat.ndjson"
    path.write_bytes(json.dumps({"word": "Cat", "drawing": CAT}).encode() + b"\n\n" + line)
    with pytest.raises(qd.DataError, match=says) as caught:
        qd.load("cat", source=tmp_path)
    assert "cat.ndjson, line 3," in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_without_drawings_or_no_file_is_refused(tmp_path):
    (tmp_path / "cat.ndjson").write_text("\n\n")
    with pytest.raises(qd.DataError, match=r"cat\.ndjson holds no drawing"):
        qd.load("cat", source=tmp_path)
    (tmp_path / "fish.ndjson").mkdir()
    with pytest.raises(qd.DataError, match=r"fish\.ndjson"):
        qd.load("fish", source=tmp_path)
    with pytest.raises(qd.DataError, match=r"dog\.ndjson"):
        list(read_strokes(tmp_path / "dog.ndjson"))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_bytes_whatever_get_past_the_reader_as_another_error(tmp_path, data):
    content = bytearray(json.dumps({"word": "cat", "drawing": CAT}).encode())
    if data.draw(st.booleans()):
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=5)):
            content[place] = data.draw(st.integers(0, 255))
    else:
        content = content[: data.draw(st.integers(0, 40))] + data.draw(st.binary())
    (tmp_path / "cat.ndjson").write_bytes(content)
    try:
        drawn = qd.load("cat", source=tmp_path).pixels
    except qd.DataError as error:
        said = str(error)
    else:
        assert drawn.shape[1:] == (28, 28)
        assert drawn.dtype == np.uint8
        return
    assert "cat.ndjson" in said


coordinate = st.integers(0, 255)
stroke = st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(st.lists(stroke, min_size=1, max_size=4))
def test_any_strokes_are_drawn_with_ink_at_every_point(strokes):
    drawing = [np.array(points, float).T for points in strokes]
    image = qd.draw_strokes(drawing)
    every = np.concatenate(drawing, axis=1)
    low, extent = every.min(axis=1), np.ptp(every, axis=1).max()
    # What is no longer than a unit counts as drawn in coordinates from 0 to 1.
    scale = 255 if extent == 1 else 1
    begin = np.where((low > CORNER) | (scale > 1), low, 0)
    end = (every.max(axis=1) - begin) * scale
    for line in drawing:
        places = ((line.T - begin) * scale + (256 - end) / 2 + 24) * 28 / 304
        column, row = places.astype(int).T
        assert (image[row, column] > 50).all()


@pytest.mark.parametrize("name", ["cat.txt", "cat", "cat.json", "cat.ndjson.zip"])
def test_a_file_named_as_none_of_strokes_is_refused_with_the_endings_that_are_read(tmp_path, name):
    path = tmp_path / name
    _write(path, [[[0, 255], [0, 255]]])
    for read in (lambda: list(read_strokes(path)), lambda: draw_file(path)):
        with pytest.raises(qd.DataError, match=f"^{re.escape(name)} is named as no") as refusal:
            read()
        assert all(form in str(refusal.value) for form in STROKE_FORMS)
