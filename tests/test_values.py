"""Promises of values: images outside [0, 1] are refused wherever they enter, with a remedy that helps."""

from __future__ import annotations

import re

import numpy as np
import pytest

import qdtools as qd
from qdtools.noise import DAMAGES, NOISES

#: What people hand over for images in [0, 1], with what they are told.
WRONG = {
    "0 to 255": (lambda x: x * 255, "divide them by 255"),
    "0 to 255 as integers": (lambda x: (x * 255).astype(np.uint8), "divide them by 255"),
    "-1 to 1": (lambda x: x * 2 - 1, r"\(images \+ 1\) / 2"),
    "-0.5 to 0.5": (lambda x: x - 0.5, r"\(images \+ 1\) / 2"),
    "0 to 1.5": (lambda x: x * 1.5, r"np\.clip"),
    "standardised": (lambda x: (x - x.mean()) / x.std(), r"np\.ptp"),
    "NaN in one pixel": (
        lambda x: np.where(np.arange(x.size).reshape(x.shape) == 9, np.nan, x),
        "NaN",
    ),
    "NaN": (lambda x: x * np.nan, "NaN"),
    "infinite": (lambda x: x / 0.0, "NaN|finite"),
    "0 to 65535": (lambda x: x * 65535, r"np\.ptp"),
    "text": (lambda x: np.full(x.shape, "x"), "no array of numbers"),
    "complex": (lambda x: x * 1j, "complex"),
}


@pytest.fixture(scope="module")
def entrances(shipped, drawings):
    """Everything that takes images, called with them."""
    clean = drawings.images[:4]
    kinds = NOISES | DAMAGES
    return {
        "Pipeline": shipped,
        "Pipeline.denoise": shipped.denoise,
        "Pipeline.classify": shipped.classify,
        "add_noise": lambda x: qd.add_noise(x, 0.5),
        **{kind: lambda x, noise=noise: noise(x, 0.5) for kind, noise in kinds.items()},
        "psnr": lambda x: qd.psnr(clean, x),
        "psnr, clean": lambda x: qd.psnr(x, clean),
        "ssim": lambda x: qd.ssim(clean, x),
        "remove_offset": qd.remove_offset,
        "median": qd.median,
        "total_variation": qd.total_variation,
        "non_local_means": qd.non_local_means,
    }


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.filterwarnings("ignore:.*encountered in divide")
def test_images_outside_0_to_1_are_refused_with_the_remedy(entrances, drawings, wrong):
    change, says = WRONG[wrong]
    images = change(drawings.images[:4])
    for name, enter in entrances.items():
        with pytest.raises(qd.SettingError, match=says) as caught:
            enter(images)
        assert len(str(caught.value).splitlines()) == 1, name


@pytest.mark.parametrize("wrong", ["0 to 255", "-1 to 1", "NaN in one pixel"])
def test_the_remedy_is_what_brings_them_there(shipped, drawings, wrong):
    images = WRONG[wrong][0](drawings.images[:4])
    with pytest.raises(qd.SettingError) as caught:
        shipped(images)
    remedies = {
        "divide them by 255": lambda x: x / 255,
        "(images + 1) / 2": lambda x: (x + 1) / 2,
        "np.nan_to_num(images)": np.nan_to_num,
    }
    (remedy,) = [work for said, work in remedies.items() if said in str(caught.value)]
    _, mended = shipped(remedy(images))
    _, wanted = shipped(drawings.images[:4])
    assert (mended.argmax(axis=1) == wanted.argmax(axis=1)).all()


@pytest.mark.parametrize(
    "right",
    [
        lambda x: x,
        lambda x: x.astype(np.float64),
        lambda x: x.round().astype(np.uint8),
        lambda x: x > 0.5,
        lambda x: x.tolist(),
        lambda x: x + np.float32(1e-6),
        lambda x: x[:0],
    ],
    ids=["float32", "float64", "0 or 1", "true or false", "lists", "rounding", "none"],
)
def test_whatever_lies_in_0_to_1_is_taken(shipped, drawings, right):
    images = right(drawings.images[:4])
    denoised, probabilities = shipped(images)
    assert len(denoised) == len(probabilities) == len(images)
    for noise in (NOISES | DAMAGES).values():
        noisy = noise(images, 0.5)
        assert (noisy.dtype, len(noisy)) == (np.float32, len(images))
    for denoise in (qd.remove_offset, qd.median, qd.total_variation, qd.non_local_means):
        assert denoise(images).shape == denoised.shape


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (4, 28, 28), (4, 784), (4, 28, 28, 3)])
def test_images_of_another_shape_are_refused_by_what_looks_at_rows_or_neighbours(shipped, shape):
    images = np.full(shape, 0.5, np.float32)
    classical = (qd.remove_offset, qd.median, qd.total_variation, qd.non_local_means)
    looking = [shipped, shipped.denoise, shipped.classify, shipped.answer, *classical]
    if shape != (28, 28, 1):  # one image is as good as several where nothing else is to be told
        looking += [
            lambda x, kind=kind: qd.add_noise(x, 0.5, kind)
            for kind in ("missing_strips", "blur", "thin_pen")
        ]
    for enter in looking:
        with pytest.raises(qd.QdToolsError, match=re.escape(str(shape))) as caught:
            enter(images)
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("clean", "images"),
    [((4, 28, 28, 1), (3, 28, 28, 1)), ((0, 28, 28, 1),) * 2, ((28, 28),) * 2, ((28, 28, 1),) * 2],
)
def test_what_cannot_be_compared_is_refused(clean, images):
    for score in (qd.psnr, qd.ssim):
        with pytest.raises(qd.SettingError, match=re.escape(str(images))):
            score(np.zeros(clean), np.zeros(images))


@pytest.mark.parametrize(
    "seed", [0, 2**31, 2**53 + 1, 2**64 + 3, 10**40, "12345678901234567890123"]
)
def test_a_large_seed_is_a_whole_number_too(drawings, seed):
    images = drawings.images[:1]
    np.testing.assert_array_equal(
        qd.gaussian(images, 0.5, seed), qd.gaussian(images, 0.5, int(seed))
    )
    assert len(drawings.split(seed=seed)[0]) == 250


@pytest.mark.parametrize("seed", [-1, 0.5, float("inf"), float("nan"), "x", "", None, "1.0"])
def test_what_is_no_seed_is_refused(drawings, seed):
    for draw in (
        lambda: qd.gaussian(drawings.images[:1], 0.5, seed),
        lambda: drawings.split(seed=seed),
    ):
        with pytest.raises(qd.SettingError, match="no seed"):
            draw()
