"""How numbers are set where they are read: minus signs, units, per cent. Needs no notebook."""

from __future__ import annotations

import re
from fractions import Fraction

#: A hyphen that stands for a minus: before a number, and behind nothing that it could join to it.
_MINUS = re.compile(r"(?<![\w.,)\]}^/\N{EN DASH}-])-(?=\.?[0-9])")
#: The space between a number and what it counts in, within "3 × 3" and within "p < 0.001".
_GAP = re.compile(
    r"(?<=[0-9]) (?=(?:dB|px|[kMGT]B|m?s|%|seconds?|minutes?|hours?)(?![\w-])|× ?[0-9])"
    r"|(?<=[0-9] ×) (?=[0-9])"
    r"|(?<=\b[a-z]) (?=[=<>≤≥≈] ?[+\N{MINUS SIGN}]?\.?[0-9])"
    r"|(?<=[^\n][=<>≤≥≈]) (?=[+\N{MINUS SIGN}]?\.?[0-9])"
)
#: A number as code writes it, with its power of ten: 3e-17.
_POWER = re.compile(r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)e([+-]?)0*([0-9]+)(?![\w.]*\w)")
_RAISED = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ ")
#: Numbers as `rough_share` says them.
_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 7: "seven", 9: "nine", 10: "ten"}
#: What markup holds besides words: code, formulas, addresses, tags.
_NO_WORDS = re.compile(
    r"```.*?```|`+[^`]*`+|\$\$.*?\$\$|(?<!\\)\$[^$\n]*\$|\]\([^)\s]*\)"
    r"|<(style|script|pre|code)\b.*?</\1>|</?[a-zA-Z!][^>]*>",
    re.DOTALL,
)


def set_numbers(text: str) -> str:
    r"""Set the numbers of words as they are read: minus, powers of ten, a unit beside its number (chapter 1).

    Parameters
    ----------
    text : str
        Words without markup. The pages' own words are set by it too (_ext/number_setting.py).

    Returns
    -------
    str
        The same, with U+2212 for a minus, raised powers and no-break spaces.

    Examples
    --------
    >>> print(ascii(set_numbers("-0.4 dB, as in query-01")))
    '\u22120.4\xa0dB, as in query-01'
    """
    plain = _POWER.sub(_as_power, text)
    return _GAP.sub("\N{NO-BREAK SPACE}", _MINUS.sub("\N{MINUS SIGN}", plain))


def _as_power(found: re.Match[str]) -> str:
    factor, sign, power = found.groups()
    return f"{factor} × 10{(sign + power).translate(_RAISED).strip()}"


def set_numbers_in(markup: str) -> str:
    """Set the numbers in the words of Markdown or HTML; code, formulas and tags stay (chapter 1).

    Parameters
    ----------
    markup : str
        Markdown or HTML.

    Returns
    -------
    str
        The same markup, its words as `set_numbers` sets them.
    """
    parts, at = [], 0
    for other in _NO_WORDS.finditer(markup):
        parts += [set_numbers(markup[at : other.start()]), other[0]]
        at = other.end()
    return "".join([*parts, set_numbers(markup[at:])])


def percent(share: float, decimals: int = 0) -> str:
    """Word a probability; what is nearly certain is not called certain (chapter 4).

    Parameters
    ----------
    share : float
        In [0, 1].
    decimals : int, default 0
        How many of the per cent are said.

    Returns
    -------
    str
        In per cent; the playground words whole ones alike.

    Examples
    --------
    >>> percent(0.973), percent(0.998), percent(1)
    ('97%', '> 99%', '100%')
    """
    most = 1 - 10 ** -(decimals + 2)
    if (1 + most) / 2 <= share < 1:
        return f"> {most:.{decimals}%}"
    return f"{share:.{decimals}%}"


def rough_share(share: float) -> str:
    """Word a share of drawings as one says it aloud, to the nearest tenth (chapter 5).

    Parameters
    ----------
    share : float
        In [0, 1].

    Returns
    -------
    str
        In halves, fifths or tenths; up to a quarter as one in so many.

    Examples
    --------
    >>> rough_share(0.81), rough_share(0.72), rough_share(0.15)
    ('about four drawings in five', 'about seven drawings in ten', 'about one drawing in 7')
    """
    if share in (0, 1):
        return "all drawings" if share else "no drawing"
    if share <= 0.25:
        return f"about one drawing in {1 / share:,.0f}"
    tenths = Fraction(round(10 * share), 10)
    if tenths in (1, Fraction(1, 2)):
        return "nearly all drawings" if tenths == 1 else "about half of all drawings"
    return f"about {_WORDS[tenths.numerator]} drawings in {_WORDS[tenths.denominator]}"


def with_unit(number: str, unit: str) -> str:
    """Put a unit behind a number: with a space before it, a per cent sign with none (chapter 1).

    Parameters
    ----------
    number : str
        As it is shown.
    unit : str
        Empty where it has none.

    Returns
    -------
    str
        Both.

    Examples
    --------
    >>> with_unit("97", "%"), with_unit("0.4", "dB"), with_unit("9", "")
    ('97%', '0.4 dB', '9')
    """
    return f"{number}%" if unit == "%" else f"{number} {unit}".strip()
