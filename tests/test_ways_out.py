"""Promises of what readers bring that is not quite right: it is read, or a way out is said that works."""

from __future__ import annotations

import array
import io
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typed import type_in

import qdtools as qd
from qdtools._lists import join_names, split_names
from qdtools.cli import main
from qdtools.training.claims import check_claim, check_out, claim
from qdtools.training.config import TrainingConfig

ROOT = Path(__file__).resolve().parents[1]
QDTOOLS = [sys.executable, "-m", "qdtools"]


@pytest.fixture(scope="module")
def bitmaps():
    return {name: qd.load(name).pixels[:30].reshape(-1, 784) for name in ("cat", "fish")}


def ask(arguments, capsys) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    capsys.readouterr()
    try:
        code = main([str(word) for word in arguments])
    except SystemExit as stop:
        code = stop.code
    return code, *capsys.readouterr()


def ring(side=200) -> Image.Image:
    picture = Image.new("L", (side, side), 255)
    ImageDraw.Draw(picture).ellipse((30, 30, side - 30, side - 30), outline=0, width=8)
    return picture


# ---- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("highest", [15, 16, 17, 63, 100])
def test_images_that_go_to_another_white_are_not_told_to_divide_by_255(drawings, shipped, highest):
    images = np.rint(drawings.images[:4] * highest)
    with pytest.raises(qd.SettingError, match=f"value of white.*highest, {highest}[.]"):
        shipped(images)


@pytest.mark.parametrize(
    "images", [None, [None], "cat", ["a", "b"], b"cat", np.array([None, 1.0], object)], ids=repr
)
def test_what_is_no_number_is_called_what_it_is_not_nan(shipped, images):
    with pytest.raises(
        qd.SettingError, match=r"no array of numbers \((None is|text is|bytes are) no grey"
    ):
        shipped(images)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.reshape(-1, 784),
        lambda x: x[..., 0],
        lambda x: x[0],
        lambda x: x[0, ..., 0],
        lambda x: x.transpose(0, 3, 1, 2),
        lambda x: x[:1].reshape(784),
        lambda x: np.repeat(x, 3, axis=3),
    ],
)
def test_a_refused_shape_comes_with_the_code_that_mends_it(drawings, shipped, change):
    images = change(drawings.images[:4])
    with pytest.raises(qd.ModelError, match=r"; (images\S*.*?) (brings|makes)") as caught:
        shipped(images)
    code = re.search(r"; (images\S.*?) (?:brings|makes)", str(caught.value))[1]
    mended = eval(code, {"images": images})  # noqa: S307  # what the reader is told to type
    np.testing.assert_allclose(mended[0], drawings.images[0], atol=1e-6)
    shipped(mended)


@pytest.mark.parametrize("level", [0, 0.5, 1, 2])
@pytest.mark.parametrize("kind", [*qd.NOISES])
def test_only_inverted_images_are_said_to_look_inverted(drawings, shipped, level, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shipped(qd.add_noise(drawings.images[:32], level, kind))
    if level == 0:
        with pytest.warns(UserWarning, match="dark ink on light paper.*give 1 - images"):
            shipped(1 - drawings.images[:32])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"levels": 0.5}, "levels is 0.5"),
        ({"levels": "0.5"}, "levels is '0.5'"),
        ({"levels": None}, "levels is None"),
        ({"levels": []}, "No noise level"),
        ({"methods": "pipeline"}, "methods is 'pipeline'"),
        ({"repeats": 1.5}, "repeats is 1.5"),
        ({"repeats": 999_999_999}, "from 1 to 1,000"),
        ({"repeats": 0}, "from 1 to 1,000"),
    ],
)
def test_what_to_score_is_refused_before_anything_is_scored(drawings, shipped, wrong, says):
    with pytest.raises(qd.SettingError, match=says):
        qd.evaluate(shipped, drawings, **wrong)


@pytest.mark.parametrize(("level", "kind"), [("gaussian", 0.5), ("blur", 1), ("speckle", None)])
def test_a_level_and_a_kind_that_changed_places_are_told_apart(drawings, level, kind):
    with pytest.raises(qd.SettingError, match=f"level before the kind.*0.5, '{level}'"):
        qd.add_noise(drawings.images[:2], level, kind)
    with pytest.raises(qd.SettingError, match="There is no noise"):
        qd.add_noise(drawings.images[:2], 0.5, [0.5])


# ---- names of files and what they hold -------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "{} - コピー",
        "{} - コピー (2)",
        "{}のコピー",
        "{} 副本",
        "{}的副本",
        "{} - 복사본",
        "{} - копия",
        "{} - Kopia (3)",
        "{} - Kopya",
        "Kopie von {}",
        "Copie de {}",  # codespell:ignore copie
        "Cópia de {}",
        "{}_1_",
        "{} [1]",
        "{}\uff081\uff09",  # the full-width brackets of Japanese
        "{}_copy",
        "{}-copie",
        "{} (copy)",  # as GNOME names them
        "{} (another copy)",
        "{} (3rd copy)",
        "{} (copy 2)",
        "{} (weitere Kopie)",
        "{} (3. Kopie)",
        "{} (une autre copie)",  # codespell:ignore copie
        "{} (3.\u00aa copia)",
        "{} (другая копия)",
        "{} (別のコピー)",
        "Copy (2) of {}",  # as Windows did once
        "Kopie (2) von {}",
        "Copia de {}",
        "Kopia av {}",
        "{} - copie",  # codespell:ignore copie
        "{} copy 2",
        "{} \u2014 копия",  # as Windows names them in Russian
        "{} - Copy - Copy",
        "Copy of Copy of {}",
        "{} (1) (1)",
        "full_numpy_bitmap_{} (1) (1)",
        "full_numpy_bitmap_{} - Copy",
        "Copy of full_numpy_bitmap_{}",  # as Google Drive names them
        "Kopie von full_numpy_bitmap_{} (1)",
        "Copie de full%2Fnumpy_bitmap%2F{}",  # codespell:ignore copie
        "Copy of sketchrnn_{}.full",
    ],
)
def test_copies_in_any_language_are_the_category_they_copy(tmp_path, bitmaps, name):
    for category, pixels in bitmaps.items():
        np.save(tmp_path / f"{name.format(category)}.npy", pixels)
    assert qd.load(source=tmp_path).categories == ("cat", "fish")


@pytest.mark.parametrize(
    "name",
    [
        "copy",
        "副本",
        "hard copy",
        "kopi",
        "room 1",
        "x_1_",
        "コピー",
        "room (copy)",
        "Copy (2) of me",
        "Copy of full moon",
        "triangle-3-4-5",
    ],
)
def test_a_category_of_ones_own_may_be_called_like_a_copy(tmp_path, bitmaps, name):
    for one in (name, "other"):
        np.save(tmp_path / f"{one}.npy", bitmaps["cat"])
    assert name in qd.load(source=tmp_path).categories


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("cat.npy.crdownload", "download that has not ended"),
        ("cat.npy.part", "download that has not ended"),
        ("cat.npy.download", "download that has not ended"),
        (".cat.npy.icloud", "iCloud"),
        ("drawings.zip", "unpack it"),
        ("cat.npy.gz", "unpack it"),
        ("drawings.tar.gz", "unpack it"),
        ("cat.npy.lnk", "link"),
        ("cat.parquet", "no form that is read"),
        ("cat.pkl", "no form that is read"),
    ],
)
def test_what_a_folder_holds_in_place_of_drawings_is_named(tmp_path, bitmaps, name, says):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(qd.DataError, match=f"{re.escape(repr(name))}.*{says}"):
        qd.load(source=tmp_path)
    for category, pixels in bitmaps.items():
        np.save(tmp_path / f"{category}.npy", pixels)
    if says == "no form that is read":  # a note beside the drawings is nobody's loss
        qd.load(source=tmp_path)
    else:
        with pytest.warns(UserWarning, match=f"passed over.*{re.escape(repr(name))} .*{says}"):
            assert qd.load(source=tmp_path).categories == ("cat", "fish")


def test_a_folder_of_hidden_files_alone_is_not_said_to_be_empty(tmp_path):
    (tmp_path / ".DS_Store").write_bytes(b"x")
    with pytest.raises(qd.DataError, match="nor anything else that is not hidden"):
        qd.load(source=tmp_path)


def _opaque(images):
    images[:, 3] = 255
    return images


@pytest.mark.parametrize(
    ("shape", "made"),
    [
        ("(n, 28, 28, 1)", lambda x: x.reshape(-1, 28, 28, 1)),
        ("(784, n)", lambda x: x.T.copy()),
        ("(784,)", lambda x: x[0]),
        ("(28, 28)", lambda x: x[0].reshape(28, 28)),
        ("(n, 28, 28, 3)", lambda x: np.repeat(x.reshape(-1, 28, 28, 1), 3, axis=3)),
        ("(1, n, 784)", lambda x: x[None]),
        ("(n, 3, 28, 28)", lambda x: np.repeat(x.reshape(-1, 1, 28, 28), 3, axis=1)),
        ("(n, 4, 28, 28)", lambda x: _opaque(np.repeat(x.reshape(-1, 1, 28, 28), 4, axis=1))),
        ("(n, 3, 784)", lambda x: np.repeat(x[:, None], 3, axis=1)),
        ("(n, 1, 28, 28)", lambda x: x.reshape(-1, 1, 28, 28)),
        ("(28, 28, n)", lambda x: np.moveaxis(x.reshape(-1, 28, 28), 0, -1).copy()),
    ],
)
def test_a_bitmap_file_of_another_shape_comes_with_the_line_that_mends_it(
    tmp_path, bitmaps, shape, made
):
    np.save(tmp_path / "cat.npy", made(bitmaps["cat"]))
    np.save(tmp_path / "fish.npy", bitmaps["fish"])
    with pytest.raises(qd.DataError, match=r"must be \(n, 784\).*np\.load gives: ") as caught:
        qd.load(source=tmp_path)
    code = str(caught.value).split("np.load gives: ")[1].rstrip(".")
    known = type_in(code, np=np, a=np.load(tmp_path / "cat.npy"))
    np.save(tmp_path / "cat.npy", known["a"])
    mended = qd.load("all", source=tmp_path)
    np.testing.assert_array_equal(mended.pixels[0].reshape(-1), bitmaps["cat"][0])
    assert mended.counts["cat"] in {1, 30}  # as many as there are, whatever stands between


def test_an_archive_of_plain_arrays_comes_with_the_line_that_mends_it(tmp_path, bitmaps):
    np.save(tmp_path / "fish.npy", bitmaps["fish"])
    np.savez_compressed(tmp_path / "cat.npz", labels=np.zeros(3), images=bitmaps["cat"])
    with pytest.raises(qd.DataError, match=r"archive of the arrays.*'images'") as caught:
        qd.load(source=tmp_path)
    assert "pickled" not in str(caught.value)
    type_in(re.search(r"np\.save\(.*\)(?=[.]$)", str(caught.value))[0], np=np)
    assert qd.load(source=tmp_path).counts == {"cat": 30, "fish": 30}


@pytest.mark.parametrize("more", [{}, {"note": np.zeros(3)}], ids=["drawings alone", "a note"])
@pytest.mark.parametrize("names", [("cat", "fish"), ("my owl", "my kite"), ("fish",)])
def test_an_archive_of_an_array_a_category_becomes_a_file_of_each_by_its_own_name(
    tmp_path, monkeypatch, bitmaps, names, more
):
    np.savez(tmp_path / "mine.npz", **dict(zip(names, bitmaps.values(), strict=False)), **more)
    with pytest.raises(qd.DataError, match="archive of the arrays") as caught:
        qd.load("all", source=tmp_path)
    assert len(str(caught.value)) < 450
    code = re.search(r"z = .*\]", str(caught.value))[0].replace("in an empty folder, ", "")
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path / "own")
    type_in(code, np=np)
    assert qd.load("all", source=tmp_path / "own").counts == dict.fromkeys(sorted(names), 30)


