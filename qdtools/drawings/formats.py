"""Holds the table of pictures' formats that Python shares with the page."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

#: Limits, what is refused in which words, every format with the ends of its files' names.
WORDS: dict[str, Any] = json.loads(
    files(__package__).joinpath("pictures.json").read_text(encoding="utf-8")
)
#: How the names of pictures end; HEIC, an iPhone's format, is read where its decoder is installed.
ENDS: tuple[str, ...] = tuple(
    f".{end}" for end in (*(e for one in WORDS["formats"] for e in one["ends"]), "heic", "heif")
)
