"""What is known of the shipped networks, from which tuning starts, without waking Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import settings
from ..errors import SettingError
from ..manifests import checked, read_manifest
from .config import trained_with

if TYPE_CHECKING:
    from .config import TrainingConfig

#: Each network as Keras saves it.
NETWORKS = ("denoiser", "classifier")
#: The way out where there is nothing to tune.
_FROM_SCRATCH = "restore it, or train from scratch (`--from scratch`)"
#: What decides the layers of both networks.
_LAYERS = ("denoiser", "denoiser_width", "classifier", "classifier_width")


def shipped_manifest() -> dict[str, Any]:
    """Read what is known of the weights that ship, whatever ``QD_MODELS_DIR`` names (chapter 7).

    Raises
    ------
    ModelError
        If it is missing or torn.
    """
    return read_manifest(settings.book_models_dir())


def shipped_hash() -> str:
    """Name the shipped networks by their hashes (chapter 7).

    Raises
    ------
    ModelError
        If their manifest is missing or torn.
    """
    weights = shipped_manifest()["weights"]
    return " ".join(str(weights.get(f"{name}.keras", {}).get("sha256")) for name in NETWORKS)


def trained_epochs(manifest: dict[str, Any]) -> dict[str, int]:
    """Count the epochs of weights by stage, those of the networks included that they began with (chapter 5).

    Parameters
    ----------
    manifest : dict
        As `read_manifest` gives it.

    Returns
    -------
    dict of str to int
        Of ``"denoiser"`` and ``"classifier"``, each by itself, of ``"joint"``, both together, and of
        ``"tuning"``, where both were the shipped ones before. What was left out, or given up again
        because the weights before it were better, is 0.
    """
    own = _epochs(manifest)
    if manifest["config"].get("start") != "shipped":
        return own
    tuned = manifest["chosen"]["stage"] != "start"
    return _epochs(shipped_manifest()) | {"tuning": tuned * own["tuning"]}


def _epochs(manifest: dict[str, Any]) -> dict[str, int]:
    """Count the epochs that the log of a training has, and of both together only where they were kept."""
    stages = [row["stage"] for row in manifest["curves"]]
    epochs = {stage: stages.count(stage) for stage in (*NETWORKS, "joint", "tuning")}
    return epochs | {"joint": (manifest["chosen"]["stage"] != "apart") * epochs["joint"]}


def check_start(config: TrainingConfig) -> None:
    """Refuse to tune shipped networks that are not whole, or whose layers are not the config's (chapter 7).

    Raises
    ------
    SettingError
        If it asks for other layers; from scratch, any can be trained.
    ModelError
        If a network is missing or altered, or their manifest does not say what they are.
    """
    if config.start != "shipped":
        return
    manifest = shipped_manifest()
    for name in NETWORKS:
        checked(settings.book_models_dir(), f"{name}.keras", manifest, _FROM_SCRATCH)
    shipped = trained_with(manifest)
    for name in _LAYERS:
        wanted, there = getattr(config, name), getattr(shipped, name)
        if wanted != there:
            raise SettingError(
                f"{name} is {wanted!r}, and that of the shipped networks {there!r}; train from "
                "scratch (`--from scratch`), or leave it as it is to tune them."
            )
