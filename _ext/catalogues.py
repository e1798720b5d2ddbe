"""Lets Sphinx collect the prose for translators without running a chapter.

What chapters compute is said anew at each build, so it is no part of a catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: The listeners that look for results of chapters.
EXECUTION = "execution_cache"


def setup(app: Sphinx) -> dict[str, bool]:
    # Before MyST-NB takes over what is set.
    app.connect("builder-inited", leave_chapters_alone, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def leave_chapters_alone(app: Sphinx) -> None:
    """Execute nothing where Sphinx writes catalogues."""
    if app.builder.name != "gettext":
        return
    app.config.nb_execution_mode = "off"
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if one.handler.__module__ != EXECUTION]