@pytest.mark.parametrize("shape", [(5, 30, 28, 28), (28, 28, 3), (2, 3, 4, 28, 28)])
def test_an_array_of_which_nobody_knows_what_is_one_drawing_is_not_cut_into_some(tmp_path, shape):
    np.save(tmp_path / "cat.npy", np.ones(shape, np.uint8))
    with pytest.raises(qd.DataError, match="bring it to that shape"):
        qd.load("cat", source=tmp_path)


@pytest.mark.parametrize(
    ("kind", "says"),
    [(bool, r"np\.where"), (np.int64, "astype"), (np.float32, r"a\.min"), (object, "may run")],
)
def test_numbers_of_another_kind_are_told_how_to_become_greys(tmp_path, bitmaps, kind, says):
    np.save(tmp_path / "cat.npy", bitmaps["cat"].astype(kind), allow_pickle=True)
    with pytest.raises(qd.DataError, match=says):
        qd.load("cat", source=tmp_path)


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.float16, np.float32])
@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_the_line_that_mends_numbers_of_another_kind_keeps_the_drawings(
    tmp_path, bitmaps, kind, hole
):
    wanted, path = bitmaps["cat"], tmp_path / "cat.npy"
    numbers = (wanted.astype(float) - 128).astype(kind)
    if np.dtype(kind).kind == "f":
        numbers[3, :5] = hole
    np.save(path, numbers)
    with pytest.raises(qd.DataError, match=r"With a for what np\.load gives: ") as caught:
        qd.load("cat", source=tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code = re.search(r"np\.load gives: (.*uint8\))", str(caught.value))[1]
        np.save(path, type_in(code, np=np, a=np.load(path))["a"])
    found = qd.load("cat", source=tmp_path).pixels.reshape(-1, 784)
    np.testing.assert_allclose(found.astype(int)[:, 5:], wanted.astype(int)[:, 5:], atol=1)


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("cat.npy", LFS, "git lfs pull"),
        ("cat.ndjson", LFS, "git lfs pull"),
        ("cat.ndjson", b"<!DOCTYPE html><html>404</html>", "web page"),
        ("cat.ndjson", '{"drawing": []}\n'.encode("utf-16"), "UTF-16.*save it in UTF-8"),
        ("cat.ndjson", '{"drawing": []}\n'.encode("utf-16-le"), "UTF-16.*save it in UTF-8"),
        ("cat.ndjson", b'[{"word": "cat", "drawing": []}]', "one JSON object a line"),
        ("cat.ndjson", b'{\n "word": "cat"\n}\n', "without line breaks"),
    ],
)
def test_a_file_that_is_something_else_is_told_what_it_is(tmp_path, file, content, says):
    (tmp_path / file).write_bytes(content)
    with pytest.raises(qd.DataError, match=says):
        qd.load("cat", source=tmp_path)


@pytest.mark.parametrize("parting", [",", ";", "\t"])
def test_a_table_is_read_however_its_cells_are_parted(tmp_path, parting):
    """Excel parts cells by semicolons where commas part decimals."""
    strokes = json.dumps([[[0, 100, 255], [0, 255, 30]]])
    rows = ["word", "recognized", "drawing"], *itertools.repeat(("cat", "True", f'"{strokes}"'), 3)
    (tmp_path / "cat.csv").write_text("\n".join(parting.join(row) for row in rows))
    assert qd.load("cat", source=tmp_path).counts == {"cat": 3}


# ---- variables and lists ---------------------------------------------------------------------------


@pytest.mark.parametrize("around", ['"{}"', "'{}'", " {} ", '"{}" ', "{}"])
def test_a_variable_may_keep_the_quotation_marks_that_windows_leaves(
    tmp_path, bitmaps, monkeypatch, around
):
    for category, pixels in bitmaps.items():
        np.save(tmp_path / f"{category}.npy", pixels)
    monkeypatch.setenv("QD_DATA_DIR", around.format(tmp_path))
    monkeypatch.setenv("QD_MODELS_DIR", around.format(ROOT / "models"))
    assert qd.load().counts == {"cat": 30, "fish": 30}
    assert qd.models_dir() == ROOT / "models"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ('"{here}"', "leave out the quotation marks"),
        ("https://example.org/drawings", "address"),
        ("gs://quickdraw_dataset/full", "address"),
        ("file://{here}", "without 'file://'"),
        ("$HOME/nowhere", "variable"),
        ("%USERPROFILE%/nowhere", "variable"),
        ("  ", "blank"),
    ],
)
def test_the_name_of_no_folder_is_told_what_it_is(tmp_path, name, says):
    with pytest.raises(qd.DataError, match=says):
        qd.load(source=name.format(here=tmp_path))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("https://example.org/models", "it is an address"),
        ("file://{here}", "without 'file://'"),
        ("$HOME", "a variable in it"),
        ("%USERPROFILE%/models", "a variable in it"),
        ("nowhere", "weights that are there"),
    ],
)
def test_the_name_of_no_weights_is_told_what_it_is(tmp_path, capsys, monkeypatch, name, says):
    ring().save(tmp_path / "ring.png")
    monkeypatch.chdir(tmp_path)
    name = name.format(here=tmp_path)
    code, out, err = ask(["classify", "ring.png", "--models", name], capsys)
    assert (code, out) == (2, "")
    assert says in err
    assert "QD_MODELS_DIR" not in err
    monkeypatch.setenv("QD_MODELS_DIR", name)
    code, out, err = ask(["classify", "ring.png"], capsys)
    assert (code, out) == (2, "")
    assert says in err
    assert "QD_MODELS_DIR" in err
    monkeypatch.setenv("QD_SAMPLE_DIR", name)
    with pytest.raises(qd.DataError, match="sample is not installed") as caught:
        qd.load("cat")
    assert says in str(caught.value) or name == "nowhere"


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ("cat;fish", "between commas: cat,fish"),
        ("cat fish", "between commas: cat,fish"),
        ("cat/coffee cup", "between commas: cat,coffee cup"),
        ("cat\uff0cfish", "between commas: cat,fish"),
        ("cat\u3001fish", "between commas: cat,fish"),
        ("cat and fish", "between commas: cat,fish"),
        ("['cat', 'fish']", "nearest|between commas"),
        ("all,cat", "stands alone"),
        ("cat,ALL", "stands alone"),
    ],
)
def test_names_that_are_parted_otherwise_are_told_how(capsys, monkeypatch, names, says):
    code, out, err = ask(["evaluate", "--categories", names], capsys)
    assert (code, out) == (2, "")
    assert re.search(says, err)


