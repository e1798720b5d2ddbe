"""Tells whose checkpoints or weights a folder holds, to refuse another run's, without waking TensorFlow."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .._checks import read_regular
from .._files import write_whole
from ..drawings.mapped import IN_MEMORY
from ..errors import ModelError, SettingError
from ..manifests import CHECKPOINTS_NOTE, GRAPH, checked, own_manifest
from .config import TrainingConfig
from .origin import shipped_hash

if TYPE_CHECKING:
    from pathlib import Path

    from ..drawings.collection import Drawings

#: Bytes of the note of a run: nothing larger is read.
_MOST_NOTED = 6_000_000


def origin_of(config: TrainingConfig, *, by_workers: bool) -> dict[str, str]:
    """Give what else decides how weights come out: what is tuned, how checkpoints are kept (chapter 5)."""
    origin = {"origin": shipped_hash()} if config.start == "shipped" else {}
    return origin | ({"checkpoints": "of any number of workers"} if by_workers else {})


def beside(out: Path) -> Path:
    """Name the folder where the checkpoints of a training are kept unless told otherwise (chapter 5)."""
    out = out.resolve()
    return out.parent / f"{out.name}.training"


def check_claim(folder: Path, config: TrainingConfig, drawings: Drawings, **more: str) -> None:
    """Refuse a folder that holds the checkpoints of another run, before anything slow begins (chapter 5).

    Parameters are those of `claim`, which looks again, at more drawings than memory holds for the
    first time.

    Raises
    ------
    SettingError
        If it does.
    """
    if (folder / _NOTE).exists():
        _compare(folder, _described(config, drawings, more, seen=len(drawings) <= IN_MEMORY))


def check_out(out: Path, config: TrainingConfig, drawings: Drawings) -> None:
    """Refuse a folder that holds the weights of another run, before anything slow begins (chapter 5).

    Parameters
    ----------
    out : Path
        Is to receive weights.
    config : TrainingConfig
        Of the training.
    drawings : Drawings
        All drawings. Where there are more than memory holds, the config alone tells two runs apart.

    Raises
    ------
    SettingError
        If it does. Torn or altered weights are nobody's loss.
    """
    try:
        manifest = own_manifest(out)
        checked(out, GRAPH, manifest)
        same = _of_today(manifest.get("config", {})) == _as_json(asdict(config))
        if same and len(drawings) <= IN_MEMORY:
            same = manifest.get("data", {}).get(_SEEN) == drawings.sha256
    except (ModelError, TypeError, AttributeError):
        return
    if not same:
        raise SettingError(
            f"{str(out)!r} holds the weights of another training; name a folder that is not there, and "
            "nothing is overwritten."
        )


def claim(folder: Path, config: TrainingConfig, drawings: Drawings, **more: str) -> None:
    """Note whose checkpoints a folder holds, before training there (chapter 5).

    Parameters
    ----------
    folder : Path
        Is made where it is missing.
    config : TrainingConfig
        Of the training.
    drawings : Drawings
        All drawings, before they are split.
    **more
        What else decides how the weights come out.

    Raises
    ------
    SettingError
        If `folder` holds the checkpoints of a different run.
    """
    run = _described(config, drawings, more)
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / _NOTE
    if note.exists():
        _compare(folder, run)
    write_whole(note, json.dumps(run).encode())


#: The note, within a folder of checkpoints, and what in it takes long to compute.
_NOTE, _SEEN = CHECKPOINTS_NOTE, "sha256_of_pixels"


def _described(
    config: TrainingConfig, drawings: Drawings, more: dict[str, str], *, seen: bool = True
) -> dict[str, Any]:
    """Say what decides a run, as JSON holds it."""
    run: dict[str, Any] = {"config": asdict(config), "drawings": drawings.counts}
    if seen:
        run[_SEEN] = drawings.sha256
    described: dict[str, Any] = _as_json(run | more)
    return described


def _compare(folder: Path, run: dict[str, Any]) -> None:
    """Refuse a folder whose note tells of another run, and say in what that differs."""
    noted = _noted(folder / _NOTE)
    differs = ""
    if noted is not None:
        noted = {key: value for key, value in noted.items() if key in run or key != _SEEN}
        if noted == run:
            return
        of_others = any(noted.get(key) != run.get(key) for key in ("drawings", _SEEN))
        before, now = noted["config"], run["config"]
        names = [name for name in now if before.get(name, now) != now[name]]
        said = ["on other drawings"] * of_others
        said += [f"by another {', '.join(names)}"] * bool(names)
        differs = f" (that run: {' and '.join(said) or 'from another start'})"
    raise SettingError(
        f"{str(folder)!r} holds the checkpoints of another run; delete it or name another folder"
        f"{differs}."
    )


def _noted(note: Path) -> Any:
    """Read whose checkpoints a folder holds, as this version would note it; None if it is torn."""
    try:
        noted = json.loads(read_regular(note, _MOST_NOTED))
        noted["config"] = _of_today(noted["config"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return _as_json(noted)


def _of_today(config: dict[str, Any]) -> Any:
    """Add the settings that the version which wrote a config did not have yet."""
    return _as_json(asdict(TrainingConfig(start="scratch")) | config)


def _as_json(value: Any) -> Any:
    """Give a value as it comes back from a file: tuples as lists."""
    return json.loads(json.dumps(value))
