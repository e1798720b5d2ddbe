"""Exercises whose keys the chapters compute, with the sentences that readers are answered with.

The page checks by the same rules without a kernel: web/lib/answers.js. What both must say of an answer
stands in tests/js/exercise_cases.json.
"""

from __future__ import annotations

import base64
import inspect
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import SettingError
from .numbers import set_numbers, set_numbers_in, with_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GRADES = ("guess", "compute", "build")
#: Relative: a wrong answer nearer than this is called close.
CLOSE = 1.1
#: So many times too much or too little, or more, is told as a factor.
FACTOR = 2
MOST = 1_000_000
NO_NUMBER = "That is no number: write it as 0.25 or 1250."


@dataclass(frozen=True)
class Feedback:
    """What a reader is told of an answer (chapter 1)."""

    right: bool
    said: str

    def __str__(self) -> str:
        return self.said

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f'<p class="feedback">{_inline(self.said)}</p>'


@dataclass(frozen=True)
class Exercise:
    """An exercise as a chapter sets it; a page or a notebook shows it by itself (chapter 1)."""

    name: str
    grade: str
    ask: str
    #: What the page checks an answer by.
    key: dict[str, Any]
    verify: Callable[[Any], str] | None

    def check(self, answer: Any) -> Feedback:
        """Judge an answer (chapter 1).

        Parameters
        ----------
        answer : str, number, array, model or function
            A choice by its letter or its text, a number, or what `verify` looks at.

        Returns
        -------
        Feedback
        """
        simple = _simple(answer)
        if simple is None and self.verify:
            return self._verified(answer)
        if simple is None:
            wanted = "one number" if "right" in self.key else "the letter of a choice"
            return Feedback(False, f"This exercise wants {wanted}, not {_kind(answer)}.")
        if "choices" in self.key:
            return self._chosen(str(simple))
        return judge_number(self.key, simple)

    def _verified(self, answer: Any) -> Feedback:
        assert self.verify  # noqa: S101
        try:
            wrong = self.verify(answer)
        except Exception as error:
            # Whatever the reader built may fail in any way, which is an answer, too.
            wrong = f"It stopped with {type(error).__name__}: {error}"
        if wrong:
            return Feedback(False, f"Not yet. {_sentence(wrong)}")
        return Feedback(True, f"Right. {self.key['said']}".strip())

    def _chosen(self, answer: str) -> Feedback:
        choices = self.key["choices"]
        word = _plain(answer)
        texts = [_plain(choice["text"]) for choice in choices]
        letter = word.strip("().")
        starts = [i for i, text in enumerate(texts) if len(word) > 1 and text.startswith(word)]
        if word in texts:
            chosen = texts.index(word)
        elif len(letter) == 1 and letter in ascii_lowercase[: len(choices)]:
            chosen = ascii_lowercase.index(letter)
        elif len(starts) == 1:
            (chosen,) = starts
        else:
            last = ascii_lowercase[len(choices) - 1]
            return Feedback(False, f"Answer with a letter from a to {last}, in quotes.")
        return judge_choice(self.key, chosen)

    def __repr__(self) -> str:
        return f"Exercise {self.name} · {self.grade}"

    def _repr_html_(self) -> str:
        letters, how = "", f'qd.check("{self.name}", your_number)'
        if "choices" in self.key:
            items = "".join(f"<li>{_inline(one['text'])}</li>" for one in self.key["choices"])
            letters, how = f'<ol type="a">{items}</ol>', f'qd.check("{self.name}", "b")'
        unit = f" (in {_inline(self.key['unit'])})" if self.key.get("unit") else ""
        asked = f"<p>{_inline(self.ask)}{unit}</p>" if self.ask else ""
        ways = [f"<code>{escape(how)}</code>"]
        if self.verify:
            ways.append(f"<code>{escape(self.key['hand'])}</code> with what you built")
        # Without the page's script, and in JupyterLab, this is what the reader sees.
        content = base64.b64encode(json.dumps(self.key, separators=(",", ":")).encode())
        return (
            f'<div class="quiz" data-exercise="{content.decode("ascii")}">{asked}{letters}'
            f"<p>Answer in Jupyter: {', or '.join(ways)}.</p></div>"
        )


#: Every exercise that has been set, by its name.
_SET: dict[str, Exercise] = {}


