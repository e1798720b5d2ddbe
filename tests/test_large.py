"""Promises about many drawings: the same numbers as of few, without holding them in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import qdtools as qd
from qdtools.drawings import collection, mapped, sources

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """A folder of three files of very different sizes, of random pixels."""
    rng = np.random.default_rng(0)
    for name, n in {"cat": 300, "cup": 40, "fish": 1100}.items():
        np.save(tmp_path / f"{name}.npy", rng.integers(0, 256, (n, 784), np.uint8))
    return tmp_path


@pytest.fixture
def both(uneven: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[qd.Drawings, qd.Drawings]:
    """The same drawings in memory, then in their files, with the bounds of a thousandth."""
    held = qd.load(source=uneven)
    for module in (collection, mapped, sources):
        monkeypatch.setattr(module, "IN_MEMORY", 65)
    monkeypatch.setattr(mapped, "_FEW_NUMBERS", 50)
    monkeypatch.setenv("QD_CACHE_DIR", str(uneven / "cache"))
    return held, qd.load(source=uneven)


def _same(one: qd.Drawings, other: qd.Drawings) -> None:
    np.testing.assert_array_equal(np.asarray(one.pixels), np.asarray(other.pixels))
    np.testing.assert_array_equal(one.labels, other.labels)
    assert (one.categories, one.source, one.credit) == (
        other.categories,
        other.source,
        other.credit,
    )
    assert (one.sha256, one.counts, str(one)) == (other.sha256, other.counts, str(other))


def test_drawings_in_files_are_chosen_split_and_hashed_as_drawings_in_memory(both: Any) -> None:
    held, filed = both
    assert isinstance(filed.pixels, mapped.Mapped)
    assert isinstance(held.pixels, np.ndarray)
    _same(held, filed)
    rng = np.random.default_rng(1)
    mask = rng.random(len(held)) < 0.5
    for key in (slice(7, None, 3), slice(900, 100, -1), mask, rng.permutation(1440)[:900], [3, -1]):
        _same(held[key], filed[key])
        _same(held[key][::2], filed[key][::2])
    _same(held.only(["fish", "cat"]), filed.only(["fish", "cat"]))
    for one, other in zip(held.split(seed=3), filed.split(seed=3), strict=True):
        _same(one, other)
    np.testing.assert_array_equal(held.images, filed.images)
    np.testing.assert_array_equal(held.pixels[5], filed.pixels[-1435])
    np.testing.assert_array_equal(held.pixels[:, 3:5], filed.pixels[:, 3:5])
    np.testing.assert_array_equal(held.pixels.reshape(-1, 784), filed.pixels.reshape(-1, 784))
    assert (np.stack(list(filed.pixels)) == held.pixels).all()
    for wrong in (np.array([1440]), np.array([-1441]), np.ones(3, bool)):
        with pytest.raises(IndexError):
            filed[wrong]


def test_the_same_seed_gives_the_same_batches_whatever_the_storage(both: Any) -> None:
    from qdtools.training.feeding import Feed, order_of

    held, filed = both
    order = order_of(len(held), 2, 5)
    np.testing.assert_array_equal(order, np.random.default_rng([2, 5]).permutation(len(held)))
    for whole in (True, False):
        served = [
            [(int(number), *feed.read(index)) for number, index in feed.steps(5, whole)]
            for feed in (Feed(held, 64, 2), Feed(filed, 64, 2, slice(1, None, 2)))
        ]
        assert len(served[0]) == (22 if whole else 23)
        for one, other in zip(*served, strict=True):
            for first, second in zip(one, other, strict=True):
                np.testing.assert_array_equal(first, second)
        labels = np.concatenate([labels for _, _, labels in served[0]])
        rows = order[: len(labels)]
        np.testing.assert_array_equal(labels, held.labels[rows])
        # Shuffled across files: each tenth of an epoch has about its share of the largest one.
        shares = [part.mean() for part in np.array_split(labels == 2, 10)]
        assert min(shares) > 0.6
        assert max(shares) < 0.9


def test_small_categories_are_repeated_until_all_are_met_alike_and_equal_ones_stay_as_they_are(
    both: Any,
) -> None:
    from qdtools.training.config import TrainingConfig
    from qdtools.training.feeding import Feed
    from qdtools.training.parts import evened, parts_of

    for uneven in both:
        even = evened(uneven)
        assert set(even.counts.values()) == {1100}
        for label in range(3):
            own = np.asarray(even.pixels)[even.labels == label].reshape(-1, 784)
            _, times = np.unique(own, axis=0, return_counts=True)
            assert len(times) == uneven.counts[uneven.categories[label]]
            assert times.max() - times.min() <= 1
        mixed = [
            labels.numpy()
            for _, index in Feed(even, 330, 0).steps(0, whole=True)
            for labels in [Feed(even, 330, 0).read(index)[1]]
        ]
        assert min(np.bincount(labels, minlength=3).min() for labels in mixed) > 70
        equal = uneven[np.concatenate([np.flatnonzero(uneven.labels == k)[:40] for k in range(3)])]
        assert evened(equal) is equal
        for mix, sizes in {"drawings": {270, 36, 990}, "categories": {990}}.items():
            training, validation, _ = parts_of(uneven, TrainingConfig(mix=mix))
            assert set(training.counts.values()) == sizes
            assert set(validation.counts.values()) == {15, 2, 55}


def test_the_shards_of_workers_are_disjoint_and_complete(both: Any) -> None:
    from qdtools.training.feeding import Feed

    _, filed = both
    for world in (2, 3):
        for _, index in Feed(filed, 64, 0).steps(0, whole=False):
            shards = [index[rank::world].numpy() for rank in range(world)]
            assert sorted(np.concatenate(shards)) == sorted(index.numpy())


def test_one_can_do_with_drawings_in_files_without_a_folder_for_the_order(
    uneven: Path, both: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, filed = both
    (uneven / "file").write_bytes(b"")
    monkeypatch.setenv("QD_CACHE_DIR", str(uneven / "file"))
    _same(held.split()[0], replace(filed).split()[0])


def test_scores_come_out_the_same_part_by_part(
    drawings: qd.Drawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qdtools import evaluation

    few = drawings.thinned(60)
    options: dict[str, Any] = {
        "methods": ["classifier", "median"],
        "repeats": 2,
        "by_drawing": True,
    }
    pipeline = qd.Pipeline.load()
    whole = qd.evaluate(pipeline, few, [0, 0.5], **options)
    monkeypatch.setattr(evaluation, "_AT_ONCE", 17)
    parts = qd.evaluate(pipeline, few, [0, 0.5], **options)
    for one, other in zip(whole["rows"], parts["rows"], strict=True):
        assert one["right"] == other["right"]
        assert one["psnr"] == pytest.approx(other["psnr"], abs=1e-6)
        assert one["ssim"] == pytest.approx(other["ssim"], abs=1e-6)
    assert len({row["level"] for row in parts["rows"]}) == 2


def test_of_very_many_drawings_an_even_choice_is_learned_from(
    drawings: qd.Drawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qdtools import examples

    monkeypatch.setattr(examples, "_ENOUGH", 24)
    two = drawings.only(drawings.categories[:2])
    uneven = two[
        np.sort(np.concatenate([np.flatnonzero(two.labels == 0)[:4], np.flatnonzero(two.labels)]))
    ]
    with pytest.warns(UserWarning, match=f"Of {len(uneven)} drawings 24 are learned from"):
        learned = qd.learn(uneven, relearn=True)
    assert learned.head is not None
    assert learned.head.examples == (4, 20)


def test_noise_on_very_many_examples_is_that_of_one_piece() -> None:
    from qdtools import examples

    images = np.random.default_rng(0).random((2 * examples._AT_ONCE + 5, 28, 28, 1), np.float32)
    drowned = examples._drowned(images, 0.7, 9)
    assert drowned.dtype == np.float32
    np.testing.assert_array_equal(drowned, qd.gaussian(images, 0.7, 9))
