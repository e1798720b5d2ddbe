"""The layers of the two networks that ship, next to the plain ones that chapters 2 and 3 write out."""

from __future__ import annotations

from ._keras import keras

layers = keras.layers


def _conv_block(x, filters: int):
    """3 x 3 convolution, batch normalisation, ReLU."""
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.Activation("relu")(layers.BatchNormalization()(x))


def build_denoiser(width: int = 16) -> keras.Model:
    """Build the shipped denoiser, an untrained U-Net (chapter 2).

    It is chapter 2's autoencoder with two additions: at each size the encoder's features are handed
    over to the decoder beside the upsampled ones (skip connections, Ronneberger et al. 2015), and
    every convolution is followed by batch normalisation.

    Parameters
    ----------
    width : int
        Filters at 28 x 28; twice as many at 14 x 14, four times at 7 x 7.

    Returns
    -------
    keras.Model
        Noisy images (n, 28, 28, 1) in [0, 1] to denoised images of the same shape and range.
    """
    noisy = keras.Input((28, 28, 1), name="noisy")
    at_28 = _conv_block(_conv_block(noisy, width), width)
    at_14 = _conv_block(_conv_block(layers.MaxPooling2D()(at_28), 2 * width), 2 * width)
    x = layers.MaxPooling2D()(at_14)
    for _ in range(3):
        x = _conv_block(x, 4 * width)
    for skip, filters in ((at_14, 2 * width), (at_28, width)):
        x = layers.Concatenate()([layers.UpSampling2D()(x), skip])
        x = _conv_block(_conv_block(x, filters), filters)
    denoised = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="denoised")(x)
    return keras.Model(noisy, denoised, name="denoiser")


def build_classifier(n_categories: int, width: int = 32) -> keras.Model:
    """Build the shipped classifier, an untrained CNN (chapter 3).

    Parameters
    ----------
    n_categories : int
        Number of outputs.
    width : int
        Filters of the first convolution; the later ones have 2.5 and 5 times as many.

    Returns
    -------
    keras.Model
        Images (n, 28, 28, 1) in [0, 1] to logits (n, n_categories); a softmax over any subset of
        them gives the probabilities of those categories.
    """
    images = keras.Input((28, 28, 1), name="images")
    x = layers.MaxPooling2D()(_conv_block(images, width))
    x = _conv_block(_conv_block(x, 5 * width // 2), 5 * width // 2)
    x = layers.MaxPooling2D()(x)
    x = _conv_block(_conv_block(x, 5 * width), 5 * width)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, layers.Dense(n_categories, name="logits")(x), name="classifier")