def exercise(
    name: str,
    grade: str,
    *,
    choices: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    right: str | float,
    ask: str = "",
    tolerance: float | None = None,
    likely: Mapping[float, str] | Iterable[tuple[float, str]] | None = None,
    unit: str = "",
    said: str = "",
    verify: Callable[[Any], str] | None = None,
) -> Exercise:
    """Set an exercise that the page checks by itself, a notebook by `check` (chapter 1).

    Keys and wrong answers are for the chapter to compute; what its run makes of them is looked at
    here, so that no exercise can rot. Words between backticks are set as code.

    Parameters
    ----------
    name : str
        The chapter and the number, as in "3.1".
    grade : str
        ``"guess"``, ``"compute"`` or ``"build"``.
    choices : mapping of str to str, or iterable of pairs, optional
        What can be chosen, each with the sentence for who chooses it. Where texts are computed, give
        pairs: two equal keys of a dict would be one without a word. Shown in an order that the name
        decides.
    right : str or float
        The right choice's text, or without choices the right number.
    ask : str
        The label of the number's field, or the legend above the choices.
    tolerance : float, optional
        How far from `right` a number may be; by default a whole number must be met, another within
        1%.
    likely : mapping of float to str, or iterable of pairs, optional
        Numbers that a likely mistake leads to, each with the sentence for it.
    unit : str
        The number's unit.
    said : str
        What is said besides to who has the right number, or whose work `verify` finds right.
    verify : callable, optional
        Takes what the reader built and returns a sentence that says what is wrong, "" if nothing is. Its
        parameter's name tells the reader what to hand over.

    Returns
    -------
    Exercise
        Displays itself.

    Raises
    ------
    SettingError
        If two answers cannot be told apart, the right one is none of the choices, a likely mistake is
        right, a tolerance is not positive, a number is not finite, or a sentence is missing.

    Examples
    --------
    >>> exercise("1.9", "compute", ask="3 + 4", right=7, likely={12: "That is the product."})
    Exercise 1.9 · compute
    """
    name = str(name)
    if not re.fullmatch(r"[1-9][0-9]*\.[1-9][0-9]*", name):
        raise SettingError(f"{name!r} names no exercise; give chapter.number, as in '3.1'.")
    if grade not in GRADES:
        raise SettingError(f"{grade!r} is no grade; choose one of {', '.join(GRADES)}.")
    key: dict[str, Any] = {"name": name, "ask": _words(ask), "said": set_numbers_in(_words(said))}
    if choices is not None:
        if likely is not None or tolerance is not None or unit:
            raise SettingError(f"Exercise {name} has choices, so no likely number or tolerance.")
        key["choices"] = _lettered(name, _pairs(choices), right)
    else:
        key |= _numeric(name, right, tolerance, _pairs(likely or {}))
        key["unit"] = _words(unit)
    if verify:
        handed = next(iter(inspect.signature(verify).parameters), "what_you_built")
        key["hand"] = f'qd.check("{name}", {handed})'
    made = Exercise(name, grade, key["ask"], key, verify)
    _SET[name] = made
    return made


def check(name: str, answer: Any) -> Feedback:
    """Check an answer to an exercise of this notebook (chapter 1).

    Parameters
    ----------
    name : str
        The exercise, as in "3.1".
    answer : str, number, array, model or function
        A choice by its letter or its text, a number, or what the exercise lets you build.

    Returns
    -------
    Feedback
        Whether it is right, with a sentence that says why or what is wrong.

    Examples
    --------
    >>> _ = exercise("1.9", "compute", ask="3 + 4", right=7, likely={12: "That is the product."})
    >>> check("1.9", "7.0"), check("1.9", 12)
    (Right: 7., Not so. That is the product.)
    """
    found = _SET.get(str(name))
    if found:
        return found.check(answer)
    if not _SET:
        return Feedback(False, "No exercise is set yet: run the cells above first.")
    return Feedback(
        False, f"There is no exercise {name}, only {', '.join(sorted(_SET, key=_order))}."
    )


def _order(name: str) -> list[int]:
    return [int(part) for part in name.split(".")]


# ---- what a chapter gives ---------------------------------------------------------------------------


def _pairs(given: Mapping[Any, str] | Iterable[tuple[Any, str]]) -> list[tuple[Any, str]]:
    return list(given.items() if isinstance(given, Mapping) else given)


