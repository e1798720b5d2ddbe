"""Words of a chapter that hold what the chapter has computed."""

from __future__ import annotations

from IPython.display import Markdown

from .numbers import set_numbers_in


def say(text: str) -> Markdown | None:
    r"""Say Markdown with computed numbers in it, the same in JupyterLab as in the page (chapter 1).

    Parameters
    ----------
    text : str
        Markdown, which may be indented as the code around it is: each line loses the indentation of
        the first one. Formulas stand between dollar signs.

    Returns
    -------
    IPython.display.Markdown or None
        To be the last expression of a cell; None, which shows nothing, where there is nothing to say.
        Numbers are set as `set_numbers` sets them.

    Examples
    --------
    >>> say(f'''
    ...     Of {2 + 3} drawings
    ...     $x = 5$ are cats.
    ... ''').data
    'Of 5 drawings\n$x = 5$ are cats.'
    """
    lines = text.strip("\n").rstrip().splitlines()
    if not lines:
        return None
    # Not the least indentation: a table put in by a variable has none.
    first = lines[0]
    indentation = first[: len(first) - len(first.lstrip())]
    return Markdown(set_numbers_in("\n".join(line.removeprefix(indentation) for line in lines)))
