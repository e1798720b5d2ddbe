"""Promises of chapter 4's figures, with what its script measured."""

from __future__ import annotations

import base64
import importlib
import io
import json
import re
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

import qdtools as qd
from qdtools.show import learning

ROOT = Path(__file__).resolve().parents[1]

CATEGORIES = ["cat", "cup", "owl"]
HISTORIES = {
    "few": {"loss": [3.0, 1.0, 0.0], "val_loss": [2.0, 1.5, 4.0]},
    "many": {"loss": [3.0, 2.0, 1.0], "val_loss": [3.0, 2.0, 1.5]},
}


def widths(ax) -> list[float]:
    """Lengths of level bars, from zero."""
    return [bar.get_width() for bar in ax.patches]


def line(ax, label: str):
    (found,) = [one for one in ax.lines if one.get_label() == label]
    return found


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    yield
    assert plt.get_fignums() == []


def pictures(html: str) -> list[np.ndarray]:
    found = re.findall(r"data:image/png;base64,([^\"]+)", html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]


def test_a_weight_has_the_colour_of_its_sign_as_opaque_as_it_is_large():
    filters = np.array([[[2.0, -1.0], [0.0, 0.5]], [[0.0, 0.0], [0.0, 0.0]]])
    html = qd.filters_and_maps(filters, np.zeros((4, 4, 2)))
    weights, _, nothing, _ = pictures(html)
    assert to_hex(weights[0, 0, :3] / 255) == learning.BLUE.lower()
    assert to_hex(weights[0, 1, :3] / 255) == learning.ORANGE.lower()
    assert weights[..., 3].tolist() == [[255, 128], [0, 64]]
    assert nothing[..., 3].max() == 0
    assert "+2.0 -1.0; +0.0 +0.5" in html


def test_maps_of_one_layer_share_one_scale():
    maps = np.zeros((4, 4, 2))
    maps[1, 1] = [8, 2]
    _, strong, _, weak = pictures(qd.filters_and_maps(np.ones((2, 3, 3)), maps))
    assert strong.max() == 255
    assert weak.max() == pytest.approx(255 / 4, abs=8)


def test_each_layer_has_a_bar_for_each_thing_that_is_shared_out():
    shares = {"weights": {"first": 0.2, "second": 0.8}, "work": {"first": 0.9, "second": 0.1}}
    (ax,) = qd.layer_bars(shares).axes
    assert widths(ax) == pytest.approx([0.2, 0.8, 0.9, 0.1])
    assert [text.get_text() for text in ax.texts] == ["20.0%", "80.0%", "90.0%", "10.0%"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]


def test_softmax_is_drawn_from_logits_to_parts_of_one():
    logits = np.array([2.0, 0.0, -1.0])
    first, second, third = qd.softmax_bars(logits, CATEGORIES).axes
    assert widths(first) == pytest.approx(logits)
    assert widths(second) == pytest.approx(np.exp(logits))
    assert sum(widths(third)) == pytest.approx(1)
    low, high = first.get_xlim()
    assert low < logits.min()
    assert high > logits.max()


def test_marks_lie_on_the_curve_of_the_cross_entropy():
    marks = {"sure": 0.99, "lost": 0.001}
    figure = qd.cross_entropy_curve(marks)
    curve, *points = figure.axes[0].lines
    assert curve.get_ydata() == pytest.approx(-np.log(curve.get_xdata()))
    assert [float(point.get_ydata()[0]) for point in points] == pytest.approx(
        [-np.log(p) for p in marks.values()]
    )
    assert curve.get_xdata().min() <= 0.001


def test_the_gap_is_shaded_where_validation_lies_above_training_alone():
    for ax, history in zip(qd.overfitting_curves(HISTORIES).axes, HISTORIES.values(), strict=True):
        assert list(line(ax, "training").get_ydata()) == history["loss"]
        assert list(line(ax, "validation").get_ydata()) == history["val_loss"]
        (shade,) = ax.collections
        corners = np.concatenate([path.vertices for path in shade.get_paths()])
        # The curves of "few" cross between the first epoch and the second.
        assert corners[:, 0].min() >= (2 if history is HISTORIES["few"] else 1)
        assert corners[:, 1].max() == max(
            v for v, t in zip(history["val_loss"], history["loss"], strict=True) if v > t
        )


