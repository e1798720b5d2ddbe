"""Drawings of networks made from the networks themselves."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from IPython.display import HTML

from ..drawings.canvas import SIDE
from .blocks import Block, blocks_of
from .style import style_of

if TYPE_CHECKING:
    from collections.abc import Sequence

#: More blocks than these do not stand beside each other on any page.
MOST_BESIDE = 10
#: CSS pixels: a line of text, the width of a character, of a bold one, a map of full size, the same lying.
LINE, CHARACTER, BOLD, TALLEST, WIDEST = 15, 6.4, 7.4, 104, 76
#: Most characters beside a block on a phone.
BESIDE = 32


def draw_network(network: Any) -> HTML:
    """Draw a network as blocks, with what each does and the shape that comes out (chapter 3).

    Parameters
    ----------
    network : keras.Model or sequence of tuple
        A model of Keras, or blocks as ``(words, shape, kind)``: what it does, a line each; the shape
        of what comes out, without the batch; and ``"input"``, ``"conv"``, ``"residual"``, ``"pool"``,
        ``"up"``, ``"dense"`` or ``"other"``. A fourth item lists the positions of earlier blocks that
        are added to it.

    Returns
    -------
    IPython.display.HTML
        Blocks from left to right, from top to bottom on a phone; those of an arc's two ends are
        joined by a skip connection.

    Raises
    ------
    SettingError
        If `network` is neither.

    Examples
    --------
    >>> blocks = [("input", (28, 28, 1), "input"), ("dense", (5,), "dense")]
    >>> "dense, 5" in draw_network(blocks).data
    True
    """
    blocks = blocks_of(network)
    said = "; ".join(_said(number, block) for number, block in enumerate(blocks))
    label = f'role="img" aria-label="Network: {escape(said)}"'
    tall = _from_top(blocks, label)
    wide = _from_left(blocks, label) if len(blocks) <= MOST_BESIDE else ""
    body = wide + tall.replace("qd-net ", "qd-net qd-narrow ", 1) if wide else tall
    return HTML(f'{style_of("figure", "network")}<div class="qd-network">{body}</div>')


def _said(number: int, block: Block) -> str:
    added = f", with the output of block {', '.join(str(one + 1) for one in block.added)}"
    return f"{number + 1} {' '.join(block.words)}, {_sizes(block)}" + added * bool(block.added)


def _sizes(block: Block) -> str:
    return "×".join(f"{size:,}" for size in block.shape)


def _measures(block: Block) -> tuple[float, float]:
    """Return how tall and how deep a block is drawn: by the map's side, by its channels."""
    if len(block.shape) == 3:
        tall = 18 + (TALLEST - 18) * min(1, block.shape[0] / SIDE)
        return tall, 5 + 5 * math.log2(max(1, block.shape[2]))
    n = math.prod(block.shape)
    return min(TALLEST, 16 + 9 * math.log2(max(1, n))), 9


def _parameters(block: Block) -> str:
    return f"{block.parameters:,}" if block.parameters else ""


def _text(x: float, y: float, words: str, kind: str, anchor: str = "middle") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {where}>{escape(words)}</text>' if words else ""


def _arrow(x: float, y: float, to_x: float, to_y: float) -> str:
    """Draw a straight arrow to the right or downwards."""
    head = f"M{to_x - 4:.1f},{to_y - 3:.1f}l4,3l-4,3"
    if to_x == x:
        head = f"M{to_x - 3:.1f},{to_y - 4:.1f}l3,4l3,-4"
    return f'<path class="qd-line" d="M{x:.1f},{y:.1f}L{to_x:.1f},{to_y:.1f}{head}"/>'


def _box(x: float, y: float, width: float, height: float, kind: str) -> str:
    size = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="qd-{kind}" {size} rx="2"/>'


def _svg(width: float, height: float, label: str, kind: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="qd-svg qd-net {kind}" viewBox="0 0 {width:.0f} {height:.0f}" {label} '
        f'style="width:{width:.0f}px">{"".join(parts)}</svg>'
    )