LISTS = [
    "cat, fish",
    ' "salt, pepper",cat',
    'cat,"salt, pepper" ',
    '"5"" nail",cat',
    'a 5" nail,b',
    ",,cat,",
    "",
    '"a,b","c,d"',
    "coffee cup",
]


def test_the_page_reads_a_list_of_names_as_the_command_line_does():
    script = (
        'import { joinNames, splitNames } from "./web/lib/lists.js";'
        "const read = JSON.parse(process.argv[1]).map(splitNames);"
        "console.log(JSON.stringify({ read, written: read.map(joinNames) }));"
    )
    run = subprocess.run(
        ["node", "--input-type=module", "-e", script, json.dumps(LISTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    read = [split_names(text) for text in LISTS]
    assert json.loads(run.stdout) == {"read": read, "written": [join_names(one) for one in read]}


@pytest.mark.parametrize(
    "names",
    [
        ["cat"],
        ["salt, pepper"],
        ["a,b", "c"],
        ['5" nail', "cat"],
        [",", "x"],
        ["猫、犬", "a, b, c"],
    ],
)
def test_a_list_of_names_is_read_as_it_was_written(names):
    assert split_names(join_names(names)) == names


def test_a_name_with_a_comma_is_named_on_the_command_line_and_by_a_variable(
    tmp_path, bitmaps, capsys, monkeypatch
):
    for name, like in (("salt, pepper", "cat"), ("rocket", "fish")):
        np.save(tmp_path / f"{name}.npy", bitmaps[like])
    words = ["learn", tmp_path, "--out", tmp_path / "new", "--categories"]
    code, _, err = ask([*words, "rocket,salt, pepper"], capsys)
    assert code == 2
    typed = re.search(r"as in '(.*?)'[.;]", err)[1]
    assert typed == '"salt, pepper",rocket'
    assert ask([*words, typed], capsys)[0] == 0
    command = qd.read_manifest(tmp_path / "new")["command"]
    assert "--categories '\"salt, pepper\",rocket'" in command
    monkeypatch.setenv("QD_CATEGORIES", typed)
    assert qd.load(source=tmp_path).categories == ("salt, pepper", "rocket")


def test_one_name_in_the_variable_is_not_called_all_that_was_found(monkeypatch):
    monkeypatch.setenv("QD_CATEGORIES", "cat")
    with pytest.raises(qd.DataError, match="QD_CATEGORIES names 'cat' alone"):
        qd.load()
    assert qd.load("cat").categories == ("cat",)


# ---- pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, ">f4", np.uint8, ">u2", bool])
def test_an_array_of_any_kind_of_number_is_a_picture(kind):
    grey = np.asarray(ring())
    kind = np.dtype(kind)
    scale = {"f": 1 / 255, "u": 257 if kind.itemsize == 2 else 1, "b": 1}[kind.kind]
    values = (grey > 127) if kind.kind == "b" else (grey.astype(float) * scale).astype(kind)
    np.testing.assert_allclose(qd.read_image(values), qd.read_image(grey), atol=0.05)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: a[None], r"array\[0\]"),
        (lambda a: np.repeat(a[None], 3, axis=0), r"array\.transpose\(1, 2, 0\)"),
        (lambda a: a.astype(float), "array / 255"),
        (lambda a: a / 127.5 - 1, r"\(array \+ 1\) / 2"),
        (lambda a: a // 255, r"array\.astype\(bool\)"),
        (lambda a: np.stack([a, a])[:, :28, :28], r"array\[0\]"),
        (lambda a: a[:28, :28].reshape(784), r"array\.reshape\(-1, 28, 28\)\[0\]"),
    ],
)
def test_a_refused_array_comes_with_the_code_that_mends_it(change, says):
    array = change(np.asarray(ring()))
    with pytest.raises(qd.ImageError, match=says) as caught:
        qd.read_image(array)
    code = re.search(says, str(caught.value))[0]
    mended = eval(code, {"array": array})  # noqa: S307  # what the reader is told to type
    try:
        qd.read_image(mended)
    except qd.ImageError as error:  # a corner may show no ink, but it is a picture
        assert "no ink" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        (".", "'.' is a folder"),
        ("https://example.org/cat.png", "is an address.*save the picture"),
        ("HTTP://example.org/cat.png", "is an address.*save the picture"),
        ("file:///me/cat.png", "without 'file://'"),
        ("data:image/png;base64,iVBORw0KGgo" + "A" * 9000, "b64decode"),
        ("iVBORw0KGgo" + "A" * 9000, "b64decode"),
        (None, "None is no picture"),
        (3, "An int is no picture"),
        ([1, 2], "numpy.array of it"),
        ({"composite": ring()}, "what it holds one by one"),
        (array.array("B", b"\x89PNG"), r"array\.tobytes\(\).*numpy\.asarray\(array\)"),
        (np.asarray(ring()).astype(object), r"array\.astype\(numpy\.uint8\)"),
        (np.ndarray, "A type is no picture"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_picture_at_all_is_called_what_it_is(source, says):
    with pytest.raises(qd.ImageError, match=says) as caught:
        qd.read_image(source)
    assert len(str(caught.value)) < 300


class Tensor:
    """An array as other libraries keep theirs: numpy alone takes it for one."""

    def __init__(self, values, reason=""):
        self._values, self._reason = values, reason

    def __array__(self, dtype=None, copy=None):
        if self._reason:
            raise TypeError(self._reason)
        return np.asarray(self._values, dtype)


class Described:
    """An array that tells where its numbers lie."""

    def __init__(self, values):
        self._values, self.__array_interface__ = values, values.__array_interface__


def test_what_numpy_takes_for_an_array_is_a_picture():
    grey = np.asarray(ring())
    for given in (Tensor(grey), Described(grey), Tensor(grey / 255)):
        np.testing.assert_allclose(qd.read_image(given), qd.read_image(grey), atol=0.05)
    away = "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first."
    with pytest.raises(qd.ImageError, match=r"A Tensor makes no array here .*Use Tensor\.cpu"):
        qd.read_image(Tensor(grey, away))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "TGA"])
