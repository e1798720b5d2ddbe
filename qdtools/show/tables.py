"""How chapters show comparisons: tables of methods under conditions."""

from __future__ import annotations

from functools import partial
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from IPython.display import HTML

from ..errors import SettingError
from ..evaluation import METHODS, METRICS, Row, Scores, metric_of
from ..statistics import SIGNIFICANT
from .numbers import set_numbers
from .style import style_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def _top1(row: Row) -> str:
    low, high = row["ci95"]
    return f"{100 * row['top1']:.1f}<br><small>{100 * low:.0f}–{100 * high:.0f}</small>"


def _cell(row: Row, metric: str) -> str:
    value = metric_of(row, metric)
    if value is None:
        return "exact"
    exact = row["n_exact"] if metric == "psnr" else 0
    return f"{value:.{METRICS[metric].digits}f}" + (
        f"<br><small>{exact} exact</small>" if exact else ""
    )


#: What a table can show: its caption, with what stands in a row's cell.
_CELLS: dict[str, tuple[str, Callable[[Row], str]]] = {
    "top1": ("top-1 in %, 95% interval below", _top1),
    **{key: (metric.caption, partial(_cell, metric=key)) for key, metric in METRICS.items()},
    "cpu_ms": ("CPU milliseconds an image", lambda row: f"{row['cpu_ms']:.2f}"),
}


def condition(row: Row) -> str:
    """Name what was done to the drawings of a row (chapter 5's appendix).

    Parameters
    ----------
    row : Row
        One of the rows of `qdtools.evaluate`.

    Returns
    -------
    str
        ``"clean"``, or the kind of noise with its level: ``"gaussian 0.5"``.
    """
    return f"{row['noise'].replace('_', ' ')} {row['level']:g}" if row["level"] else "clean"


def comparison(
    scores: Sequence[Scores],
    show: str = "top1",
    seen: Sequence[str] = ("clean", "gaussian"),
    names: Mapping[str, str] | None = None,
) -> HTML:
    """Set methods beside each other, a row each, under all conditions, a column each (chapter 5's appendix).

    Parameters
    ----------
    scores : sequence of Scores
        What `qdtools.evaluate` returned for the same drawings and methods, once a kind of noise.
    show : str
        ``"top1"``, ``"cpu_ms"`` or a key of `qdtools.evaluation.METRICS`: ``"psnr"``, ``"ssim"``.
    seen : sequence of str
        Kinds that the shipped networks met in training; the others' headings say unseen.
    names : mapping of str to str, optional
        What to call each method, if not by its own name.

    Returns
    -------
    IPython.display.HTML
        In each column of accuracies the winner is bold with a star; a wave marks those that a paired
        test on the same drawings cannot tell from it.

    Raises
    ------
    SettingError
        If `show` is none of these.
    """
    if show not in _CELLS:
        raise SettingError(f"There is no column {show!r}; choose one of {', '.join(_CELLS)}.")
    unit, cell = _CELLS[show]
    called = names or {key: method.name for key, method in METHODS.items()}
    by: dict[str, dict[str, Row]] = {}
    for row in (row for score in scores for row in score["rows"]):
        # Each kind of noise has its own clean column; one is enough.
        by.setdefault(row["method"], {}).setdefault(condition(row), row)
    first = next(iter(by.values()))
    columns = list(first)
    kinds = [first[name]["noise"] if first[name]["level"] else "clean" for name in columns]
    heads = "".join(
        f"<th scope='colgroup' colspan='{len(list(same))}'>{escape(kind.replace('_', ' '))}"
        + ("" if kind in seen else "<br><small>unseen</small>")
        + "</th>"
        for kind, same in groupby(kinds)
    )
    levels = "".join(
        f"<th scope='col'>{first[name]['level']:g}</th>" if first[name]["level"] else "<td></td>"
        for name in columns
    )
    lines = []
    for method, rows in by.items():
        cells = "".join(_marked(cell(rows[name]), rows[name], show) for name in columns)
        lines.append(f"<tr><th scope='row'>{escape(called[method])}</th>{cells}</tr>")
    n, repeats = scores[0]["n"], scores[0]["repeats"]
    times = "once" if repeats == 1 else f"{repeats} times"
    caption = set_numbers(f"{unit}; n = {n} drawings, each spoiled {times}")
    return HTML(
        style_of("comparison")
        + f"<div class='comparison' role='region' tabindex='0' aria-label='{escape(caption)}'>"
        f"<table><caption><span>{escape(caption)}</span></caption>"
        f"<thead><tr><th scope='col' rowspan='2'>method</th>{heads}</tr>"
        f"<tr class='levels'>{levels}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _marked(text: str, row: Row, show: str) -> str:
    if show != "top1":
        return f"<td>{text}</td>"
    if row["best"]:
        return f"<td class='best'><b>★ {text}</b></td>"
    tied = row["p_value"] is not None and row["p_value"] >= SIGNIFICANT
    return f"<td>{'≈ ' if tied else ''}{text}</td>"
