"""Promises of how the networks learn: optimiser, loss, augmentation, what each batch is made of."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import qdtools as qd
from qdtools.training._keras import tensorflow as tf
from qdtools.training.batches import (
    VALIDATION_EPOCH,
    augment_jointly,
    augmented,
    batches_by_epoch,
    joint_parts,
)
from qdtools.training.config import VIEWS, TrainingConfig
from qdtools.training.optimizer import optimizer
from qdtools.training.release import _left_open
from qdtools.training.rows import Rows
from qdtools.training.stages import _normalization, _repeated, _Targets, logarithmic_error

SHAPES = {"convolution": (3, 3, 16, 8), "first": (3, 3, 1, 8), "dense": (144, 8)}


def steps_of(scale: float) -> dict[str, np.ndarray]:
    """How far weights move by gradients that are a hundred times longer one way than another."""
    rng = np.random.default_rng(0)
    variables = {
        name: qd.keras.Variable(np.zeros(shape, np.float32)) for name, shape in SHAPES.items()
    }
    gradients = [
        scale * rng.standard_normal(shape, np.float32) * np.logspace(0, -2, 8, dtype=np.float32)
        for shape in SHAPES.values()
    ]
    learner = optimizer(1e-2, 10)
    for _ in range(3):
        learner.apply(gradients, list(variables.values()))
    return {name: variable.numpy() for name, variable in variables.items()}


def lengths(step: np.ndarray) -> np.ndarray:
    """How far a step goes in each of its own directions."""
    return np.linalg.svd(step.reshape(-1, step.shape[-1]), compute_uv=False)


def test_a_convolution_steps_about_as_far_in_its_rare_directions_as_in_the_others():
    found = lengths(steps_of(1e3)["convolution"])
    assert found[0] < 3 * found[-1]


def test_what_a_loss_is_multiplied_by_does_not_change_the_step():
    small, large = steps_of(1e3), steps_of(1e5)
    for name, step in small.items():
        np.testing.assert_allclose(large[name], step, rtol=0.02, atol=1e-5, err_msg=name)


def test_layers_that_are_no_matrix_of_many_channels_are_learned_by_adam():
    steps = steps_of(1e3)
    for name in ("first", "dense"):
        # Each weight goes as far as the rate says, whatever its gradient: so does Adam begin.
        np.testing.assert_allclose(np.abs(steps[name]), np.abs(steps[name]).max(), rtol=0.02)


def test_the_denoisers_loss_falls_as_the_psnr_rises():
    # Grey enough that the largest error stays in [0, 1].
    clean = 0.4 + 0.2 * np.random.default_rng(1).random((6, 28, 28, 1), np.float32)
    noise = np.random.default_rng(2).uniform(-1, 1, clean.shape).astype(np.float32)
    losses, decibels = [], []
    for error in (0.4, 0.2, 0.1):
        images = clean + error * noise
        losses.append(np.asarray(logarithmic_error(clean, images)))
        decibels.append(
            [qd.psnr(*pair) for pair in zip(clean[:, None], images[:, None], strict=True)]
        )
    assert losses[0].shape == (6,)
    assert (np.diff(decibels, axis=0) > 0).all()
    # Ten decibels are a factor of ten in the squared error, which the floor is added to.
    floor = np.exp(np.asarray(logarithmic_error(clean, clean)))
    np.testing.assert_allclose(np.exp(losses), 10 ** (np.array(decibels) / -10) + floor, rtol=1e-4)
    assert 0 < floor.max() < 0.01


@pytest.mark.parametrize(("steps", "top"), [(20, 5), (400, 100), (2_000, 200), (10_000, 500)])
def test_the_rate_rises_slowly_in_a_short_run_too_and_ends_at_zero(steps, top):
    learner = optimizer(5e-3, steps)
    rates = []
    for step in (0, top // 2, top, steps):
        learner.iterations.assign(step)
        rates.append(float(learner.learning_rate))
    assert rates == pytest.approx([0, 5e-3 * (top // 2) / top, 5e-3, 0], abs=1e-9)


def test_drawings_for_the_denoiser_are_only_mirrored_while_both_networks_are_tuned():
    images = np.random.default_rng(3).random((90, 28, 28, 1), np.float32)
    prepare = augmented(lambda images, *_: images, augment_jointly)
    served = np.asarray(prepare(images, None, np.array([1, 2], np.int64), Rows(tf.constant(90))))
    as_it_is = (served == images).all(axis=(1, 2, 3))
    mirrored = (served == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (as_it_is | mirrored)[:30].mean() < 0.5
    assert (as_it_is | mirrored)[30:].all()
    assert 0.3 < mirrored[30:].mean() < 0.7


@pytest.mark.parametrize("world", [1, 2, 3])
@pytest.mark.parametrize("whole", [3, 12, 31, 90])
def test_what_the_joint_stage_augments_alone_is_what_it_serves_past_the_denoiser(whole, world):
    numbers = np.arange(whole)
    for rank in range(world):
        own = np.arange(rank, whole, world)
        held = Rows(tf.constant(whole), tf.constant(own, tf.int32) if world > 1 else None)
        parts = {name: numbers[own][one] for name, (one, _) in joint_parts(held)._asdict().items()}
        sixth = whole // 6
        assert (parts["clean"] == own[own < sixth]).all()
        assert (parts["drowned"] == own[own >= sixth]).all()
        assert (parts["alone"] == own[own < 2 * sixth]).all()
        assert (parts["denoised"] == own[own >= 2 * sixth]).all()


def pile(**counts: int) -> qd.Drawings:
    """Blank drawings, so many of each category."""
    labels = np.repeat(np.arange(len(counts)), list(counts.values()))
    pixels = np.zeros((len(labels), 28, 28), np.uint8)
    pixels[:, 0, 0] = np.arange(len(labels)) % 256
    return qd.Drawings(pixels, labels, tuple(counts), "here")


def test_each_category_in_focus_shows_as_many_drawings_while_both_networks_are_tuned():
    drawings = pile(cat=30, bear=7, cup=4)
    shown = _repeated(drawings, ("cup", "cat"), 2)
    assert shown.counts == {"cat": 60, "bear": 7, "cup": 60}
    for label in (0, 2):
        times = np.unique(shown.pixels[shown.labels == label, 0, 0], return_counts=True)[1]
        assert len(times) == drawings.counts[drawings.categories[label]]
        assert np.ptp(times) <= 1


@pytest.mark.parametrize("focus", [(), ("owl", "dog")])
def test_where_there_is_nothing_to_tell_the_focus_from_no_drawing_is_repeated(focus):
    drawings = pile(dog=30, owl=4)
    assert _repeated(drawings, focus, 2) is drawings


def test_the_choice_among_those_in_focus_weighs_the_same_however_often_they_are_shown():
    drawings, focus = pile(owl=30, bear=10, bed=10, bee=10, dog=4), ("owl", "dog")
    sums = []
    for shown in (drawings, _repeated(drawings, focus, 3)):
        weights = _Targets(shown, focus, 4.0)(shown.labels)[1]
        sums.append([weights[name].numpy().sum() for name in ("logits", "choice")])
    np.testing.assert_allclose(sums[0], sums[1], rtol=1e-5)
    naming, choice = sums[0]
    # Two of five categories, whose weight is less by five of all that there are.
    assert choice / naming == pytest.approx(4 * 2 / 5 * 5 / len(qd.ALL_CATEGORIES))


def test_a_readers_own_names_in_focus_are_what_the_choice_is_among():
    drawings = pile(owl=3, bear=3, dog=3)
    targets, weights = _Targets(drawings, ("dog", "owl"), 345.0)(drawings.labels)
    np.testing.assert_array_equal(targets["logits"], drawings.labels)
    weight = {
        name: set(weights["choice"].numpy()[drawings.labels == label].tolist())
        for label, name in enumerate(drawings.categories)
    }
    assert weight == {"owl": {3.0}, "bear": {0.0}, "dog": {3.0}}
    position = targets["choice"].numpy()
    assert set(position[drawings.labels == 2]) == {0}
    assert set(position[drawings.labels == 0]) == {1}
    heads = _Targets(drawings, ("dog", "owl"), 1.0).outputs(np.array([[1.0, 2.0, 3.0]], np.float32))
    np.testing.assert_array_equal(heads["choice"], [[3, 1]])


def test_where_nothing_is_in_focus_the_choice_is_among_all_and_weighs_something():
    drawings = pile(owl=3, dog=3)
    targets, weights = _Targets(drawings, (), 345.0)(drawings.labels)
    np.testing.assert_array_equal(targets["choice"], drawings.labels)
    assert weights["choice"].numpy().min() == 2


def test_validation_shows_every_category_in_every_view_and_always_the_same_way():
    n, names = 60, tuple(qd.ALL_CATEGORIES[:12])
    pixels = np.zeros((n * len(names), 28, 28), np.uint8)
    drawings = qd.Drawings(pixels, np.repeat(np.arange(len(names)), n), names, "here")

    def served() -> list[np.ndarray]:
        batches = batches_by_epoch(drawings, TrainingConfig(), lambda images, labels, *_: labels)(
            VALIDATION_EPOCH
        )
        return [labels.numpy() for labels in batches]

    batches = served()
    assert (np.bincount(np.concatenate(batches)) == n).all()
    views = zip(*(np.array_split(labels, len(VIEWS)) for labels in batches), strict=True)
    for view in views:
        assert np.bincount(np.concatenate(view), minlength=len(names)).min() > n / 10
    for first, second in zip(batches, served(), strict=True):
        np.testing.assert_array_equal(first, second)


#: Trains a network of one filter on a pile of drawings; prints how large the pile is, then what the
#: process has in memory after each epoch.
TRAINING = """
import sys
from pathlib import Path

