"""Executes each chapter once for each state of what its outputs depend on.

Before Sphinx reads the pages, chapters without a computed result in the present state run here, two at
a time. Each state of a chapter (chapter_keys.py) has a cache of its own, in which MyST-NB then finds
the result. A result is trusted only when it can be read back.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import nbformat
from chapter_keys import Inputs, chapter_key
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

    from sphinx.application import Sphinx
    from sphinx.config import Config

#: Enough to go back and forth between two states (a short run and a long one) at no cost.
STATES_KEPT = 3
#: Beside a result, how many seconds it took to compute.
SECONDS = "seconds"

logger = logging.getLogger(__name__)


class ChapterError(SphinxError):
    """A chapter whose code failed, with all that its reader needs to mend it."""

    category = "A chapter failed"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the build."""
    app.add_config_value("execution_package", "", "", [str])
    app.add_config_value("execution_inputs", [], "", [list])
    app.add_config_value("execution_variables", [], "", [list])
    app.add_config_value("execution_folders", [], "", [list])
    app.add_config_value("execution_at_once", 2, "", [int])
    app.add_config_value("execution_first", [], "", [list])
    app.connect("config-inited", make_folders_absolute)
    app.connect("env-get-outdated", find_chapters_in_a_new_state)
    app.connect("env-before-read-docs", execute_what_has_no_result)
    app.connect("source-read", use_cache_of_this_state)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def make_folders_absolute(_app: Sphinx, config: Config) -> None:
    """Make a relative path mean the same to a chapter, which runs in its own folder."""
    resolve_folders(config.execution_folders, os.environ)


def resolve_folders(variables: Iterable[str], environment: MutableMapping[str, str]) -> None:
    """Make the paths that variables hold absolute."""
    for variable in variables:
        if environment.get(variable):
            environment[variable] = str(Path(environment[variable]).expanduser().resolve())


class ChapterEnvironment(BuildEnvironment):
    """Sphinx's memory of the build with what this extension adds to it."""

    #: Hash of all that a chapter depends on, by the chapter's name.
    chapter_keys: dict[str, str]
    #: MyST-NB's configuration for the page that is read next.
    mystnb_config: Any


def find_chapters_in_a_new_state(
    app: Sphinx, env: ChapterEnvironment, _added: set[str], _changed: set[str], _removed: set[str]
) -> list[str]:
    """List the chapters that depend on something which is not as it was when they were read.

    Those whose result is lost or torn since are among them: slides are made of it, too.
    """
    before = getattr(env, "chapter_keys", {})
    chapters = {
        name: read_chapter(path)
        for name in sorted(env.found_docs)
        if (path := Path(env.doc2path(name))).suffix == ".ipynb"
    }
    env.chapter_keys = {
        name: chapter_key(chapter, inputs_of(app), os.environ) for name, chapter in chapters.items()
    }
    return [
        name
        for name, key in env.chapter_keys.items()
        if before.get(name) != key
        or not has_result(state_folder(Path(app.outdir), name, key), chapters[name])
    ]


def inputs_of(app: Sphinx) -> Inputs:
    """Return what the configuration says that outputs depend on."""
    config = app.config
    return Inputs(
        Path(app.srcdir),
        config.execution_package,
        config.execution_inputs,
        config.execution_variables,
        config.execution_folders,
    )


def read_chapter(path: Path) -> nbformat.NotebookNode:
    """Read a notebook as MyST-NB does, so that both look for the same result."""
    chapter: nbformat.NotebookNode = nbformat.reads(path.read_text("utf-8"), as_version=4)
    return chapter


def state_folder(build: Path, name: str, key: str) -> Path:
    """Return the folder of a chapter's cache in one state; `build` is the folder of the site."""
    return build.parent / "executed" / name.replace("/", ".") / key


def chapter_with_results(app: Sphinx, name: str) -> nbformat.NotebookNode:
    """Give a chapter as it is now, with what it computed; only once the pages were read."""
    env = cast("ChapterEnvironment", app.env)
    chapter = read_chapter(Path(env.doc2path(name)))
    cache = get_cache(state_folder(Path(app.outdir), name, env.chapter_keys[name]))
    merged: nbformat.NotebookNode = cache.merge_match_into_notebook(chapter)[1]
    return merged


