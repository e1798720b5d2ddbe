"""Promises of the pipeline: what it gives, what it refuses to load, what ships."""

from __future__ import annotations

import hashlib
import json
import shutil
import warnings
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from doodles import drawn_by_cairo, shaky_hands
from fit_restyle import draw_thin

import qdtools as qd
from qdtools import settings
from qdtools._locks import sole_writer
from qdtools.drawings.categories import DEFAULT_CATEGORIES
from qdtools.drawings.restyle import restyle
from qdtools.training._keras import keras
from qdtools.training.config import trained_with
from qdtools.training.export import export_graph, fold_normalization, round_to_float16
from qdtools.training.networks import build_classifier, build_denoiser, multiply_adds
from qdtools.training.saved import load_network, save_pipeline

#: What is meant to be reached on drawings kept out of training; the model card says by how much it is.
TARGETS = json.loads(
    (Path(__file__).parents[1] / "benchmarks" / "targets.json").read_text(encoding="utf-8")
)


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
    # Of what the writer of graphs asks numpy, nobody who trains is warned.
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        exported = qd.Pipeline(export_graph(*untrained), DEFAULT_CATEGORIES)
    assert not [str(one.message) for one in said if "np." in str(one.message)]
    # What a save leaves behind that was killed.
    (tmp_path / ".saving-torn").mkdir()
    for leftover in (".saving-torn/denoiser.keras", ".lock"):
        (tmp_path / leftover).write_bytes(b"torn")
    with sole_writer(tmp_path, "save"), pytest.raises(qd.SettingError, match="Another save writes"):
        save_pipeline(tmp_path, exported, *untrained)
    saved = save_pipeline(tmp_path, exported, *untrained, command="a test")
    assert (tmp_path / "pipeline.onnx").read_bytes() == exported.graph
    again = qd.Pipeline.load(tmp_path, DEFAULT_CATEGORIES)
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


def put(folder, name, content):
    """Put other content into a folder of weights, with a manifest that holds its hash."""
    (folder / name).write_bytes(content)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["weights"][name]["sha256"] = hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(manifest))


def test_a_graph_that_is_none_is_refused_though_its_hash_agree(copied):
    put(copied, "pipeline.onnx", b"no graph")
    with pytest.raises(qd.ModelError, match="no ONNX graph"):
        qd.Pipeline.load(copied)


def test_a_graph_whose_weights_lie_in_another_file_is_refused_though_its_hash_agree(copied):
    graph = copied / "pipeline.onnx"
    model = onnx.load(graph)
    (constant,) = [
        onnx.helper.make_node("Constant", [], ["beside"], value=model.graph.initializer[0])
    ]
    for stored in (None, constant):
        if stored:
            model.graph.node.insert(0, stored)
            stored.attribute[0].t.data_location = onnx.TensorProto.EXTERNAL
            model.graph.node[0].CopyFrom(stored)
            content = model.SerializeToString()
        else:
            onnx.save(model, graph, save_as_external_data=True, location="beside", size_threshold=0)
            content = graph.read_bytes()
            model = qd.Pipeline.load()._parts._model
        put(copied, "pipeline.onnx", content)
        with pytest.raises(qd.ModelError, match="weights from another file"):
            qd.Pipeline.load(copied)


def retyped(graph):
    graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.FLOAT16


def of_a_type_that_is_none(graph):
    graph.input[0].type.tensor_type.elem_type = 99


def of_one_image_at_a_time(graph):
    graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1


def of_a_scalar(graph):
    del graph.output[0].type.tensor_type.shape.dim[:]


def of_a_sequence(graph):
    kind = onnx.helper.make_sequence_type_proto(graph.output[0].type)
    graph.output[0].type.CopyFrom(kind)


def renamed(graph):
    graph.input[0].name = "images"


def without_an_output(graph):
    del graph.output[-1]


def with_an_input_more(graph):
    graph.input.append(onnx.helper.make_tensor_value_info("level", onnx.TensorProto.FLOAT, [1]))


