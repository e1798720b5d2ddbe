"""How sure a measured share or difference is, in figures as in words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binomtest, fisher_exact, norm

from .errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

#: A paired test's p value below which two methods are called different.
SIGNIFICANT = 0.05
#: An interval wider than this is said to be too wide to tell.
WIDE = 0.2
#: How much of what another sample of drawings would give the intervals are to hold.
_CONFIDENCE = 0.95


def interval(correct: int, n: int) -> tuple[float, float]:
    """95% interval of an accuracy (Wilson 1927; chapter 4).

    Parameters
    ----------
    correct, n : int
        How many of how many were right; n is at least 1.

    Returns
    -------
    low : float
        Lower bound in [0, 1].
    high : float
        Upper bound in [0, 1].
    """
    bounds = binomtest(int(correct), int(n)).proportion_ci(_CONFIDENCE, method="wilson")
    return float(bounds.low), float(bounds.high)


@dataclass(frozen=True)
class Share:
    """A share of drawings with its 95% interval, as all chapters say it: ``93.0% (90%–95%)`` (chapter 4).

    Parameters
    ----------
    right : float
        How many drawings were right, from 0 to n. Where each was tried several times its share of
        tries counts, so the sum need not be whole.
    n : int
        Of how many drawings, at least 1.

    Raises
    ------
    SettingError
        If `n` is less than 1, or `right` is below 0 or above `n`.

    Examples
    --------
    >>> str(Share(186, 200)), Share(186, 200).counted
    ('93.0% (89%–96%)', '186 of 200 (89%–96%)')
    """

    right: float
    n: int

    def __post_init__(self) -> None:
        if self.n < 1:
            raise SettingError(f"A share of {self.n} drawings says nothing; give at least one.")
        if not 0 <= self.right <= self.n:
            raise SettingError(
                f"{self.right} of {self.n} drawings is no share; give 0 to {self.n}."
            )

    @classmethod
    def of(cls, hits: ArrayLike) -> Share:
        """Take the share of drawings named right (chapter 4).

        Parameters
        ----------
        hits : array_like of bool or float, (n,)
            Whether each drawing was named right, or in which share of several tries, in [0, 1].

        Returns
        -------
        Share
            Its interval counts drawings: tries of one drawing are no independent trials.
        """
        hits = np.asarray(hits)
        return cls(float(hits.sum()), len(hits))

    @property
    def value(self) -> float:
        """The share itself, in [0, 1]."""
        return self.right / self.n

    @property
    def low(self) -> float:
        """Lower bound of Wilson's interval, of the nearest whole number of drawings."""
        return interval(round(self.right), self.n)[0]

    @property
    def high(self) -> float:
        """Upper bound of Wilson's interval, of the nearest whole number of drawings."""
        return interval(round(self.right), self.n)[1]

    @property
    def counted(self) -> str:
        """The share as a count, with the interval of the share."""
        return f"{round(self.right)} of {self.n} ({self._bounds})"

    def __str__(self) -> str:
        return f"{self.value:.1%} ({self._bounds})"

    @property
    def _bounds(self) -> str:
        """The interval in whole per cent; of very many drawings, in as many digits as part its ends."""
        ends = self.low, self.high
        told = (_between(*ends, f".{digits}%") for digits in range(3))
        return next((one for one in told if len(set(one.split("–"))) > 1), _between(*ends, ".3%"))