def test_the_ring_marks_the_lowest_validation_loss_on_equal_axes():
    axes = qd.overfitting_curves(HISTORIES).axes
    rings = [ax.lines[-1].get_xydata().tolist() for ax in axes]
    assert rings == [[[2, 1.5]], [[3, 1.5]]]
    assert len({ax.get_ylim() for ax in axes}) == 1


def drawn(state: str) -> list[list[np.ndarray]]:
    """The curves of each panel of a state in pixels: gap, training, validation."""
    panels = state.split("<g transform")[1:-1]  # the last is the key
    return [
        [np.array([point.split() for point in way.split("L")], float) for way in ways]
        for ways in (re.findall(r'd="M([\d. L-]+)z?"', panel) for panel in panels)
    ]


def test_a_state_draws_both_losses_up_to_its_epoch_on_the_axes_of_all():
    whole = drawn(qd.overfitting_until(HISTORIES, 3))
    for epoch in (1, 2):
        for part, panel in zip(drawn(qd.overfitting_until(HISTORIES, epoch)), whole, strict=True):
            for curve, longer in zip(part[1:], panel[1:], strict=True):
                assert curve.tolist() == longer[:epoch].tolist()
    for (_, training, validation), history in zip(whole, HISTORIES.values(), strict=True):
        # One scale for all: two points of the same loss lie at the same height.
        heights = np.concatenate([training[:, 1], validation[:, 1]])
        losses = np.array(history["loss"] + history["val_loss"])
        assert heights == pytest.approx(84 - 62 * losses / 4.0, abs=0.06)


def test_a_state_shades_where_validation_lies_above_and_says_the_gap_there():
    state = qd.overfitting_until(HISTORIES, 3)
    few, many = (panel[0] for panel in drawn(state))
    # The curves of "few" cross two thirds of the way from the first epoch to the second.
    shaded = few[few[:, 1].argsort()]
    assert few[:, 0].min() == 24
    crossing = 24 + 288 / 2 * 2 / 3
    wide = [x for x in np.unique(few[:, 0]) if np.ptp(few[few[:, 0] == x, 1]) > 0]
    assert min(wide) > crossing
    assert crossing == pytest.approx(few[np.isclose(few[:, 0], crossing), 0][0], abs=0.5)
    assert shaded[0, 1] == 84 - 62
    assert many[:, 0].min() == 24
    assert "few · gap 4.00" in state
    assert "many · gap 0.50" in state
    assert "few: training 0.00, validation 4.00, gap 4.00" in state  # for who cannot see it
    assert "gap -1.00" in qd.overfitting_until(HISTORIES, 1)


def test_the_ring_of_a_state_marks_the_lowest_validation_loss_so_far():
    def ring(epoch):
        (at,) = re.findall(r'cx="(\d+)"', qd.overfitting_until({"few": HISTORIES["few"]}, epoch))
        return int(at)

    assert [ring(epoch) for epoch in (1, 2, 3)] == [24, 168, 168]


def test_a_dozen_states_of_thirty_epochs_weigh_little():
    losses = np.random.default_rng(0).random((2, 30))
    histories = {name: {"loss": losses[0], "val_loss": losses[1]} for name in "abc"}
    assert len(qd.overfitting_until(histories, 30)) < 8000


@pytest.mark.parametrize("width", [5.2, 3.7])
def test_words_at_the_curve_of_cross_entropy_keep_clear_of_each_other(width):
    marks = {
        "sure, and right": 0.99,
        "torn between two": 0.5,
        "a blind guess": 0.2,
        "sure of another name": 0.01,
    }
    figure = qd.cross_entropy_curve(marks)
    figure.set_figwidth(width)
    figure.draw_without_rendering()
    boxes = [words.get_window_extent() for words in figure.axes[0].texts]
    assert len(boxes) == len(marks)
    line = boxes[0].height
    curve = figure.axes[0].lines[0]
    points = figure.axes[0].transData.transform(curve.get_xydata())
    assert not sum(box.padded(line / 6).count_contains(points) for box in boxes)
    for one, other in combinations(boxes, 2):
        assert not one.padded(line / 4).overlaps(other.padded(line / 4))


