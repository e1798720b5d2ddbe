"""Promises of chapter 7's figures of a learned head."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.path import Path

import qdtools as qd

THREE = ("three", "five", "nine")


def fields_of(triangle):
    """The three fields of a triangle, as lists of their corners."""
    paths = re.findall(r'<path d="M([^"]*)z" fill="#', triangle)
    return [[tuple(map(float, point.split())) for point in path.split("L")] for path in paths]


def marks_of(triangle):
    """The letters of a triangle with the middle of each."""
    found = re.findall(r'<text x="([^"]*)" y="([^"]*)">(.*?)</text>', triangle)
    return [
        (sign, float(x), float(y) - 3.5)
        for xs, ys, signs in found
        for sign, x, y in zip(signs, xs.split(), ys.split(), strict=True)
    ]


def test_a_drawing_lies_in_the_field_of_the_name_that_it_is_given():
    chances = np.random.default_rng(0).dirichlet([0.7] * 3, 200)
    triangle = qd.chance_triangle(chances, chances.argmax(axis=1), THREE, "359")
    fields = fields_of(triangle)
    assert len(fields) == 3
    clear = np.diff(np.sort(chances)[:, 1:])[:, 0] > 0.03
    clear &= chances.min(axis=1) > 0.03  # the rest may be rounded over a line
    marks = marks_of(triangle)
    assert len(marks) == 200
    in_order = np.argsort(chances.argmax(axis=1), kind="stable")  # names one after the other
    for (sign, x, y), at in zip(marks, in_order, strict=True):
        if clear[at]:
            inside = [Path(field).contains_point((x, y), radius=0) for field in fields]
            own = fields["359".index(sign)]
            assert inside.index(True) == fields.index(own)
    assert 'd="" stroke' in triangle  # nothing is shaded where all are right


def test_what_is_named_wrong_is_shaded_and_told_of():
    chances = np.array([[0.9, 0.05, 0.05], [0.2, 0.5, 0.3], [1 / 3 + 0.01, 1 / 3, 1 / 3 - 0.01]])
    triangle = qd.chance_triangle(chances, np.array([1, 1, 0]), THREE, "359")
    (shaded,) = re.findall(r'<path d="([^"]*)" stroke="currentColor" stroke-width="14"', triangle)
    assert len(re.findall("M", shaded)) == 1
    x, _ = map(float, re.match(r"M(\S+) (\S+)h0", shaded).groups())
    assert ("5", x) in [(sign, at) for sign, at, _ in marks_of(triangle)]
    assert "1 lie in another name" in triangle
    assert all(f">{name}</text>" in triangle for name in THREE)


@pytest.mark.parametrize(
    ("names", "signs", "k"), [(THREE, "35", 3), (THREE[:2], "35", 2), (THREE, "359", 4)]
)
def test_a_triangle_of_other_than_three_names_is_refused(names, signs, k):
    with pytest.raises(qd.SettingError, match="three of each"):
        qd.chance_triangle(np.full((2, k), 1 / k), np.zeros(2, int), names, signs)


def test_a_name_is_written_as_it_is_not_as_markup():
    triangle = qd.chance_triangle(np.eye(3), np.arange(3), ("<b>", "a&b", "c"), "<&c")
    ElementTree.fromstring(triangle)  # noqa: S314  # our own
    assert "<b>" not in triangle


def test_a_marked_curve_rises_with_its_shares_and_says_the_marked_one():
    counts = [1, 5, 80]
    shares = [qd.Share(60, 100), qd.Share(90, 100), qd.Share(100, 100)]
    drawn = [qd.marked_curve(shares, counts, at, "named right") for at in counts]
    dots = [
        tuple(map(float, re.search(r'<circle cx="(\S+)" cy="(\S+)"', one).groups()))
        for one in drawn
    ]
    assert dots == sorted(dots)
    assert dots[0][1] > dots[1][1] > dots[2][1]
    line = re.search(r'<path d="M([^"]*)" fill="none" stroke="#', drawn[0])[1]
    assert [float(point.split()[0]) for point in line.split("L")] == [dot[0] for dot in dots]
    assert "named right: 90.0% with 5 of each, between 83% and 94%." in drawn[1]
    ElementTree.fromstring(drawn[1])  # noqa: S314  # our own