@pytest.mark.parametrize(
    "kind", [io.BytesIO, tempfile.TemporaryFile, tempfile.SpooledTemporaryFile]
)
def test_an_open_file_is_read_from_its_start_wherever_it_was_left(format, kind):
    with kind() as file:
        ring().save(file, format)  # which leaves it at its end
        end = file.tell()
        wanted = qd.read_image(file)
        for place in (0, 7, end):
            file.seek(place)
            np.testing.assert_array_equal(qd.read_image(file), wanted)


class Stream:
    """What can be read but once, a few bytes at a time, as what comes from the web or by a pipe."""

    def __init__(self, content, **more):
        self._file = io.BytesIO(content)
        self.__dict__ |= more

    def read(self, size=-1):
        return self._file.read(min(size, 999) if size > 0 else size)


def test_a_stream_that_cannot_seek_is_read_as_a_file_is(tmp_path, monkeypatch):
    ring().save(tmp_path / "ring.png")
    wanted, content = qd.read_image(tmp_path / "ring.png"), (tmp_path / "ring.png").read_bytes()
    copy = [sys.executable, "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"]
    with (
        (tmp_path / "ring.png").open("rb") as file,
        subprocess.Popen(copy, stdin=file, stdout=subprocess.PIPE, bufsize=0) as run,
    ):
        np.testing.assert_array_equal(qd.read_image(run.stdout), wanted)
    for more in ({}, {"seekable": lambda: False, "seek": None}):
        np.testing.assert_array_equal(qd.read_image(Stream(content, **more)), wanted)
    monkeypatch.setattr("qdtools.drawings.opening._MAX_BYTES", 5000)
    with pytest.raises(qd.ImageError, match="larger than any picture"):
        qd.read_image(Stream(content + b"\0" * 9000))


def test_what_was_closed_is_said_to_be_closed(tmp_path):
    path = tmp_path / "ring.png"
    ring().save(path)
    with (
        path.open("rb") as file,
        io.BytesIO(path.read_bytes()) as held,
        Image.open(path) as picture,
    ):
        pass
    given_up = ring()
    given_up.close()
    for closed in (file, held, picture, given_up):
        with pytest.raises(qd.ImageError, match="is closed; open it anew"):
            qd.read_image(closed)
    with Image.open(path) as picture:
        picture.load()
    np.testing.assert_array_equal(qd.read_image(picture), qd.read_image(path))


def test_a_file_that_gives_no_bytes_is_told_how_to_give_some(tmp_path):
    ring().save(tmp_path / "ring.png")
    with (
        (tmp_path / "ring.png").open(encoding="utf-8") as text,
        (tmp_path / "new").open("wb") as new,
    ):
        for given in (text, io.StringIO("text"), new):
            with pytest.raises(qd.ImageError, match=r"open\(\.\.\., 'rb'\)"):
                qd.read_image(given)


def test_a_path_in_bytes_is_told_from_the_bytes_of_a_file(tmp_path):
    path = tmp_path / "ring.png"
    ring().save(path)
    with pytest.raises(qd.ImageError, match=r"is the path of a file, in bytes; os\.fsdecode"):
        qd.read_image(os.fsencode(path))
    (listed,) = os.scandir(os.fsencode(tmp_path))
    np.testing.assert_array_equal(qd.read_image(listed), qd.read_image(path))


@pytest.mark.parametrize("bits", [9, 10, 12, 14, 16])
def test_a_camera_may_keep_any_number_of_bits_in_sixteen(bits):
    grey = np.asarray(ring()).astype(np.uint16)
    deep = grey * ((2**bits - 1) // 255)
    file = io.BytesIO()
    Image.fromarray(deep).save(file, "PNG")
    for given in (deep, file, Image.fromarray(deep)):
        np.testing.assert_allclose(qd.read_image(given), qd.read_image(ring()), atol=0.05)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-2, 2),
        (-1, 0),
        (-1, 1),
        (0, 2),
        (0, 1),
        (0, 255),
        (-0.1, 1.1),
        (-128, 127),
        (0, 1e6),
        (-9, -4),
    ],
)
def test_the_fractions_of_a_tiff_may_reach_from_anywhere_to_anywhere(low, high):
    values = low + np.asarray(ring()).astype(float) / 255 * (high - low)
    file = io.BytesIO()
    Image.fromarray(values.astype(np.float32)).save(file, "TIFF")
    np.testing.assert_allclose(qd.read_image(file), qd.read_image(ring()), atol=0.05)


