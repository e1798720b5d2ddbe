"""What decides, besides the drawings, how trained weights come out."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import SettingError


@dataclass(frozen=True)
class Recipe:
    """What, besides the drawings, decides how the shipped weights come out (chapters 2 and 3).

    Attributes
    ----------
    denoiser_epochs, classifier_epochs : int
        Passes over the training drawings.
    batch_size : int
        Drawings a step.
    denoiser_rate, classifier_rate : float
        Adam's first learning rate; it falls to zero along half a cosine.
    validation, test : float
        Shares of each category kept out of training.
    seed : int
        Seeds the split, the weights, the order, the noise and the augmentation.
    """

    denoiser_epochs: int = 16
    classifier_epochs: int = 18
    batch_size: int = 256
    denoiser_rate: float = 3e-3
    classifier_rate: float = 3e-3
    validation: float = 0.05
    test: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("denoiser_epochs", "classifier_epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise SettingError(f"{name} is {getattr(self, name)}; give at least 1.")