def _lettered(name: str, pairs: list[tuple[Any, str]], right: object) -> list[dict[str, Any]]:
    """Bring choices in the order that the name decides, or refuse them."""
    texts = [_words(text) for text, _ in pairs]
    alike: dict[object, str] = {}
    for text in texts:
        if len(text) < 2 and text.isalpha():
            raise SettingError(f"Exercise {name}: a choice {text!r} reads as a letter; say more.")
        numbers = read_numbers(text)
        for meaning in {_plain(text), *numbers[:1]}:
            if meaning in alike:
                raise SettingError(f"Exercise {name}: {alike[meaning]!r} and {text!r} are equal.")
            alike[meaning] = text
    if not 2 <= len(texts) <= len(ascii_lowercase):
        raise SettingError(f"Exercise {name} has {len(texts)} choices; give two or more.")
    if _words(right) not in texts:
        raise SettingError(f"Exercise {name}: {right!r} is right but none of the choices.")
    places = sorted(range(len(texts)), key=lambda i: sha256(f"{name} {i}".encode()).digest())
    return [
        {
            "text": texts[i],
            "said": _given(name, pairs[i][1], texts[i]),
            "right": texts[i] == _words(right),
        }
        for i in places
    ]


def _numeric(
    name: str, right: object, tolerance: float | None, likely: list[tuple[Any, str]]
) -> dict[str, Any]:
    """Describe a number with the mistakes that are likely, or refuse them."""
    value = _finite(name, "right", right)
    if tolerance is None:
        tolerance = 1e-6 * max(1, abs(value)) if value == int(value) else abs(value) / 100
    tolerance = _finite(name, "tolerance", tolerance)
    if tolerance <= 0:
        raise SettingError(f"Exercise {name}: the tolerance {tolerance:g} is not positive.")
    mistakes: list[dict[str, Any]] = []
    for wrong, sentence in likely:
        number = _finite(name, "likely", wrong)
        if _within(number, value, tolerance):
            raise SettingError(
                f"Exercise {name}: the likely mistake {number:g} is right within {tolerance:g} "
                f"of {value:g}."
            )
        for other in mistakes:
            if _within(number, other["value"], tolerance):
                raise SettingError(
                    f"Exercise {name}: the mistakes {other['value']:g} and {number:g} cannot be "
                    f"told apart within {tolerance:g}."
                )
        mistakes.append({"value": number, "said": _given(name, sentence, f"{number:g}")})
    shown = _shown(value, tolerance)
    return {"right": value, "tolerance": tolerance, "shown": shown, "likely": mistakes}


def _finite(name: str, what: str, value: object) -> float:
    number = value if not isinstance(value, str | bool) else None
    try:
        number = float(number)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise SettingError(f"Exercise {name}: {what} is {value!r}, which is no finite number.")
    return number


def _given(name: str, sentence: str, answer: str) -> str:
    words = _words(sentence)
    if not words:
        raise SettingError(f"Exercise {name} says nothing to who answers {answer!r}.")
    return set_numbers_in(words)


def _shown(value: float, tolerance: float) -> str:
    """Write a number with as many digits as its tolerance lets count."""
    if value == int(value):
        return set_numbers(f"{value:,.0f}")
    digits = min(6, max(0, math.ceil(-math.log10(tolerance))))
    brief = f"{value:,.{digits}f}" if abs(value) >= 10.0**-digits else f"{value:.2g}"
    return set_numbers(brief)


# ---- what a reader gives ----------------------------------------------------------------------------


def _simple(answer: Any) -> str | float | None:
    """Return text or one number, of whatever kind it came; None for all else."""
    if isinstance(answer, str):
        return answer
    if callable(answer) or isinstance(answer, bool | np.bool_):
        return None
    try:
        array = np.asarray(answer)
        if array.dtype.kind == "U" and array.size == 1:
            return str(array.item())
        return float(array.astype(float).item()) if array.size == 1 else None
    except (TypeError, ValueError):
        return None


def _kind(answer: Any) -> str:
    shape = getattr(answer, "shape", None)
    return (
        f"an array of shape {tuple(shape)}" if shape is not None else f"a {type(answer).__name__}"
    )


#: A number as programs write it.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?")
#: One whose point or comma may part thousands.
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*")


