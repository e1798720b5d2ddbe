"""The names of the architectures, known without waking the Keras that builds them."""

from __future__ import annotations

import ast
from pathlib import Path


def _registered(table: str) -> tuple[str, ...]:
    """List the names under which functions of ``networks.py`` stand in one of its tables."""
    source = Path(__file__).with_name("networks.py").read_text(encoding="utf-8")
    calls = (
        decorator
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
    )
    return tuple(
        str(ast.literal_eval(call.args[1]))
        for call in calls
        if ast.unparse(call.func) == "_architecture" and ast.unparse(call.args[0]) == table
    )


#: Every denoiser and classifier that can be trained.
DENOISERS, CLASSIFIERS = _registered("DENOISERS"), _registered("CLASSIFIERS")