def test_each_remedy_has_a_dot_for_each_split_with_a_line_at_their_mean():
    rows = {"none": [0.5, 0.7], "all": [0.8, 0.8]}
    (ax,) = qd.remedy_dots({"accuracy": rows}, "none").axes
    reference, *drawn = ax.lines
    assert set(reference.get_xdata()) == {0.6}
    for dots, mean, values in zip(drawn[::2], drawn[1::2], rows.values(), strict=True):
        assert list(dots.get_xdata()) == values
        assert mean.get_xdata() == pytest.approx([np.mean(values)] * 2)
    low, high = ax.get_xlim()
    assert low > 0.4
    assert high < 0.9


@pytest.mark.parametrize("n", [10, 50, 200, 2000])
def test_bars_count_every_test_set_with_the_middle_darker(n):
    accuracies = np.random.default_rng(0).binomial(n, 0.9, 2000) / n
    share = qd.Share(0.9 * n, n)
    (ax,) = learning._jumps(accuracies, share, 0.3).axes
    bars = [bar for bar in ax.patches if bar.get_height()]
    assert sum(bar.get_height() for bar in bars) == pytest.approx(100)
    dark = sum(bar.get_height() for bar in bars if bar.get_alpha() == 1)
    assert 94 <= dark <= 100
    (points, _, (ends,)) = ax.containers[-1]
    assert points.get_xdata()[0] == pytest.approx(90)
    (segment,) = ends.get_segments()
    assert segment[:, 0] == pytest.approx([100 * share.low, 100 * share.high])
    assert ax.get_xlim()[0] == pytest.approx(30)


def test_a_state_of_the_jumping_says_in_words_what_it_shows():
    html = qd.jumping_accuracies(np.array([0.5, 0.9, 0.9, 1.0]), qd.Share(9, 10))
    assert html.count("<svg") == 1
    assert "Test sets of 10 drawings" in html
    assert f"{qd.Share(9, 10).low:.0%}" in html


def test_intervals_that_miss_the_truth_have_another_colour():
    shares = [qd.Share(90, 100), qd.Share(50, 100), qd.Share(99, 100)]
    (ax,) = qd.interval_lines(shares, 0.9).axes
    colours = [one.get_color() for one in ax.lines[:-1:2]]
    assert colours == [learning.BLUE, learning.ORANGE, learning.ORANGE]
    assert ax.lines[0].get_xdata() == pytest.approx([100 * shares[0].low, 100 * shares[0].high])


# ---- what was measured beforehand --------------------------------------------------------------


@pytest.fixture(scope="module")
def tool():
    """The script that measures the remedies."""
    return importlib.import_module("overfitting")


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"command": 3}'])
def test_a_result_that_is_missing_or_torn_is_refused_with_the_command_that_makes_it(
    tmp_path, content
):
    if content is not None:
        (tmp_path / "overfitting.json").write_text(content)
    with pytest.raises(qd.ModelError, match=r"python tools/overfitting\.py"):
        qd.read_measured("overfitting", tmp_path)


def test_whatever_result_a_chapter_reads_is_refused_with_a_script_that_is_there(tmp_path):
    called = {
        name
        for path in (ROOT / "book").glob("*.ipynb")
        for name in re.findall(r'read_measured\(\\"(\w+)\\"', path.read_text(encoding="utf-8"))
    }
    assert called
    for name in called:
        with pytest.raises(qd.ModelError) as refusal:
            qd.read_measured(name, tmp_path)
        (script,) = re.findall(r"`python (\S+)`", str(refusal.value))
        assert (ROOT / script).is_file()
        assert Path(script).stem == name


