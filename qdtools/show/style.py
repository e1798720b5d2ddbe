"""The look that each output brings along, for JupyterLab; the book's pages have it in their own style."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def style_of(*names: str) -> str:
    """Return the styles of parts of this package as one element, to stand before their markup.

    An output of a notebook is shown alone, whatever ran before it. The build takes the element out
    of the pages (_ext/light_pages.py), whose own style imports the same files.

    Parameters
    ----------
    *names : str
        Of the files ``NAME.css`` beside this one.

    Returns
    -------
    str
        A ``<style>`` element.
    """
    texts = (part_of(f"{name}.css") for name in names)
    return f'<style class="qd-style">\n{"".join(texts)}</style>'


def part_of(name: str) -> str:
    """Read a file of markup, style or script that lies beside this package's code."""
    return (files("qdtools") / "show" / name).read_text(encoding="utf-8")