@pytest.mark.parametrize(
    "spoil",
    [
        retyped,
        of_a_type_that_is_none,
        of_one_image_at_a_time,
        of_a_scalar,
        of_a_sequence,
        renamed,
        without_an_output,
        with_an_input_more,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_a_graph_of_other_ends_is_refused_though_its_hash_agree(copied, spoil):
    model = onnx.load(copied / "pipeline.onnx")
    spoil(model.graph)
    put(copied, "pipeline.onnx", model.SerializeToString())
    with pytest.raises(
        qd.ModelError, match=r"manifest\.json' names 345 categories, whose graph has"
    ):
        qd.Pipeline.load(copied)


def with_nan(graph):
    for stored in graph.initializer:
        if stored.data_type == onnx.TensorProto.FLOAT16:
            spoiled = onnx.numpy_helper.to_array(stored) * np.float16("nan")
            stored.CopyFrom(onnx.numpy_helper.from_array(spoiled, stored.name))


def with_a_step_that_there_is_not(graph):
    graph.node[-1].op_type = "Dream"


def with_a_step_cut_out(graph):
    del graph.node[len(graph.node) // 2]


def with_weights_of_another_shape(graph):
    largest = max(graph.initializer, key=lambda stored: len(stored.raw_data))
    flat = onnx.numpy_helper.to_array(largest).ravel()
    largest.CopyFrom(onnx.numpy_helper.from_array(flat, largest.name))


@pytest.mark.parametrize(
    "spoil",
    [with_nan, with_a_step_that_there_is_not, with_a_step_cut_out, with_weights_of_another_shape],
    ids=lambda spoil: spoil.__name__,
)
def test_a_graph_that_cannot_be_run_is_refused_in_a_sentence(copied, spoil):
    model = onnx.load(copied / "pipeline.onnx")
    spoil(model.graph)
    put(copied, "pipeline.onnx", model.SerializeToString())
    images = np.zeros((2, 28, 28, 1), np.float32)
    with pytest.raises(qd.ModelError, match="qdtools train"):
        qd.Pipeline.load(copied)(images)


def stored(graph, name, values):
    """Put a constant of whole numbers into a graph."""
    graph.initializer.append(onnx.numpy_helper.from_array(np.array(values, np.int64), name))


def before_the_end(graph, *nodes):
    """Let steps stand between the denoised image and its output: the last is handed the image."""
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == "denoised":
                    names[i] = "image"
    graph.node.extend(nodes)


def a_constant_of_gigabytes(graph):
    stored(graph, "shape", [60_000, 60_000])
    make = onnx.helper.make_node
    before_the_end(
        graph,
        make("ConstantOfShape", ["shape"], ["large"]),
        make("ReduceMean", ["large"], ["mean"], axes=[0, 1], keepdims=0),
        make("Add", ["image", "mean"], ["denoised"]),
    )


def tiles_of_gigabytes(graph, times=60_000):
    stored(graph, "times", [1, times, 1, 1])
    make = onnx.helper.make_node
    before_the_end(
        graph,
        make("Tile", ["image", "times"], ["large"]),
        make("MaxPool", ["large"], ["denoised"], kernel_shape=[1, 1]),
    )


def tiles_of_half_a_gigabyte(graph):
    tiles_of_gigabytes(graph, 5_000)  # of 28 x 28 floats, in a run of 32 images


def an_expansion_of_gigabytes(graph):
    stored(graph, "shape", [1_000_000, 1, 28, 28, 1])
    make = onnx.helper.make_node
    before_the_end(
        graph,
        make("Expand", ["image", "shape"], ["large"]),
        make("ReduceMean", ["large"], ["denoised"], axes=[0], keepdims=0),
    )


def a_window_of_gigabytes(graph):
    weights = np.zeros((1, 1, 1_000, 1_000), np.float32)
    graph.initializer.append(onnx.numpy_helper.from_array(weights, "wide"))
    make = onnx.helper.make_node
    before_the_end(
        graph,
        make("Transpose", ["image"], ["turned"], perm=[0, 3, 1, 2]),
        make("ConvTranspose", ["turned", "wide"], ["all"], pads=[500, 500, 500, 500]),
        make("ReduceMean", ["all"], ["mean"], axes=[1, 2, 3], keepdims=1),
        make("Add", ["image", "mean"], ["denoised"]),
    )


def a_size_that_an_image_tells(graph):
    stored(graph, "flat", [-1])
    make = onnx.helper.make_node
    before_the_end(
        graph,
        make("Cast", ["logits"], ["counted"], to=onnx.TensorProto.INT64),
        make("Reshape", ["counted", "flat"], ["counts"]),
        make("ConstantOfShape", ["counts"], ["large"]),
        make("ReduceMean", ["large"], ["mean"], keepdims=0),
        make("Add", ["image", "mean"], ["denoised"]),
    )


def a_loop(graph):
    graph.node.append(onnx.helper.make_node("Loop", ["", ""], ["turns"], body=onnx.GraphProto()))


def a_circle(graph):
    make = onnx.helper.make_node
    graph.node.extend([make("Relu", ["one"], ["other"]), make("Relu", ["other"], ["one"])])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (a_constant_of_gigabytes, "bytes of memory"),
        (tiles_of_gigabytes, "bytes of memory"),
        (tiles_of_half_a_gigabyte, "bytes of memory, more than the 500,000,000"),
        (an_expansion_of_gigabytes, "bytes of memory"),
        (a_window_of_gigabytes, "bytes of memory"),
        (a_size_that_an_image_tells, "cannot be told"),
        (a_loop, "a step 'Loop', which no network here has"),
        (a_circle, "a step that waits for itself"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_graph_that_asks_for_too_much_is_refused_before_it_is_run(copied, spoil, says):
    model = onnx.load(copied / "pipeline.onnx")
    spoil(model.graph)
    put(copied, "pipeline.onnx", model.SerializeToString())
    with pytest.raises(qd.ModelError, match=f"{says}.*qdtools train") as refused:
        qd.Pipeline.load(copied)
    assert len(str(refused.value)) < 500
    assert "pipeline.onnx" in str(refused.value)


def network(inputs=((28, 28, 1),), units=345, fill=0.5, dtype="float32"):
    """A network of one dense layer, saved by Keras."""
    given = [keras.Input(shape, dtype=dtype) for shape in inputs]
    flat = [keras.layers.Flatten()(keras.ops.cast(each, "float32")) for each in given]
    joined = flat[0] if len(flat) == 1 else keras.layers.Concatenate()(flat)
    model = keras.Model(given, keras.layers.Dense(units)(joined))
    model.set_weights([np.full_like(weights, fill) for weights in model.get_weights()])
    return model


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        (
            "classifier",
            {"inputs": [(14, 14, 1)]},
            "no network from one image of 28 x 28 x 1 to 345",
        ),
        ("classifier", {"inputs": [(28, 28, 1), (28, 28, 1)]}, "to 345 numbers"),
        ("classifier", {"units": 5}, "to 345 numbers"),
        ("classifier", {"dtype": "int32"}, "to 345 numbers"),
        ("classifier", {"fill": np.nan}, "weights that are no numbers"),
        ("classifier", {"fill": np.inf}, "weights that are no numbers"),
        ("denoiser", {}, "to 28 x 28 x 1 numbers"),
        ("classifier", None, "no network that Keras can load"),
    ],
)
def test_a_keras_network_of_other_ends_is_refused_though_its_hash_agree(
    copied, tmp_path, name, settings, says
):
    if settings is None:
        content = b"no network"
    else:
        network(**settings).save(tmp_path / "other.keras")
        content = (tmp_path / "other.keras").read_bytes()
    put(copied, f"{name}.keras", content)
    with pytest.raises(qd.ModelError, match=rf"{name}\.keras' .*{says}.*qdtools train"):
        load_network(name, copied)


@pytest.mark.parametrize("what", ["layers", "bytes"])
def test_a_keras_network_that_asks_for_too_much_is_refused_before_it_is_made(copied, what):
    """Ten thousand million numbers, described in three kilobytes; or a hundred megabytes of nothing."""
    name = "classifier.keras"
    network().save(copied / "other.keras")
    with zipfile.ZipFile(copied / "other.keras") as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    if what == "layers":
        described = json.loads(members["config.json"])
        described["config"]["layers"][-1]["config"]["units"] = 12_000_000
        members["config.json"] = json.dumps(described).encode()
    else:
        members["assets/nothing"] = bytes(110_000_000)
    with zipfile.ZipFile(copied / "other.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    del members
    put(copied, name, (copied / "other.keras").read_bytes())
    says = r"layers of 9,420,000,\d+ numbers.*cannot hold" if what == "layers" else "unpack to 11"
    with pytest.raises(qd.ModelError, match=says):
        load_network("classifier", copied)
    assert network().count_params() == 785 * 345  # nor is it made later, with the next


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


def shipped_score(of, method, level):
    """A score in the manifest, of drawings kept out of training, in focus or all."""
    manifest = qd.read_manifest()
    wanted = {"focus": trained_with(manifest).focus, "all": tuple(manifest["categories"])}[of]
    (score,) = [s for s in manifest["scores"] if tuple(s["categories"]) == wanted]
    (row,) = [r for r in score["rows"] if (r["method"], r["level"]) == (method, level)]
    return row


@pytest.mark.parametrize(
    "target", TARGETS["accuracy"], ids=lambda one: f"{one['of']}-{one['method']}-{one['level']}"
)
def test_what_is_meant_is_reached(target):
    row = shipped_score(target["of"], target["method"], target["level"])
    assert row["top1"] >= target["at_least"]


@pytest.mark.parametrize("level", [0.5, 1])
def test_the_pipeline_beats_the_original_demo_by_far(shipped, drawings, level):
    # The original names 88.8 % at level 0.5 and 54.3 % at 1; all 500 drawings are new to the shipped.
    scores = qd.evaluate(shipped, drawings, levels=[level], methods=["pipeline"])
    assert scores["n"] == 500
    assert scores["rows"][0]["top1"] >= {0.5: 0.938, 1: 0.9}[level]


@pytest.mark.parametrize("level", TARGETS["behind_the_best"]["levels"])
def test_denoising_first_is_within_half_a_point_of_the_best_on_all_categories(level):
    best = max(shipped_score("all", method, level)["top1"] for method in ("classifier", "pipeline"))
    behind = TARGETS["behind_the_best"]["at_most"]
    assert shipped_score("all", "pipeline", level)["top1"] >= best - behind


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
    assert sample >= np.mean(google) - TARGETS["sample"]["at_most"]


def test_at_least_nine_of_the_ten_query_pictures_are_named_right(shipped, drawings):
    noisy, clean = qd.make_queries(drawings.split()[2])
    _, probabilities = shipped(noisy)
    assert len(noisy) == 10
    assert (probabilities.argmax(axis=1) == clean.labels).sum() >= 9