def read_numbers(text: str, unit: str = "", ask: str = "") -> list[float]:
    """Read a number as a person may have written it: every reading, the likeliest first (chapter 1).

    Parameters
    ----------
    text : str
        Like "0.25", "0,25", "1/4", "28 353", "28,353", "25 %", "18.4 dB", "about 12 rows".
    unit : str
        May follow the number.
    ask : str
        What is asked for: a word of it may follow, too.

    Returns
    -------
    list of float
        Empty if it is no number.
    """
    word = "".join(text.split()).lower().replace("\N{MINUS SIGN}", "-")
    word = re.sub(r"(?<=[0-9])['\N{RIGHT SINGLE QUOTATION MARK}_](?=[0-9])", "", word)
    word = re.sub(r"^(?:about|[≈~=])", "", re.sub("percent$", "%", word))
    own = "".join(unit.split()).lower()
    if own and word.endswith(own):
        word = word.removesuffix(own)
    # The longest that is one.
    for counted in sorted(re.findall("[a-z]{3,}", ask.lower()), key=len, reverse=True):
        if word.endswith(counted):
            word = word.removesuffix(counted)
            break
    percent = word.endswith("%")
    word = word.removesuffix("%")
    above, slash, below = word.partition("/")
    found = _readings(above)
    if slash:
        divisors = [value for value in _readings(below) if value]
        found = [a / b for a in found for b in divisors]
    if percent:
        found = [value / 100 for value in found] + found
    return [value for value in found if math.isfinite(value)]


def _readings(word: str) -> list[float]:
    """Read digits with points or commas."""
    grouped = _GROUPED.fullmatch(word)
    if grouped:
        mark = grouped[1]
        whole = float(word.replace(mark, ""))
        if word.count(mark) > 1:
            return [whole]
        part = float(word.replace(mark, "."))
        return [whole, part] if mark == "," else [part, whole]
    # Of both marks, the last one parts off the decimals.
    if word.rfind(",") > word.rfind("."):
        word = word.replace(".", "").replace(",", ".")
    else:
        word = word.replace(",", "")
    return [float(word)] if _NUMBER.fullmatch(word) else []


def judge_choice(key: Mapping[str, Any], chosen: int) -> Feedback:
    """Judge a choice by its place (chapter 1).

    Parameters
    ----------
    key : mapping
        An exercise's.
    chosen : int
        From 0.

    Returns
    -------
    Feedback
    """
    choice = key["choices"][chosen]
    return Feedback(
        choice["right"], f"{'Right' if choice['right'] else 'Not so'}. {choice['said']}"
    )


def judge_number(key: Mapping[str, Any], answer: str | float) -> Feedback:
    """Judge a number, or one written by a person (chapter 1).

    Parameters
    ----------
    key : mapping
        An exercise's.
    answer : str or float

    Returns
    -------
    Feedback
    """
    unit = key["unit"]
    found = read_numbers(answer, unit, key["ask"]) if isinstance(answer, str) else [answer]
    found = [value for value in found if math.isfinite(value)]
    if not found:
        return Feedback(False, NO_NUMBER)
    right, tolerance = key["right"], key["tolerance"]
    if any(_within(value, right, tolerance) for value in found):
        return Feedback(True, f"Right: {with_unit(key['shown'], unit)}. {key['said']}".strip())
    for value in found:
        near = [one for one in key["likely"] if _within(value, one["value"], tolerance)]
        if near:
            nearest = min(near, key=lambda one: abs(one["value"] - value))
            return Feedback(False, f"Not so. {nearest['said']}")
    return Feedback(False, f"Not so. {_off(found[0], right)}")


def _within(value: float, target: float, tolerance: float) -> bool:
    # What was meant to lie on the edge counts, whatever the last bit.
    return abs(value - target) <= tolerance * (1 + 1e-9)


def _off(value: float, right: float) -> str:
    """Say on which side of the right number another lies, with about how far."""
    side = "Too high" if value > right else "Too low"
    if value == 0 or right == 0:
        return f"{side}."
    if (value > 0) != (right > 0):
        return f"{side}: mind the sign."
    ratio = max(value / right, right / value)
    if ratio < CLOSE:
        return f"{side}, but close: by less than a tenth."
    if ratio < FACTOR:
        return f"{side}, by about {10 * _whole(10 * abs(value - right) / abs(right))}%."
    if ratio >= MOST:
        return f"{side}, by a factor of more than a million."
    factor = _whole(ratio) if ratio >= 10 else _whole(10 * ratio) / 10
    return f"{side}, by a factor of about {factor:,g}."


def _whole(value: float) -> int:
    """Round half up, as JavaScript does."""
    return math.floor(value + 0.5)


# ---- words ------------------------------------------------------------------------------------------


def _words(text: object) -> str:
    """Lay text that a chapter typed over several lines in one."""
    return " ".join(str(text).split())


def _plain(text: str) -> str:
    return _words(text).replace("`", "").rstrip(".").lower()


def _sentence(text: str) -> str:
    words = _words(text)
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _inline(text: str) -> str:
    """Set text as HTML, with what stands between backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(
        f"<code>{escape(part)}</code>" if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )
