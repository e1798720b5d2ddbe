"""How sure a measured share or difference is: intervals, paired tests, each in figures or in words."""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest

#: A paired test's p value below which two methods are called different.
SIGNIFICANT = 0.05


def interval(correct: int, n: int) -> tuple[float, float]:
    """95 % interval of an accuracy (Wilson 1927; chapter 3).

    Parameters
    ----------
    correct, n : int
        How many of how many were right; n is at least 1.

    Returns
    -------
    low, high : float
        Bounds in [0, 1].
    """
    bounds = binomtest(int(correct), int(n)).proportion_ci(0.95, method="wilson")
    return float(bounds.low), float(bounds.high)


def paired_p_value(correct_a: np.ndarray, correct_b: np.ndarray) -> float:
    """Exact test of whether two methods differ on the same drawings (McNemar 1947; chapter 4).

    Only drawings that one of the two names right more often tell them apart; under no difference each
    is as likely to be that one. For drawings named once it is McNemar's test, for drawings that were
    drowned several times the sign test.

    Parameters
    ----------
    correct_a, correct_b : ndarray of bool or int, (n,)
        Whether each drawing was named right, or how often.

    Returns
    -------
    float
        Two-sided p value in [0, 1]; 1 where the two never disagree.
    """
    more_a = int((correct_a > correct_b).sum())
    more_b = int((correct_b > correct_a).sum())
    return float(binomtest(more_a, more_a + more_b).pvalue) if more_a + more_b else 1.0


def p_value_text(p: float) -> str:
    """Say a test's p value so that it agrees with the verdict beside it (chapters 3 to 5).

    Parameters
    ----------
    p : float
        p value in [0, 1].

    Returns
    -------
    str
        ``"p = 0.31"``, or ``"p < 0.001"``: two digits, but more where rounding would carry it across
        the level below which two methods are called different.
    """
    if p < 0.001:
        return "p < 0.001"
    digits = 2
    while (float(f"{p:.{digits}g}") < SIGNIFICANT) != (p < SIGNIFICANT):
        digits += 1
    return f"p = {p:.{digits}g}"
