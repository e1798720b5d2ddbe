"""Tells by one hash all that a chapter's outputs depend on besides its own code.

Of the package only those modules count that the chapter reaches, itself or by what it imports. They
are found by reading code; what reading cannot follow counts as the whole package.
"""

from __future__ import annotations

import ast
import hashlib
import platform
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.inputtransformer2 import TransformerManager

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import nbformat

# Bytecode computes nothing, prose neither; a stub only says which module holds a name.
_NO_INPUT = {".pyc", ".pyi", ".md"}


@dataclass(frozen=True)
class Inputs:
    """What outputs depend on, as the configuration names it.

    Attributes
    ----------
    root : Path
        The folder of the book.
    package : str
        Name of the package whose modules count for those chapters that reach them.
    patterns : sequence of str
        Files that count for every chapter, below `root`.
    variables : sequence of str
        Beginnings of names of environment variables that count.
    folders : sequence of str
        Environment variables that name a folder of the reader whose files count.
    """

    root: Path
    package: str
    patterns: Sequence[str]
    variables: Sequence[str]
    folders: Sequence[str]


def chapter_key(
    chapter: nbformat.NotebookNode, inputs: Inputs, environment: Mapping[str, str]
) -> str:
    """Hash the files, variables and folders of the reader that a chapter's outputs depend on."""
    total = hashlib.sha256(platform.python_version().encode())
    files = {path for pattern in inputs.patterns for path in inputs.root.glob(pattern)}
    files |= set(Package(inputs.root / inputs.package).reached(chapter_code(chapter)))
    for path in sorted(path for path in files if path.is_file() and path.suffix not in _NO_INPUT):
        total.update(f"{path.relative_to(inputs.root)}\0{_file_hash(path)}\0".encode())
    for name, value in sorted(environment.items()):
        if name.startswith(tuple(inputs.variables)):
            total.update(f"{name}\0{value}\0".encode())
    for folder in filter(None, map(environment.get, inputs.folders)):
        # The reader's files may be gigabytes: size and times of change stand for their content, among
        # them that of the entry itself, which no program sets as it sets the other.
        for path in sorted(Path(folder).rglob("*")):
            state = path.stat() if path.exists() else path.lstat()  # a link may lead nowhere
            times = f"{state.st_mtime_ns}\0{state.st_ctime_ns}"
            total.update(f"{path}\0{state.st_size}\0{times}\0".encode("utf-8", "surrogateescape"))
    return total.hexdigest()[:16]


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def chapter_code(chapter: nbformat.NotebookNode) -> str:
    """Return the code of all cells as plain Python, commands for the shell as calls."""
    cells = (cell.source for cell in chapter.cells if cell.cell_type == "code")
    return "\n".join(map(TransformerManager().transform_cell, cells))


class UnresolvedError(Exception):
    """A name of the package whose module cannot be read from the code."""


@dataclass(frozen=True)
class Package:
    """A Python package as files on disk.

    Attributes
    ----------
    folder : Path
        Where it lies; the folder's name is the package's.
    """

    folder: Path

    @cached_property
    def modules(self) -> dict[str, Path]:
        """File of each module by its dotted name."""
        found = {}
        for path in sorted(self.folder.rglob("*.py")):
            parts = path.relative_to(self.folder.parent).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
        return found

    def reached(self, code: str) -> set[Path]:
        """Find the files that code reaches: modules with what they import, data files beside them.

        Parameters
        ----------
        code : str
            Python code from outside of the package.

        Returns
        -------
        set of Path
            All files of the package, if the code or a module names something in it that reading
            cannot follow.
        """
        try:
            todo = _Names(self).read(code)
            modules: set[str] = set()
            while todo:
                module = todo.pop()
                if module in modules:
                    continue
                modules.add(module)
                if "." in module:  # to import a module runs the packages that it lies in
                    todo.append(module.rpartition(".")[0])
                todo += _Names(self, module).read(self.modules[module].read_text("utf-8"))
        except (UnresolvedError, SyntaxError):
            return {path for path in self.folder.rglob("*") if path.is_file()}
        found = {self.modules[module] for module in modules}
        return found.union(*(self._data_beside(path.parent) for path in found))

    def _data_beside(self, folder: Path) -> set[Path]:
        """Files that are no code in a folder of modules, those in its folders without modules too."""
        found: set[Path] = set()
        for path in folder.iterdir():
            if path.is_dir() and not any(path.rglob("*.py")):
                found |= {file for file in path.rglob("*") if file.is_file()}
            elif path.is_file() and path.suffix != ".py":
                found.add(path)
        return found

    def home(self, module: str, name: str) -> str:
        """Return the module that must be read for a name of a module."""
        if f"{module}.{name}" in self.modules:
            return f"{module}.{name}"
        stub = self.modules[module].with_suffix(".pyi")
        if stub.is_file():
            for node in ast.parse(stub.read_text("utf-8")).body:
                if isinstance(node, ast.ImportFrom):
                    for alias in node.names:
                        if (alias.asname or alias.name) == name:
                            source = self.source(node, module)
                            return self.home(source, alias.name) if source else module
        if name not in _bound_names(self.modules[module].read_text("utf-8")):
            raise UnresolvedError
        return module

    def source(self, node: ast.ImportFrom, module: str | None) -> str | None:
        """Return the module of this package that an import takes names from, None if of another."""
        name = node.module or ""
        if node.level:
            if module is None:
                raise UnresolvedError
            parts = module.split(".")
            up = node.level - (self.modules[module].name == "__init__.py")
            name = ".".join([*parts[: len(parts) - up], *filter(None, [node.module])])
        elif not self.holds(name):
            return None
        if name not in self.modules:
            raise UnresolvedError
        return name

    def holds(self, module: str) -> bool:
        """Whether a dotted name lies in this package."""
        return module.partition(".")[0] == self.folder.name