@dataclass(frozen=True)
class Estimate:
    """A measured quantity with its 95% interval, in the quantity's unit (chapters 3 and 6).

    Formatted, each of the three numbers is: ``f"{estimate:.1f}"`` is ``3.4 (3.1–3.8)``, and with
    signs ``f"{estimate:+.1f}"`` is ``-0.4 (-1.1 to +0.3)``.

    Parameters
    ----------
    value, low, high : float
        What was measured, with the bounds of its interval.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of_mean(cls, values: ArrayLike) -> Estimate:
        """Measure the mean of a quantity over drawings (chapter 3).

        Parameters
        ----------
        values : array_like of float, (n,)
            The quantity for each drawing; n is at least 2.

        Returns
        -------
        Estimate
            Its interval is the normal approximation for a mean of n values.

        Raises
        ------
        SettingError
            If there are fewer than 2 values.
        """
        each = np.asarray(values, dtype=float)
        if each.ndim != 1 or len(each) < 2:
            raise SettingError(
                f"An array of shape {each.shape} has no mean over drawings; give (n,), n at least 2."
            )
        mean = float(each.mean())
        half = float(norm.ppf(0.5 + _CONFIDENCE / 2) * each.std(ddof=1) / np.sqrt(len(each)))
        return cls(mean, mean - half, mean + half)

    @property
    def sign(self) -> int:
        """1 or -1 where the whole interval lies above or below zero, otherwise 0."""
        return (self.low > 0) - (self.high < 0)

    def __format__(self, spec: str) -> str:
        return f"{self.value:{spec}} ({_between(self.low, self.high, spec)})"


@dataclass(frozen=True)
class Difference(Estimate):
    """How far two methods are apart on the same drawings, by a paired comparison (chapter 5).

    Formatted as an `Estimate`, followed by the p value: ``+1.8 (+0.2 to +3.3), p = 0.043``.

    Parameters
    ----------
    value, low, high : float
        The mean difference, with the bounds of its 95% interval.
    p_value : float
        Of the exact paired test, in [0, 1].
    """

    p_value: float

    @classmethod
    def of(cls, first: ArrayLike, second: ArrayLike) -> Difference:
        """Take the mean of `first` less `second`, drawing by drawing (chapter 5).

        Parameters
        ----------
        first, second : array_like of bool or float, (n,)
            What each of the two methods got for each drawing: right or wrong, points, decibels. The
            difference has their unit. n is at least 2.

        Returns
        -------
        Difference
            Its interval is that of `Estimate.of_mean`, its test that of `paired_p_value`.

        Raises
        ------
        SettingError
            If the two are not of one length, or shorter than 2.
        """
        a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
        if a.shape != b.shape:
            raise SettingError(
                f"Arrays of shapes {a.shape} and {b.shape} are not paired by drawing; give both as (n,)."
            )
        mean = Estimate.of_mean(a - b)
        return cls(mean.value, mean.low, mean.high, paired_p_value(a, b))

    @property
    def sign(self) -> int:
        """1 or -1 where the first method is above or below by more than chance, otherwise 0."""
        return int(np.sign(self.value)) if self.p_value < SIGNIFICANT else 0

    def __format__(self, spec: str) -> str:
        return f"{super().__format__(spec)}, {p_value_text(self.p_value)}"


def _between(low: float, high: float, spec: str) -> str:
    """Say an interval: a dash would be taken for a sign where numbers carry signs."""
    return f"{low:{spec}}{' to ' if '+' in spec else '–'}{high:{spec}}"


def paired_p_value(correct_a: np.ndarray, correct_b: np.ndarray) -> float:
    """Exact test of whether two methods differ on the same drawings (McNemar 1947; chapter 5).

    Only drawings that one of the two names right more often tell them apart; under no difference each
    is as likely to be that one. For drawings named once it is McNemar's test, for drawings that were
    drowned several times the sign test.

    Parameters
    ----------
    correct_a, correct_b : ndarray of bool, int or float, (n,)
        Whether each drawing was named right, or how often.

    Returns
    -------
    float
        Two-sided p value in [0, 1]; 1 where the two never disagree.
    """
    more_a = int((correct_a > correct_b).sum())
    more_b = int((correct_b > correct_a).sum())
    return float(binomtest(more_a, more_a + more_b).pvalue) if more_a + more_b else 1.0


def first_mistakes(answers: np.ndarray, labels: np.ndarray, n_categories: int) -> np.ndarray:
    """Count each drawing that is ever misnamed once, by its first mistake (chapter 6's appendix).

    Parameters
    ----------
    answers : ndarray of int, (draws, n)
        What each drawing was named in each draw of noise.
    labels : ndarray of int, (n,)
        What each drawing is.
    n_categories : int
        How many names there are to choose among.

    Returns
    -------
    ndarray of int, (n_categories, n_categories)
        Drawings by what they are (row), by their first wrong name (column). The diagonal is 0.
    """
    wrong = answers != labels
    ever = wrong.any(axis=0)
    said = answers[wrong.argmax(axis=0), np.arange(len(labels))]
    counts = np.zeros((n_categories, n_categories), int)
    np.add.at(counts, (labels[ever], said[ever]), 1)
    return counts


def above_chance(counts: ArrayLike, trials: ArrayLike, chance: float) -> np.ndarray:
    """Test which names are given more often than by chance (exact binomial test; chapter 6's appendix).

    Parameters
    ----------
    counts : array_like of int, (k,)
        How often each name was given.
    trials : int or array_like of int, (k,)
        How often it could have been.
    chance : float
        The probability of a name in a trial if chance alone chose, in (0, 1].

    Returns
    -------
    ndarray of float, (k,)
        One-sided p values, each times k (Bonferroni), so that the smallest may be picked afterwards.
    """
    counts, trials = np.broadcast_arrays(counts, trials)
    p_values = [
        # A name that could never be given was given no more often than by chance.
        binomtest(int(count), int(n), chance, alternative="greater").pvalue if n else 1.0
        for count, n in zip(counts, trials, strict=True)
    ]
    corrected: np.ndarray = np.minimum(1, len(p_values) * np.array(p_values))
    return corrected


def most_against_least(shares: Sequence[Share]) -> float:
    """Test whether the largest of some shares differs from the smallest (Fisher 1935; chapter 6).

    Parameters
    ----------
    shares : sequence of Share
        At least two, each of other drawings.

    Returns
    -------
    float
        The p value of Fisher's exact test, times the number of pairs there are (Bonferroni), since these
        two were picked afterwards; at most 1.
    """
    ends = [pick(shares, key=lambda share: share.value) for pick in (min, max)]
    counts = [(round(share.right), share.n) for share in ends]
    p_value = float(fisher_exact([[right, n - right] for right, n in counts]).pvalue)
    return min(1.0, len(list(combinations(shares, 2))) * p_value)


def most_and_least(shares: Mapping[str, Share]) -> tuple[str, str] | None:
    """Name whose share is the largest and whose the smallest, however many these are (chapter 6).

    Parameters
    ----------
    shares : mapping of str to Share
        By the name of each, at least one.

    Returns
    -------
    tuple of two str, or None
        The names at either end, of more than two the first, such as "cup and fish" or "cup and 4 more";
        None where all shares are the same.
    """
    values = {name: share.value for name, share in shares.items()}
    most, least = max(values.values()), min(values.values())
    if most == least:
        return None

    def named(end: float) -> str:
        names = [name for name, value in values.items() if value == end]
        return " and ".join(names) if len(names) <= 2 else f"{names[0]} and {len(names) - 1} more"

    return named(most), named(least)


def p_value_text(p: float) -> str:
    """Say a test's p value so that it agrees with the verdict beside it (chapters 4 to 6).

    Parameters
    ----------
    p : float
        The p value, in [0, 1].

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
