"""Makes all pages anew once an extension of this site has changed, for any may change any page."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


def setup(app: Sphinx) -> dict[str, bool]:
    """Keep with the pages what made them, where Sphinx compares it with the next build's."""
    app.add_config_value("own_extensions", "", "env", [str])
    app.connect("config-inited", note_extensions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def note_extensions(_app: Sphinx, config: Config) -> None:
    """Set a setting to the hash of all files beside this one."""
    here, total = Path(__file__).parent, sha256()
    for path in sorted(here.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(f"{path.relative_to(here).as_posix()}\0".encode() + path.read_bytes())
    config.own_extensions = total.hexdigest()
