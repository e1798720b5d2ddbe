"""Promises of the names that a reader gives in the playground, of the file that qdtools takes them from."""

from __future__ import annotations

import base64
import gzip
import json
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browsing import (
    AXE,
    CONTRASTS,
    EXPLORABLES,
    LEAST_CONTRAST,
    NO_STORAGE,
    PHONE,
    ROOT,
    assert_fits,
)
from playwright.sync_api import expect
from skimage.transform import resize
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from test_playground import FIVE, Playground

import qdtools as qd
from qdtools._checks import is_name
from qdtools.cli import main
from qdtools.drawings.categories import key_of
from qdtools.heads import HEAD, LONGEST_NAME, MOST_BYTES, MOST_NAMES, parse_head

#: Two things that are none of the 345, as strokes from 0 to 255.
THINGS = {
    "rocket": [
        [(127, 5), (85, 75), (85, 190), (170, 190), (170, 75), (127, 5)],
        [(85, 150), (35, 230), (85, 190)],
        [(170, 150), (220, 230), (170, 190)],
    ],
    "number seven": [[(50, 30), (205, 30), (115, 235)], [(85, 130), (180, 130)]],
}
EXAMPLES = 6


# ---- The same as in Python, asked in Node.js.


@pytest.fixture(scope="module")
def digits():
    """Handwritten digits as images: names that the networks do not know."""
    found = load_digits()
    images = np.zeros((len(found.images), 28, 28, 1), np.float32)
    for image, digit in zip(images, found.images, strict=True):
        image[4:24, 4:24, 0] = np.clip(resize(digit / 16, (20, 20), order=1), 0, 1)
    return images, found.target


@pytest.fixture(scope="module")
def networks():
    """The shipped networks, choosing among all names."""
    return qd.Pipeline.load()


@pytest.fixture
def head(networks, digits):
    """Two digits learned in Python beside the book's five."""
    images, labels = digits
    places = [np.flatnonzero(labels == digit)[:EXAMPLES] for digit in (2, 7)]
    pixels = np.rint(255 * images[np.concatenate(places)]).astype(np.uint8)[..., 0]
    drawings = qd.Drawings(
        pixels, np.repeat([0, 1], EXAMPLES), ("number two", "number seven"), "the test's own"
    )
    with pytest.warns(UserWarning, match="too few"):
        return qd.learn(drawings, known=FIVE).head


@pytest.mark.parametrize("classes", [2, 4])
def test_a_regression_finds_what_scikit_learn_finds(ask, classes):
    rng = np.random.default_rng(classes)
    labels = rng.integers(classes, size=150)
    inputs = rng.normal(size=(150, 12)) + 2 * rng.normal(size=(classes, 12))[labels]
    shares = rng.uniform(0.2, 3, 150)
    found = ask(
        """({ regression }, { inputs, labels, shares, classes }) => {
          const samples = { inputs: Float64Array.from(inputs), labels: Int32Array.from(labels),
            shares: Float64Array.from(shares) };
          const { weights, bias } = regression.fit(samples, classes, 0.3,
            { steps: 1000, tolerance: 1e-7 });
          return [[...weights], [...bias]];
        }""",
        {
            "inputs": inputs.ravel().tolist(),
            "labels": labels.tolist(),
            "shares": shares.tolist(),
            "classes": classes,
        },
    )
    expected = LogisticRegression(C=0.3, tol=1e-10, max_iter=10_000)
    # Of two classes scikit-learn gives the difference, whose penalty is another.
    if classes == 2:
        expected.set_params(C=0.6)
    expected.fit(inputs, labels, sample_weight=shares)
    weights, bias = np.reshape(found[0], (classes, 12)), np.array(found[1])
    if classes == 2:
        weights, bias = weights[1:] - weights[:1], bias[1:] - bias[:1]
        np.testing.assert_allclose(weights, expected.coef_, atol=1e-4)
        np.testing.assert_allclose(bias, expected.intercept_, atol=1e-4)
        return
    np.testing.assert_allclose(weights, expected.coef_, atol=1e-4)
    np.testing.assert_allclose(
        bias - bias.mean(), expected.intercept_ - expected.intercept_.mean(), atol=1e-4
    )


@pytest.mark.parametrize("version", [1, 2])
def test_a_head_that_python_wrote_names_in_the_page_as_it_does_there(
    ask, head, networks, drawings, digits, version
):
    if version == 1:
        head = replace(head, layers=head.layers[:1], weights=head.weights[:, : head.layers[0]])
    images = np.concatenate([digits[0][900:940], drawings.images[::25]])
    # The page finds those of all layers, whatever the head needs.
    features = networks.features(images, layers=len(networks.layers))
    logits = networks._run(images, ("direct_logits",))[0]
    known = [networks.trained_on.index(name) for name in head.known]
    found = ask(
        """({ heads }, { text, about, features, logits, known }) => {
          const head = heads.readHead(text, about);
          const again = heads.readHead(heads.writeHead(head), about);
          const [before, after] = [text, heads.writeHead(head)].map((one) => JSON.parse(one).version);
          return [JSON.stringify(again) === JSON.stringify(head) && before === after,
            features.map((one, i) => heads.shareOut(
              heads.logitsOf(head, one), head.categories.length, logits[i], known))];
        }""",
        {
            "text": head.to_json(),
            "about": about(head, networks),
            "features": features.tolist(),
            "logits": logits.tolist(),
            "known": known,
        },
    )
    expected = np.exp(head.log_probabilities(features[:, : sum(head.layers)], logits[:, known]))
    assert found[0]
    np.testing.assert_allclose(found[1], expected, atol=1e-5)


