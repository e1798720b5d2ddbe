"""Promises of filters on planes of numbers: what is faster than a library's gives what that gives."""

from __future__ import annotations

import numpy as np
import pytest
import scipy
import skimage

from qdtools.drawings.filters import lengths, median_around, resized

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(600, 800, 3), (800, 450), (5, 700, 3), (1, 1), (33, 47, 3)])
@pytest.mark.parametrize("size", [(80, 60), (800, 601), (2, 700), (60, 12), (1, 1)])
def test_a_picture_is_resized_as_scikit_image_resizes_it(shape, size):
    picture = RNG.random(shape)
    expected = skimage.transform.resize(picture, size, order=1, anti_aliasing=True)
    np.testing.assert_allclose(resized(picture, size), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("around", [1, 3, 17, 21])
@pytest.mark.parametrize("shape", [(80, 60), (20, 80), (1, 7)])
def test_a_median_is_that_of_scipy(around, shape):
    values = RNG.random(shape)
    expected = scipy.ndimage.median_filter(values, around, mode="nearest")
    np.testing.assert_array_equal(median_around(values, around), expected)


@pytest.mark.parametrize("shape", [(40, 50, 3), (7, 3), (0, 3)])
def test_a_length_is_that_of_numpy(shape):
    colours = RNG.normal(size=shape)
    np.testing.assert_array_equal(lengths(colours), np.linalg.norm(colours, axis=-1))
