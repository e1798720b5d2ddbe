"""Promises of the reference of the package: each public name stands there, told in numpydoc's form."""

import re
from dataclasses import is_dataclass

import numpydoc.validate
import pytest

import qdtools as qd

#: Sections that a docstring need not have: more words, links, examples, which the chapters are.
NOT_ASKED = {"ES01", "EX01", "SA01"}


def told(name):
    """Find what numpydoc misses in a docstring."""
    thing = getattr(qd, name)
    found = numpydoc.validate.validate(f"{thing.__module__}.{thing.__qualname__}")["errors"]
    # The attributes of a data class are the parameters of its constructor; a refusal takes its sentence.
    said_elsewhere = is_dataclass(thing) or (
        isinstance(thing, type) and issubclass(thing, Exception)
    )
    asked = NOT_ASKED | ({"PR01"} if said_elsewhere else set())
    return [f"{code} {message}" for code, message in found if code not in asked]


@pytest.mark.parametrize(
    "name", [name for name in qd.__all__ if hasattr(getattr(qd, name), "__module__")]
)
def test_a_public_name_is_told_in_the_form_of_numpydoc(name):
    if hasattr(getattr(qd, name), "__qualname__"):
        assert not told(name)


def test_the_reference_has_an_entry_for_each_public_name(built_site):
    page = (built_site / "book/api.html").read_text(encoding="utf-8")
    entries = set(re.findall(r'id="qdtools\.(\w+)"', page))
    assert entries == set(qd.__all__)


def test_names_in_the_code_of_chapters_lead_to_their_entries(built_site):
    entries = set(re.findall(r'id="(qdtools\.\w+)"', (built_site / "book/api.html").read_text()))
    for path in sorted((built_site / "book").glob("[0-9]-*.html")):
        links = re.findall(r'class="code-link" href="api\.html#([\w.]+)"', path.read_text("utf-8"))
        assert len(links) >= 10, path
        assert set(links) <= entries, path
