"""Promises of the pages' modules: asked in Node.js, without a browser, they answer as Python does."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from brought import BROUGHT
from doodles import DOODLES, simplified
from onnx import TensorProto, helper
from PIL import Image
from scenes import (
    SURROUNDINGS,
    TOUCHED,
    askew,
    before_a_horizon,
    filled_box,
    half_in_the_shade,
    ink_of_bitmap,
    ink_of_strokes,
    ruled_on_a_table,
    several,
    touched,
    two_sheets,
)
from scipy.special import softmax
from small_pictures import WAYS

import qdtools as qd
from qdtools import settings
from qdtools.drawings.categories import ALL_CATEGORIES, DEFAULT_CATEGORIES
from qdtools.training.config import trained_with
from qdtools.training.networks import classifier_for, denoiser_for

ROOT = Path(__file__).resolve().parents[1]


def test_strokes_are_drawn_as_python_draws_them(ask):
    rng = np.random.default_rng(0)
    doodles = [simplified(doodle, rng) for both in DOODLES.values() for doodle in both]
    scribbles = [
        [rng.integers(0, 256, (2, length)).astype(float) for length in rng.integers(1, 9, 3)]
        for _ in range(20)
    ]
    drawings = [*doodles, *scribbles]
    found = ask(
        "({ strokes }, drawings) => drawings.map((drawing) => [...strokes.draw(drawing)])",
        [[stroke.tolist() for stroke in drawing] for drawing in drawings],
    )
    expected = [qd.draw_strokes(drawing).ravel().astype(int) for drawing in drawings]
    # Both round to grey levels; sums in another order may round the other way.
    assert abs(np.array(found) - np.array(expected)).max() <= 1


def test_names_are_found_and_suggested_as_python_does(ask):
    typed = [
        "hosue",
        "Coffee_Cup",
        "T-SHIRT",
        " the eiffel  tower",
        "unicorn",
        "ct",
        "oo",
        "",
        "x" * 300,
    ]
    rng = np.random.default_rng(0)
    for name in rng.choice(ALL_CATEGORIES, 60):
        letters = list(name)
        place = rng.integers(len(letters))
        letters[place : place + 2] = letters[place : place + 2][::-1]
        typed += ["".join(letters), name[: len(name) // 2], name + str(rng.choice(list("aeiou")))]
    found = ask(
        """({ names }, { all, typed }) => typed.map((text) =>
          [names.placeOf(text, all), names.nearest(text, all)])""",
        {"all": ALL_CATEGORIES, "typed": typed},
    )
    for text, (place, near) in zip(typed, found, strict=True):
        try:
            (expected,) = qd.resolve_categories([text])
        except qd.DataError as error:
            assert place == -1
            suggested = re.findall(r"'[^']*'", str(error).partition("the nearest are")[2])
            assert [repr(name) for name in near] == suggested, text
        else:
            assert ALL_CATEGORIES[place] == expected


def test_every_kind_of_noise_has_its_twin_in_the_page(ask):
    assert ask("({ noise }) => Object.keys(noise.KINDS)") == list(qd.NOISES)


@pytest.mark.parametrize("kind", list(qd.NOISES))
@pytest.mark.parametrize("level", [0.5, 1.0, 2.0])
def test_the_noise_has_the_distribution_of_pythons(ask, drawings, kind, level):
    count = 200
    images = np.repeat(drawings.images[7:8], count, axis=0)
    expected = qd.add_noise(images, level, kind, seed=1).reshape(count, -1)
    found = np.array(
        ask(
            """({ noise }, [image, level, kind, count]) => Array.from({ length: count }, (_, seed) =>
              [...noise.addNoise(image, level, kind, seed)])""",
            [images[0].ravel().tolist(), level, kind, count],
        )
    )
    # Mean and spread of the pixels that are paper, grey edges and ink; strips go by the row.
    rows = count * 28
    for low, high in ((0, 0.01), (0.2, 0.8), (0.95, 1)):
        kind_of_pixel = (images[0].ravel() >= low) & (images[0].ravel() <= high)
        one, other = found[:, kind_of_pixel], expected[:, kind_of_pixel]
        spread = max(one.std(), other.std(), 1e-6)
        assert abs(one.mean() - other.mean()) < 6 * spread / np.sqrt(min(one.size, rows) / 2)
        assert one.std() == pytest.approx(other.std(), rel=0.15, abs=1e-6)
    missing = (found.reshape(count, 28, 28) == 0).all(axis=2).mean()
    assert missing == pytest.approx(
        (expected.reshape(count, 28, 28) == 0).all(axis=2).mean(), abs=0.03
    )


def test_no_noise_of_level_0_changes_a_drawing(ask, drawings):
    image = drawings.images[0].ravel()
    found = ask(
        """({ noise }, image) => Object.keys(noise.KINDS).map((kind) =>
          [...noise.addNoise(image, 0, kind, 3)])""",
        image.tolist(),
    )
    np.testing.assert_allclose(found, [image] * len(qd.NOISES), atol=1e-6)


@pytest.mark.parametrize("plain", [False, True], ids=["WebAssembly", "plain JavaScript"])
def test_the_described_networks_answer_as_python_does(ask, extension, drawings, shipped, plain):
    model = onnx.load(qd.models_dir() / "pipeline.onnx")
    categories = qd.read_manifest()["categories"]
    noisy = qd.gaussian(drawings.images[::100], 0.75)
    found = ask(
        """async ({ features, network, probabilities }, { description, images, names, plain }) => {
          const chosen = names.map((name) => description.categories.indexOf(name));
          const networks = await network.load(description, { plain });
          if (networks.kernel.isPlain !== plain) throw new Error('another kernel');
          return images.map((image) => {
            const { denoised, logits } = networks.run(image);
            const seen = [...features.featuresOfNoisy(networks)];
            return [[...denoised], probabilities.probabilities(logits, chosen), seen,
              [...features.lookAt(networks, image).features]];
          });
        }""",
        {
            "description": extension("page_networks").describe(model, categories),
            "images": noisy.reshape(len(noisy), -1).tolist(),
            "names": list(shipped.categories),
            "plain": plain,
        },
    )
    denoised, chain = shipped(noisy)
    expected = denoised.reshape(len(noisy), -1)
    np.testing.assert_allclose([row[0] for row in found], expected, rtol=0, atol=1e-3)
    np.testing.assert_allclose([row[1] for row in found], chain, rtol=0, atol=1e-3)
    for place, denoise in ((2, True), (3, False)):
        features = shipped.features(noisy, denoise=denoise, layers=4)
        np.testing.assert_allclose([row[place] for row in found], features, rtol=0, atol=1e-3)


def graph_of(*nodes: onnx.NodeProto, shape: tuple[int, ...] = (4, 4, 1)) -> onnx.ModelProto:
    """Make a graph from `noisy` to `out` of these nodes, with a kernel of ones."""
    image = helper.make_tensor_value_info("noisy", TensorProto.FLOAT, ["n", *shape])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
    kernel = helper.make_tensor("kernel", TensorProto.FLOAT, (2, 1, 3, 3), [1.0] * 18)
    return helper.make_model(helper.make_graph(list(nodes), "graph", [image], [out], [kernel]))


FIRST = helper.make_node("Transpose", ["noisy"], ["first"], perm=[0, 3, 1, 2])


def convolution(name: str, **options: Any) -> onnx.NodeProto:
    return helper.make_node("Conv", ["first", "kernel"], [name], **options)


@pytest.mark.parametrize(
    ("nodes", "what"),
    [
        ([helper.make_node("Softmax", ["noisy"], ["out"])], "Softmax"),
        ([FIRST, convolution("out", group=2)], "grouped"),
        ([FIRST, convolution("out", dilations=[2, 2])], "dilated"),
        ([FIRST, convolution("x"), helper.make_node("Flatten", ["x"], ["out"])], "flatten"),
        ([helper.make_node("Transpose", ["noisy"], ["out"], perm=[0, 2, 1, 3])], "transposition"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_pages_cannot_run_stops_the_build(extension, nodes, what):
    describe = extension("page_networks").describe
    with pytest.raises(Exception, match=rf"{what}.*add it to web/lib/steps\.js"):
        describe(graph_of(*nodes), ["one", "two"])


def test_a_convolution_is_described_by_what_the_page_needs_of_it(extension):
    convolved = convolution("out", strides=[2, 2], auto_pad="SAME_UPPER")
    told = extension("page_networks").describe(graph_of(FIRST, convolved), ["one", "two"])
    assert told["shapes"] == [[4, 4, 1], [2, 2, 2]]
    assert told["inputs"] == {"noisy": 0}
    assert told["outputs"] == {"out": 1}
    assert told["weights"] == [[3, 3, 1, 2]]
    (step,) = told["steps"]
    assert step == {
        "op": "conv",
        "in": [0],
        "out": 1,
        "kernel": 0,
        "strides": [2, 2],
        "pads": [0, 0, 1, 1],
    }


def test_the_page_begins_with_the_categories_that_the_weights_were_trained_for(extension):
    focus = extension("page_data").focus
    manifest = {"categories": ["cat", "dog", "owl"], "config": {"focus": ["owl", "dog", "yak"]}}
    assert focus(manifest) == ["owl", "dog"]
    assert focus(qd.read_manifest()) == list(DEFAULT_CATEGORIES)


def test_the_canvas_is_typed_in_one_file():
    canvas = json.loads((ROOT / "qdtools/drawings/canvas.json").read_text(encoding="utf-8"))
    assert canvas == {"box": 256, "margin": 16, "pen": 16, "side": 28}
    of_the_page = [
        path
        for path in (ROOT / "web").rglob("*.js")
        if re.search(r"\b(28|304|784)\b", path.read_text(encoding="utf-8"))
    ]
    assert not of_the_page


@pytest.mark.parametrize("padding", ["none", "same"])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_filter_slides_as_a_convolution_does_with_pooling_after_it(
    ask, drawings, stride, padding
):
    image = drawings.images[1]
    filter = np.random.default_rng(stride).normal(size=(1, 1, 3, 3)).astype(np.float32)
    nodes = [
        FIRST,
        helper.make_node(
            "Conv",
            ["first", "filter"],
            ["map"],
            strides=[stride, stride],
            auto_pad="SAME_UPPER" if padding == "same" else "VALID",
        ),
        helper.make_node("Relu", ["map"], ["positive"]),
        helper.make_node("MaxPool", ["positive"], ["out"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    model = graph_of(*nodes, shape=image.shape)
    model.graph.initializer.append(onnx.numpy_helper.from_array(filter, "filter"))
    model.graph.output.append(helper.make_tensor_value_info("map", TensorProto.FLOAT, None))
    model.opset_import[0].version, model.ir_version = 17, 8
    session = onnxruntime.InferenceSession(model.SerializeToString())
    expected = session.run(["map", "out"], {"noisy": image[None]})
    found = ask(
        """({ convolution, filters }, { image, side, filter, stride, padding }) => {
          const source = filters.plane(side, side, Float64Array.from(image));
          const way = convolution.slide(side, stride, padding);
          const map = convolution.convolve(source, filter, way);
          const pooled = convolution.maxPool(convolution.relu(map));
          return [map, pooled].map(({ height, width, values }) => [height, width, [...values]]);
        }""",
        {
            "image": image.ravel().tolist(),
            "side": len(image),
            "filter": filter.ravel().tolist(),
            "stride": stride,
            "padding": padding,
        },
    )
    for (height, width, values), one in zip(found, expected, strict=True):
        assert (1, 1, height, width) == one.shape
        np.testing.assert_allclose(np.reshape(values, one.shape), one, atol=1e-5)


def test_intervals_are_pythons(ask):
    counts = [(right, n) for n in range(1, 41) for right in range(n + 1)]
    found = ask(
        "({ wilson }, counts) => counts.map(([right, n]) => wilson.wilson(right, n))", counts
    )
    np.testing.assert_allclose(found, [qd.interval(*count) for count in counts], atol=1e-12)


def test_the_page_is_given_what_the_classifier_says(extension, drawings, shipped):
    config = SimpleNamespace(page_drawings={"cat": [3], "sailboat": [3], "fish": [8]})
    given = extension("page_data").namings(SimpleNamespace(config=config))
    assert given["names"] == list(shipped.categories)
    assert {row["category"] for row in given["drawings"]} == {"cat", "fish"}
    assert len({row["level"] for row in given["drawings"]}) == 2
    for row in given["drawings"]:
        clean = drawings.only(row["category"]).images[row["number"]][None]
        expected = shipped.classify(qd.gaussian(clean, row["level"], seed=1))[0]
        # Logits are given to the tenth.
        np.testing.assert_allclose(softmax(row["logits"]), expected, atol=0.03)
        pixels = np.frombuffer(base64.b64decode(row["pixels"]), np.uint8) / 255
        noisy = qd.gaussian(clean, row["level"], seed=1).ravel()
        np.testing.assert_allclose(pixels, noisy, atol=0.002)


EVERY_NUMBER_BY_HAND = """async ({ layers, explain, network, shapes }, { description, image }) => {
  const { inputs, outputs } = description;
  const networks = await network.load(description);
  networks.run(image);
  const ways = [
    [inputs.noisy, outputs.denoised],
    [outputs.denoised, outputs.logits],
    [inputs.noisy, outputs.direct_logits],
  ];
  return ways.filter(([, to]) => to !== undefined).map(([from, to]) =>
    layers.layersOf(description, from, to).map((layer) => {
      const [height, width, channels] = layer.shape;
      const values = networks.read(layer.out);
      const rows = [];
      for (let i = 0; i < 12; i += 1) {
        const at = Math.floor(((i + 0.5) * shapes.product(layer.shape)) / 12);
        const [channel, place] = [at % channels, Math.floor(at / channels)];
        const [y, x] = [Math.floor(place / width), place % width];
        rows.push([explain.explain(networks, layer, channel, y, x).result, values[at]]);
      }
      return [layer.id, rows];
    }));
}"""


def test_each_number_of_the_shipped_networks_is_the_sum_that_the_page_says(
    ask, extension, drawings
):
    model = onnx.load(qd.models_dir() / "pipeline.onnx")
    description = extension("page_networks").describe(model, qd.read_manifest()["categories"])
    image = qd.gaussian(drawings.images[3:4], 0.75).ravel().tolist()
    networks = ask(EVERY_NUMBER_BY_HAND, {"description": description, "image": image})
    names = [[name for name, _ in layers] for layers in networks]
    assert names[1] == names[2]
    for layers in networks:
        for name, rows in layers:
            by_hand, found = np.array(rows).T
            np.testing.assert_allclose(by_hand, found, rtol=1e-4, atol=1e-4, err_msg=name)


def test_the_layers_of_the_shipped_networks_are_those_that_keras_has(ask, extension):
    """As many convolutions, sums, poolings of each size."""
    model = onnx.load(qd.models_dir() / "pipeline.onnx")
    description = extension("page_networks").describe(model, qd.read_manifest()["categories"])
    kinds = {"Conv2D": "conv", "Conv2DTranspose": "up", "Add": "add", "MaxPooling2D": "pool"}
    config = trained_with(qd.read_manifest())
    for network, given, wanted in (
        (denoiser_for(config), "noisy", "denoised"),
        (classifier_for(config, len(description["categories"])), "denoised", "logits"),
    ):
        found = ask(
            """({ layers }, { description, given, wanted }) => {
              const numbers = { ...description.inputs, ...description.outputs };
              return layers.layersOf(description, numbers[given], numbers[wanted])
                .map(({ id, shape }) => [id.replace(/\\d/g, ''), shape]);
            }""",
            {"description": description, "given": given, "wanted": wanted},
        )
        expected = sorted(
            [kinds[type(layer).__name__], list(layer.output.shape[1:])]
            for layer in network.layers
            if type(layer).__name__ in kinds
        )
        assert sorted(layer for layer in found if layer[0] in kinds.values()) == expected


@pytest.mark.parametrize("name", ["autoencoder", "bottleneck"])
def test_chapter_3s_autoencoders_answer_in_the_page_as_in_python(ask, extension, drawings, name):
    lessons = extension("page_lessons")
    file = lessons.AUTOENCODERS[name]
    weights = lessons.read_weights(settings.lessons_dir() / f"{file}.npz")
    noisy = qd.gaussian(drawings.images[::125], 0.5)
    found = ask(
        """async ({ network }, { description, images }) => {
          const networks = await network.load(description);
          return images.map((image) => [...networks.run(image).denoised]);
        }""",
        {
            "description": lessons.describe_autoencoder(weights, 28),
            "images": noisy.reshape(len(noisy), -1).tolist(),
        },
    )
    expected = qd.load_lesson(file).predict(noisy, verbose=0).reshape(len(noisy), -1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


#: Kinds that strokes as wide as a twentieth of the drawing are read from by other rules.
BESIDE_BOLD_STROKES = (
    "a pen beside the drawing",
    "a finger beside the drawing",
    "a stamp",
    "a page of two columns",
    "a shadow",
    "a hand's shadow",
)


def pictures_of_every_kind() -> dict[str, np.ndarray]:
    """A picture of each kind that is told apart, at a quarter of its pixels to be quick."""
    found = {}
    for number, (kind, make) in enumerate((SURROUNDINGS | BROUGHT).items()):
        rng = np.random.default_rng(number)
        both = list(DOODLES.values())[number % 5]
        picture = make(ink_of_strokes(simplified(both[number % 2], rng)), rng)
        picture = Image.fromarray(np.clip(np.rint(picture), 0, 255).astype(np.uint8))
        found[kind] = np.asarray(picture.reduce(2))
    fish = qd.draw_strokes(simplified(DOODLES["fish"][0]))
    bold = ink_of_bitmap(fish)
    for number, kind in enumerate(BESIDE_BOLD_STROKES):
        picture = (SURROUNDINGS | BROUGHT)[kind](bold, np.random.default_rng(number))
        found[f"{kind}, bold"] = picture.round().clip(0, 255).astype(np.uint8)
    noisy = qd.gaussian(fish[None, ..., None] / 255, 0.5)[0, ..., 0]
    for name, grey in (("clean", fish), ("noisy", np.uint8(255 * noisy))):
        found[name] = np.repeat(grey[..., None], 3, axis=2)
        found[f"{name}, inverse"] = 255 - found[name]
        found[f"{name}, in colours"] = np.uint8(
            np.clip(np.array([40, 20, 90]) + grey[..., None] * np.array([0.8, 0.9, -0.2]), 0, 255)
        )
        found[f"{name}, enlarged"] = np.kron(found[name], np.ones((6, 7, 1), np.uint8))
    for kind, make in WAYS.items():
        for side, pen in ((13, 1), (20, 1), (24, 2), (44, 3), (63, 1)):
            ink = ink_of_strokes(simplified(list(DOODLES.values())[side % 5][1]))
            picture = np.repeat(make(ink, side, pen)[..., None], 3, axis=2)
            found[f"{kind}, small: {side}, {pen}"] = picture
            found[f"{kind}, small, light: {side}, {pen}"] = 255 - picture
    for number, (kind, how) in enumerate(TOUCHED.items()):
        ink = ink_of_strokes(simplified(list(DOODLES.values())[number % 5][0]))
        found[f"a frame that the drawing touches, {kind}"] = np.asarray(touched(ink, **how))
    inks = [ink_of_strokes(simplified(DOODLES[name][0])) for name in ("cat", "cup")]
    found["several"] = several(inks, [(10, 10, 120), (180, 10, 120)], 150, 310).astype(np.uint8)
    rng = np.random.default_rng(3)
    more = {
        "a sheet seen from far aside": askew(inks[0], rng, 5, 60),
        "a sheet half in the shade": half_in_the_shade(inks[0], rng, 0.35, (95, 70, 52)),
        "a horizon": before_a_horizon(inks[1], rng),
        "two sheets": two_sheets(*inks, rng),
        "something far": several(inks, [(10, 10, 200), (560, 420, 60)], 520, 680),
    }
    found |= {kind: one.clip(0, 255).astype(np.uint8)[::2, ::2] for kind, one in more.items()}
    rows = np.arange(160)[:, None] % 20 == 7
    lines = np.where(rows | (np.arange(200) % 20 == 4), 150, 245).astype(np.uint8)
    found["blank, squared paper"] = np.repeat(lines[..., None], 3, axis=2)
    lines = np.where(rows + 0 * np.arange(200) > 0, 150, 245).astype(np.uint8)
    lines[:, 30] = 120
    found["blank, ruled paper with a margin"] = np.repeat(lines[..., None], 3, axis=2)
    fish = ink_of_strokes(simplified(DOODLES["fish"][0]))
    for number, bold in enumerate((9, 20, 9)):
        rng = np.random.default_rng(number)
        filled = filled_box(lambda h, w, box, _, bold=bold: fish(h, w, box, bold), rng)
        found[f"filled, pen of {bold}, {number}"] = filled.clip(0, 255).astype(np.uint8)[::2, ::2]
    for is_squared in (False, True):
        empty = ruled_on_a_table(
            lambda h, w, *_: np.zeros((h, w)), np.random.default_rng(2), is_squared
        )
        found[f"blank, {is_squared=}, on a table"] = empty.clip(0, 255).astype(np.uint8)
    clean = qd.draw_strokes(simplified(DOODLES["fish"][0]))[None, ..., None] / np.float32(255)
    for level, page in ((0.5, 255), (1, 240), (1.5, 0)):
        noisy = np.uint8(255 * qd.gaussian(clean, level)[0, ..., 0])
        shown = np.pad(
            np.kron(noisy, np.ones((9, 9), np.uint8)), ((20, 70), (30, 30)), constant_values=page
        )
        framed = np.pad(noisy[1:-1, 1:-1], 1, constant_values=page)
        found[f"noisy on a page, {level}"] = np.repeat(shown[..., None], 3, axis=2)
        found[f"noisy in a frame, {level}"] = np.repeat(framed[..., None], 3, axis=2)
    found["blank"] = np.full((40, 50, 3), 90, np.uint8)
    found["blank bitmap"] = np.zeros((28, 28, 3), np.uint8)
    light = np.add.outer(np.linspace(0, 70, 28), np.linspace(0, 9, 28) ** 2)
    found["blank bitmap in a light"] = np.repeat(np.uint8(60 + light)[..., None], 3, axis=2)
    grain = np.random.default_rng(0).integers(0, 255, (9, 12)).astype(np.uint8)
    grain = np.asarray(Image.fromarray(grain).resize((120, 90), Image.Resampling.BICUBIC)) // 16
    found["blank, with grain"] = np.repeat(200 + grain[..., None], 3, axis=2)
    return found


def test_pictures_of_every_kind_are_read_and_told_as_python_does(ask):
    pictures = pictures_of_every_kind()
    opaque = [np.dstack([one, np.full(one.shape[:2], 255, np.uint8)]) for one in pictures.values()]
    found = ask(
        """(lib, all) => all.map(([content, width, height]) => {
          try {
            const data = lib.base64.bytesOf(content);
            const reading = lib.pictures.readPicture({ data, width, height });
            return { image: [...reading.image], told: lib.pictures.told(reading) };
          } catch (error) {
            return { refused: error.message };
          }
        })""",
        [[base64.b64encode(one.tobytes()).decode(), one.shape[1], one.shape[0]] for one in opaque],
    )
    kinds = set()
    for (kind, picture), answer in zip(pictures.items(), found, strict=True):
        if "blank" in kind:
            with pytest.raises(qd.ImageError) as caught:
                qd.read_picture(Image.fromarray(picture))
            said = str(caught.value).replace("The picture", "This picture")
            assert answer == {"refused": said}, kind
            continue
        reading = qd.read_picture(Image.fromarray(picture))
        assert "told" in answer, (kind, answer)
        kinds.add(answer["told"])
        assert answer["told"] == str(reading), kind
        error = abs(np.array(answer["image"]) - reading.image.ravel())
        assert 255 * error.mean() < 0.5, kind
        assert error.max() < 0.1, kind
    assert len(kinds) >= 10


def test_what_is_no_picture_is_told_in_the_same_words(ask):
    contents = [b"%PDF-1.7", b"%!PS", b"<?xml ?> <svg>", b"<!DOCTYPE html>", b"PK\x03\x04", b"junk"]
    contents += [b"\0\0\0\x20ftypisom", b"\x93NUMPY\x01", b'{"word": "cat"}', b"\x1aE\xdf\xa3"]
    found = ask(
        """(lib, contents) => contents.map((text) => {
          const other = lib.picture_headers.headerOf(lib.base64.bytesOf(text));
          return lib.pictures.refusal(other ? "no_pixels" : "unknown", other).message;
        })""",
        [base64.b64encode(content).decode() for content in contents],
    )
    for content, sentence in zip(contents, found, strict=True):
        with pytest.raises(qd.ImageError) as caught:
            qd.read_image(content)
        assert str(caught.value).replace("The picture", "This picture") == sentence