def about(head, networks):
    return {
        "graph": head.graph,
        "layers": list(networks.layers),
        "names": list(networks.trained_on),
    }


#: What a hostile file may hold instead of a head's parts.
HOSTILE = {
    "no JSON": "{",
    "no head": "[]",
    "nothing": "null",
    "another format": {"format": "pickle"},
    "another version": {"version": 3},
    "fewer layers than features": {"version": 1},
    "one layer of the second version": {"features": [432]},
    "more layers than there are": {"features": [256, 128, 32, 16, 1]},
    "other layers": {"features": [128, 256]},
    "a layer that is a text": {"features": "256"},
    "names that are none": {"categories": ["a", 7]},
    "a name that a terminal obeys": {"categories": ["a\x1b[31m", "b"]},
    "a name twice": {"categories": ["cat", "number seven"]},
    "no names": {"categories": []},
    "too few weights": {"weights": "AAAA"},
    "weights that are no text": {"weights": 3},
    "no base64": {"weights": "é" * 9},
    "a bias that is no number": {"bias": base64.b64encode(np.full(3, np.nan, "<f4")).decode()},
    "features beyond all memory": {"features": 10**12},
    "no whole number of features": {"features": 256.5},
    "a temperature of 0": {"temperature": 0},
    "a temperature that nothing can be divided by": {"temperature": 1e-40},
    "a temperature beyond 32-bit floats": {"temperature": 1e300},
    "a threshold beyond 32-bit floats": {"threshold": -1e300},
    "weights whose sum is no number": {"bias": base64.b64encode(np.full(3, 3e38, "<f4")).decode()},
    "more drawings than there can be": {"held_out": {"right": 9, "n": 10**30, "level": 0}},
    "more examples than there can be": {"examples": [6, 10**400]},
    "a threshold in words": {"threshold": "high"},
    "more right than there were": {"held_out": {"right": 9, "n": 3, "level": 0}},
    "examples that are none": {"examples": [6, -1]},
    "a source that is none": {"source": {"toString": 1}},
    "a prototype": {"__proto__": {"polluted": True}, "other": "yes"},
}


def hostile(head, what):
    value = HOSTILE[what]
    return value if isinstance(value, str) else json.dumps({**json.loads(head.to_json()), **value})


def test_hostile_heads_are_refused_in_a_sentence_there_as_here(ask, head, networks):
    texts = {what: hostile(head, what) for what in HOSTILE}
    said = ask(
        """({ heads }, { texts, about }) => texts.map((text) => {
          try { heads.readHead(text, about); return 'taken'; } catch (error) {
            return error instanceof heads.HeadError ? error.message : `broken: ${error}`; } })
          .concat(String({}.polluted))""",
        {"texts": list(texts.values()), "about": about(head, networks)},
    )
    assert said.pop() == "undefined"
    for what, sentence in zip(texts, said, strict=True):
        assert sentence.startswith("This "), what
        with pytest.raises(qd.ModelError):
            parse_head(texts[what].encode(), Path("head.json"))


def with_names(head, names):
    """A head of other learned names, whose file is whole."""
    rows = len(names) + 1
    weights = np.zeros((rows, head.weights.shape[1]), np.float32)
    few = {"examples": (2,) * len(names), "bias": np.zeros(rows, np.float32)}
    return replace(head, categories=tuple(names), known=(), weights=weights, **few)


def test_page_and_python_set_a_head_the_same_bounds(ask, head, networks):
    bounds = ask("({ heads }) => [heads.MOST_BYTES, heads.MOST_NAMES, heads.LONGEST_NAME]")
    assert bounds == [MOST_BYTES, MOST_NAMES, LONGEST_NAME]
    sign = "\U0001f680"  # two of what JavaScript counts
    taken = {
        True: [["a", sign * LONGEST_NAME], [f"thing {n}" for n in range(MOST_NAMES)]],
        False: [["a", "b" * (LONGEST_NAME + 1)], [f"thing {n}" for n in range(MOST_NAMES + 1)]],
    }
    for wanted, several in taken.items():
        for names in several:
            text = with_names(head, names).to_json()
            found = ask(
                """({ heads }, { text, about }) => {
                  try { heads.readHead(text, about); return true; } catch (error) {
                    return error instanceof heads.HeadError ? false : String(error); } }""",
                {"text": text, "about": about(head, networks)},
            )
            assert found is wanted
            if wanted:
                assert parse_head(text.encode(), Path("head.json")).categories == tuple(names)
            else:
                with pytest.raises(qd.ModelError, match="more than"):
                    parse_head(text.encode(), Path("head.json"))


