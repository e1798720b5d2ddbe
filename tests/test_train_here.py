"""Promises of the page that trains: it computes what Keras does, on drawings that it may train on."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import sys
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pytest
import yaml
from browsing import DESK, EXPLORABLES, NO_STORAGE, PHONE, ROOT, Explorable
from built_pages import SITE
from playwright.sync_api import expect

import qdtools as qd

sys.path.append(str(ROOT / "_ext"))

NAME = "train-it-here"
#: How far our slopes may lie from Keras', as a share of the layer's largest slope.
CLOSE = 1e-4
#: Bytes of the drawings that the page brings.
MOST_PACKED = 1_500_000
NO_WEBASSEMBLY = "delete globalThis.WebAssembly;"
NO_WORKER = "globalThis.Worker = function () { throw new Error('none here'); };"

LEARN = """(lib, { filters, weights, noisy, clean, rate, steps, plain }) => {
  const network = new lib.autoencoder.Autoencoder(filters, { plain });
  network.setWeights(weights.map((values) => Float32Array.from(values)));
  const adam = new lib.adam.Adam(network.weights);
  let first = null;
  for (let step = 0; step < steps; step += 1) {
    network.clearGradient();
    let loss = 0;
    for (const [i, image] of noisy.entries()) {
      loss += network.learn(image, clean[i], 1 / noisy.length) / noisy.length;
    }
    first ??= { loss, gradient: network.gradients().map((slopes) => [...slopes]) };
    adam.step(network.weights, network.gradients(), rate);
    network.layOut();
  }
  return { ...first, weights: network.weights.map((values) => [...values]) };
}"""


def ask(question, argument):
    """Ask a function of the modules in web/lib."""
    from node_tools import run_node

    text = json.dumps({"question": question, "argument": argument})
    return json.loads(run_node("tests/js/ask.js", root=ROOT, text=text))


def flat(arrays):
    return [np.asarray(array, np.float64).ravel().tolist() for array in arrays]


@pytest.fixture(scope="module")
def pairs(drawings):
    """32 real drawings, noisy and clean."""
    clean = drawings.images[::16][:32]
    return qd.gaussian(clean, 0.5, seed=1), clean


@pytest.mark.parametrize(("filters", "plain"), [(8, True), (16, False), (32, False)])
def test_slopes_then_steps_are_those_of_keras(pairs, filters, plain):
    import tensorflow as tf

    noisy, clean = pairs
    steps, rate = 3, 0.004
    qd.keras.utils.set_random_seed(filters)
    before = qd.keras.backend.floatx()
    qd.keras.backend.set_floatx("float64")
    try:
        model = qd.build_autoencoder(filters)
        # Ours computes in 32 bits: both begin with weights that 32 bits hold.
        model.set_weights([weight.astype(np.float32) for weight in model.get_weights()])
        start = model.get_weights()
        x, y = (tf.constant(images.astype(np.float64)) for images in (noisy, clean))
        with tf.GradientTape() as tape:
            answer = tf.cast(model(x), tf.float64)
            loss = tf.reduce_mean(qd.keras.losses.binary_crossentropy(y, answer))
        gradient = tape.gradient(loss, model.trainable_weights)
        optimizer = qd.keras.optimizers.Adam(rate)
        model.compile(optimizer, "binary_crossentropy", jit_compile=False)
        for _ in range(steps):
            model.train_on_batch(x, y)
        expected = model.get_weights()
    finally:
        qd.keras.backend.set_floatx(before)
    images = {"noisy": flat(noisy), "clean": flat(clean)}
    more = {"filters": filters, "rate": rate, "steps": steps, "plain": plain}
    told = ask(LEARN, {"weights": flat(start), **images, **more})
    assert told["loss"] == pytest.approx(float(loss), rel=CLOSE)
    for ours, theirs in zip(told["gradient"], gradient, strict=True):
        theirs = np.asarray(theirs).ravel()
        assert np.abs(np.array(ours) - theirs).max() <= CLOSE * np.abs(theirs).max()
    for ours, theirs, begun in zip(told["weights"], expected, start, strict=True):
        # A step is about as long as the rate, however small the slope: of those that are nearly zero not
        # even the sign is sure. So the steps are compared as a whole.
        moved = np.abs(theirs - begun).sum()
        assert np.abs(np.array(ours) - theirs.ravel()).sum() <= 0.01 * moved


# ---- What it is trained on.


@pytest.fixture(scope="module")
def lesson():
    from page_data import lesson

    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    picks = config["page_drawings"]
    packed = lesson(SimpleNamespace(config=SimpleNamespace(page_drawings=picks)))
    pixels = {
        name: np.frombuffer(gzip.decompress(base64.b64decode(text)), np.uint8).reshape(-1, 28, 28)
        for name, text in packed.items()
    }
    return SimpleNamespace(packed=packed, picks=picks, **pixels)


def test_a_thousand_drawings_as_qd_load_gives_them_fit_into_the_page(lesson):
    assert 900 <= len(lesson.training) <= 1100
    assert len(lesson.heldOut) >= 50
    assert sum(map(len, lesson.packed.values())) <= MOST_PACKED
    written = (SITE / "_static/data/lesson.js").read_text(encoding="utf-8")
    assert all(text in written for text in lesson.packed.values())


def test_no_drawing_is_of_a_test_set_or_of_what_a_reader_picks_or_in_both_parts(lesson):
    everything = qd.load("all", source="sample")
    places = {
        drawing.tobytes(): (everything.categories[label], place)
        for place, (drawing, label) in enumerate(
            zip(everything.pixels, everything.labels, strict=True)
        )
    }
    training, held_out = (
        {places[drawing.tobytes()] for drawing in part}
        for part in (lesson.training, lesson.heldOut)
    )
    assert not training & held_out
    unseen = {*lesson.picks, *qd.load().categories}
    assert not {category for category, _ in training | held_out} & unseen
    others = [name for name in everything.categories if name not in unseen]
    _, _, test = everything.only(others).split()
    tested = {drawing.tobytes() for drawing in test.pixels}
    assert not tested & {
        drawing.tobytes() for part in (lesson.training, lesson.heldOut) for drawing in part
    }


# ---- Weights to keep, to bring.


def test_numpy_reads_what_the_page_saves_and_the_page_what_numpy_saves(tmp_path):
    model = qd.build_autoencoder(8)
    weights = model.get_weights()
    for save, kind in ((np.savez, "f4"), (np.savez_compressed, "f2"), (np.savez, "f8")):
        file = io.BytesIO()
        save(file, *[weight.astype(kind) for weight in weights])
        told = ask(
            """async (lib, text) => {
              const arrays = await lib.npz.readNpz(lib.base64.bytesOf(text));
              const weights = lib.training_words.weightsIn(arrays);
              return [[...lib.npz.writeNpz(arrays)], weights.map((values) => [...values])];
            }""",
            base64.b64encode(file.getvalue()).decode("ascii"),
        )
        with np.load(io.BytesIO(bytes(told[0]))) as stored:
            again = list(stored.values())
        expected = [weight.astype(kind).astype(np.float32) for weight in weights]
        for ours, read, theirs in zip(again, told[1], expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)
            np.testing.assert_array_equal(read, theirs.ravel())
        model.set_weights(again)


# ---- The page.


class Train(Explorable):
    def __init__(self, browser, origin, fragment="", script=None):
        super().__init__(browser, origin, NAME, fragment, script)

    def press(self, label):
        self.page.get_by_role("button", name=label, exact=True).click()

    def text(self, name):
        return self.page.locator(f"#ti-{name}").inner_text()

    def picture(self, name):
        return self.page.locator(f"#ti-{name}").evaluate("(canvas) => canvas.toDataURL()")

    def wait(self, condition):
        self.page.wait_for_function(
            f"() => {{ const {{ page }} = trainItHere; return {condition}; }}"
        )

    def steps(self):
        return self.ask("() => trainItHere.page.latest.step")

    def loss(self):
        return self.ask("() => trainItHere.page.latest.heldOut")

    def one_step(self):
        before = self.steps()
        self.press("One step")
        self.wait(f"page.latest.step === {before + 1} && page.mode === 'rest'")

    def train_until(self, condition):
        self.press("Start")
        self.wait(condition)
        self.press("Pause")
        self.wait("page.mode === 'rest'")


@pytest.fixture
def train(browser, origins):
    with Train(browser, origins["file"], "#filters=8") as train:
        yield train
        assert not train.complaints
        assert not train.outside


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_names_of_the_two_blind_bets_lie_apart(train, viewport):
    train.page.set_viewport_size(viewport)
    upper, lower = sorted(
        (name.bounding_box() for name in train.page.locator(".ti-bet").all()),
        key=lambda box: box["y"],
    )
    assert lower["y"] - (upper["y"] + upper["height"]) >= 4
    train.page.set_viewport_size(DESK)


def test_it_trains_pauses_goes_on_and_begins_anew(train):
    begun, shown = train.loss(), train.shown()
    before = train.picture("cleaned")
    train.train_until("page.latest.step >= 30")
    trained, steps = train.loss(), train.steps()
    assert trained < 0.6 * begun
    assert train.picture("cleaned") != before
    label = train.page.locator("#ti-curve").get_attribute("aria-label")
    assert f"at step {steps} it is {round(trained, 3 if trained < 0.1 else 2):g} on" in label
    assert f"Step {steps}" in train.text("count")
    assert "times the" in train.text("numbers")
    # A pause is one.
    train.rest()
    assert train.steps() == steps
    train.train_until(f"page.latest.step >= {steps + 5}")
    train.press("Reset")
    train.wait("page.latest.step === 0")
    train.press("Clear earlier curves")
    train.rest()
    assert train.shown() == shown


LABELS = """() => [...document.querySelectorAll('#ti-curve text')].map((text) => {
  const { left, right, top, bottom } = text.getBoundingClientRect();
  return [text.textContent, left, right, top, bottom];
})"""


def overlapping(labels):
    """Pairs of labels, a box that lies over the other; a box has room for letters that go deep."""
    return [
        (one[0], other[0])
        for i, one in enumerate(labels)
        for other in labels[:i]
        if one[1] < other[2] and other[1] < one[2] and one[3] < other[4] and other[3] < one[4]
    ]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_earlier_curves_stay_with_their_settings_over_steps_drawings_or_seconds(train, viewport):
    page = train.page
    page.set_viewport_size(viewport)
    assert not overlapping(train.ask(LABELS))
    assert not page.locator("#ti-forget").is_visible()
    for batch in ("1", "4", "64", "16"):
        page.locator("#ti-batch").select_option(batch)
        train.one_step()
        train.one_step()
        train.press("Reset")
        train.wait("page.latest.step === 0")
    train.one_step()
    told = [line.strip() for line in page.locator("#ti-runs li").all_inner_texts()]
    # Three at most, the first is gone.
    assert told == [
        "B rate 0.004, batch 4",
        "C rate 0.004, batch 64",
        "D rate 0.004, batch 16",
        "now: rate 0.004, batch 16",
    ]
    assert page.locator("#ti-curve .ti-earlier").count() == 3
    assert re.search(r"looked at, [\d.]+ ms each", train.text("numbers"))
    ends = {}
    for axis in ("steps", "drawings", "seconds"):
        page.locator("#ti-axis").select_option(axis)
        labels = train.ask(LABELS)
        assert not overlapping(labels), axis
        assert all(left >= 0 and right <= viewport["width"] for _, left, right, _, _ in labels)
        ends[axis] = page.locator("#ti-curve .ti-earlier").evaluate_all(
            "(all) => all.map((line) => parseFloat(line.getAttribute('points').split(' ').pop()))"
        )
        label = page.locator("#ti-curve").get_attribute("aria-label")
        assert label.startswith(f"The loss by {axis}; at step 1 ")
        assert "; run C, rate 0.004, batch 64, came to " in label
    # Two steps each, of 4, 64, 16 drawings.
    assert len(set(ends["steps"])) == 1
    few, most, some = ends["drawings"]
    assert few < some < most
    few, most, some = ends["seconds"]
    assert few < most
    page.locator("#ti-forget").click()
    assert not page.locator("#ti-forget").is_visible()
    assert page.evaluate("document.activeElement.id") == "ti-axis"
    assert not page.locator("#ti-curve .ti-earlier").count()
    assert not page.locator("#ti-runs").is_visible()
    assert train.steps() == 1


def test_one_step_moves_each_weight_by_about_the_rate(train):
    moved = train.page.locator(".ti-moved")
    assert set(moved.all_inner_texts()) == {"0.000"}
    train.one_step()
    lengths = [abs(float(text.replace("\N{MINUS SIGN}", "-"))) for text in moved.all_inner_texts()]
    assert lengths == pytest.approx([0.004] * 9, abs=0.0015)
    assert "Step 1" in train.text("count")
    train.one_step()
    assert train.steps() == 2


def test_one_step_is_made_even_when_pressed_while_a_loss_is_being_measured(train):
    train.one_step()
    assert train.text("cleaned-title") == "what it gives after 1 step"
    how = "{ time: 0, isOne: false, isLast: true }"
    begun = train.ask(f"() => trainItHere.page.background.call('work', {how})")
    assert begun["report"] is None
    train.one_step()
    assert train.text("cleaned-title") == "what it gives after 2 steps"


def test_a_doodle_is_cleaned_as_it_is_drawn_and_while_it_trains(train):
    surface = train.page.locator("#ti-surface")
    box = surface.bounding_box()
    train.press("Clear")
    blank = train.picture("cleaned")
    train.page.mouse.move(box["x"] + 40, box["y"] + 40)
    train.page.mouse.down()
    train.page.mouse.move(box["x"] + 150, box["y"] + 120, steps=8)
    train.page.mouse.up()
    train.rest()
    random = train.picture("cleaned")
    assert random != blank
    # Again and again while it trains, not once in the end.
    seen = [random]
    train.press("Start")
    for _ in range(3):
        train.page.wait_for_function(
            "(seen) => !seen.includes(document.getElementById('ti-cleaned').toDataURL())", arg=seen
        )
        seen.append(train.picture("cleaned"))
    train.press("Pause")
    train.wait("page.mode === 'rest'")
    assert "strokes=" in train.fragment()


def test_it_trains_beside_the_page_in_a_worker(train):
    assert train.ask("async () => (await trainItHere.page.background.worker) !== null")


def test_a_rate_too_high_goes_wrong_and_the_page_says_so(browser, origins):
    with Train(browser, origins["file"], "#filters=8&rate=1") as train:
        assert train.text("verdict") == ""
        train.train_until("document.getElementById('ti-verdict').innerText")
        assert "lower" in train.text("verdict")
        assert "dive" in train.text("verdict") or "stuck" in train.text("verdict")
        train.page.locator("#ti-rate").select_option("0.004")
        train.press("Reset")
        train.wait("page.latest.step === 0")
        assert train.text("verdict") == ""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_first_steps_with_the_pages_own_settings_are_not_called_diverging(
    seed, browser, origins
):
    with Train(browser, origins["file"], f"#seed={seed}") as train:
        for _ in range(3):
            train.one_step()
            assert train.text("verdict") == ""
        # What lay beyond the picture is still told when the curve has come down into it.
        train.train_until("page.latest.heldOut < 0.55")
        marks = train.ask(
            "() => [...document.querySelectorAll('#ti-curve text')].map((t) => t.textContent)"
        )
        assert any(re.fullmatch(r"↑ 1\.\d+|↑ 0\.[6-9]\d*", mark) for mark in marks), marks


def test_every_setting_stands_in_the_address_and_what_is_another_network_begins_anew(train):
    train.one_step()
    for name, value in (("rate", "0.01"), ("batch", "4")):
        train.page.locator(f"#ti-{name}").select_option(value)
    train.page.locator("#ti-axis").select_option("drawings")
    train.page.locator("#ti-level").fill("0.75")
    train.rest()
    assert train.steps() == 1
    train.page.locator("#ti-filters").select_option("16")
    train.wait("page.latest.filters.length === 144 && page.latest.step === 0")
    train.press("Other random weights")
    train.page.locator("#ti-all").click(position={"x": 60, "y": 20})
    parts = {name: values[0] for name, values in parse_qs(train.fragment()).items()}
    assert parts == {
        **{"pick": "cat.3", "rate": "0.01", "filters": "16", "level": "0.75"},
        **{"batch": "4", "seed": "2", "look": "1", "axis": "drawings"},
    }


def test_arrow_keys_choose_a_filter(train):
    canvas = train.page.locator("#ti-all")
    canvas.focus()
    before = train.page.locator(".ti-weight").all_inner_texts()
    train.page.keyboard.press("ArrowRight")
    assert "filter 1 framed" in canvas.get_attribute("aria-label")
    assert train.page.locator(".ti-weight").all_inner_texts() != before


def test_weights_are_saved_and_brought_back_and_a_foreign_file_is_refused(train, tmp_path):
    train.train_until("page.latest.step >= 3")
    cleaned = train.picture("cleaned")
    with train.page.expect_download() as download:
        train.press("Save weights")
    path = tmp_path / "autoencoder.npz"
    download.value.save_as(path)
    model = qd.build_autoencoder(8)
    with np.load(path) as stored:
        model.set_weights(list(stored.values()))
    field = train.page.locator("#ti-load")
    train.press("Reset")
    train.wait("page.latest.step === 0")
    field.set_input_files(path)
    train.page.wait_for_function(
        "document.getElementById('ti-message').innerText.includes('in use')"
    )
    train.rest()
    assert train.picture("cleaned") == cleaned
    # What qdtools trained, of another width.
    field.set_input_files(ROOT / "models/lessons/middle_32.npz")
    train.page.wait_for_function(
        "document.getElementById('ti-message').innerText.includes('32 filters')"
    )
    assert "filters=32" in train.fragment()
    assert train.ask("() => trainItHere.page.latest.decibels") > 18
    shown = train.shown()
    torn = tmp_path / "torn.npz"
    torn.write_bytes(path.read_bytes()[:3000])
    for foreign in (ROOT / "models/lessons/middle_2.npz", ROOT / "book/references.bib", torn):
        train.page.locator("#ti-message").evaluate("(message) => { message.textContent = ''; }")
        field.set_input_files(foreign)
        train.page.wait_for_function("document.getElementById('ti-message').innerText")
        assert f"“{foreign.name}” holds no weights of this network" in train.said()
        assert train.shown() == shown


TRAINED = ROOT / "models/lessons/middle_32.npz"


def load(train, path):
    train.page.locator("#ti-load").set_input_files(path)
    train.page.wait_for_function("document.getElementById('ti-message').innerText")


def test_loaded_weights_are_called_so_and_a_reset_brings_them_back(train):
    load(train, TRAINED)
    origin = f"the weights of \N{LEFT DOUBLE QUOTATION MARK}{TRAINED.name}\N{RIGHT DOUBLE QUOTATION MARK}"
    begun = train.loss()
    assert train.text("count") == f"Step 0: {origin}"
    assert train.text("cleaned-title") == f"what it gives with {origin}"
    train.page.locator("#ti-batch").select_option("1")
    train.page.locator("#ti-rate").select_option("0.03")
    train.one_step()
    assert train.loss() > begun
    # No network of random weights is as good as that, nor is it diverging.
    assert train.text("verdict") == ""
    train.press("Reset")
    train.wait("page.latest.step === 0")
    assert train.loss() == begun
    assert train.text("count") == f"Step 0: {origin}"
    train.press("Other random weights")
    train.wait(f"page.latest.heldOut !== {begun}")
    assert train.text("count") == "Step 0: random weights"
    assert train.text("cleaned-title") == "what it gives with random weights"


#: As a worker dies, for want of memory.
DIE = """async () => {
  (await trainItHere.page.background.worker).dispatchEvent(new Event('error'));
}"""


def test_a_worker_that_died_is_told_of_whatever_is_asked_next(browser, origins):
    with Train(browser, origins["file"], "#filters=8") as train:
        page = train.page
        train.press("Start")
        train.wait("page.latest.step >= 1")
        train.ask(DIE)
        message = page.locator("#ti-message")
        expect(message).to_contain_text("has stopped, perhaps for want of memory")
        assert page.locator("#ti-run").inner_text() == "Start"
        acts = {
            "start": lambda: train.press("Start"),
            "step": lambda: train.press("One step"),
            "reset": lambda: train.press("Reset"),
            "save": lambda: train.press("Save weights"),
            "rate": lambda: page.locator("#ti-rate").select_option("0.01"),
            "level": lambda: page.locator("#ti-level").fill("0.75"),
            "draw": lambda: train.press("Clear"),
            # The reader's file is good.
            "load": lambda: page.locator("#ti-load").set_input_files(TRAINED),
        }
        for name, act in acts.items():
            message.evaluate("(message) => { message.textContent = ''; }")
            act()
            expect(message, name).to_contain_text("has stopped, perhaps for want of memory")
            assert page.locator("#ti-run").inner_text() == "Start", name


def test_without_webassembly_it_says_so_and_learns_the_same_without_a_worker_too(browser, origins):
    seen = []
    for script in (None, NO_WEBASSEMBLY, NO_WORKER, NO_STORAGE):
        with Train(browser, origins["file"], "#filters=8&batch=4", script) as train:
            assert ("slow" in train.text("slow")) == (script == NO_WEBASSEMBLY)
            train.one_step()
            train.rest()
            seen.append(train.shown())
    assert all(one == seen[0] for one in seen)


def test_the_page_says_whose_drawings_they_are():
    assert "CC BY 4.0" in (SITE / EXPLORABLES[NAME]).read_text(encoding="utf-8")
