"""Promises of every kind of noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qdtools as qd
from qdtools.noise import DAMAGES, blur, missing_strips, poisson, salt_and_pepper, speckle, thin_pen

KINDS = sorted(qd.NOISES)
DAMAGES = sorted(DAMAGES)
grey = np.full((200, 28, 28, 1), 0.5, np.float32)


def test_gaussian_noise_is_the_originals_formula():
    x = np.random.default_rng(1).random((2, 28, 28, 1), np.float32)
    z = np.random.default_rng(7).standard_normal(x.shape, dtype=np.float32)
    expected = np.clip(x + 0.5 * (z + 1) / 2, 0, 1)
    np.testing.assert_allclose(qd.gaussian(x, 0.5, seed=7), expected, atol=1e-6)


def test_gaussian_noise_brightens_by_half_its_level_and_roughens_by_the_same():
    added = qd.gaussian(grey * 0.6, 0.2, seed=0) - grey * 0.6  # far from both ends of the range
    assert added.mean() == pytest.approx(0.1, abs=0.002)
    assert added.std() == pytest.approx(0.1, abs=0.002)


@pytest.mark.parametrize("kind", KINDS + DAMAGES)
def test_no_noise_changes_nothing_and_noise_changes_something(kind):
    images = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    np.testing.assert_allclose(qd.add_noise(images, 0, kind), images, atol=1e-6)
    assert not np.allclose(qd.add_noise(images, 0.5, kind), images)


@pytest.mark.parametrize("seed", [-1, 0.5, "loud", None])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_seed_is_refused(kind, seed):
    with pytest.raises(qd.SettingError, match="is no seed; give a whole number"):
        qd.add_noise(grey[:2], 1, kind, seed)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_noise_and_another_another(kind):
    first, again, other = (qd.add_noise(grey[:9], 1, kind, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", KINDS + DAMAGES)
@given(level=st.floats(0, 2), seed=st.integers(0, 2**32))
def test_noisy_images_stay_images_at_every_level(kind, level, seed):
    before = grey[:2].copy()
    noisy = qd.add_noise(before, level, kind, seed)
    assert noisy.shape == before.shape
    assert noisy.dtype == np.float32
    assert noisy.min() >= 0
    assert noisy.max() <= 1
    np.testing.assert_array_equal(before, grey[:2])


@pytest.mark.parametrize("kind", KINDS + DAMAGES)
def test_what_rounding_led_out_of_range_is_spoiled_as_what_is_in_it(kind):
    inside = np.zeros((2, 28, 28, 1), np.float32)
    inside[:, 9:14, 5:20] = 1
    outside = inside * np.float32(1.01) - np.float32(0.005)
    np.testing.assert_array_equal(qd.add_noise(outside, 1, kind), qd.add_noise(inside, 1, kind))


@pytest.mark.parametrize("kind", KINDS + DAMAGES)
def test_of_no_image_no_noisy_one_is_made(kind):
    noisy = qd.add_noise(grey[:0], 1, kind)
    assert (noisy.shape, noisy.dtype) == (grey[:0].shape, np.float32)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [-0.1, 2.1, float("nan"), "loud", None])
def test_a_level_outside_0_to_2_is_refused(kind, level):
    with pytest.raises(qd.SettingError, match="from 0 to 2"):
        qd.add_noise(grey[:1], level, kind)


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(qd.SettingError, match=r"'pink'.*gaussian"):
        qd.add_noise(grey[:1], 1, "pink")


def test_salt_and_pepper_replaces_half_its_level_by_black_or_white():
    noisy = salt_and_pepper(grey, 0.5)
    assert (noisy != 0.5).mean() == pytest.approx(0.25, abs=0.01)
    assert set(np.unique(noisy)) == {0, 0.5, 1}


def test_speckle_leaves_black_paper_black():
    assert not speckle(np.zeros_like(grey), 2).any()


def test_missing_strips_blackens_whole_rows():
    rows = missing_strips(grey, 1)[..., 0]
    missing = (rows == 0).all(axis=2)
    assert missing.mean() == pytest.approx(0.25, abs=0.02)
    np.testing.assert_array_equal(rows[~missing], 0.5)


def test_poisson_noise_scatters_white_by_half_its_level_and_leaves_black_alone():
    bright = np.full((200, 28, 28, 1), 0.5, np.float32)
    counted = poisson(bright, 0.2)
    assert counted.mean() == pytest.approx(0.5, abs=0.001)
    assert counted.std() == pytest.approx(0.1 * np.sqrt(0.5), abs=0.001)
    assert not poisson(np.zeros((2, 28, 28, 1)), 2).any()


def test_blur_keeps_the_ink_and_spreads_it():
    dot = np.zeros((1, 28, 28, 1), np.float32)
    dot[0, 14, 14] = 1
    blurred = blur(dot, 1)
    assert blurred.sum() == pytest.approx(1, abs=1e-3)
    assert blurred.max() < 0.2


def test_a_thin_pen_leaves_one_pixel_of_a_line_at_level_two():
    line = np.zeros((1, 28, 28, 1), np.float32)
    line[0, 12:15, 4:24] = 1
    assert (thin_pen(line, 2)[0, :, 8:20] > 0).sum(axis=0).max() == 1
    assert thin_pen(line, 1)[0, 12, 14, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["blur", "thin_pen"])
def test_damage_without_chance_is_the_same_whatever_the_seed(kind):
    images = np.random.default_rng(0).random((5, 28, 28, 1), np.float32)
    first, other = (qd.add_noise(images, 1, kind, seed) for seed in (3, 4))
    np.testing.assert_array_equal(first, other)