def test_what_may_be_a_name_in_the_page_may_be_one_in_python(ask):
    """Else a head that the page wrote could not be read there."""
    names = {
        "rocket": True, "Zoë": True, "赤い\u3000車": True, "a\u00a0b": True, "نیم\u200cکت": True,
        "שלום": True,
        "👩\u200d🚀": True, "❤\ufe0f": True, "\U0001fae8": True, "\U0001face": True, "salt, pepper": True,
        "": False, "  ": False, "\u200d": False, "\u200c \u200d": False, "a\nb": False, "a\x1b[31m": False,
        "\u202eabc": False, "a\u200b": False, "a\u2028b": False, "\ue000": False, "\ud800": False,
    }  # fmt: skip
    found = ask("({ heads }, names) => names.map(heads.isName)", list(names))
    assert dict(zip(names, found, strict=True)) == names
    assert {name: is_name(name) for name in names} == names


def test_a_name_that_counts_as_one_there_is_cannot_be_given_in_the_page(ask):
    def why_not(name):
        return ask(
            "({ things }, name) => things.whyNot(name, ['Rocket ship', 'Zo\\u00eb'], ['t-shirt'])",
            name,
        )

    for name in ("T shirt", "t_shirt", "T-SHIRT"):
        assert "know" in why_not(name)
    for name in ("rocket-ship", "ROCKET  SHIP", "Zoe\u0308"):
        assert "given" in why_not(name)
    assert "all names" in why_not("All")
    assert why_not("shirt") == ""


def test_every_letter_that_python_takes_for_another_the_page_takes_for_it(ask):
    """An ß is ss, each sigma one; a Turkish i without its dot is no i, though its capital looks like one."""
    letters = [
        letter
        for letter in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(letter) not in {"Cn", "Cs"}
        and letter.lower().casefold() != letter.lower()
    ]
    assert len(letters) > 200
    turkish = "\u0131s\u0131"
    names = ["Straße", "οδός", turkish, "isi", "İsa", "\ufb01sh", *letters, *"iI\u0131İsSkKß"]
    typed = ["STRASSE", "ΟΔΌΣ", "ISI", "IS\u0131", "ISA", "FISH", *map(str.casefold, names), *names]
    keys = [key_of(name) for name in names]
    expected = [keys.index(key) if (key := key_of(one)) in keys else -1 for one in typed]
    found = ask(
        "({ names }, [all, typed]) => typed.map((one) => names.placeOf(one, all))", [names, typed]
    )
    assert dict(zip(typed, found, strict=True)) == dict(zip(typed, expected, strict=True))
    assert found[:5] == [0, 1, 3, -1, -1]


def test_a_few_examples_are_enough_and_known_drawings_are_not_taken_for_them(
    ask,
    page_background,
    networks,
    drawings,
    digits,
):
    """Three digits from six examples each; of drawings with known names next to none is called a digit."""
    images, labels = digits
    names = (0, 1, 3)
    n = len(networks.layers)
    first, later = (
        [networks.features(images[labels == name][some], layers=n) for name in names]
        for some in (slice(EXAMPLES), slice(100, 140))
    )
    known = networks.features(drawings.images[::5], layers=n)
    noisy, known_noisy = (
        networks.features(qd.gaussian(some, 0.75), denoise=True, layers=n)
        for some in (
            np.concatenate([images[labels == name][:EXAMPLES] for name in names]),
            drawings.images[::5],
        )
    )
    found = ask(
        """({ learning, heads, random }, { examples, noisy, asked, means, spread, layers, drift }) => {
          const background = { means: means.map((one) => Float32Array.from(one)), layers,
            spread: Float32Array.from(spread), drift: drift.map((one) => Float32Array.from(one)) };
          const all = examples.flatMap((some, label) => some.map((one) =>
            ({ label, copies: [heads.normalise(one, layers)] })));
          for (const [i, one] of noisy.entries()) all[i].copies.push(heads.normalise(one, layers));
          const lesson = learning.prepare(all, examples.length, background, random.generator(1));
          const rows = learning.learnAll(lesson);
          const head = { ...learning.rowsOfHead(lesson, rows), temperature: 1, layers };
          const without = all.map((_, place) => [...learning.askWithout(lesson, place, rows)[0]]);
          const sums = Array.from({ length: head.weights.length / head.bias.length }, (_, j) =>
            head.bias.reduce((sum, _, row) => sum + head.weights[row * means[0].length + j], 0));
          return { asked: asked.map((one) => [...heads.logitsOf(head, one)]), without, sums };
        }""",
        {
            "examples": [one.tolist() for one in first],
            "noisy": noisy.tolist(),
            "asked": np.concatenate([*later, known, known_noisy]).tolist(),
            "means": page_background["unpacked"].tolist(),
            "spread": page_background["spread"],
            "layers": page_background["layers"],
            "drift": page_background["drift"],
        },
    )
    named = np.argmax(found["asked"], axis=1)
    right = named[:120] == np.repeat([0, 1, 2], 40)
    assert right.mean() > 0.9
    clean, noisy = np.split(named[120:], 2)
    assert (clean != 3).mean() < 0.03
    assert (noisy != 3).mean() <= 0.05
    left_out = np.argmax(found["without"], axis=1) == np.repeat([0, 1, 2], EXAMPLES)
    assert left_out.mean() > 0.8
    np.testing.assert_allclose(found["sums"], 0, atol=1e-4)


@pytest.fixture(scope="module")
def page_background(extension):
    """What the page is given of the features of known names, with the means unpacked."""
    given = extension("page_data").background(None)
    levels = np.frombuffer(gzip.decompress(base64.b64decode(given["means"])), np.uint8)
    units = np.repeat(given["units"], given["layers"])
    return given | {"unpacked": units * levels.reshape(-1, len(units))}


#: Opens what the page is given, as its scripts do, then asks it of many pictures.
FITTING = """async ({ fitting, heads }, { data, given, text, about, seen, chosen }) => {
  globalThis.quickDrawData = { background: given };
  const { background } = await import(data);
  const known = await background();
  const head = text && heads.readHead(text, about);
  return seen.map(({ logits, features, own }) => head
    ? fitting.learnedFits(head, own)
    : fitting.knownFits(known, logits, features, chosen));
}"""


@pytest.mark.parametrize("denoise", [False, True], ids=["clean", "denoised"])
@pytest.mark.parametrize("n_names", [5, 345])
def test_the_page_finds_none_of_the_names_to_fit_where_python_does(
    ask, networks, digits, page_background, n_names, denoise
):
    names = FIVE if n_names == 5 else networks.trained_on
    some = qd.load(["cat", "owl", "house", "pineapple", "clock"], source="sample")[::5].images
    images = np.concatenate([some, digits[0][::60]])
    if denoise:
        images = qd.gaussian(images, 0.5)
    pipeline = networks.restrict(names)
    expected = np.array([not answer.none_of_these for answer in pipeline.answer(images, denoise)])
    assert 0.05 < expected.mean() < 0.95 or n_names == 345
    which = ("logits", "features") if denoise else ("direct_logits", "direct_features")
    logits, features = networks._run(images, which)
    columns = [networks.trained_on.index(name) for name in names]
    found = ask(
        FITTING,
        {
            **opened(page_background),
            "seen": seen(logits=logits, features=features),
            "chosen": columns,
        },
    )
    # What lies on the limit itself may fall to either side: the page has its matrix in a byte a number.
    away = networks.background.distances(features, columns) / networks.background.limit
    clear = np.abs(away - 1) > 0.01
    assert clear.mean() > 0.95
    np.testing.assert_array_equal(np.array(found)[clear], expected[clear])


def opened(page_background):
    """The module that hands on what the page is given, with what that is."""
    given = {key: value for key, value in page_background.items() if key != "unpacked"}
    return {"data": (ROOT / "web" / "data" / "background.js").as_uri(), "given": given}


def seen(**parts):
    """What the networks make of each picture, by picture."""
    return [
        {name: row.tolist() for name, row in zip(parts, rows, strict=True)}
        for rows in zip(*parts.values(), strict=True)
    ]


def test_the_page_finds_no_learned_name_to_fit_where_python_does(
    ask, head, networks, digits, page_background
):
    images = np.concatenate([digits[0][::30], qd.load("owl", source="sample").images[::4]])
    features = networks.features(images, denoise=True, layers=len(networks.layers))
    expected = head.fits(features)
    assert 0.1 < expected.mean() < 0.9
    found = ask(
        FITTING,
        {
            **opened(page_background),
            "text": head.to_json(),
            "about": about(head, networks),
            "seen": seen(own=features),
        },
    )
    np.testing.assert_array_equal(found, expected)


def test_the_threshold_lets_a_twentieth_of_the_scores_fall_below(ask):
    for n in (1, 2, 12, 100):
        scores = np.random.default_rng(n).normal(size=n).tolist()
        found = ask("({ fitting }, scores) => fitting.thresholdOf(scores)", scores)
        assert found == pytest.approx(np.quantile(scores, 0.05))


def test_what_held_out_examples_were_wrong_on_makes_a_head_less_sure(ask):
    found = ask(
        """({ learning }) => [
          learning.temperatureOf([[9, 0], [0, 9]].map((row) => Float64Array.from(row)), [0, 1]),
          learning.temperatureOf([[9, 0], [0, 9], [9, 0]].map((row) => Float64Array.from(row)),
            [0, 1, 1])]"""
    )
    assert found[0] == 1
    assert found[1] == pytest.approx(4, abs=0.1)


# ---- In the page.