def execute_what_has_no_result(app: Sphinx, env: ChapterEnvironment, docnames: list[str]) -> None:
    """Run the chapters to be read that have no result in the present state, two at a time.

    Raises
    ------
    ChapterError
        If one of them failed; the results of the others are kept.
    """
    missing: dict[str, tuple[nbformat.NotebookNode, Path]] = {}
    folders = {
        name: state_folder(Path(app.outdir), name, key) for name, key in env.chapter_keys.items()
    }
    first = [name for name in app.config.execution_first if name in docnames]
    for name in filter(folders.__contains__, dict.fromkeys([*first, *docnames])):
        chapter = read_chapter(Path(env.doc2path(name)))
        if not has_result(folders[name], chapter):
            shutil.rmtree(folders[name], ignore_errors=True)
            missing[name] = chapter, folders[name]
    failures: dict[str, Exception] = {}
    with ThreadPoolExecutor(app.config.execution_at_once) as pool:
        running = {
            pool.submit(execute, app.config, Path(env.doc2path(name)), chapter): name
            for name, (chapter, _) in missing.items()
        }
        try:
            for done in as_completed(running):
                name = running[done]
                try:
                    result = done.result()
                except Exception as error:  # the kernel died, for want of memory for one
                    failures[name] = error
                    continue
                if result.err is not None:
                    failures[name] = result.err
                    continue
                keep(missing[name][1], Path(env.doc2path(name)), result)
                logger.info(f"executed {name} in {result.time:.0f} s")
        finally:
            pool.shutdown(cancel_futures=True)
    if failures:  # which nothing that was finished before has to make room for
        raise ChapterError("\n".join(f"{name}: {failures[name]}" for name in sorted(failures)))
    remove_outdated(folders.values(), Path(app.srcdir))


def execute(config: Config, path: Path, chapter: nbformat.NotebookNode) -> ExecutionResult:
    """Run a chapter in its own folder."""
    timeout = config.nb_execution_timeout
    return single_nb_execution(chapter, str(path.parent), timeout, allow_errors=False)


def keep(folder: Path, path: Path, result: ExecutionResult) -> None:
    """Put the result of a run where MyST-NB will look for it."""
    data = {"execution_seconds": result.time}
    bundle = CacheBundleIn(result.nb, str(path), data=data)
    get_cache(folder).cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    (folder / SECONDS).write_text(f"{result.time}", "utf-8")


def has_result(folder: Path, chapter: nbformat.NotebookNode) -> bool:
    """Whether a cache holds a result of exactly this code that can be read."""
    if not folder.is_dir():
        return False
    try:
        cache = get_cache(folder)
        record = cache.match_cache_notebook(chapter)
        stored = cache.get_cache_bundle(record.pk).nb
        same = cache.create_hashed_notebook(stored)[1] == cache.create_hashed_notebook(chapter)[1]
        cache.merge_match_into_notebook(chapter)
    except Exception:  # whatever may be wrong with the files, their result is not trusted
        return False
    return same and all(cell.execution_count for cell in stored.cells if cell.source.strip())


def remove_outdated(in_use: Iterable[Path], source: Path) -> None:
    """Remove the states used longest ago, with all of chapters whose notebook is there no more.

    The state that took longest to compute stays: a long run (``QD_RUN=full``) takes hours, and as many
    short ones as are kept are soon made. So does a chapter that is merely not in this book's contents.
    """
    in_use = [*in_use]
    for folder in in_use:
        if folder.is_dir():
            os.utime(folder)
    for chapter in {
        path for parent in {c.parent.parent for c in in_use} for path in _entries(parent)
    }:
        if not _is_written(source, chapter.name):
            shutil.rmtree(chapter, ignore_errors=True)
            continue
        states = sorted(_entries(chapter), key=lambda path: path.stat().st_mtime, reverse=True)
        longest = max(states, key=_seconds, default=None)
        for outdated in states[STATES_KEPT:]:
            if outdated != longest or not _seconds(longest):
                shutil.rmtree(outdated, ignore_errors=True)


def _seconds(state: Path) -> float:
    """Say how long a state took to compute; nothing, where it was not noted."""
    try:
        return float((state / SECONDS).read_text("utf-8"))
    except (OSError, ValueError):
        return 0.0


def _is_written(folder: Path, name: str) -> bool:
    """Whether there is a notebook of this name, in which a dot may stand for a slash."""
    return (folder / f"{name}.ipynb").exists() or any(
        (folder / name[:dot]).is_dir() and _is_written(folder / name[:dot], name[dot + 1 :])
        for dot, letter in enumerate(name)
        if letter == "."
    )


def _entries(folder: Path) -> list[Path]:
    return [*folder.iterdir()] if folder.is_dir() else []


def use_cache_of_this_state(app: Sphinx, docname: str, _source: list[str]) -> None:
    """Point MyST-NB to the cache of the chapter that is read next."""
    env = cast("ChapterEnvironment", app.env)
    key = env.chapter_keys.get(docname)
    if key is not None:
        folder = state_folder(Path(app.outdir), docname, key)
        env.mystnb_config = env.mystnb_config.copy(execution_cache_path=str(folder))
