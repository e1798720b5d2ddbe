"""The optimiser of both networks: Muon, which Keras has for matrices, for convolutions as well."""

from __future__ import annotations

from ._keras import keras
from ._keras import tensorflow as tf


@keras.saving.register_keras_serializable("qdtools")
class ConvolutionMuon(keras.optimizers.Muon):  # type: ignore[misc]  # Keras has no types
    """Muon (Jordan et al. 2024) for convolutions; every other weight is learned by Adam (chapter 4).

    Adam sizes each weight's step alone. Muon takes a kernel's weights as the matrix that they are,
    from the values under the window to the filters, and gives the step about equal length in all of
    its directions, the rare ones too.
    The first and the last layer of a network, with one channel on one side, stay with Adam, as do
    dense layers, biases and normalisation.
    """

    def _should_use_adamw(self, variable: keras.Variable) -> bool:
        return len(variable.shape) != 4 or 1 in variable.shape[2:]

    def _muon_update_step(
        self, gradient: tf.Tensor, variable: keras.Variable, lr: tf.Tensor, m: keras.Variable
    ) -> None:
        self.assign_add(m, gradient + (self.momentum - 1) * m)
        step = gradient + self.momentum * m if self.nesterov else m
        matrix = keras.ops.reshape(step, (-1, variable.shape[-1]))
        even = self.zeropower_via_newtonschulz5(matrix, self.ns_steps)
        self.assign_sub(variable, keras.ops.reshape(self.lr_adjust(lr * even), variable.shape))


def cosine(rate: float, steps: int, warmup: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Make a learning rate that rises at first, then falls to zero along half a cosine (chapter 3).

    Parameters
    ----------
    rate : float
        The highest.
    steps : int
        Batches of the whole training.
    warmup : int
        Batches until the highest is reached.

    Returns
    -------
    keras.optimizers.schedules.LearningRateSchedule
        For an optimiser of Keras.
    """
    return keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, warmup_target=rate, warmup_steps=warmup
    )


def optimizer(rate: float, steps: int) -> ConvolutionMuon:
    """Make the optimiser of one stage of training (chapter 4).

    Parameters
    ----------
    rate : float
        Highest learning rate; reached after a twentieth of the steps, in a short run after 200 or
        a quarter of them, it falls to zero along half a cosine.
    steps : int
        Batches of the whole stage.

    Returns
    -------
    ConvolutionMuon
        For `keras.Model.compile`.
    """
    # Steps that long at once can saturate an untrained denoiser's sigmoid, and then nothing is learned.
    warmup = max(steps // 20, min(200, steps // 4))
    schedule = cosine(rate, steps, warmup)
    return ConvolutionMuon(schedule, weight_decay=None, adam_weight_decay=None)