class Namer(Playground):
    """A playground in which things are drawn again and again, each time a little different."""

    def __init__(self, browser, origin, script=None):
        self.script = script
        super().__init__(browser, origin)
        self.rng = np.random.default_rng(0)
        self.press("clear")

    def prepare(self):
        if self.script:
            self.page.add_init_script(self.script)

    def doodle(self, name):
        scale, shift = self.rng.normal(1, 0.05, 2), self.rng.normal(0, 6, 2)
        moved = [
            (np.array(points) + self.rng.normal(0, 4, (len(points), 2))) * scale + shift
            for points in THINGS[name]
        ]
        self.draw([np.clip(points, -20, 275).tolist() for points in moved])

    def keep(self, name, count=1):
        for _ in range(count):
            self.doodle(name)
            self.page.locator("#pg-own-name").fill(name)
            self.page.locator("#pg-own-name").press("Enter")

    def learned(self):
        self.ask("() => noisyPlayground.page.own.learning")
        self.answered()

    def told(self):
        """What the playground tells of its answer without denoising."""
        return self.ask("() => noisyPlayground.page.answer.direct.chosen")

    def doubts(self, name):
        """Whether it finds that none of the names fits."""
        return not self.ask("(name) => noisyPlayground.page.answer[name].fits", name)

    def load(self, path):
        self.page.locator("#pg-own-file").set_input_files(path)
        self.page.wait_for_function("document.getElementById('pg-message').innerText")
        self.answered()
        return self.page.locator("#pg-message").inner_text()

    def scores(self):
        return self.page.locator("#pg-own-list .pg-own-score").all_inner_texts()


@pytest.fixture
def namer(browser, origins):
    with Namer(browser, origins["file"]) as namer:
        yield namer
        assert not namer.complaints
        assert not namer.outside


def test_six_drawings_make_a_name_that_python_takes_and_gives_back(namer, head, tmp_path, capsys):
    namer.set_level(0)
    namer.keep("rocket")
    assert "example 1" in namer.page.locator("#pg-message").inner_text()
    assert "One example. 5 more to go to six" in namer.scores()[0]
    namer.keep("rocket", EXAMPLES - 1)
    namer.learned()
    told = qd.Share(EXAMPLES, EXAMPLES).counted
    assert namer.scores()[0].startswith(f"Named so when left out: {told}.")
    namer.keep("number seven", EXAMPLES)
    namer.learned()
    words = namer.page.locator("#pg-own-score").inner_text()
    assert "among 2 of yours and 5 of the 345: 1" in words
    assert "95% interval" in words
    namer.doodle("rocket")
    assert namer.first("direct") == "rocket (yours)"
    assert "Of all 347: rocket" in namer.page.locator("#pg-direct-all").inner_text()
    chips = namer.page.locator("#pg-chips li").all_inner_texts()
    assert chips[:2] == ["rocket (yours)", "number seven (yours)"]

    # To Python: the very same probabilities.
    with namer.page.expect_download() as download:
        namer.press("own-save")
    path = tmp_path / HEAD
    download.value.save_as(path)
    pipeline = qd.Pipeline.load(path)
    assert pipeline.categories == ("rocket", "number seven", *FIVE)
    assert pipeline.head.examples == (EXAMPLES, EXAMPLES)
    assert pipeline.head.score.n == 2 * EXAMPLES
    pixels = namer.ask("() => [...noisyPlayground.page.pad.pixels()]")
    image = np.reshape(pixels, (1, 28, 28, 1)).astype(np.float32) / 255
    expected = dict(zip(pipeline.categories, pipeline.classify(image)[0], strict=True))
    assert {one["name"] for one in namer.told()} == set(expected)
    for one in namer.told():
        assert one["share"] == pytest.approx(expected[one["name"]], abs=1e-3)

    assert namer.doubts("direct") == pipeline.answer(image)[0].none_of_these

    (mine,) = qd.write_queries(tmp_path / "mine", image)
    assert main(["classify", "--models", str(path), str(mine)]) == 0
    assert "rocket" in capsys.readouterr().out

    # And from Python: what it learned, beside the same known names.
    other = tmp_path / "other.json"
    other.write_text(head.to_json(), encoding="utf-8")
    assert "number two, number seven" in namer.load(other)
    namer.doodle("number seven")
    namer.answered()
    pixels = namer.ask("() => [...noisyPlayground.page.pad.pixels()]")
    image = np.reshape(pixels, (1, 28, 28, 1)).astype(np.float32) / 255
    pipeline = qd.Pipeline.load(other)
    expected = dict(zip(pipeline.categories, pipeline.classify(image)[0], strict=True))
    for one in namer.told():
        assert one["share"] == pytest.approx(expected[one["name"]], abs=1e-3)
    # None of the digits, none of the five: as Python says, so it is said.
    for thing in THINGS:
        namer.doodle(thing)
        namer.answered()
        for level, name in ((0, "direct"), (0.5, "chain")):
            namer.set_level(level)
            namer.answered()
            noisy = namer.ask("() => [...noisyPlayground.page.answer.noisy]")
            image = np.reshape(noisy, (1, 28, 28, 1)).astype(np.float32)
            (answer,) = pipeline.answer(image, denoise=name == "chain")
            assert namer.doubts(name) == answer.none_of_these
            said = namer.page.locator(f"#pg-{name}-all").inner_text()
            assert ("none of these" in said) == answer.none_of_these
    namer.set_level(0)
    # The reader's own drawings have waited.
    namer.press("own-aside")
    namer.answered()
    assert "rocket" in [one["name"] for one in namer.told()]


