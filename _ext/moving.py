"""Lays out what moves in a page where nothing can be moved: on slides, in print.

Of each explorer (qdtools.show.widgets) a few states are taken, each with where its controls stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

WIDGET = "application/vnd.jupyter.widget"
#: So many states tell what happens; one more is shown rather than left out alone.
MOST = 5


class State(NamedTuple):
    """What an explorer shows, with where its controls stand."""

    says: str
    html: str


def laid_out(name: str, models: dict[str, Any], lay: Callable[[list[State]], str]) -> str:
    """Give what a widget shows as HTML, in which `lay` puts the states of explorers beside each other.

    In the page's own copy of the models, a state leaves out what is usual.
    """
    kind, state = models[name]["model_name"], models[name]["state"]
    if kind == "HTMLModel":
        return str(state.get("value", ""))
    children = [child.removeprefix("IPY_MODEL_") for child in state.get("children", ())]
    stacks = [child for child in children if models[child]["model_name"] == "StackModel"]
    if stacks:
        # Its style comes first.
        look = [child for child in children if models[child]["model_name"] == "HTMLModel"]
        shown = lay(states_of(stacks[0], children, models))
        return "".join(laid_out(child, models, lay) for child in look) + shown
    return "".join(laid_out(child, models, lay) for child in children)


def as_opened(name: str, models: dict[str, Any]) -> str:
    """Give what a widget shows before anything is moved, as HTML without its controls."""
    kind, state = models[name]["model_name"], models[name]["state"]
    if kind == "HTMLModel":
        return str(state.get("value", ""))
    children = [child.removeprefix("IPY_MODEL_") for child in state.get("children", ())]
    if kind == "StackModel":
        children = children[state.get("selected_index") or 0 :][:1]
    return "".join(as_opened(child, models) for child in children)


def states_of(stack: str, beside: list[str], models: dict[str, Any]) -> list[State]:
    """Take some states along an explorer's last control, the others standing as they open."""
    controls = [models[one]["state"] for one in beside if "_options_labels" in models[one]["state"]]
    along = controls[-1]
    opens = [control.get("index") or 0 for control in controls]
    states = []
    for place in chosen(len(along["_options_labels"]), opens[-1]):
        stand, at = [*opens[:-1], place], stack
        for index in stand:
            at = models[at]["state"]["children"][index].removeprefix("IPY_MODEL_")
        says = ", ".join(
            f"{control['description']}: {control['_options_labels'][index]}"
            for control, index in zip(controls, stand, strict=True)
        )
        states.append(State(says, str(models[at]["state"].get("value", ""))))
    return states


def chosen(number: int, opens: int) -> list[int]:
    """Choose places along a control: both ends, the one that it opens at, others evenly between.

    They run from the end at which it opens: noise goes down where the reader is asked to drag it down.
    """
    if number <= MOST + 1:
        places = [*range(number)]
    else:
        places = [round(step * (number - 1) / (MOST - 1)) for step in range(MOST)]
        if opens not in places:
            between = range(1, MOST - 1)
            nearest = min(between, key=lambda at: abs(places[at] - opens))
            places[nearest] = opens
    return places[::-1] if number and opens == number - 1 else places
