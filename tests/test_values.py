"""Promises of values: images outside [0, 1] are refused wherever they enter, with a remedy that helps."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typed import type_in

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


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (lambda d: Image.new("L", (28, 28)), "qd.read_picture"),
        (lambda d: "fish.png", "qd.read_picture"),
        (lambda d: Path("fish.png"), "qd.read_picture"),
        (lambda d: b"fish.png", "qd.read_picture"),
        (lambda d: d, r"drawings\.images"),
        (lambda d: qd.read_picture(d.pixels[0]), r"reading\.image\[None\]"),
        (lambda d: [qd.read_picture(d.pixels[0])], r"np\.stack\(.*readings\]\)"),
    ],
    ids=["Pillow", "text", "path", "bytes", "drawings", "reading", "readings"],
)
def test_what_holds_or_gives_images_is_told_how(shipped, drawings, given, says):
    given = given(drawings[:2])
    for take in (shipped, shipped.answer, lambda x: qd.gaussian(x, 0.5)):
        with pytest.raises(qd.SettingError, match=f"no array of numbers.*{says}") as caught:
            take(given)
    names = {"drawings": given, "reading": given, "readings": given, "np": np}
    code = re.search(r"; (drawings\.images|reading\S*|np\.stack\(.*\]\)) ", str(caught.value))
    if code:
        shipped(eval(code[1], names))  # noqa: S307  # what the reader is told to type


# ---- other arguments -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [3, ["a", "b"], {"a": 1}, b"a", 2.5], ids=repr)
def test_what_is_no_path_is_refused_wherever_one_is_given(shipped, drawings, path):
    for take in (
        lambda: qd.load(source=path),
        lambda: qd.Pipeline.load(path),
        lambda: qd.read_manifest(path),
        lambda: qd.learn(drawings, models=path),
        lambda: qd.save_learned(replace(shipped, head=object()), path),
        lambda: qd.quantize(path),
        lambda: qd.quantize(out=path),
        lambda: qd.write_queries(path, drawings.images[:1]),
    ):
        with pytest.raises(qd.SettingError, match=r"no path|os\.fsdecode"):
            take()


def test_networks_in_place_of_their_folder_are_told_of_it(shipped, drawings):
    with pytest.raises(qd.SettingError, match=r"A Pipeline is no path.*the folder that it"):
        qd.learn(drawings, models=shipped)


@pytest.mark.parametrize("names", [5, 0.5, b"cat", None], ids=repr)
def test_what_is_no_name_is_refused_wherever_one_is_given(shipped, drawings, names, tmp_path):
    for take in (
        lambda: shipped.restrict(names),
        lambda: drawings.only(names),
        lambda: qd.learn(drawings, known=names, relearn=True),
        lambda: qd.resolve_categories(names),
        *(
            []
            if names is None
            else [lambda: qd.load(names), lambda: qd.load(names, source=tmp_path)]
        ),
    ):
        with pytest.raises(qd.DataError, match=f"^{names!r} is no name of a category; give a text"):
            take()
    with pytest.raises(qd.DataError, match=r"A Drawings is no name .*its categories"):
        shipped.restrict(drawings)


@pytest.mark.parametrize(
    "given", ["folder", Path("folder"), None, 3, {}, (1, 2), np.zeros(3)], ids=repr
)
def test_what_is_no_drawings_is_refused_with_what_gives_some(shipped, drawings, given):
    way = (
        r"qd\.load\(source='folder'\)" if isinstance(given, (str, os.PathLike)) else "`qd.Drawings`"
    )
    for take in (
        lambda: qd.learn(given),
        lambda: qd.evaluate(shipped, given),
        lambda: qd.make_queries(given),
        *([] if given is None else [lambda: qd.evaluate(shipped, drawings, tune_on=given)]),
    ):
        with pytest.raises(qd.DataError, match=f"no drawings; .*{way}"):
            take()


def test_what_is_no_pipeline_is_refused(drawings, tmp_path):
    for take in (
        lambda: qd.evaluate("models", drawings),
        lambda: qd.save_learned(None, tmp_path / "x"),
    ):
        with pytest.raises(
            qd.SettingError, match=r"is no pipeline; give one, as `qd\.Pipeline\.load`"
        ):
            take()


# ---- drawings of one's own -------------------------------------------------------------------------


def _own(pixels=None, labels=None, names=("a", "b")):
    """Twelve drawings of two names, or what is given in their place."""
    given = np.random.default_rng(0).integers(0, 256, (12, 28, 28)).astype(np.uint8)
    return qd.Drawings(
        given if pixels is None else pixels(given),
        np.arange(12) % 2 if labels is None else labels(np.arange(12) % 2),
        names,
        "the test",
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p / 255,
        lambda p: np.where(p == 9, np.nan, p / 255),
        lambda p: (p / 255)[..., None].astype(np.float32),
        lambda p: p > 127,
        lambda p: p.reshape(-1, 784),
        lambda p: p[..., None],
        lambda p: p.astype(int),
        lambda p: (p.astype(int) - 128).astype(np.int8),
        lambda p: np.repeat(p[..., None], 3, axis=-1),
    ],
)
def test_pixels_of_another_kind_come_with_the_code_that_mends_them(change):
    with pytest.raises(qd.DataError, match=r"The pixels are .*With a for them: ") as caught:
        _own(change)
    code = str(caught.value).partition("With a for them: ")[2].removesuffix(".")

    def mended(pixels):
        return type_in(code, np=np, a=change(pixels))["a"]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawings = _own(mended)
    wanted = _own().pixels
    if change(wanted).dtype == bool:
        wanted = np.where(wanted > 127, 255, 0)
    alike = np.abs(drawings.pixels.astype(int) - wanted) <= 3
    assert (alike | (wanted == 9)).all()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda n: n[:, None], "labels.ravel()"),
        (lambda n: np.eye(2)[n], "labels.argmax(axis=1)"),
        (lambda n: n.astype(float), "labels.astype(int)"),
        (lambda n: n.astype(np.uint64), "labels.astype(int)"),
        (lambda n: n.tolist(), "numpy.asarray"),
        (lambda n: np.array(["a", "b"])[n], "np.unique(labels, return_inverse=True)"),
        (lambda n: n + 1, "np.unique(labels, return_inverse=True)[1]"),
        (lambda n: n - 1, "np.unique(labels, return_inverse=True)[1]"),
        (lambda n: n[:5], "one for each"),
    ],
)
def test_labels_that_do_not_fit_are_refused_with_what_makes_them_fit(change, code):
    with pytest.raises(qd.DataError, match=re.escape(code)):
        _own(labels=change)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ("ab", "A str is no list of categories"),
        (None, "None is no list of categories"),
        (("a", 1), "1 is no name"),
        (("a", ["b"]), "no name"),
        (("a", " "), "' ' is no name"),
        (("a", "b\n"), "is no name"),
        (("a", "a"), "count as one name"),
        (("hot dog", "Hot-Dog"), "'hot dog' and 'Hot-Dog' count as one name"),
        (("a",), "go from 0 to 1, and with 1 categories"),
    ],
)
def test_names_are_those_that_the_files_of_a_folder_may_have(names, says):
    with pytest.raises(qd.DataError, match=says):
        _own(names=names)


def test_a_list_of_names_is_as_good_as_a_tuple():
    assert _own(names=["a", "b"]).categories == ("a", "b")
    assert _own(names=np.array(["a", "b"])).categories == ("a", "b")


class _Unread(np.memmap):
    """A file of pixels of which nobody may read any."""

    def __getitem__(self, key):
        raise AssertionError(key)

    def __array_ufunc__(self, *given, **options):
        raise AssertionError(given)

    def __array_function__(self, *given):
        raise AssertionError(given)


def test_of_pixels_in_files_none_is_read_to_check_them(tmp_path):
    pixels = _Unread(tmp_path / "pixels", np.uint8, "w+", shape=(12, 28, 28))
    assert _own(lambda _: pixels).pixels is pixels