def test_a_file_that_asks_for_its_own_names_alone_is_answered_by_these_as_in_python(
    namer, digits, tmp_path
):
    """Known names join when a reader chooses some, as `--known` lets them."""
    images, labels = digits
    places = np.concatenate([np.flatnonzero(labels == digit)[:12] for digit in (1, 2, 7)])
    pixels = np.rint(255 * images[places]).astype(np.uint8)[..., 0]
    names = ("number one", "number two", "number seven")
    drawings = qd.Drawings(pixels, np.repeat([0, 1, 2], 12), names, "the test's own")
    pipeline = qd.learn(drawings)
    assert not pipeline.head.known
    assert pipeline.head.other
    file = qd.save_learned(pipeline, tmp_path / "mine")

    said = namer.page.locator("#pg-own-loaded")
    chips = namer.page.locator("#pg-chips li")
    assert "number one, number two, number seven" in namer.load(file)
    assert "as the file asks" in said.inner_text()
    for thing, level in (("number seven", 0), ("rocket", 0), ("number seven", 0.5)):
        namer.set_level(level)
        namer.doodle(thing)
        namer.answered()
        noisy = namer.ask("() => [...noisyPlayground.page.answer.noisy]")
        image = np.reshape(noisy, (1, 28, 28, 1)).astype(np.float32)
        expected = dict(zip(names, pipeline.classify(image)[0], strict=True))
        assert {one["name"] for one in namer.told()} == {*names}
        for one in namer.told():
            assert one["share"] == pytest.approx(expected[one["name"]], abs=1e-3)
    assert chips.count() == 3
    with namer.page.expect_download() as download:
        namer.press("own-save")
    download.value.save_as(tmp_path / "again.json")
    assert qd.Pipeline.load(tmp_path / "again.json").categories == names

    namer.page.locator("#pg-add").fill("cat")
    namer.page.locator("#pg-add").press("Enter")
    namer.answered()
    assert {one["name"] for one in namer.told()} == {*names, *FIVE}
    assert "as the file asks" not in said.inner_text()
    assert chips.count() == 3 + len(FIVE)
    namer.load(file)
    assert chips.count() == 3
    namer.press("own-aside")
    namer.answered()
    assert {one["name"] for one in namer.told()} == {*FIVE}


def test_names_are_kept_renamed_deleted_on_the_readers_machine_alone(namer):
    page = namer.page
    namer.keep("rocket", 3)
    namer.learned()
    page.reload()
    page.wait_for_selector("#pg-tool[data-state=ready]")
    namer.learned()
    assert namer.scores()[0].startswith("Named so when left out: 3 of 3")
    field = page.get_by_label("Rename rocket", exact=True)
    field.fill("house")
    field.press("Enter")
    assert "know “house” already" in page.locator("#pg-message").inner_text()
    assert field.input_value() == "rocket"
    field.fill("space ship")
    field.press("Enter")
    assert "space ship" in page.locator("#pg-chips li").first.inner_text()
    page.get_by_role("button", name="Remove example 2 of space ship").press("Enter")
    namer.learned()
    assert namer.scores()[0].startswith("Named so when left out: 2 of 2")
    assert page.evaluate("document.activeElement.title") == "Remove example 2 of space ship"
    delete = page.get_by_role("button", name="Delete space ship")
    delete.press("Enter")
    page.get_by_role("button", name="Really delete space ship?").press("Enter")
    namer.learned()
    assert page.locator("#pg-own-list li").count() == 0
    assert page.locator("#pg-own-save").is_disabled()
    assert page.locator("#pg-chips").inner_text().split() == FIVE
    page.reload()
    page.wait_for_selector("#pg-tool[data-state=ready]")
    assert page.locator("#pg-own-list li").count() == 0


def test_who_renames_a_thing_goes_on_where_they_are(namer):
    """By the keyboard in the field, by the mouse with what they press next."""
    page = namer.page
    focused = "document.activeElement.ariaLabel"
    namer.keep("rocket", 3)
    namer.keep("number seven", 2)
    namer.learned()
    field = page.get_by_label("Rename rocket", exact=True)
    field.fill(" space  ship ")
    field.press("Enter")
    assert namer.ask(focused) == "Rename space  ship"
    assert namer.ask("document.activeElement.value") == "space  ship"
    page.keyboard.press("Tab")
    assert namer.ask(focused) == "Add to it: the next drawing is of space  ship"

    for new, pressed in (("ship", "Add to it: the next drawing is of "), ("boat", "Delete ")):
        field = page.locator("#pg-own-list input").first
        before = field.input_value()
        field.fill(new)
        page.get_by_role("button", name=f"{pressed}{before}", exact=True).click()
        assert page.locator("#pg-own-list > li").first.get_attribute("data-name") == new
        if pressed == "Delete ":
            assert namer.ask(focused) == "Really delete boat?"
        else:
            assert page.locator("#pg-own-name").input_value() == "ship"
    page.locator("#pg-own-name").focus()
    assert page.get_by_role("button", name="Delete boat", exact=True).is_visible()
    page.locator("#pg-own-list input").first.fill("canoe")
    page.get_by_role("button", name="Remove example 2 of boat").click()
    assert page.locator("#pg-own-list > li").first.locator(".ex-pick").count() == 2
    # What was removed is brought back as it is called by now, whatever else was renamed.
    page.locator("#pg-own-list input").first.fill("raft")
    page.locator("#pg-own-restore").click()
    assert page.locator("#pg-own-list > li").first.locator(".ex-pick").count() == 3
    assert page.get_by_label("Rename raft", exact=True).input_value() == "raft"
    kept = namer.ask("JSON.parse(localStorage.getItem('noisy-quick-draw/playground/things'))")
    assert [one["name"] for one in kept] == ["raft", "number seven"]
    # Nor is a name given twice by what comes back.
    page.get_by_role("button", name="Delete number seven").click()
    page.get_by_role("button", name="Really delete number seven?").click()
    page.get_by_label("Rename raft", exact=True).fill("Number Seven")
    page.get_by_label("Rename raft", exact=True).press("Enter")
    assert page.locator("#pg-own-restore").is_hidden()


