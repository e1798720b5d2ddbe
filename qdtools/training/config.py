"""What decides, besides the drawings, how trained weights come out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .._checks import check_seed
from ..errors import SettingError

#: What layers can compute in. The first is half the work where the processor knows it, and slow elsewhere.
PRECISIONS = ("mixed_bfloat16", "float32")


def fastest_precision() -> str:
    """Return ``"mixed_bfloat16"`` if Linux says that the processor computes in it, else ``"float32"``.

    A manifest's command names the precision that was used (chapter 3).
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        flags = []
    return PRECISIONS[0] if {"avx512_bf16", "amx_bf16"} & set(flags) else PRECISIONS[1]


@dataclass(frozen=True)
class Recipe:
    """What, besides the drawings, decides how the shipped weights come out (chapters 2 and 3).

    Attributes
    ----------
    denoiser_epochs, classifier_epochs, joint_epochs : int
        Most passes over the training drawings, each network apart and then both together; 0 joint
        epochs leave that stage out.
    batch_size : int
        Drawings a step.
    denoiser_rate, classifier_rate, joint_rate : float
        The optimiser's highest learning rate; it falls to zero along half a cosine.
    denoising_weight : float
        Weight of the denoiser's own loss beside the classifier's two while both are tuned.
    favour, joint_favour : float
        Weight of the loss of choosing among the demo's five categories, for drawings of these,
        while the classifier learns apart and while both are tuned, if all 345 categories are there;
        less among fewer, in proportion.
    joint_repeats : int
        While both are tuned, an epoch repeats drawings of the demo's categories, in other noise each
        time, until each of the five has this many times as many as the largest of them.
    patience : int
        Epochs without a lower validation loss after which a stage ends early.
    precision : str
        What the layers compute in while training, one of `PRECISIONS`.
    validation, test : float
        Shares of each category kept out of training.
    seed : int
        Seeds the split, the weights, the order, the noise and the augmentation.
    """

    denoiser_epochs: int = 40
    classifier_epochs: int = 52
    joint_epochs: int = 20
    batch_size: int = 256
    denoiser_rate: float = 5e-3
    classifier_rate: float = 5e-3
    joint_rate: float = 1e-3
    denoising_weight: float = 2.0
    favour: float = 8.0
    joint_favour: float = 128.0
    joint_repeats: int = 2
    patience: int = 8
    precision: str = "float32"
    validation: float = 0.05
    test: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("denoiser_epochs", "classifier_epochs", "batch_size", "joint_repeats"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} is {getattr(self, name)}; give at least 1.")
        if self.joint_epochs < 0:
            raise SettingError(f"joint_epochs is {self.joint_epochs}; give 0 or more.")
        check_seed(self.seed)
        if self.precision not in PRECISIONS:
            raise SettingError(
                f"There is no precision {self.precision!r}; choose among {', '.join(PRECISIONS)}."
            )
