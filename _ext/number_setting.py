"""Sets the numbers in the pages' own words as qdtools sets those that chapters compute: see `set_numbers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from qdtools.show.numbers import set_numbers

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: What holds no words: code, formulas, markup that came as it is.
NO_WORDS = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(SetNumbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class SetNumbers(SphinxPostTransform):
    """Puts a true minus before negative numbers, and a unit on the line of its number."""

    # Late: what links show may have come from elsewhere.
    default_priority = 900
    formats = ("html",)

    def run(self, **_options: Any) -> None:
        for text in list(self.document.findall(nodes.Text)):
            within = text.parent
            while within is not None and not isinstance(within, NO_WORDS):
                within = within.parent
            if within is None and (words := set_numbers(str(text))) != str(text):
                text.parent.replace(text, nodes.Text(words))