import numpy as np
import psutil

import qdtools as qd
from qdtools.training.networks import DENOISERS
from qdtools.training.stages import Run, train_denoiser

pixels = np.random.default_rng(0).integers(0, 256, (80_000, 28, 28), np.uint8)
drawings = qd.Drawings(pixels, np.zeros(len(pixels), int), ("cat",), "here")


def build(width):
    images = qd.keras.Input((28, 28, 1))
    return qd.keras.Model(images, qd.keras.layers.Conv2D(width, 1)(images), name="denoiser")


def memory(line):
    print(psutil.Process().memory_info().rss, flush=True)


print(pixels.nbytes)
DENOISERS["one"] = build
config = qd.TrainingConfig(
    denoiser="one", denoiser_width=1, denoiser_epochs=6, batch_size=4096
)
train_denoiser(Run(drawings, drawings[:64], config, Path(sys.argv[1]), memory))
"""


def test_memory_grows_by_less_than_the_drawings_however_many_epochs_there_are(tmp_path):
    command = [sys.executable, "-c", TRAINING, tmp_path]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    pile, first, *later = map(int, run.stdout.split())
    assert len(later) == 5
    assert max(later) - first < pile


def test_running_averages_reach_back_no_further_than_a_fifteenth_of_a_short_run():
    reach = {
        steps: 1 / (1 - _normalization(steps)().momentum) for steps in (40, 300, 1_500, 20_000)
    }
    assert reach == pytest.approx({40: 10, 300: 20, 1_500: 100, 20_000: 100})
    assert _normalization(20_000)().momentum == qd.keras.layers.BatchNormalization().momentum


@pytest.mark.parametrize(
    ("share", "n", "said"),
    [
        (1, 3, "3 drawings leave open that of all drawings like these it may be from 44% to 100%"),
        (0.5, 1, "1 drawing leaves open"),
        (0.9, 20, "from 70% to 97% at level 0;"),
        (0.9, 100, ""),
        (1, 20, ""),
    ],
)
def test_a_share_of_few_held_out_drawings_says_what_it_leaves_open(share, n, said):
    found = _left_open(share, n)
    assert said in found
    assert bool(found) == bool(said)
