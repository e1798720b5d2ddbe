"""Folds the code of hidden cells that follow each other under one bar, where a page shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Join before MyST-NB puts a bar above each cell."""
    app.add_post_transform(OneBar)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class OneBar(SphinxPostTransform):
    """Hand the code of a folded cell that shows nothing on to the folded cell after it."""

    default_priority = 198
    formats = ("html",)

    def run(self, **_kwargs: object) -> None:
        """Go through the cells in their order, so that three become one, too."""
        for cell in list(self.document.findall(nodes.container)):
            if not (folded(cell) and len(cell.children) == 1):
                continue
            after = cell.next_node(descend=False, siblings=True)
            while after is not None and is_empty(after):
                after = after.next_node(descend=False, siblings=True)
            if after is not None and folded(after):
                after.children[0].insert(0, cell.children[0].children)
                cell.parent.remove(cell)


def folded(node: nodes.Node) -> bool:
    """Whether a cell's code stands below a bar."""
    return (
        isinstance(node, nodes.container)
        and node.get("hide_mode") == "input"
        and bool(node.children)
        and node.children[0].get("nb_element") == "cell_code_source"
    )


def is_empty(node: nodes.Node) -> bool:
    """Whether nothing of a cell is seen: its code is removed, and it shows nothing."""
    return (
        isinstance(node, nodes.container)
        and node.get("nb_element") == "cell_code"
        and not node.children
    )
