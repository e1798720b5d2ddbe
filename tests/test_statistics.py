"""Promises of how sure a measured share or difference is said to be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

import qdtools as qd
from qdtools.statistics import paired_p_value

Z = 1.959963984540054


def test_the_interval_is_wilsons():
    p, n = 18 / 20, 20
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    assert qd.interval(18, 20) == pytest.approx((centre - half, centre + half))
    assert qd.interval(20, 20)[1] == 1


def test_a_share_is_said_in_one_form_with_its_interval():
    share = qd.Share(186, 200)
    assert (share.low, share.high) == qd.interval(186, 200)
    assert str(share) == f"{share}" == "93.0% (89%–96%)"
    assert share.counted == "186 of 200 (89%–96%)"
    assert str(qd.Share(0, 40)) == "0.0% (0%–9%)"
    # Of very many drawings, whole per cent would leave an interval of nothing, around what it does not hold.
    assert qd.Share(5981, 6000).counted == "5981 of 6000 (99.5%–99.8%)"
    assert qd.Share(3002, 3002).counted == "3002 of 3002 (99.9%–100.0%)"
    assert str(qd.Share(10**6 - 1, 10**6)) == "100.0% (99.999%–100.000%)"


def test_a_share_of_several_tries_has_the_interval_of_its_drawings():
    hits = np.array([1, 1, 0.4, 0.8, 0.2])
    share = qd.Share.of(hits)
    assert share.value == pytest.approx(hits.mean())
    assert (share.low, share.high) == qd.interval(3, 5)
    assert share.counted.startswith("3 of 5 (")
    assert qd.Share.of(hits > 0.5) == qd.Share(3, 5)


@pytest.mark.parametrize(("right", "n"), [(0, 0), (6, 5), (-1, 5), (float("nan"), 5)])
def test_what_is_no_share_is_refused(right, n):
    with pytest.raises(qd.SettingError, match="give"):
        qd.Share(right, n)


def test_an_estimate_is_said_with_a_dash_but_between_signs_with_a_word():
    estimate = qd.Estimate(-0.42, -1.13, 0.26)
    assert f"{estimate:+.1f}" == "-0.4 (-1.1 to +0.3)"
    assert f"{qd.Estimate(3.4, 3.06, 3.84):.1f}" == "3.4 (3.1–3.8)"


@pytest.mark.parametrize(("low", "high", "sign"), [(0.1, 2, 1), (-2, -0.1, -1), (-1, 1, 0)])
def test_an_estimate_has_a_sign_only_where_its_interval_leaves_zero_out(low, high, sign):
    assert qd.Estimate((low + high) / 2, low, high).sign == sign


def test_the_interval_of_a_mean_is_the_normal_one():
    values = np.random.default_rng(0).normal(25, 3, 50)
    found = qd.Estimate.of_mean(values)
    assert found.value == pytest.approx(values.mean())
    low, high = norm.interval(0.95, values.mean(), values.std(ddof=1) / np.sqrt(50))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_a_difference_is_the_mean_of_the_pairs_with_their_test():
    rng = np.random.default_rng(0)
    first, second = rng.normal(26, 3, 50), rng.normal(25, 3, 50)
    found = qd.Difference.of(first, second)
    mean = qd.Estimate.of_mean(first - second)
    assert (found.value, found.low, found.high) == (mean.value, mean.low, mean.high)
    assert found.p_value == paired_p_value(first, second)
    assert f"{qd.Difference(1.84, 0.2, 3.34, 0.0431):+.1f}" == "+1.8 (+0.2 to +3.3), p = 0.043"


def test_a_difference_has_a_sign_only_where_its_test_finds_one():
    better = np.array([True] * 15 + [False] * 5)
    worse = np.array([True] * 5 + [False] * 15)
    assert qd.Difference.of(better, worse).sign == 1
    assert qd.Difference.of(worse, better).sign == -1
    assert qd.Difference.of(better, better) == qd.Difference(0, 0, 0, 1)
    assert qd.Difference.of(better, better).sign == 0
    # The test decides, not the interval beside it.
    assert qd.Difference(1, 0.1, 1.9, 0.06).sign == 0


@pytest.mark.parametrize("values", [[1], [], [[1, 0]]])
def test_what_has_no_mean_over_drawings_is_refused(values):
    with pytest.raises(qd.SettingError, match="no mean over drawings"):
        qd.Estimate.of_mean(values)
    with pytest.raises(qd.SettingError, match="no mean over drawings"):
        qd.Difference.of(values, values)


def test_what_is_not_paired_by_drawing_is_refused():
    with pytest.raises(qd.SettingError, match="not paired"):
        qd.Difference.of([1, 0], [1])


def test_a_paired_test_counts_only_disagreements():
    a = np.array([True] * 90 + [True] * 8 + [False] * 2)
    b = np.array([True] * 90 + [False] * 8 + [True] * 2)
    # Two-sided exact binomial test of 8 against 2: 2 * (1 + 10 + 45) / 1024.
    assert paired_p_value(a, b) == pytest.approx(2 * 56 / 1024)
    assert paired_p_value(a, a) == 1
    # Drowned three times, a drawing still counts once.
    assert paired_p_value(3 * a, 3 * b) == paired_p_value(a, b)


def test_a_drawing_counts_once_by_its_first_mistake():
    labels = np.array([0, 0, 1, 2])
    answers = np.array([[0, 1, 1, 0], [2, 2, 1, 1], [1, 0, 1, 2]])
    counts = qd.first_mistakes(answers, labels, 3)
    assert counts.tolist() == [[0, 1, 1], [0, 0, 0], [1, 0, 0]]


def test_names_given_above_chance_are_found_with_the_choice_among_them_paid_for():
    p_values = qd.above_chance([9, 1, 0, 0], [10, 10, 10, 0], 0.5)
    # One-sided exact binomial test of at least 9 of 10: 11 / 1024, times four names.
    assert p_values[0] == pytest.approx(4 * 11 / 1024)
    assert p_values[1:].tolist() == [1, 1, 1]
    assert qd.above_chance([9, 1], 10, 0.5)[0] == pytest.approx(2 * 11 / 1024)


def test_the_largest_share_is_tested_against_the_smallest_among_all_pairs():
    ends = [qd.Share(8, 8), qd.Share(0, 8)]
    # Of all ways to choose 8 of 16, the two most extreme.
    assert qd.most_against_least(ends) == pytest.approx(2 / 12870)
    middle = [qd.Share(4, 8), qd.Share(5, 8)]
    assert qd.most_against_least([middle[0], *ends, middle[1]]) == pytest.approx(6 * 2 / 12870)
    assert qd.most_against_least(middle) == 1


def test_those_that_share_an_end_are_named_together_and_none_where_all_are_alike():
    shares = {"cup": qd.Share(4, 4), "cat": qd.Share(1, 4), "fish": qd.Share(2, 2)}
    assert qd.most_and_least(shares) == ("cup and fish", "cat")
    more = shares | {"bus": qd.Share(8, 8), "key": qd.Share(25, 100)}
    assert qd.most_and_least(more) == ("cup and 2 more", "cat and key")
    assert qd.most_and_least({name: qd.Share(3, 3) for name in more}) is None


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "p = 1"),
        (0.3142, "p = 0.31"),
        (0.05, "p = 0.05"),
        (0.0504, "p = 0.05"),
        (0.04961, "p = 0.0496"),
        (0.049996, "p = 0.049996"),
        (0.0494, "p = 0.049"),
        (0.001, "p = 0.001"),
        (0.00099, "p < 0.001"),
        (0.0, "p < 0.001"),
    ],
)
def test_a_stated_p_value_agrees_with_the_verdict_beside_it(p, text):
    assert qd.p_value_text(p) == text
