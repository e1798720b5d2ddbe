"""Promises of the pipeline: what it gives, what it refuses to load, what ships."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from doodles import drawn_by_cairo, shaky_hands
from fit_restyle import draw_thin
from tqdm import tqdm

import qdtools as qd
from qdtools import settings
from qdtools.drawings.restyle import restyle
from qdtools.training import stages
from qdtools.training._keras import keras
from qdtools.training.export import (
    export_graph,
    fold_normalization,
    multiply_adds,
    round_to_float16,
)
from qdtools.training.networks import build_classifier, build_denoiser
from qdtools.training.saved import load_network, save_pipeline
from qdtools.training.stages import train_denoiser, train_pipeline


def test_noisy_images_go_in_and_denoised_images_and_probabilities_come_out(shipped, drawings):
    noisy = qd.gaussian(drawings.images[:300], 0.5)  # more than one batch
    denoised, probabilities = shipped(noisy)
    assert denoised.shape == noisy.shape
    assert denoised.min() >= 0
    assert denoised.max() <= 1
    assert probabilities.shape == (300, 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(shipped.classify(shipped.denoise(noisy)), probabilities, atol=1e-5)


def test_an_answer_does_not_depend_on_the_company_in_the_batch(shipped, drawings):
    noisy = qd.gaussian(drawings.images[:270], 1)
    together = shipped(noisy)[1]
    np.testing.assert_allclose(together[-1:], shipped(noisy[-1:])[1], atol=1e-4)
    # Parts of a batch run side by side and come back in their order.
    np.testing.assert_allclose(together[::-1], shipped(noisy[::-1])[1], atol=1e-4)


def test_no_image_gives_no_answer(shipped):
    denoised, probabilities = shipped(np.zeros((0, 28, 28, 1), np.float32))
    assert denoised.shape == (0, 28, 28, 1)
    assert probabilities.shape == (0, 5)


@pytest.mark.parametrize("shape", [(28, 28, 1), (3, 28, 28), (3, 32, 32, 1), (3, 28, 28, 3)])
def test_images_of_another_shape_are_refused(shipped, shape):
    with pytest.raises(qd.ModelError, match=r"\(n, 28, 28, 1\)"):
        shipped(np.zeros(shape, np.float32))


def test_restricting_chooses_among_the_same_logits(drawings):
    everyone = qd.Pipeline.load()
    assert len(everyone.categories) == 345
    few = everyone.restrict(["fish", "cat"])
    whole = everyone.classify(drawings.images[:20])
    columns = [everyone.categories.index(name) for name in ("fish", "cat")]
    expected = whole[:, columns] / whole[:, columns].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(few.classify(drawings.images[:20]), expected, atol=1e-5)


def test_an_unknown_category_is_refused_before_the_networks_are_asked():
    with pytest.raises(qd.DataError, match="'fish'"):
        qd.Pipeline.load(categories=["fihs"])


@pytest.fixture(scope="module")
def untrained():
    """Two networks whose every weight is random, biases and running averages too."""
    keras.utils.set_random_seed(0)
    networks = build_denoiser(6), build_classifier(5, 6)
    rng = np.random.default_rng(0)
    for network in networks:
        network.set_weights([0.3 + 0.2 * rng.random(w.shape) for w in network.get_weights()])
    return networks


def test_what_is_saved_is_loaded_again(tmp_path, untrained, drawings):
    saved = save_pipeline(tmp_path, *untrained, qd.DEFAULT_CATEGORIES, command="a test")
    again = qd.Pipeline.load(tmp_path, qd.DEFAULT_CATEGORIES)
    np.testing.assert_array_equal(again(drawings.images[:5])[1], saved(drawings.images[:5])[1])
    assert qd.read_manifest(tmp_path)["command"] == "a test"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "classifier.keras",
        "denoiser.keras",
        "manifest.json",
        "pipeline.onnx",
    ]


def test_folding_the_normalisation_changes_no_answer(untrained, drawings):
    _, classifier = untrained
    folded = fold_normalization(classifier, build_classifier(5, 6, normalization=None))
    assert not any(isinstance(x, keras.layers.BatchNormalization) for x in folded.layers)
    images = drawings.images[:20]
    expected = classifier(images, training=False)
    np.testing.assert_allclose(folded(images, training=False), expected, rtol=1e-4)


def test_the_graph_holds_rounded_weights_in_half_the_bytes(untrained):
    denoiser = keras.models.clone_model(untrained[0])
    denoiser.set_weights(untrained[0].get_weights())
    classifier = build_classifier(5, 6, normalization=None)
    whole = len(export_graph(denoiser, classifier))
    halved = len(export_graph(round_to_float16(denoiser), round_to_float16(classifier)))
    numbers = denoiser.count_params() + classifier.count_params()
    assert whole - halved == pytest.approx(2 * numbers, rel=0.1)


def test_the_graph_answers_as_keras_does_on_real_drawings(drawings):
    pipeline = qd.Pipeline.load()
    denoiser, classifier = load_network("denoiser"), load_network("classifier")
    for level in (0, 0.5, 1):
        noisy = qd.gaussian(drawings.images[::5], level)
        expected = denoiser(noisy, training=False)
        logits = classifier(expected, training=False)
        denoised, probabilities = pipeline(noisy)
        np.testing.assert_allclose(denoised, expected, atol=1e-4)
        np.testing.assert_allclose(probabilities, keras.ops.softmax(logits), atol=1e-4)
        direct = keras.ops.softmax(classifier(noisy, training=False))
        np.testing.assert_allclose(pipeline.classify(noisy), direct, atol=1e-4)


def test_the_shipped_networks_are_of_a_size_that_a_page_can_carry():
    networks = load_network("denoiser"), load_network("classifier")
    assert sum(network.count_params() for network in networks) <= 1_000_000
    assert sum(multiply_adds(network) for network in networks) <= 60_000_000


@pytest.fixture
def copied(tmp_path):
    for path in settings.models_dir().iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    return tmp_path


def load(name, folder):
    """Load what a file of saved weights is for."""
    if name == "pipeline.onnx":
        return qd.Pipeline.load(folder)
    return load_network(name.removesuffix(".keras"), folder)


FILES = ["denoiser.keras", "classifier.keras", "pipeline.onnx"]


@pytest.mark.parametrize("name", FILES)
def test_altered_weights_are_refused_by_name(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(qd.ModelError, match=f"{name}.*altered.*qdtools train"):
        load(name, copied)


@pytest.mark.parametrize("name", FILES)
def test_missing_weights_are_told_apart_from_altered_ones(copied, name):
    (copied / name).unlink()
    with pytest.raises(qd.ModelError, match=f"{name}' is missing"):
        load(name, copied)


def test_a_network_that_does_not_exist_is_refused():
    with pytest.raises(qd.ModelError, match="denoiser, classifier"):
        load_network("autoencoder")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"weights": 3, "categories": ["cat"]}',
        '{"weights": {"pipeline.onnx": "x"}, "categories": ["cat"]}',
        '{"weights": {}, "categories": []}',
        '{"weights": {}, "categories": [1, null]}',
        "[" * 200_000,
        "\x00",
    ],
)
def test_a_torn_manifest_is_refused(copied, content):
    (copied / "manifest.json").write_text(content)
    with pytest.raises(qd.ModelError, match=r"manifest\.json' is missing or torn"):
        qd.Pipeline.load(copied)


def test_a_manifest_of_other_categories_than_the_graph_is_refused(copied):
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(manifest | {"categories": [*manifest["categories"], "kat"]}))
    with pytest.raises(qd.ModelError, match="names 346 categories"):
        qd.Pipeline.load(copied)


def test_a_graph_that_is_none_is_refused_though_its_hash_agree(copied):
    path = copied / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    (copied / "pipeline.onnx").write_bytes(b"no graph")
    manifest["weights"]["pipeline.onnx"]["sha256"] = hashlib.sha256(b"no graph").hexdigest()
    path.write_text(json.dumps(manifest))
    with pytest.raises(qd.ModelError, match="no ONNX graph"):
        qd.Pipeline.load(copied)


def test_the_shipped_weights_are_what_the_manifest_says():
    manifest = qd.read_manifest()
    for name, entry in manifest["weights"].items():
        content = (settings.models_dir() / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) < 5_000_000
    assert manifest["command"].startswith("qdtools train ")
    assert manifest["data"]["credit"] == "Quick, Draw! Dataset, Google, CC BY 4.0"
    assert sorted(manifest["categories"]) == sorted(qd.ALL_CATEGORIES)


def test_the_shipped_weights_took_at_most_three_hours_of_processor_time():
    seconds = qd.read_manifest()["cpu_seconds"]
    assert set(seconds) == {"denoiser", "classifier", "joint"}
    assert sum(seconds.values()) <= 3 * 3600


def shipped_score(categories, method, level):
    """A score in the manifest, of drawings kept out of training."""
    (score,) = [s for s in qd.read_manifest()["scores"] if len(s["categories"]) == categories]
    (row,) = [r for r in score["rows"] if (r["method"], r["level"]) == (method, level)]
    return row


#: Accuracies that are meant to be reached on drawings kept out of training; benchmarks/targets.py and the
#: model card have all targets.
TARGETS = {
    (5, "classifier", 0): 0.985,
    (5, "pipeline", 0): 0.985,
    (345, "classifier", 0): 0.66,
    (345, "pipeline", 0.5): 0.63,
    (5, "pipeline", 0.5): 0.98,
    (5, "pipeline", 1): 0.96,
    (5, "pipeline", 1.5): 0.88,
}


@pytest.mark.parametrize("which", TARGETS)
def test_what_is_meant_is_reached(which):
    assert shipped_score(*which)["top1"] >= TARGETS[which]


@pytest.mark.parametrize("level", [0.5, 1])
def test_the_pipeline_beats_the_original_recipe_by_far(shipped, drawings, level):
    # The original names 88.8 % at level 0.5 and 54.3 % at 1; all 500 drawings are new to the shipped.
    scores = qd.evaluate(shipped, drawings, levels=[level], methods=["pipeline"])
    assert scores["n"] == 500
    assert scores["rows"][0]["top1"] >= {0.5: 0.938, 1: 0.9}[level]


@pytest.mark.parametrize("level", [0.5, 1])
def test_denoising_first_is_within_half_a_point_of_the_best_on_all_categories(level):
    best = max(shipped_score(345, method, level)["top1"] for method in ("classifier", "pipeline"))
    assert shipped_score(345, "pipeline", level)["top1"] >= best - 0.005


def test_restyling_the_sample_costs_at_most_two_points(shipped, drawings, shared):
    """On the same drawings in both looks: Google's own pixels and the sample's, restyled."""
    right = {"google": 0, "sample": 0}
    for path in sorted((shared / "pairs").glob("*.npy")):
        label = shipped.categories.index(path.stem)
        google = np.load(path).reshape(-1, 28, 28, 1) / np.float32(255)
        sample = drawings.only(path.stem).images[: len(google)]
        for look, images in {"google": google, "sample": sample}.items():
            right[look] += int((shipped.classify(images).argmax(axis=1) == label).sum())
    print(f"right of 100: {right}")
    assert right["sample"] >= right["google"] - 2


def test_restyling_doodles_costs_at_most_two_points(shipped):
    """On our own strokes in both looks: as cairo draws them, then as the sample does, restyled."""
    drawn = shaky_hands()
    labels = np.array([shipped.categories.index(category) for category, _ in drawn])
    looks = {
        "google": drawn_by_cairo(),
        "sample": restyle(np.array([draw_thin(strokes) for _, strokes in drawn])),
    }
    right = {
        look: int((shipped.classify(pixels[..., None] / np.float32(255)).argmax(1) == labels).sum())
        for look, pixels in looks.items()
    }
    print(f"right of {len(drawn)}: {right}")
    assert len(drawn) == 100
    assert right["google"] >= 98
    assert right["sample"] >= right["google"] - 2


def test_the_sample_costs_at_most_two_points_against_googles_look(shipped, drawings):
    """Every category counts alike, as in the sample; the others were kept out of training."""
    _, probabilities = shipped(drawings.images)
    sample = (probabilities.argmax(axis=1) == drawings.labels).mean()
    google = [
        row["top1"] for row in qd.read_manifest()["scores"][0]["by_category"] if row["level"] == 0
    ]
    assert len(google) == len(drawings.categories)
    assert sample >= np.mean(google) - 0.02


def test_at_least_nine_of_the_ten_query_pictures_are_named_right(shipped, drawings):
    noisy, clean = qd.make_queries(drawings.split()[2])
    _, probabilities = shipped(noisy)
    assert len(noisy) == 10
    assert (probabilities.argmax(axis=1) == clean.labels).sum() >= 9


SMALL = qd.Recipe(denoiser_epochs=2, classifier_epochs=2, joint_epochs=2, batch_size=32)


class Killed(Exception):
    """Stands for a kill."""


def killed(*_, **__):
    raise Killed


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(tmp_path, drawings, monkeypatch):
    few = drawings[::8]
    whole, _, test = train_pipeline(few, tmp_path / "whole", SMALL, echo=lambda line: None)

    # In the middle of an epoch, and when its weights are written but its row is not.
    for owner, name in ((tqdm, "update"), (stages, "_write_rows")):
        with monkeypatch.context() as moment:
            moment.setattr(owner, name, killed)
            with pytest.raises(Killed):
                train_pipeline(few, tmp_path / "cut", SMALL, echo=lambda line: None)
    for kill_at in ("denoiser: epoch 1", "classifier: epoch 1", "joint: epoch 1"):

        def die(line, kill_at=kill_at):
            if line.startswith(kill_at):
                raise Killed

        with pytest.raises(Killed):
            train_pipeline(few, tmp_path / "cut", SMALL, echo=die)
    resumed, _, _ = train_pipeline(few, tmp_path / "cut", SMALL, echo=lambda line: None)

    assert list(whole) == list(resumed) == ["apart", "joint"]
    for stage in whole:
        for a, b in zip(whole[stage], resumed[stage], strict=True):
            for x, y in zip(a.get_weights(), b.get_weights(), strict=True):
                np.testing.assert_allclose(x, y, atol=2e-3)
    # The best epoch may come before the kill; the log tells of those after it, too.
    for stage in ("denoiser", "classifier", "joint"):
        one, other = (
            np.genfromtxt(tmp_path / folder / f"{stage}.csv", delimiter=",", skip_header=1)
            for folder in ("whole", "cut")
        )
        assert len(one) == 2
        seconds = 1  # the column that may differ
        np.testing.assert_allclose(
            np.delete(one, seconds, axis=1), np.delete(other, seconds, axis=1), rtol=3e-4
        )
    noisy = qd.gaussian(test.images, 0.5)
    denoised, expected = (stages["joint"][0](noisy) for stages in (resumed, whole))
    np.testing.assert_allclose(denoised, expected, atol=1e-2)


def test_training_stops_where_validation_no_longer_improves(tmp_path, drawings):
    # At this rate every epoch is worse than the first.
    hot = qd.Recipe(denoiser_epochs=9, denoiser_rate=30, patience=1, batch_size=32)
    training, validation, _ = drawings[::8].split()
    lines = []
    train_denoiser(training, validation, hot, tmp_path, lines.append)
    assert "stopped after" in lines[-1]
    assert len(lines) < 10
    assert len(list(tmp_path.glob("denoiser.*.keras"))) <= 2


def one_epoch(folder, drawings, **options):
    training, validation, _ = drawings[::8].split()
    recipe = qd.Recipe(**{"denoiser_epochs": 1, "batch_size": 32} | options.pop("recipe", {}))
    return train_denoiser(training, validation, recipe, folder, lambda line: None, **options)


def test_weights_whose_validation_loss_is_no_number_are_never_the_best(tmp_path, drawings):
    first = one_epoch(tmp_path, drawings)
    log = tmp_path / "denoiser.csv"
    head, row = log.read_text().split()
    loss = row.split(",")[head.split(",").index("val_loss")]
    log.write_text(f"{head}\n{row}\n{row.replace(loss, 'nan').replace('1', '2', 1)}\n")
    (tmp_path / "denoiser.2.keras").write_bytes(b"diverged")
    with pytest.raises(qd.SettingError, match=r"denoiser\.2\.keras' is missing or torn"):
        one_epoch(tmp_path, drawings, recipe={"denoiser_epochs": 3})
    shutil.copy(tmp_path / "denoiser.1.keras", tmp_path / "denoiser.2.keras")
    (tmp_path / "denoiser.1.keras").replace(tmp_path / "kept")
    with pytest.raises(qd.SettingError, match=r"denoiser\.1\.keras' is missing or torn"):
        one_epoch(tmp_path, drawings, recipe={"denoiser_epochs": 2})
    (tmp_path / "kept").replace(tmp_path / "denoiser.1.keras")
    best = one_epoch(tmp_path, drawings, recipe={"denoiser_epochs": 2})
    for a, b in zip(first.get_weights(), best.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_training_that_never_gets_a_finite_loss_is_refused(tmp_path, drawings):
    with pytest.raises(qd.SettingError, match=r"finite validation loss.*lower"):
        one_epoch(tmp_path, drawings, loss=lambda clean, denoised: denoised * np.nan)


def test_a_torn_log_is_refused(tmp_path, drawings):
    (tmp_path / "denoiser.csv").write_text("epoch,loss\n1,2\n")
    with pytest.raises(qd.SettingError, match=r"denoiser\.csv' is torn"):
        one_epoch(tmp_path, drawings)


def test_a_training_by_a_loss_of_ones_own_goes_on_too(tmp_path, drawings):
    def squared(clean, denoised):
        return keras.ops.square(clean - denoised)

    one_epoch(tmp_path, drawings, loss=squared)
    one_epoch(tmp_path, drawings, loss=squared, recipe={"denoiser_epochs": 2})
    assert len((tmp_path / "denoiser.csv").read_text().splitlines()) == 3


def test_too_few_drawings_to_measure_on_are_refused_before_anything_is_kept(tmp_path, drawings):
    with pytest.raises(qd.DataError, match="load at least 20"):
        train_pipeline(drawings[::50], tmp_path / "run", SMALL)
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_of_another_run_are_refused(tmp_path, drawings):
    (tmp_path / "run.json").write_text(json.dumps({"recipe": {}, "drawings": {}}))
    with pytest.raises(qd.SettingError, match="another run"):
        train_pipeline(drawings, tmp_path, SMALL)


def test_checkpoints_of_other_drawings_are_refused_though_they_be_as_many(tmp_path, drawings):
    few = drawings[::8]
    with pytest.raises(Killed):
        train_pipeline(few, tmp_path, SMALL, echo=killed)
    mirrored = replace(few, pixels=few.pixels[..., ::-1])
    with pytest.raises(qd.SettingError, match="another run"):
        train_pipeline(mirrored, tmp_path, SMALL)


def test_a_recipe_of_no_seed_is_refused():
    with pytest.raises(qd.SettingError, match="-1 is no seed"):
        qd.Recipe(seed=-1)


@pytest.mark.parametrize("field", ["denoiser_epochs", "classifier_epochs", "batch_size"])
def test_a_recipe_that_trains_nothing_is_refused(field):
    with pytest.raises(qd.SettingError, match=field):
        qd.Recipe(**{field: 0})