def test_what_learns_beside_the_page_takes_no_focus_away(namer):
    page = namer.page
    namer.keep("rocket", 2)
    page.get_by_role("button", name="Remove cup").focus()
    namer.learned()
    page.locator("#pg-chips", has_text="rocket (yours)").wait_for()
    assert namer.ask("document.activeElement.ariaLabel") == "Remove cup"
    page.get_by_role("button", name="sailboat").click()
    page.get_by_role("button", name="Add sailboat").focus()
    assert "the six names" in page.locator("#pg-hint").inner_text()
    namer.ask("() => noisyPlayground.page.own.learnSoon()")
    namer.learned()
    assert namer.ask("document.activeElement.textContent") == "Add sailboat"
    field = page.get_by_label("Rename rocket", exact=True)
    field.fill("space ship")
    field.press("Enter")
    assert page.locator("#pg-chips li").first.inner_text() == "space ship (yours)"
    assert page.locator("#pg-chips li").count() == 1 + len(FIVE)


def test_what_two_tabs_teach_lies_in_both_and_none_writes_over_the_other(namer, head, tmp_path):
    names = "all => all.map((one) => one.dataset.name)"
    namer.keep("rocket", 2)
    other = namer.page.context.new_page()
    other.goto(namer.page.url)
    other.wait_for_selector("#pg-tool[data-state=ready]")
    mine, theirs = (page.locator("#pg-own-list > li") for page in (namer.page, other))
    assert theirs.evaluate_all(names) == ["rocket"]
    namer.keep("number seven", 2)
    expect(theirs).to_have_count(2)
    other.get_by_role("button", name="Remove example 2 of rocket").click()
    expect(mine.first.locator(".pg-own-score")).to_contain_text("One example.")
    namer.keep("rocket")
    expect(theirs.first.locator(".ex-pick")).to_have_count(2)
    assert mine.evaluate_all(names) == theirs.evaluate_all(names) == ["rocket", "number seven"]
    file = tmp_path / "head.json"
    file.write_text(head.to_json(), encoding="utf-8")
    other.locator("#pg-own-file").set_input_files(file)
    expect(namer.page.locator("#pg-own-loaded")).to_contain_text("From a file: ")
    namer.page.locator("#pg-own-aside").click()
    expect(other.locator("#pg-own-loaded")).to_be_empty()
    other.close()


def test_a_further_drawing_is_kept_by_a_button_beside_the_drawing(namer):
    page = namer.page
    again = page.locator("#pg-own-again")
    assert again.inner_text() == "Teach it a new name …"
    page.set_viewport_size(PHONE)
    again.click()
    assert page.evaluate("document.activeElement.id") == "pg-own-name"
    namer.keep("rocket")
    for count in (2, 3, 4, 5, 6):
        assert again.inner_text() == f"Keep as “rocket” ({count} of 6)"
        assert again.evaluate("one => one.getBoundingClientRect().bottom <= innerHeight"), (
            "whoever draws on need not look for it"
        )
        namer.doodle("rocket")
        again.click()
        assert f"example {count} of “rocket”" in page.locator("#pg-message").inner_text()
    assert again.inner_text() == "Keep as “rocket” (7)"
    namer.learned()
    assert namer.scores()[0].startswith("Named so when left out: 6 of 6")
    page.get_by_label("Rename rocket", exact=True).fill("space ship")
    page.get_by_label("Rename rocket", exact=True).press("Enter")
    assert again.inner_text() == "Keep as “space ship” (7)"
    assert_fits(page)


def test_a_removal_is_undone_by_one_press(namer):
    page = namer.page
    undo = page.locator("#pg-own-restore")
    namer.keep("rocket", 3)
    namer.learned()
    assert undo.is_hidden()
    kept = "() => localStorage.getItem('noisy-quick-draw/playground/things')"
    before = namer.ask(kept)
    page.get_by_role("button", name="Remove example 2 of rocket").click()
    assert namer.ask(kept) != before
    undo.click()
    assert namer.ask(kept) == before
    assert undo.is_hidden()
    page.get_by_role("button", name="Delete rocket").click()
    page.get_by_role("button", name="Really delete rocket?").click()
    assert not page.locator("#pg-own-list li").count()
    undo.press("Enter")
    namer.learned()
    assert namer.ask(kept) == before
    assert namer.scores()[0].startswith("Named so when left out: 3 of 3")
    page.get_by_role("button", name="Remove example 1 of rocket").click()
    namer.keep("rocket")
    assert undo.is_hidden(), "what was drawn since would be lost"


def test_a_finger_that_is_lifted_in_motion_takes_no_later_tap_away(browser, origins):
    """Chromium starts a fling there, and takes the next tap, wherever it is, for what stops it."""
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        page = context.new_page()
        page.goto(f"{origins['file']}/{EXPLORABLES['playground']}")
        page.wait_for_selector("#pg-tool[data-state=ready]")
        page.evaluate(
            "() => document.getElementById('pg-renew').addEventListener('click', () => {"
            " window.clicks = (window.clicks ?? 0) + 1; })"
        )
        fingers = context.new_cdp_session(page)
        for _ in range(12):
            page.locator("#pg-surface").scroll_into_view_if_needed()
            box = page.locator("#pg-surface").bounding_box()
            for share in (0.1, 0.4, 0.7, 1.0, None):
                at = share and {"x": box["x"] + 200 * share, "y": box["y"] + 150 * share}
                kind = "touchEnd" if at is None else "touchStart" if share == 0.1 else "touchMove"
                points = {"type": kind, "touchPoints": [at] if at else []}
                fingers.send("Input.dispatchTouchEvent", points)
            page.locator("#pg-renew").tap()
            page.wait_for_timeout(100)
        assert page.evaluate("window.clicks") == 12


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_with_their_examples_are_for_everyone_on_every_screen(namer, scheme):
    page = namer.page
    namer.keep("rocket", 3)
    namer.learned()
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(500)
    assert_fits(page)
    small = page.locator("#pg-own :is(button, input:not([type=file]))").evaluate_all(
        """(all) => all.filter((one) => one.checkVisibility())
          .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
          .filter(([, box]) => box.height < 44 || box.width < 44).map(([tag]) => tag)"""
    )
    assert not small
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "axe.run('.explorable', { preload: false }).then(({ violations }) => violations)"
    )
    assert not [rule for rule in found if rule["impact"] in {"serious", "critical"}]
    contrasts = page.evaluate(CONTRASTS)
    assert not [text for text, contrast in contrasts if contrast < LEAST_CONTRAST]


def test_what_can_be_no_example_is_said(namer):
    page = namer.page
    said = page.locator("#pg-message")
    page.locator("#pg-own-name").fill("rocket")
    page.locator("#pg-own-name").press("Enter")
    assert "Draw something first" in said.inner_text()
    namer.doodle("rocket")
    for name, words in (("", "Type the name"), ("Fish", "“Fish” already"), ("x" * 100, "")):
        page.locator("#pg-own-name").fill(name)
        page.locator("#pg-own-keep").click()
        assert words in said.inner_text()
    namer.press("undo")
    page.locator("#pg-own-name").fill("x" * 100)
    page.locator("#pg-own-keep").click()
    assert "This very drawing" in said.inner_text()
    assert_fits(page)


def test_a_hostile_file_does_nothing_but_say_so(namer, head, tmp_path):
    path = tmp_path / "head.json"
    for what in HOSTILE:
        path.write_text(hostile(head, what), encoding="utf-8")
        namer.ask("() => { document.getElementById('pg-message').textContent = ''; }")
        assert namer.load(path).startswith("This "), what
    path.write_text(json.dumps({**json.loads(head.to_json()), "graph": "0" * 64}), "utf-8")
    assert "other networks" in namer.load(path)
    assert namer.page.locator("#pg-chips").inner_text().split() == FIVE
    assert not namer.page.locator("#pg-own-aside").count()


@pytest.mark.parametrize("kept", ["{", "[1]", '[{"name": "x", "examples": ["AAAA", 7]}]', "null"])
def test_what_was_kept_and_makes_no_sense_is_left_out(browser, origins, kept):
    script = "".join(
        f"localStorage.setItem('noisy-quick-draw/playground/{name}', {json.dumps(kept)});"
        for name in ("things", "head")
    )
    with Namer(browser, origins["http"], f"try {{ {script} }} catch {{}}") as namer:
        assert namer.page.locator("#pg-own-list li").count() == 0
        assert namer.page.locator("#pg-chips").inner_text().split() == FIVE
        assert not namer.complaints


def test_without_storage_names_last_as_long_as_the_page(browser, origins):
    with Namer(browser, origins["file"], NO_STORAGE) as namer:
        namer.keep("rocket", 2)
        said = namer.page.locator("#pg-message").inner_text()
        assert "This browser keeps nothing when the page is left" in said
        namer.learned()
        namer.doodle("rocket")
        assert namer.first("direct") == "rocket (yours)"
