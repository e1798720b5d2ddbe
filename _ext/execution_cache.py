"""Keeps computed outputs only as long as everything they were computed from is unchanged.

The cache of MyST-NB knows a chapter by its code cells alone. Here the folder of that cache is
named by a hash of all else that outputs depend on, so a change there means an empty cache.
"""

import hashlib
import os
import platform
import shutil
from pathlib import Path

# Enough to go back and forth between two states (a short run and a long one) at no cost.
CACHES_KEPT = 3


def setup(app):
    app.add_config_value("execution_inputs", [], "", [list])
    app.add_config_value("execution_variables", [], "", [list])
    app.add_config_value("execution_folders", [], "", [list])
    # After everyone who may still set the configuration, before MyST-NB reads it.
    app.connect("config-inited", use_cache_of_this_state, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def use_cache_of_this_state(app, config):
    """Point MyST-NB to the cache that belongs to the present state of all inputs."""
    make_folders_absolute(config.execution_folders)
    caches = Path(app.outdir).parent / "executed"
    cache = caches / hash_of_inputs(Path(app.srcdir), config)
    cache.mkdir(parents=True, exist_ok=True)
    os.utime(cache)
    by_last_use = sorted(caches.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for outdated in by_last_use[CACHES_KEPT:]:
        shutil.rmtree(outdated, ignore_errors=True)
    config.nb_execution_cache_path = str(cache)


def make_folders_absolute(variables):
    """Make a relative path mean the same to a chapter, which runs in its own folder."""
    for variable in variables:
        if os.environ.get(variable):
            os.environ[variable] = str(Path(os.environ[variable]).expanduser().resolve())


def hash_of_inputs(root, config):
    """Hash the files, variables and folders of the reader that outputs depend on."""
    total = hashlib.sha256(platform.python_version().encode())
    for path in input_files(root, config.execution_inputs):
        total.update(f"{path.relative_to(root)}\0{file_hash(path)}\0".encode())
    for name, value in sorted(os.environ.items()):
        if any(name.startswith(start) for start in config.execution_variables):
            total.update(f"{name}\0{value}\0".encode())
    for folder in filter(None, map(os.environ.get, config.execution_folders)):
        # The reader's files may be gigabytes: size and time of change stand for their content.
        for path in sorted(Path(folder).rglob("*")):
            state = path.stat()
            total.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    return total.hexdigest()[:16]


def input_files(root, patterns):
    """List the files that match; prose and bytecode compute nothing."""
    found = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in found if path.suffix not in {".md", ".pyc"})


def file_hash(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