def _bound_names(code: str) -> set[str]:
    """Names that a module's code binds outside of functions and classes."""
    names: set[str] = set()
    todo: list[ast.AST] = [ast.parse(code)]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        todo += ast.iter_child_nodes(node)
    return names


@dataclass
class _Names(ast.NodeVisitor):
    """Collects the modules of a package that a piece of code names, inside functions too."""

    package: Package
    #: The module that the code is, None for code from outside of the package.
    module: str | None = None
    found: list[str] = field(default_factory=list)
    #: Names in the code that stand for modules of the package.
    aliases: dict[str, str] = field(default_factory=dict)

    def read(self, code: str) -> list[str]:
        tree = ast.parse(code)
        # A function may use a name that is imported further down: imports first.
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self._bind(node)
            elif isinstance(node, ast.ImportFrom):
                self._bind_from(node)
        self.visit(tree)
        return self.found

    def _bind(self, node: ast.Import) -> None:
        for alias in filter(lambda alias: self.package.holds(alias.name), node.names):
            whole = alias.name if alias.asname else alias.name.partition(".")[0]
            self.aliases[alias.asname or whole] = whole

    def _bind_from(self, node: ast.ImportFrom) -> None:
        source = self.package.source(node, self.module)
        for alias in node.names:
            if source and f"{source}.{alias.name}" in self.package.modules:
                self.aliases[alias.asname or alias.name] = f"{source}.{alias.name}"

    def _reach(self, module: str) -> None:
        if module not in self.package.modules:
            raise UnresolvedError
        self.found.append(module)

    def visit_If(self, node: ast.If) -> None:
        # What is imported for type checkers alone never runs.
        typing_only = ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        for child in node.orelse if typing_only else ast.iter_child_nodes(node):
            self.visit(child)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in filter(lambda alias: self.package.holds(alias.name), node.names):
            self._reach(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if source := self.package.source(node, self.module):
            self._reach(source)
            for alias in node.names:
                self._reach(self.package.home(source, alias.name))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        names = [node.attr]
        owner = node.value
        while isinstance(owner, ast.Attribute):
            names.append(owner.attr)
            owner = owner.value
        if not (isinstance(owner, ast.Name) and owner.id in self.aliases):
            self.generic_visit(node)
            return
        module = self.aliases[owner.id]
        while names:
            home = self.package.home(module, name := names.pop())
            self._reach(home)
            if home != f"{module}.{name}":  # a name in a module: what it has is its own matter
                return
            module = home

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and node.id in self.aliases:
            module = self.aliases[node.id]
            if self.package.modules[module].name == "__init__.py":
                raise UnresolvedError  # handed to code that may ask it for any name
            self._reach(module)

    def visit_Call(self, node: ast.Call) -> None:
        self._find_command(node.args)
        imports = ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__"}
        name = _text(node.args[0]) if imports and node.args else None
        if imports and (name is None or name.startswith(".")):
            raise UnresolvedError
        self.generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        self._find_command(node.elts)
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        self._find_command(node.elts)
        self.generic_visit(node)

    def _find_command(self, arguments: Sequence[ast.expr]) -> None:
        """Reach what a command runs: [..., "-m", "package"], or "package ..." in a chapter."""
        before = None
        for text in map(_text, arguments):
            if text and before == "-m" and self.package.holds(text):
                self._reach(
                    f"{text}.__main__" if f"{text}.__main__" in self.package.modules else text
                )
            before = text
        if self.module is None:
            name = self.package.folder.name
            for words in (text.split() for text in map(_text, arguments) if text):
                if words[:1] == [name] or ("-m", name) in pairwise(words):
                    self._reach(f"{name}.__main__")

    def visit_Constant(self, node: ast.Constant) -> None:
        # The dotted name of a module as text: it is imported late, or run by another process.
        if isinstance(node.value, str) and "." in node.value and node.value in self.package.modules:
            self._reach(node.value)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