def test_a_torn_picture_is_called_torn_not_by_the_name_of_an_error(tmp_path, capsys):
    for format in ("PNG", "JPEG", "WEBP", "TIFF", "GIF"):
        file = io.BytesIO()
        ring().save(file, format)
        with pytest.raises(qd.ImageError) as caught:
            qd.read_image(file.getvalue()[: file.tell() // 2])
        assert not re.search("[A-Za-z]Error", str(caught.value)), format
    (tmp_path / "torn.png").write_bytes(file.getvalue()[:300])
    run = subprocess.run(
        [*QDTOOLS, "classify", "-"], input=file.getvalue()[:300], capture_output=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr.decode().startswith("qdtools: error: Standard input, '-', ")


@pytest.mark.parametrize(
    "typed",
    ["RING.PNG", "ring", "ring.jpg", "rign.png", '"ring.png"', "ring.png ", "ring.PNG", "Ring"],
)
def test_a_file_that_is_missing_is_told_from_the_one_that_may_be_meant(tmp_path, typed):
    ring().save(tmp_path / "ring.png")
    if (tmp_path / typed).exists():  # where case tells no two apart
        pytest.skip("this file system takes both names for one")
    with pytest.raises(qd.ImageError, match="nearest there is") as caught:
        qd.read_image(tmp_path / typed)
    assert re.search(r"nearest there is '(.*)'[.]", str(caught.value))[1] == str(
        tmp_path / "ring.png"
    )
    with pytest.raises(qd.ImageError, match="no folder"):
        qd.read_image(tmp_path / "nowhere" / "ring.png")


def test_a_home_folder_is_found_where_no_shell_has_expanded_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    ring().save(tmp_path / "ring.png")
    qd.read_image("~/ring.png")
    assert ask(["classify", "~/*.png"], capsys)[0] == 0


def test_a_pattern_reaches_into_folders_and_says_when_it_matches_nothing(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a" / "b.png").mkdir(parents=True)
    for place in ("one.png", "a/two.png", "a/b.png/three.png"):
        ring().save(tmp_path / place)
    code, out, err = ask(["classify", "**/*.png"], capsys)
    assert (code, len(out.splitlines())) == (0, 3), err
    code, out, err = ask(["classify", "*.jpg"], capsys)
    assert (code, out) == (2, "")
    assert "no file '*.jpg', nor one like it" in err


@pytest.mark.skipif(os.name == "nt", reason="pipes have no names there")
def test_a_pipe_is_told_to_lead_to_standard_input(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.png")
    code, _, err = ask(["classify", tmp_path / "pipe.png"], capsys)
    assert code == 2
    assert "is a pipe" in err
    assert "| qdtools classify -`" in err
    picture = io.BytesIO()
    ring().save(picture, "PNG")
    run = subprocess.run(
        [*QDTOOLS, "classify", "-"], input=picture.getvalue(), capture_output=True, check=False
    )
    assert run.returncode == 0


@pytest.mark.parametrize("names", ["fish.png", "fish.png\n", "fish.png\ncat.png\n"])
def test_names_of_files_on_standard_input_are_told_to_stand_in_the_command(names, tmp_path):
    for name in names.split():
        (tmp_path / name).write_bytes(b"whatever")
    run = subprocess.run(
        [*QDTOOLS, "classify", "-"],
        cwd=tmp_path,
        input=names,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "holds the name of a file, 'fish.png'" in run.stderr
    assert "name files in place of '-'" in run.stderr


@pytest.mark.parametrize("n", [1, 2])
def test_standard_input_that_holds_no_picture_is_not_called_one(n):
    run = subprocess.run(
        [*QDTOOLS, "classify", *["-"] * n], input=b"", capture_output=True, text=False, check=False
    )
    assert run.returncode == 2
    assert run.stderr.decode().count("Standard input holds nothing, or no more") == n


def test_a_folder_for_answers_is_not_made_by_the_name_of_a_picture(tmp_path, capsys):
    ring().save(tmp_path / "ring.png")
    code, out, err = ask(
        ["classify", tmp_path / "ring.png", "--out", tmp_path / "answer.png"], capsys
    )
    assert (code, out) == (2, "")
    assert repr(str(tmp_path)) in err
    assert [path.name for path in tmp_path.iterdir()] == ["ring.png"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (LFS, "Git LFS"),
        (b"[InternetShortcut]\r\nURL=https://example.org\r\n", "a link"),
        (b"bplist00\xd1", "macOS"),
        (b"L\0\0\0\x01\x14\x02\0\0\0\0\0", "a link of Windows"),
        (b"data:image/png;base64,iVBORw0KGgo", "letters"),
        (b"iVBORw0KGgoAAAANSUhEUg", "letters"),
        (b"/9j/4AAQSkZJRgABAQ", "letters"),
        (b"{\\rtf1\\ansi}", "a document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document"),
        (b"7z\xbc\xaf'\x1c\0\4", "an archive"),
        (b"Rar!\x1a\x07\0", "an archive"),
        (b"", "empty"),
        (b'{\n "cells": []}', "JSON"),
        (b"[[[0, 9], [0, 9]]]", "JSON"),
        (b'[{"drawing": []}]', "JSON"),
        (b'<?xml version="1.0"?><!DOCTYPE plist><plist/>', "macOS"),
    ],
)
def test_what_is_no_picture_is_told_apart_in_the_page_and_here(tmp_path, content, says):
    content += b"\0" * 40 * bool(content)
    with pytest.raises(
        qd.ImageError, match=f"is .*{says}.*, no picture of pixels; .+[.]$"
    ) as caught:
        qd.read_image(content)
    script = (
        'import { headerOf } from "./web/lib/picture_headers.js";'
        "const bytes = new Uint8Array(JSON.parse(process.argv[1]));"
        "console.log(JSON.stringify(headerOf(bytes)));"
    )
    run = subprocess.run(
        ["node", "--input-type=module", "-e", script, json.dumps(list(content))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)
    assert str(caught.value) == (
        f"The picture is {found['what']}, no picture of pixels; {found['remedy']}."
    )


# ---- strokes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strokes", "says"),
    [
        ("[[[0, 9], [0, 9]]]", "json.loads"),
        ({"drawing": [[[0, 9], [0, 9]]]}, "its 'drawing' is"),
        (np.array([[9, 0, 0], [0, 9, 0], [-5, 0, 1], [2, 2, 0]]), "steps of the pen"),
        ([[[0, 1], [5, 6], [7, 8], [9, 9]]], r"zip\(\*points\)"),
        ([[["0", "9"], ["0", "9"]]], "by float"),
        ([[[0, 9], [0, 9]], [[], []]], "without a point"),
        ([[[0, 1e12], [0, 1]]], "beyond 1,000,000,000; scale them down"),
        ([[[0, float("inf")], [0, 1]]], "no finite numbers"),
    ],
)
def test_strokes_of_another_form_are_told_how_to_become_some(strokes, says):
    with pytest.raises(qd.DataError, match=says):
        qd.draw_strokes(strokes)


# ---- the command line ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "command", "near"),
    [
        ("train --out x --epochs 1", "train", "--classifier-epochs"),
        ("train --out x --lr 1", "train", ""),
        ("classify x.png --category cat", "classify", "--categories"),
        ("classify x.png --model x", "classify", ""),  # short for --models
        ("classify x.png --categories cat dog", "classify", "'cat,coffee cup'"),
        ("evaluate --per-category 3", "evaluate", ""),
        ("queries x --levels 1", "queries", "--level"),
        ("learn x --out y --know all", "learn", ""),
        ("categories cat", "categories", ""),
        ("download cat --out x", "download", ""),
        ("quantize --precisions int8", "quantize", "--precision"),
    ],
)
def test_a_mistaken_option_is_answered_by_the_command_that_was_typed(capsys, typed, command, near):
    code, out, err = ask(typed.split(), capsys)
    assert (code, out) == (2, "")
    if "unrecognized" in err:
        assert f"`qdtools {command} --help` lists the options" in err
        assert near in err
    code, out, _ = ask([command, "--help"], capsys)
    assert code == 0
    for option in re.findall(r"--[a-z-]+", err.replace("--help", "")):
        assert option in out or option in typed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk is full here")
def test_what_is_saved_though_it_cannot_be_told_is_said_to_be_saved(tmp_path, bitmaps):
    for name, like in (("qqq", "cat"), ("zzz", "fish")):
        np.save(tmp_path / f"{name}.npy", bitmaps[like])
    for words, made in (
        (["learn", tmp_path, "--out", tmp_path / "new"], tmp_path / "new" / "manifest.json"),
        (["queries", tmp_path / "pictures"], tmp_path / "pictures" / "query-01.png"),
        (["quantize", "--precision", "float16", "--out", tmp_path / "small"], tmp_path / "small"),
    ):
        with Path("/dev/full").open("w") as full:
            run = subprocess.run(
                [*QDTOOLS, *map(str, words)],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert run.returncode == 2
        assert made.exists()
        where = made if made.is_dir() else made.parent
        assert f"what was made is saved in {str(where)!r}" in run.stderr
        assert "run the same again" not in run.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk is full here")
@pytest.mark.parametrize(
    "words", [["--help"], ["classify", "--help"], ["categories"], ["--version"]]
)
def test_help_that_nobody_received_is_no_success(words):
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [*QDTOOLS, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 2
    assert "No space left" in run.stderr


def _learned(path):
    """Save names that were learned, as the playground does."""
    both = qd.load(["cat", "fish"], per_category=20)
    head = qd.learn(replace(both, categories=("my cat", "my fish"))).head
    assert head is not None
    path.write_text(head.to_json(), encoding="utf-8")


@pytest.mark.parametrize(
    ("models", "says"),
    [
        ("nowhere", "no folder or file .*nowhere"),
        ("pictures", "holds no weights"),
        ("download", r"name the file .*my names\.json"),
        ("ring.png", "no text"),
        ("mine.training", "`qdtools train` goes on from it: name the folder that this wrote"),
    ],
)
def test_weights_that_are_none_are_called_what_they_are(
    tmp_path, capsys, monkeypatch, models, says
):
    ring().save(tmp_path / "ring.png")
    for folder in ("pictures", "download", "mine.training"):
        (tmp_path / folder).mkdir()
    (tmp_path / "mine.training" / "run.json").write_text("{}")
    (tmp_path / "pictures" / "notes.json").write_text("{}")
    (tmp_path / "download" / "a.json").write_text("{}")  # anybody's
    _learned(tmp_path / "download" / "my names.json")
    words = ["classify", tmp_path / "ring.png"]
    code, out, err = ask([*words, "--models", tmp_path / models], capsys)
    assert (code, out) == (2, "")
    assert re.search(says, err)
    assert "Errno" not in err
    assert "name the file that the playground wrote" not in err or models == "download"
    monkeypatch.setenv("QD_MODELS_DIR", str(tmp_path / models))
    code, _, err = ask(words, capsys)
    assert code == 2
    assert re.search(says, err)


def test_weights_are_not_trained_into_the_folder_of_the_drawings(tmp_path, bitmaps, capsys):
    for category, pixels in bitmaps.items():
        np.save(tmp_path / f"{category}.npy", pixels)
    code, _, err = ask(["train", "--data-dir", tmp_path, "--out", f"{tmp_path}/."], capsys)
    assert code == 2
    assert "holds the drawings" in err
    assert qd.load(source=tmp_path).categories == ("cat", "fish")


def test_a_resumed_training_on_other_drawings_is_refused_before_tensorflow_wakes(
    tmp_path, bitmaps, capsys
):
    for category, pixels in bitmaps.items():
        np.save(tmp_path / f"{category}.npy", pixels)
    drawings = qd.load(source=tmp_path)
    folder, config = tmp_path / "new.training", TrainingConfig(start="scratch", focus=())
    claim(folder, config, drawings[:40])
    check_claim(folder, config, drawings[:40])
    words = ["train", "--from", "scratch", "--precision", "float32", "--data-dir"]
    code = (
        "import sys; from qdtools.cli import main; code = main(sys.argv[1:]); "
        "print('tensorflow' in sys.modules, code)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *words, str(tmp_path), "--out", str(tmp_path / "new")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["False", "2"]
    assert (
        "another run; delete it or name another folder (that run: on other drawings" in run.stderr
    )
    with pytest.raises(qd.SettingError, match="by another seed"):
        check_claim(folder, replace(config, seed=1), drawings[:40])


def test_a_word_after_lint_that_is_no_check_is_refused_as_mistaken_at_once():
    for words in (["lint", "nosuch"], ["catalogues", "Klingon!"]):
        run = subprocess.run(
            [sys.executable, "do.py", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert run.returncode == 2
        assert words[1] in run.stderr
        assert run.stdout == ""


@pytest.fixture
def weights(tmp_path):
    """Weights as another training left them, with a hash of their own."""
    folder = tmp_path / "weights"
    shutil.copytree(
        qd.book_models_dir(), folder, ignore=shutil.ignore_patterns("lessons", "rivals")
    )
    return folder


def test_weights_of_another_training_are_not_overwritten(tmp_path, weights, bitmaps, capsys):
    drawings = tmp_path / "drawings"
    drawings.mkdir()
    for category, pixels in bitmaps.items():
        np.save(drawings / f"{category}.npy", pixels)
    before = {path.name: path.read_bytes() for path in weights.iterdir()}
    code, _, err = ask(["train", "--data-dir", drawings, "--out", weights], capsys)
    assert code == 2
    assert "holds the weights of another training; name a folder that is not there" in err
    assert {path.name: path.read_bytes() for path in weights.iterdir()} == before
    assert not weights.with_name("weights.training").exists()


def test_the_same_training_again_or_one_in_place_of_torn_weights_is_let_be(weights, bitmaps):
    config = TrainingConfig(start="scratch", focus=())
    pixels = np.concatenate(list(bitmaps.values())).reshape(-1, 28, 28)
    labels = np.repeat(np.arange(len(bitmaps)), [len(one) for one in bitmaps.values()])
    drawings = qd.Drawings(pixels, labels, tuple(bitmaps), "here")
    manifest = json.loads((weights / "manifest.json").read_text())
    manifest["config"] = json.loads(json.dumps(asdict(config)))
    manifest["data"]["sha256_of_pixels"] = drawings.sha256
    (weights / "manifest.json").write_text(json.dumps(manifest))
    check_out(weights, config, drawings)
    for other in ((replace(config, seed=1), drawings), (config, drawings[:30])):
        with pytest.raises(qd.SettingError, match="another training"):
            check_out(weights, *other)
    for torn in ({"config": None}, {"config": []}, {"data": None}, {"data": []}):
        (weights / "manifest.json").write_text(json.dumps(manifest | torn))
        check_out(weights, config, drawings)
    (weights / "manifest.json").write_text(json.dumps(manifest))
    graph = weights / "pipeline.onnx"
    graph.write_bytes(graph.read_bytes()[:-1])
    check_out(weights, replace(config, seed=1), drawings)


def test_a_tilde_is_the_home_folder_whatever_is_read_or_written(
    tmp_path, monkeypatch, weights, bitmaps, capsys
):
    home, here = tmp_path / "home", tmp_path / "here"
    for folder in (home / "mine", here):
        folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(here)
    weights.rename(home / "weights")
    for name in ("sign", "mark"):
        np.save(home / "mine" / f"{name}.npy", bitmaps["cat" if name == "sign" else "fish"])
    commands = [
        ["queries", "~/queries"],
        ["learn", "~/mine", "--out=~/names", "--models=~/weights"],
        ["classify", "--models=~/names", "--out=~/answers", "~/queries/query-01.png"],
        ["evaluate", "--models=~/names", "--data-dir=~/mine"],
        ["categories", "--data-dir=~/mine"],
    ]
    for words in commands:
        code, _, err = ask(words, capsys)
        assert code == 0, err
    made = {"mine", "weights", "queries", "names", "answers"}
    assert {path.name for path in home.iterdir() if not path.name.startswith(".")} == made
    assert list(here.iterdir()) == []
    pipeline = qd.Pipeline.load("~/names")
    qd.save_learned(pipeline, "~/again")
    assert (home / "again" / "head.json").is_file()


def test_weights_of_ones_own_name_by_all_their_names_wherever_they_are_named(
    tmp_path, monkeypatch, weights, capsys
):
    """The shipped ones choose among the book's five, which others need not know."""
    manifest = json.loads((weights / "manifest.json").read_text())
    manifest["categories"][manifest["categories"].index("pineapple")] = "star fruit"
    (weights / "manifest.json").write_text(json.dumps(manifest))
    ring().save(tmp_path / "ring.png")
    answers = []
    for words, variable in ((["--models", weights], ""), ([], str(weights))):
        monkeypatch.setenv("QD_MODELS_DIR", variable)
        code, out, err = ask(["classify", *words, tmp_path / "ring.png"], capsys)
        assert code == 0, err
        answers.append(out)
    assert answers[0] == answers[1]
    monkeypatch.setenv("QD_CATEGORIES", "cat,circle")
    code, out, _ = ask(["classify", tmp_path / "ring.png"], capsys)
    assert (code, "circle" in out) == (0, True)


def test_googles_names_are_listed_where_a_folder_of_ones_own_is_set(
    tmp_path, monkeypatch, bitmaps, capsys
):
    for category, pixels in bitmaps.items():
        np.save(tmp_path / f"{category}.npy", pixels)
    monkeypatch.setenv("QD_DATA_DIR", str(tmp_path))
    code, _, err = ask(["evaluate", "--source", "sample", "--categories", "wibblefoo"], capsys)
    assert code == 2
    (command,) = re.findall(r"`qdtools (categories[^`]*)` lists the 345", err)
    code, out, _ = ask(command.split(), capsys)
    assert out.split("\n")[:-1] == list(qd.ALL_CATEGORIES)


def test_names_with_commas_are_typed_in_remedies_as_they_are_read(tmp_path, bitmaps, capsys):
    for name, category in (("salt, pepper", "cat"), ("xyz", "fish"), ("cup", "fish")):
        np.save(tmp_path / f"{name}.npy", bitmaps[category][:: 2 if name == "cup" else 1])
    code, _, err = ask(["learn", tmp_path, "--out", tmp_path / "names"], capsys)
    assert code == 2
    (words,) = re.findall(r"by `(--categories .*?)`\.", err)
    again = ["learn", tmp_path, "--out", tmp_path / "names", *shlex.split(words)]
    code, _, err = ask(again, capsys)
    assert code == 0, err
    ring().save(tmp_path / "ring.png")
    typed = ["classify", "--models", tmp_path / "names", tmp_path / "ring.png", "--categories"]
    code, _, err = ask([*typed, "salt, pepper"], capsys)
    assert code == 2
    (names,) = re.findall(r"as in '(.*)'", err)
    code, _, err = ask([*typed, names], capsys)
    assert code == 0, err