def _from_left(blocks: list[Block], label: str) -> str:
    texts = [(_sizes(block), *block.words, _parameters(block)) for block in blocks]
    columns = [
        max(BOLD * len(words[0]), CHARACTER * max(map(len, words)), _measures(block)[1] + 18) + 16
        for block, words in zip(blocks, texts, strict=True)
    ]
    longest = max((at - source for at, one in enumerate(blocks) for source in one.added), default=0)
    loops = any(block.kind == "residual" for block in blocks)
    top = 4.0 + (18 + 5 * longest if longest else 14 * loops)
    middle = top + TALLEST / 2
    parts: list[str] = []
    centres: list[float] = []
    x = 0.0
    for number, (block, words, column) in enumerate(zip(blocks, texts, columns, strict=True)):
        tall, deep = _measures(block)
        centre = x + column / 2
        if number:
            start = centres[-1] + _measures(blocks[number - 1])[1] / 2
            parts.append(_arrow(start + 3, middle, centre - deep / 2 - 3, middle))
        parts.append(_box(centre - deep / 2, middle - tall / 2, deep, tall, block.kind))
        if block.kind == "residual":
            edge = middle - tall / 2 - 2
            bow = f"M{centre - deep / 2:.1f},{edge:.1f}v-4q0,-5 5,-5h{deep - 10:.1f}q5,0 5,5v4"
            parts.append(f'<path class="qd-line" d="{bow}m-3,-4l3,4l3,-4"/>')
        for source in block.added:
            high = top - 10 - 5 * (number - source)
            start = centres[source] + _measures(blocks[source])[1] / 2
            end = centre + deep / 2 - 2
            begin, stop = (middle - _measures(one)[0] / 2 - 2 for one in (blocks[source], block))
            curve = f"M{start:.1f},{begin:.1f}C{start:.1f},{high:.1f}"
            curve += f" {end:.1f},{high:.1f} {end:.1f},{stop:.1f}"
            parts.append(f'<path class="qd-skip" d="{curve}m-3,-5l3,5l3,-5"/>')
        y = top + TALLEST
        for line, text in enumerate(words):
            kind = "qd-sizes" if not line else "qd-count" if line == len(words) - 1 else "qd-words"
            y += LINE if text else 0
            parts.append(_text(centre, y, text, kind))
        centres.append(centre)
        x += column
    lines = max(sum(map(bool, words)) for words in texts)
    bottom = top + TALLEST + LINE * lines + 6
    told = any(_parameters(block) for block in blocks)
    if told:
        parts.append(_text(4, bottom + LINE, _LEGEND, "qd-count", "start"))
    return _svg(x, bottom + (LINE + 4) * told, label, "qd-wide", parts)


_LEGEND = "below each: height × width × channels, what it does, parameters"


def _wrapped(words: Sequence[str]) -> list[str]:
    """Set what a block does into as few lines as stand beside it on a phone."""
    lines = [words[0]]
    for word in words[1:]:
        joined = f"{lines[-1]} · {word}"
        if len(joined) <= BESIDE:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _from_top(blocks: list[Block], label: str) -> str:
    arcs = [(source, number) for number, block in enumerate(blocks) for source in block.added]
    longest = max((number - source for source, number in arcs), default=0)
    loops = any(block.kind == "residual" for block in blocks)
    left = 4.0 + (16 + 4 * longest if longest else 12 * loops)
    middle, step = left + WIDEST / 2, 46
    parts: list[str] = []
    tops: list[tuple[float, float, float]] = []
    y = 4.0
    for number, block in enumerate(blocks):
        tall, deep = _measures(block)
        wide, high = tall * WIDEST / TALLEST, max(6.0, deep * 0.7)
        lines = _wrapped(block.words)
        row = max(step + LINE * (len(lines) - 1), high + 14)
        top = y + (row - high) / 2
        if number:
            parts.append(_arrow(middle, tops[-1][1] + 2, middle, top - 2))
        parts.append(_box(middle - wide / 2, top, wide, high, block.kind))
        if block.kind == "residual":
            edge = middle - wide / 2 - 2
            bow = f"M{edge:.1f},{top:.1f}h-3q-5,0 -5,5v{high - 10:.1f}q0,5 5,5h3"
            parts.append(f'<path class="qd-line" d="{bow}m-4,-3l4,3l-4,3"/>')
        text, line = left + WIDEST + 10, top + high / 2 + 5 - LINE * len(lines) / 2
        for words in lines:
            parts.append(_text(text, line, words, "qd-words", "start"))
            line += LINE
        count = f" · {_parameters(block)}" if _parameters(block) else ""
        sizes = f'<tspan class="qd-sizes">{_sizes(block)}</tspan><tspan class="qd-count">{count}'
        parts.append(f'<text x="{text:.1f}" y="{line:.1f}">{sizes}</tspan></text>')
        tops.append((top, top + high, middle - wide / 2))
        y += row
    for source, number in arcs:
        begin, end = (tops[source][1] - 2, tops[number][1] - 2)
        out = left - 10 - 4 * (number - source)
        from_x, to_x = tops[source][2] - 2, tops[number][2] - 2
        curve = f"M{from_x:.1f},{begin:.1f}C{out:.1f},{begin:.1f} {out:.1f},{end:.1f} {to_x:.1f},{end:.1f}"
        parts.append(f'<path class="qd-skip" d="{curve}m-5,-3l5,3l-5,3"/>')
    if any(_parameters(block) for block in blocks):
        parts.append(_text(4, y + LINE, _SHORT_LEGEND, "qd-count", "start"))
        y += LINE + 6
    return _svg(350, y, label, "", parts)


_SHORT_LEGEND = "height × width × channels · parameters"
