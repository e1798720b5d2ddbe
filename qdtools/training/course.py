"""The epochs of one stage of training: their log, which checkpoints stay, when they end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from .._files import sha256_of
from ..errors import SettingError
from .checkpoints import write_log

if TYPE_CHECKING:
    from pathlib import Path

    from .stages import Run


class Course:
    """The epochs of one stage: its log, the checkpoints of the last with the best, when it ends.

    Whoever trains, a process alone or workers together, goes on from these in the same way.
    """

    def __init__(self, name: str, suffix: str, run: Run, to_the_end: bool) -> None:
        self.name, self._suffix, self._run, self._to_the_end = name, suffix, run, to_the_end
        self.epochs: int = getattr(run.config, f"{name}_epochs")
        self.rate: float = getattr(run.config, f"{name}_rate")
        self.log = run.folder / f"{name}.csv"
        self.go_on([])

    def go_on(self, rows: list[dict[str, Any]]) -> None:
        """Take what the log says of the epochs that there were."""
        self.rows = rows
        self._losses = [_rank(row["val_loss"]) for row in rows]

    def checkpoint(self, epochs: int) -> Path:
        """Name the file of the network after so many epochs."""
        return self._run.folder / f"{self.name}.{epochs}.{self._suffix}"

    def sha256(self, epochs: int) -> str | None:
        """Give what the log says of that file; logs of earlier versions say nothing."""
        return self.rows[epochs - 1].get("sha256")

    @property
    def _chosen(self) -> int:
        """After how many epochs the network is taken: after the last finite one, or the best."""
        finite = np.flatnonzero(np.isfinite(self._losses))
        last = self._to_the_end and len(finite)
        return int(finite[-1] if last else np.argmin([*self._losses, np.inf])) + 1

    def is_over(self, epoch: int) -> bool:
        """Say, and tell, whether no epoch has been better for too long."""
        patience = self._run.config.patience
        if self._to_the_end or epoch - self._chosen + 1 <= patience:
            return False
        self._run.echo(f"{self.name}: no better for {patience} epochs; stopped after {epoch}.")
        return True

    def note(self, row: dict[str, Any]) -> None:
        """Count an epoch among those to choose from; every worker does."""
        self._losses.append(_rank(row["val_loss"]))

    def keep(self, row: dict[str, Any], *spent: Path) -> None:
        """Log an epoch whose checkpoint is there, remove what is not needed any more, tell.

        An epoch counts from the moment its row is in the log, so its weights go first.
        """
        last = self.checkpoint(row["epoch"])
        self.rows.append(row | {"sha256": sha256_of(last)})
        write_log(self.log, self.rows)
        wanted = {last, self.checkpoint(self._chosen)}
        for old in {*spent, *self._run.folder.glob(f"{self.name}.*.{self._suffix}")} - wanted:
            old.unlink(missing_ok=True)
        self._run.echo(f"{self.name}: {', '.join(f'{key} {value}' for key, value in row.items())}")

    def best(self) -> int:
        """After how many epochs the network is taken, or a refusal where no loss was finite."""
        if not np.isfinite(self._losses).any():
            raise SettingError(
                f"The {self.name} never had a finite validation loss at a rate of {self.rate:g}; "
                "lower it."
            )
        return self._chosen


def _rank(loss: str | float) -> float:
    """Give a validation loss by which the least is sought; one that is no number is the worst."""
    loss = float(loss)
    return loss if np.isfinite(loss) else np.inf


def row_of(epoch: int, begun: float, values: dict[str, float]) -> dict[str, Any]:
    """Give the row of an epoch, counted from 0, that began at a moment of the process's time."""
    row = {"epoch": epoch + 1, "cpu_seconds": round(time.process_time() - begun, 1)}
    return row | {key: round(value, 5) for key, value in values.items()}
