"""The architectures of the networks, each by its name, with a count of their work."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from ..drawings.canvas import IMAGE
from ..errors import SettingError
from ._keras import keras

if TYPE_CHECKING:
    from .config import TrainingConfig

layers = keras.layers

#: What makes the layer between a convolution and its ReLU, or None for no such layer.
Normalization = Callable[[], keras.Layer] | None

_Builder = TypeVar("_Builder", bound=Callable[..., keras.Model])


#: Every denoiser that can be trained, by name: a function from a width to an untrained network of
#: noisy images (n, 28, 28, 1) in [0, 1] to denoised ones, itself named "denoiser".
DENOISERS: dict[str, Callable[..., keras.Model]] = {}
#: Every classifier that can be trained, by name: a function from a number of categories, a width
#: with a normalisation to an untrained network of images to logits, itself named "classifier".
CLASSIFIERS: dict[str, Callable[..., keras.Model]] = {}


def _architecture(
    table: dict[str, Callable[..., keras.Model]], name: str
) -> Callable[[_Builder], _Builder]:
    """Let `TrainingConfig` know an architecture by a name, and with it the command line."""

    def register(build: _Builder) -> _Builder:
        table[name] = build
        return build

    return register


def _residual(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    """Add to x what two 3 x 3 convolutions make of it (He et al. 2016)."""
    y = layers.Conv2D(
        filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"
    )(x)
    # A small start leaves each block near the identity, so that no normalisation is needed.
    small = keras.initializers.VarianceScaling(0.1)
    return layers.Add()([x, layers.Conv2D(filters, 3, padding="same", kernel_initializer=small)(y)])


@_architecture(DENOISERS, "unet")
def build_denoiser(width: int = 48, deep: int | None = None, skip: bool = True) -> keras.Model:
    """Build the shipped denoiser, an untrained residual U-Net (chapter 3).

    It is chapter 3's autoencoder with three changes: strided convolutions take blocks of pixels
    apart and put them together again, so that most of the work is done at 14 x 14, where it costs
    a quarter; what the encoder saw is added to what the decoder makes (skip connections,
    Ronneberger et al. 2015); and the other convolutions come in residual pairs (He et al. 2016).
    There is no batch normalisation: a blind denoiser meets batches of every level, and running
    averages over them fit none.

    Parameters
    ----------
    width : int
        Filters at 14 x 14.
    deep : int, optional
        Filters at 7 x 7; by default a quarter more.
    skip : bool
        False leaves the skip connection out, so that all goes through 7 x 7 positions.

    Returns
    -------
    keras.Model
        Noisy images (n, 28, 28, 1) in [0, 1] to denoised images of the same shape and range.
    """
    noisy = keras.Input(IMAGE, name="noisy")
    half = layers.Conv2D(width, 4, strides=2, padding="same", activation="relu")(noisy)
    half = _residual(_residual(half, width), width)
    deep = deep or 5 * width // 4
    quarter = layers.Conv2D(deep, 2, strides=2, activation="relu", kernel_initializer="he_normal")(
        half
    )
    quarter = _residual(_residual(quarter, deep), deep)
    grown = layers.Conv2DTranspose(width, 2, strides=2)(quarter)
    half = layers.Add()([half, grown]) if skip else grown
    half = _residual(_residual(half, width), width)
    denoised = layers.Conv2DTranspose(
        1, 4, strides=2, padding="same", activation="sigmoid", dtype="float32", name="denoised"
    )(half)
    return keras.Model(noisy, denoised, name="denoiser")


@_architecture(DENOISERS, "autoencoder")
def build_autoencoder(
    width: int = 32, middle: int | None = None, code: int | None = None
) -> keras.Model:
    """Build chapter 3's plain autoencoder, untrained, with a middle as narrow as is wished.

    Parameters
    ----------
    width : int
        Filters of every convolution but the last.
    middle : int, optional
        Filters of the convolution before the middle, whose maps are 7 x 7; by default `width`.
    code : int, optional
        Numbers that a dense layer squeezes the middle's maps into, from which another makes them
        again; by default there are no such layers.

    Returns
    -------
    keras.Model
        Noisy images (n, 28, 28, 1) in [0, 1] to denoised images of the same shape and range.
    """

    def conv(x: keras.KerasTensor, filters: int = width) -> keras.KerasTensor:
        return layers.Conv2D(
            filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"
        )(x)

    noisy = keras.Input(IMAGE, name="noisy")
    x = layers.MaxPooling2D()(conv(noisy))
    x = layers.MaxPooling2D()(conv(x, middle or width))
    if code is not None:
        maps = x.shape[1:]
        x = layers.Dense(code, name="code")(layers.Flatten()(x))
        x = layers.Dense(math.prod(maps), activation="relu", kernel_initializer="he_normal")(x)
        x = layers.Reshape(maps)(x)
    x = layers.UpSampling2D()(conv(layers.UpSampling2D()(conv(x))))
    denoised = layers.Conv2D(1, 3, padding="same", activation="sigmoid", dtype="float32")(x)
    return keras.Model(noisy, denoised, name="denoiser")


@_architecture(CLASSIFIERS, "cnn")
def build_classifier(
    n_categories: int,
    width: int = 16,
    normalization: Normalization = keras.layers.BatchNormalization,
) -> keras.Model:
    """Build the shipped classifier, an untrained CNN (chapter 4).

    Parameters
    ----------
    n_categories : int
        Number of outputs.
    width : int
        Filters at 28 x 28; twice as many at 14 x 14, 8 times at 7 x 7, 16 times at 4 x 4. What
        multiples of 16 save in training is measured by ``benchmarks/channels.py``.
    normalization : callable, optional
        Makes the layer between a convolution and its ReLU; None leaves it out, as in the shipped
        weights, into which it is folded after training.

    Returns
    -------
    keras.Model
        Images (n, 28, 28, 1) in [0, 1] to logits (n, n_categories); a softmax over any subset of
        them gives the probabilities of those categories.
    """

    def convolution(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
        x = layers.Conv2D(filters, 3, padding="same", use_bias=normalization is None)(x)
        return x if normalization is None else normalization()(x)

    def block(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
        return layers.Activation("relu")(convolution(x, filters))

    images = keras.Input(IMAGE, name="images")
    x = layers.MaxPooling2D()(block(images, width))
    x = block(x, 2 * width)
    x = layers.Activation("relu")(layers.Add()([x, convolution(block(x, 2 * width), 2 * width)]))
    x = layers.MaxPooling2D()(x)
    x = block(block(x, 8 * width), 8 * width)
    x = block(layers.MaxPooling2D(padding="same")(x), 16 * width)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(
        images, layers.Dense(n_categories, dtype="float32", name="logits")(x), name="classifier"
    )


def denoiser_for(config: TrainingConfig) -> keras.Model:
    """Build the denoiser that a config names, untrained (chapter 3).

    Raises
    ------
    SettingError
        If there is no such architecture.
    """
    return _known("denoiser", config.denoiser, DENOISERS)(config.denoiser_width)


def classifier_for(
    config: TrainingConfig, n_categories: int, normalization: Normalization = None
) -> keras.Model:
    """Build the classifier that a config names, untrained (chapter 4).

    Parameters
    ----------
    config : TrainingConfig
        Of which the architecture with its width counts.
    n_categories : int
        Number of outputs.
    normalization : callable, optional
        Makes the layer between a convolution and its ReLU; None leaves it out.

    Raises
    ------
    SettingError
        If there is no such architecture.
    """
    build = _known("classifier", config.classifier, CLASSIFIERS)
    return build(n_categories, config.classifier_width, normalization)


def check_architectures(config: TrainingConfig) -> None:
    """Refuse a config that names an architecture which does not exist (chapter 3).

    Raises
    ------
    SettingError
        If it does; the known ones are listed.
    """
    _known("denoiser", config.denoiser, DENOISERS)
    _known("classifier", config.classifier, CLASSIFIERS)


def _known(what: str, name: str, table: Mapping[str, _Builder]) -> _Builder:
    if name not in table:
        raise SettingError(f"There is no {what} {name!r}; choose among {', '.join(table)}.")
    return table[name]


def multiply_adds(network: keras.Model) -> int:
    """Count the multiplications of one image's way through a network (chapter 3).

    Parameters
    ----------
    network : keras.Model
        Of convolutions and dense layers; what comes between them is not counted.

    Returns
    -------
    int
        Multiply-adds of one image.
    """
    count = 0
    for layer in network.layers:
        if isinstance(layer, layers.Conv2DTranspose):  # its kernel goes to each input pixel
            count += math.prod(layer.kernel.shape) * math.prod(layer.input.shape[1:3])
        elif isinstance(layer, layers.Conv2D):
            count += math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:3])
        elif isinstance(layer, layers.Dense):
            count += math.prod(layer.kernel.shape)
    return count
