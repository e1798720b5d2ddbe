"""The files by which a killed training goes on: its log of epochs, its checkpoints."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from .._checks import check_regular, read_regular
from .._files import replacing, sha256_of
from ..errors import SettingError
from ._keras import keras

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


#: Bytes of a log, of a checkpoint: nothing larger is read.
_MOST_NOTED, _MOST_CHECKPOINT = 6_000_000, 500_000_000
#: What the log tells of each epoch, as numbers; further columns are a stage's own measures.
_LOGGED = ("epoch", "cpu_seconds", "loss", "val_loss")


def resume(checkpoint: Path, sha256: str | None, loss: Any) -> keras.Model:
    """Load a checkpoint of a training by one process (chapter 5).

    Parameters
    ----------
    checkpoint : Path
        As Keras saved it.
    sha256 : str or None
        Of the file, as the log has it; logs of earlier versions have none.
    loss : loss or dict of losses
        What the network goes on learning by, a loss for each output where there are several; None leaves
        the optimiser out.

    Raises
    ------
    SettingError
        If the file is missing or not the log's.
    """
    # Keras does not save a caller's own loss with the network.
    losses = loss.values() if isinstance(loss, dict) else [loss]
    own = {each.__name__: each for each in losses if hasattr(each, "__name__")}
    try:
        check_regular(checkpoint, _MOST_CHECKPOINT)
        if sha256 and sha256_of(checkpoint) != sha256:
            raise ValueError("its hash differs from the log's")
        return keras.saving.load_model(
            checkpoint, custom_objects=own, compile=loss is not None, safe_mode=True
        )
    except Exception as error:  # each layer of the file has errors of its own
        raise SettingError(
            f"The checkpoint {str(checkpoint)!r} is missing or torn; delete its folder to start anew."
        ) from error


def read_checkpoint(path: Path, sha256: str | None) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Read a checkpoint of a training by several workers, whose hash must be the log's (chapter 8).

    Raises
    ------
    SettingError
        If the file is missing or not the log's.
    """
    if not path.exists() or sha256_of(path) != sha256:
        raise SettingError(
            f"The checkpoint {str(path)!r} is missing or torn; delete its folder to start anew."
        )
    return read_state(path)


def read_log(log: Path) -> list[dict[str, Any]]:
    """Read what a stage of training noted of its epochs, one row each (chapter 3).

    Parameters
    ----------
    log : Path
        A ``.csv`` file in the folder of a `Run`; one that is not there has no rows.

    Raises
    ------
    SettingError
        If it is torn.
    """
    if not log.exists():
        return []
    try:
        text = io.StringIO(read_regular(log, _MOST_NOTED).decode(), newline="")
        rows: list[dict[str, Any]] = list(csv.DictReader(text, strict=True))
        for number, row in enumerate(rows, 1):
            told = [float(row[name]) for name in _LOGGED]
            if told[0] != number or None in row or None in row.values():
                raise ValueError(f"row {number} is another's")
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise SettingError(
            f"The log {str(log)!r} is torn; delete its folder to start anew."
        ) from error
    return rows


def write_log(log: Path, rows: list[dict[str, Any]]) -> None:
    """Put what `read_log` reads in the place of a log, whole or not at all (chapter 3)."""
    with replacing(log) as part, part.open("w", newline="", encoding="utf-8") as file:
        # Epochs of an earlier version lack what this one notes besides.
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)


def write_state(path: Path, values: Sequence[np.ndarray], note: dict[str, Any]) -> None:
    """Keep variables on disk with what is known of them, whole or not at all (chapter 8).

    Parameters
    ----------
    path : Path
        An ``.npz`` file.
    values : sequence of ndarray
        As `Shared.values` gives them.
    note : dict
        As JSON holds it.

    Raises
    ------
    OSError
        If the disk is full; what was kept before is still there.
    """
    arrays: dict[str, Any] = {f"v{number:04}": value for number, value in enumerate(values)}
    try:
        with replacing(path) as part, part.open("wb") as file:
            np.savez(file, note=np.array(json.dumps(note)), **arrays)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def read_state(path: Path) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Read what `write_state` kept (chapter 8).

    Raises
    ------
    SettingError
        If the file is missing or torn.
    """
    try:
        # numpy itself leaves a torn file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            note = json.loads(str(held["note"]))
            names = sorted(name for name in held.files if name != "note")
            return [held[name] for name in names], note
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise SettingError(
            f"The checkpoint {str(path)!r} is missing or torn; delete its folder to start anew."
        ) from error