def test_a_result_that_nothing_measures_is_refused_without_a_script(tmp_path):
    with pytest.raises(qd.ModelError, match=r"\(.*\); no script .* name a result that is there\.$"):
        qd.read_measured("overfiting", tmp_path)


def test_the_shipped_result_was_measured_with_the_cells_that_the_chapter_shows(tool):
    measured = qd.read_measured("overfitting")
    assert measured["sha256_of_cells"] == tool.fingerprint(tool.measured_cells())
    assert list(measured["remedies"]) == list(tool.REMEDIES)
    assert measured["drawings"]["sha256_of_pixels"] == qd.load(source="sample").sha256
    lengths = {len(v) for row in measured["remedies"].values() for v in row.values()}
    assert len(lengths) == 1
    assert min(lengths) >= 5


def test_other_cells_have_another_fingerprint_another_layout_has_not(tool):
    code = tool.measured_cells()
    assert "def build" in code
    assert "def train" in code
    assert tool.fingerprint("# why\n" + code) == tool.fingerprint(code)
    assert tool.fingerprint(code.replace("64", "63")) != tool.fingerprint(code)


def test_the_script_trains_as_the_chapter_does_on_splits_of_its_own(tool, drawings, tmp_path):
    few = drawings[::10]
    names = ("none", "early stopping")
    lines: list[str] = []
    measured = tool.measure(few, splits=2, epochs=1, names=names, echo=lines.append)
    assert list(measured) == list(names)
    assert len(lines) == 4
    for row in measured.values():
        assert [len(values) for values in row.values()] == [2] * 5
        assert all(0 <= value <= 1 for value in row["test accuracy"])
        assert all(value > 0 for value in row["test cross-entropy"])
    # After one epoch there is nothing to stop yet: both are the same training.
    assert measured["none"] == measured["early stopping"]
    content = tool.result(few, measured, 1, "again")
    path = tmp_path / "overfitting.json"
    path.write_text(json.dumps(content))
    assert qd.read_measured("overfitting", tmp_path) == content
    assert (content["n_training"], content["n_test"]) == (25, 20)


def test_votes_start_at_the_biases_and_end_at_a_name_for_each_drawing(built_site):
    page = (built_site / "book" / "4-cnn.html").read_text(encoding="utf-8")
    page = re.sub("<noscript>.*?</noscript>", "", page, flags=re.DOTALL)  # one state once more
    states = re.findall(r"aria-label=\\?\"After (\d+) votes: ([^\"\\]+)", page)
    counted = {}
    for votes, said in states:
        logits = [
            float(z) for z in re.findall(r" (-?[\d.]+)(?=;|$)", said.replace("\N{MINUS SIGN}", "-"))
        ]
        counted.setdefault(int(votes), []).append(logits)
    assert {len(of_each) for of_each in counted.values()} == {3}
    biases, last = np.array(counted[0]), np.array(counted[128])
    assert np.all(biases == biases[0])
    assert len(set(last.argmax(axis=1))) == 3  # the drawings are of three names
    assert np.ptp(last, axis=1).min() > 5 * np.ptp(biases[0])


def test_a_classifier_of_clean_drawings_reads_noisy_ones_once_they_are_cleaned(built_site):
    page = (built_site / "book" / "4-cnn.html").read_text(encoding="utf-8")
    plain = " ".join(re.sub(r"<[^>]+>", "", page).split())
    alone = float(re.search(r"has only ever seen clean drawings, is down to ([\d.]+)%", plain)[1])
    chained = float(re.search(r"On cleaned pictures this chapter.s CNN names ([\d.]+)%", plain)[1])
    assert chained >= alone + 10


def test_the_small_network_of_the_solution_passes_the_check_that_it_solves(built_site):
    page = (built_site / "book" / "4-cnn.html").read_text(encoding="utf-8")
    plain = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert re.search(r"Right\. That is [\d.]+% of this chapter.s network\. It has", plain)
    # What readers are told whose own drawings are too few for it; in the code a line ends within.
    assert "it does not get there" not in plain
