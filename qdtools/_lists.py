"""Names in one text, between commas: read from it, written so."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def split_names(text: str) -> list[str]:
    """Give the names between the commas of a text; one that holds commas stands in quotation marks.

    Examples
    --------
    >>> split_names('cat, "salt, pepper"')
    ['cat', 'salt, pepper']
    """
    lines = csv.reader([" ".join(text.splitlines())], skipinitialspace=True)
    try:
        cells = [cell for line in lines for cell in line]
    except csv.Error:  # longer than any list of names
        cells = text.split(",")
    return [name for cell in cells if (name := cell.strip())]


def join_names(names: Iterable[str]) -> str:
    """Write names as `split_names` reads them.

    Examples
    --------
    >>> join_names(["cat", "salt, pepper"])
    'cat,"salt, pepper"'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(names)
    return text.getvalue()
