"""Promises of a reader's folder: every name, form that such files have, what is said of the others."""

from __future__ import annotations

import ast
import gzip
import io
import itertools
import json
import os
import re
import struct
import subprocess
import sys
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest
import skimage
from doodles import DOODLES, simplified
from PIL import Image, ImageDraw
from skimage.transform import resize
from sklearn.datasets import load_digits
from typed import type_in

import qdtools as qd
from qdtools.cli import main
from qdtools.drawings.folder import A_MINUTE
from qdtools.drawings.formats import ENDS
from qdtools.drawings.picture_folders import A_SECOND
from qdtools.drawings.stroke_files import read_strokes
from qdtools.drawings.strokes import simplify

CAT, FISH = (
    [stroke.astype(int).tolist() for stroke in simplified(DOODLES[name][0])]
    for name in ("cat", "fish")
)


def raw(strokes, scale=3.7, shift=(310.5, 95.25)):
    """The same strokes as the game recorded them: more points, elsewhere, with times."""
    found, time = [], 0
    for xs, ys in strokes:
        t = np.linspace(0, len(xs) - 1, 4 * (len(xs) - 1) + 1)
        x, y = (np.interp(t, range(len(xs)), values) * scale for values in (xs, ys))
        times = (time + np.arange(len(t)) * 16).tolist()
        found.append([(x + shift[0]).tolist(), (y + shift[1]).tolist(), times])
        time = times[-1] + 200
    return found


def binary(drawings) -> bytes:
    """Google's binary form of some drawings."""
    content = b""
    for number, (drawing, recognized) in enumerate(drawings):
        content += struct.pack("<Q2sbIH", number, b"DE", recognized, 1_490_000_000, len(drawing))
        for xs, ys in drawing:
            content += struct.pack("<H", len(xs)) + bytes(xs) + bytes(ys)
    return content


def ndjson(drawings, word="cat") -> bytes:
    return b"".join(
        json.dumps({"word": word, "recognized": recognized, "drawing": drawing}).encode() + b"\n"
        for drawing, recognized in drawings
    )


def kaggle(drawings, word="cat") -> bytes:
    lines = ["countrycode,drawing,key_id,recognized,timestamp,word"]
    for number, (drawing, recognized) in enumerate(drawings):
        lines.append(
            f'US,"{json.dumps(drawing)}",{number},{recognized},2017-03-05 02:52:54.5,{word}'
        )
    return ("\r\n".join(lines) + "\r\n").encode()


BOTH = [(CAT, True), (FISH, False)]
RAW = [(raw(drawing), recognized) for drawing, recognized in BOTH]
#: Files of the same two drawings, the first of them recognized, in every form of strokes.
STROKES = {
    "cat.ndjson": ndjson(BOTH),
    "cat.ndjson.gz": gzip.compress(ndjson(BOTH)),
    "full_simplified_cat.NDJSON": ndjson(BOTH),
    "full-simplified-cat.ndjson": ndjson(BOTH),
    "full%2Fsimplified%2Fcat (2).ndjson": ndjson(BOTH),
    "full_raw_cat.ndjson": ndjson(RAW),
    "full-raw-cat.ndjson.GZ": gzip.compress(ndjson(RAW)),
    "cat.bin": binary(BOTH),
    "full_binary_cat.bin": binary(BOTH),
    "full%252Fbinary%252Fcat.BIN": binary(BOTH),
    "cat.csv": kaggle(BOTH),
    "Cat.CSV": b"\xef\xbb\xbf" + kaggle(RAW),
    "cat.csv.gz": gzip.compress(kaggle(BOTH)),
}


@pytest.mark.parametrize("name", STROKES)
def test_every_form_of_strokes_is_drawn_alike(tmp_path, name):
    (tmp_path / name).write_bytes(STROKES[name])
    drawings = qd.load("cat", source=tmp_path)
    assert [category.casefold() for category in drawings.categories] == ["cat"]
    wanted = np.stack([qd.draw_strokes(CAT), qd.draw_strokes(FISH)]).astype(int)
    # Raw lines are simplified again, from points between those of the simplified ones.
    assert abs(drawings.pixels - wanted).mean() < (2.5 if "raw" in name or "C" in name else 0.01)
    assert len(qd.load("cat", source=tmp_path, recognized=True)) == 1
    assert len(qd.load("cat", source=tmp_path, per_category=1)) == 1


NAMES = {
    "cat.npy": "cat",
    "cat.NPY": "cat",
    "CAT.Npy": "CAT",
    "cat (1).npy": "cat",
    "cat(12).npy": "cat",
    "cat - Copy.npy": "cat",
    "cat copy 2.npy": "cat",
    "cat 2.npy": "cat",
    "cat-1.npy": "cat",
    "Copy of cat.npy": "cat",
    "cat - Kopie (2).npy": "cat",
    "full:numpy_bitmap:cat.npy": "cat",
    "full_numpy_bitmap_hot+tub-2.npy": "hot tub",
    "full_numpy_bitmap_cat.npy": "cat",
    "full-numpy_bitmap-cat.npy": "cat",
    "full-numpy-bitmap-cat.npy": "cat",
    "full numpy_bitmap cat.npy": "cat",
    "full%2Fnumpy_bitmap%2Fcat.npy": "cat",
    "full%2fnumpy_bitmap%2fcat (1).npy": "cat",
    "full%252Fnumpy_bitmap%252Fcat.npy": "cat",
    "Full_Numpy_Bitmap_cat.npy": "cat",
    "numpy_bitmap_cat.npy": "cat",
    "quickdraw_dataset_full_numpy_bitmap_hot tub.npy": "hot tub",
    "full-numpy_bitmap-hot-tub (3).npy": "hot-tub",
    "full_numpy_bitmap_hot%20tub.npy": "hot tub",
    "my robot (1).npy": "my robot",
    "robot copy.npy": "robot copy",  # no name of Google's, so who knows
    "Copy of robot-1.npy": "Copy of robot-1",
    "rock+roll.npy": "rock+roll",
    "cat_1.npy": "cat_1",
    "raw fish.npy": "raw fish",
    "full moon.npy": "full moon",
    "a.b.npy": "a.b",
}


def test_files_are_found_under_the_names_that_browsers_save_them_by(tmp_path, drawings):
    cats = drawings.only("cat").pixels.reshape(-1, 784)
    for number, (name, category) in enumerate(NAMES.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        np.save(folder / "x.npy", cats)
        (folder / "x.npy").rename(folder / name)
        assert qd.load(category, source=folder).categories == (category,), name
        np.testing.assert_array_equal(
            qd.load(category, source=folder).pixels.reshape(-1, 784), cats
        )


def test_names_are_as_people_type_them_in_any_script(tmp_path, drawings):
    """macOS keeps accents apart; Persian and emoji of several signs need what is not shown by itself."""
    fish = drawings.only("fish").pixels.reshape(-1, 784)
    persian, emoji = "نیم\u200cکت", "👩\u200d🚀"
    for name in ("Zoe\u0308", persian, emoji, "赤い\u3000車"):
        np.save(tmp_path / f"{name}.npy", fish)
    assert set(qd.load("all", source=tmp_path).categories) == {
        "Zo\u00eb", persian, emoji, "赤い\u3000車",
    }  # fmt: skip
    for typed in ("ZO\u00cb", "Zoe\u0308", persian, emoji, "赤い 車"):
        assert len(qd.load([typed], source=tmp_path).categories) == 1
    np.save(tmp_path / "\u200d.npy", fish)
    with pytest.raises(qd.DataError, match="spells no category"):
        qd.load(source=tmp_path)


def test_spellings_that_count_as_one_name_are_one_category_or_refused_by_both(tmp_path, drawings):
    np.save(tmp_path / "Rocket Ship.npy", drawings.only("fish").pixels)
    line = {"word": "rocket ship", "recognized": True, "drawing": [[[0, 255], [0, 255]]]}
    (tmp_path / "rocket_ship.ndjson").write_text(json.dumps(line))
    assert qd.load("rocket-ship", source=tmp_path).categories == ("Rocket Ship",)
    np.save(tmp_path / "rocket-ship.npy", drawings.only("cat").pixels)
    with pytest.raises(qd.DataError, match=r"'Rocket Ship' and 'rocket-ship', which count as one"):
        qd.load(source=tmp_path)


def test_no_category_that_is_learned_is_named_by_the_word_for_all_of_them(tmp_path, drawings):
    for name in ("All", "other"):
        np.save(tmp_path / f"{name}.npy", drawings.only("fish").pixels)
    with pytest.raises(qd.DataError, match=r"'All' is the word for all names"):
        qd.learn(qd.load(source=tmp_path))


def test_the_same_category_under_two_names_is_refused_by_both(tmp_path, drawings):
    for name in ("cat.npy", "cat (1).npy"):
        np.save(tmp_path / name, drawings.only("cat").pixels)
    with pytest.raises(qd.DataError, match=r"twice, as cat \(1\)\.npy and cat\.npy; remove one"):
        qd.load("cat", source=tmp_path)


def test_folders_within_are_looked_into_where_there_are_no_files_beside_them(tmp_path, drawings):
    deep = tmp_path / "quickdraw" / "full" / "numpy_bitmap"
    deep.mkdir(parents=True)
    for name in ("cat", "fish"):
        np.save(deep / f"{name}.npy", drawings.only(name).pixels)
    (deep / "again").symlink_to(tmp_path)  # a circle
    (tmp_path / "empty").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    assert qd.load(source=tmp_path).categories == ("cat", "fish")
    np.save(tmp_path / "cup.npy", drawings.only("cup").pixels)
    assert qd.load("all", source=tmp_path).categories == ("cup",)


@pytest.mark.parametrize("form", ["file", "folder"])
def test_of_two_names_that_look_alike_it_is_said_which_is_which(tmp_path, drawings, form):
    names = [unicodedata.normalize(kind, "café") for kind in ("NFC", "NFD")]
    for name in names:
        if form == "file":
            np.save(tmp_path / f"{name}.npy", drawings.only("cat").pixels)
        else:
            (tmp_path / name).mkdir()
            ring(tmp_path / name / "1.png")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this disk takes both for one")
    said = refusal(tmp_path)
    assert "twice, as 'cafe\\u0301" in said
    assert "and 'caf\\xe9" in said
    assert "accents as letters of their own; remove one" in said


def test_a_link_to_a_folder_of_pictures_beside_is_told_and_hides_no_folder(tmp_path):
    for name in ("ring", "hoop"):
        (tmp_path / name).mkdir()
        ring(tmp_path / name / "1.png")
    (tmp_path / "a").symlink_to(tmp_path / "ring")  # sorts before what it leads to
    (tmp_path / "z").symlink_to(tmp_path / "hoop")
    (tmp_path / "hoop" / "again").symlink_to(tmp_path)  # a circle
    with pytest.warns(UserWarning, match=r"'a' \(a link to 'ring'.*; 'z' \(a link to 'hoop'"):
        assert qd.load("all", source=tmp_path).counts == {"hoop": 1, "ring": 1}
    assert "'z' is there, but not as drawings (a link to 'hoop'" in refusal(tmp_path, "z")
    (tmp_path / "a").unlink()
    (tmp_path / "z").unlink()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "hoop" / "again" / "ring")
    (tmp_path / "ring" / "2.png").symlink_to(tmp_path / "ring" / "1.png")
    with pytest.warns(UserWarning, match=r"'elsewhere' \(a link to 'ring'"):
        assert qd.load("all", source=tmp_path).counts == {"hoop": 1, "ring": 2}


def test_two_parts_of_one_data_set_are_told_apart_not_mixed(tmp_path, drawings):
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        np.save(tmp_path / part / "cat.npy", drawings.only("cat").pixels)
    with pytest.raises(
        qd.DataError, match=r"'cat' twice, as test.cat\.npy and train.cat\.npy"
    ) as caught:
        qd.load("cat", source=tmp_path)
    (part,) = re.findall(r"or name but one part, '([^']*)'", str(caught.value))
    assert len(qd.load("cat", source=part)) == 100


def ring(path, colour="black", paper="white", height=80):
    picture = Image.new("RGB", (120, 120), paper)
    ImageDraw.Draw(picture).ellipse((20, 20, 100, 20 + height), outline=colour, width=6)
    picture.save(path)


@pytest.mark.parametrize("below", ["", "images/train"])
def test_a_folder_of_pictures_is_a_category(tmp_path, below):
    for name in ("ring", "my hoop"):
        folder = tmp_path / below / name
        folder.mkdir(parents=True)
        for number in (1, 2, 10):
            ring(folder / f"{number}.{'png' if number < 10 else 'JPG'}")
        (folder / "Thumbs.db").write_bytes(b"x")
        (folder / ".hidden.png").write_bytes(b"x")
    drawings = qd.load("all", source=tmp_path)
    assert drawings.counts == {"my hoop": 3, "ring": 3}
    assert "of pictures" in str(drawings)
    assert "Google" not in str(drawings)  # they are the reader's own
    wanted = np.rint(255 * qd.read_image(tmp_path / below / "ring" / "2.png")[..., 0])
    np.testing.assert_array_equal(drawings.only("ring").pixels[1], wanted)
    assert len(qd.load("ring", source=tmp_path, per_category=2)) == 2


def test_pictures_of_every_format_that_is_read_are_found_in_a_folder(tmp_path):
    (tmp_path / "rings").mkdir()
    for number, end in enumerate(
        ENDS
    ):  # how a file is packed is told by its bytes, not by its name
        ring(tmp_path / "ring.png", height=80 - number)
        (tmp_path / "ring.png").rename(tmp_path / "rings" / f"a{end}")
    assert {".png", ".jfif", ".ppm", ".jp2", ".tga", ".psd", ".heic", ".avif"} <= set(ENDS)
    assert qd.load("all", source=tmp_path).counts == {"rings": len(ENDS)}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_pictures_whose_names_have_no_ending_are_known_by_how_they_begin(tmp_path, kind):
    for name in ("rings", "hoops"):
        (tmp_path / name).mkdir()
        for number in range(2):
            ring(tmp_path / "a.png", height=80 - number)
            with Image.open(tmp_path / "a.png") as picture:
                picture.save(tmp_path / name / f"IMG{number}", kind)
        (tmp_path / name / "README").write_bytes(b"BMX, a word")
    (tmp_path / "a.png").unlink()
    os.mkfifo(tmp_path / "hoops" / "pipe")
    assert qd.load("all", source=tmp_path).counts == {"hoops": 2, "rings": 2}


def test_pictures_that_cannot_be_read_lose_no_other(tmp_path):
    (tmp_path / "ring").mkdir()
    for number in range(3):
        ring(tmp_path / "ring" / f"{number}.png")
    (tmp_path / "ring" / "torn.png").write_bytes(b"\x89PNG")
    with pytest.warns(UserWarning, match=r"1 of 4 pictures in the folder 'ring'.*torn\.png"):
        assert len(qd.load("ring", source=tmp_path)) == 3
    for number in range(3):
        (tmp_path / "ring" / f"{number}.png").unlink()
    with pytest.raises(qd.DataError, match=r"No picture in the folder 'ring'.*torn\.png"):
        qd.load("ring", source=tmp_path)


def page(path, places):
    """A sheet of drawings that stand apart from each other, a ring and a cross in each."""
    picture = Image.new("L", (420, 560), 245)
    paint = ImageDraw.Draw(picture)
    for n in range(places):
        x, y = 30 + 200 * (n % 2), 30 + 180 * (n // 2)
        paint.ellipse((x, y, x + 130, y + 130), outline=30, width=5)
        paint.line((x + 30, y + 30, x + 100, y + 60 + 5 * n + 9 * int(path.stem)), fill=30, width=5)
    picture.save(path)


def test_pages_of_several_drawings_are_told_and_each_is_taken_where_that_is_asked(
    tmp_path, monkeypatch, capsys
):
    for name, places in (("my ring", (1, 6, 3)), ("my hoop", (4, 4, 4)), ("my single", (1, 1, 1))):
        (tmp_path / "pages" / name).mkdir(parents=True)
        for number, n in enumerate(places):
            page(tmp_path / "pages" / name / f"{number}.png", n)
    source = tmp_path / "pages"
    with pytest.warns(UserWarning, match=r"On 5 of the 6 pictures of 'my hoop' and 'my ring'"
        r" in .* 21 in all.*"
        r""
                      r"each=True \(`--each`, or QD_EACH=1") as caught:  # fmt: skip
        assert qd.load("all", source=source).counts == {"my hoop": 3, "my ring": 3, "my single": 3}
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = qd.load("all", source=source, each=True)
        assert found.counts == {"my hoop": 12, "my ring": 10, "my single": 3}
        first = qd.read_drawings(source / "my ring" / "1.png")[5].image
        np.testing.assert_array_equal(found.only("my ring").pixels[6], np.rint(255 * first[..., 0]))
        assert len(qd.load("my hoop", source=source, each=True, per_category=5)) == 5
        monkeypatch.setenv("QD_EACH", "1")
        assert len(qd.load("all", source=source)) == 25
        assert len(qd.load("my single", source=source, each=False)) == 3
    monkeypatch.setenv("QD_EACH", "perhaps")
    with pytest.raises(qd.SettingError, match="QD_EACH is 'perhaps'; set it to 1"):
        qd.load("all", source=source)
    monkeypatch.delenv("QD_EACH")
    main(["learn", str(source), "--each", "--out", str(tmp_path / "made"), "--categories",
          "my ring,my hoop"])  # fmt: skip
    said = capsys.readouterr()
    assert "22 drawings, 10 to 12 in each" in said.out
    assert "apart from each other" not in said.err
    assert "--each" in json.loads((tmp_path / "made" / "manifest.json").read_text())["command"]


def test_single_drawings_of_which_one_has_parts_far_apart_are_no_pages(tmp_path):
    (tmp_path / "ring").mkdir()
    for number in range(8):
        page(tmp_path / "ring" / f"{number}.png", 2 if number == 3 else 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(qd.load("ring", source=tmp_path)) == 8


def test_of_pages_that_cannot_be_read_the_pictures_are_counted_not_the_drawings(tmp_path):
    (tmp_path / "ring").mkdir()
    for number in range(3):
        page(tmp_path / "ring" / f"{number}.png", 4)
    (tmp_path / "ring" / "1.png").write_bytes(b"\x89PNG")
    with pytest.warns(UserWarning, match=r"1 of 3 pictures in the folder 'ring'.*'1\.png'"):
        assert len(qd.load("ring", source=tmp_path, each=True)) == 8


@pytest.mark.parametrize(("each", "small", "n"), [(True, "8 are", 8), (False, "1 is", 3)])
def test_of_small_drawings_on_pages_drawings_are_counted_not_pages(tmp_path, each, small, n):
    (tmp_path / "ring").mkdir()
    for number in range(2):
        picture = Image.new("L", (200, 200), 255)
        for x, y in ((20, 20), (150, 20), (20, 150), (150, 150)):
            ImageDraw.Draw(picture).ellipse((x, y, x + 22, y + 22), outline=0, width=2)
        picture.save(tmp_path / "ring" / f"{number}.png")
    if not each:
        for number in range(2):
            ring(tmp_path / "ring" / f"{number}.png")
        picture.crop((10, 10, 60, 60)).save(tmp_path / "ring" / "small.png")
    with pytest.warns(
        UserWarning, match=rf"Of the {n} drawings .*, {small} at most 30 pixels large"
    ):
        assert len(qd.load("ring", source=tmp_path, each=each)) == n


def refusal(folder, *names, **options) -> str:
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        with pytest.raises(qd.QdToolsError) as caught:
            qd.load(*names, source=folder, **options)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 450
    return str(caught.value)


def archive(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("cat.npz", archive(train=np.zeros(3)), r"'cat\.npz'.*sketch-rnn.*numpy_bitmap/cat\.npy"),
        ("sketchrnn_cat.npz", b"PK\3\4", r"sketchrnn_cat.*not read; take Google's"),
        ("sketchrnn%2Fcat.full.npz", b"PK\3\4", r"\.npz archive"),
        ("cat.npy", archive(train=np.zeros(3)), r"npz archive.*numpy_bitmap"),
        ("cat.npy", gzip.compress(b"x"), "unpack it"),
        ("cat.npy", b"<!DOCTYPE html><html>", "web page"),
        ("cat.npy", ndjson(BOTH), r"\.ndjson"),
        ("cat.npy", b"\x89PNG\r\n", "picture"),
        ("cat.csv", b"label,pixel0,pixel1\n3,0,0\n", r"no column 'drawing' but 'label', 'pixel0'"),
        ("cat.csv", kaggle(BOTH, word="dog"), r"line 2, is a drawing of 'dog', not of 'cat'"),
        ("cat.csv", kaggle(BOTH)[:-40], r"cat\.csv, line 3, holds no drawing"),
        (
            "cat.ndjson",
            b'{"label": "cat", "strokes": []}',
            "no member 'drawing' but 'label', 'strokes'",
        ),
        ("cat.bin", binary(BOTH)[:-9], r"cat\.bin, drawing 2, is torn"),
        ("cat.bin", bytes(15 + 2), r"cat\.bin, drawing 1, is an empty drawing"),
        ("cat.bin", b"", "holds no drawing; put drawings into it or move it away"),
        ("cat.ndjson", b"", "holds no drawing; put drawings into it or move it away"),
        ("cat.npy", b"", "it is empty; make or fetch it again, or move it away"),
        ("cat.ndjson", b'{"drawing": "nothing"}', "holds no drawing"),
        ("cat.ndjson.gz", gzip.compress(ndjson(BOTH))[:-9], r"cat\.ndjson\.gz cannot be read"),
        ("cat.ndjson.gz", gzip.compress(b" " * 90_000_000, 1), "longer than a megabyte"),
    ],
    # Contents would name the tests otherwise, and those that are packed hold the time.
    ids=itertools.count(),
)
def test_what_cannot_be_read_is_told_by_what_it_is(tmp_path, name, content, says):
    (tmp_path / name).write_bytes(content)
    assert re.search(says, refusal(tmp_path, "cat"))


def test_a_file_in_place_of_its_folder_is_told_the_folder(tmp_path, drawings):
    np.save(tmp_path / "cat.npy", drawings.only("cat").pixels)
    said = refusal(tmp_path / "cat.npy", "cat")
    assert said.endswith(f"is a file; name the folder that holds it, {str(tmp_path)!r}.")


def test_a_folder_without_drawings_is_told_what_it_holds(tmp_path):
    assert "no .npy file" in refusal(tmp_path)
    (tmp_path / "notes").mkdir()
    assert "folders ('notes') without any" in refusal(tmp_path)
    (tmp_path / "notes" / "a.json").write_bytes(b"[]")
    assert "folders ('notes') without any" in refusal(tmp_path)
    assert "let its name end in .ndjson" in refusal(tmp_path / "notes")
    for name in ("b.svg", "c.svg"):
        (tmp_path / "notes" / name).write_bytes(b"<svg/>")
    said = "no drawings, but 2 files, 'notes{}b.svg' for one (it holds lines, no pixels: export it as PNG)."
    assert refusal(tmp_path).endswith(said.format(os.sep))
    ring(tmp_path / "fish1.png")
    assert "holds no drawings, but 1 picture in no folder of a category" in refusal(tmp_path)


def test_recognized_drawings_are_taken_where_files_say_so_and_refused_where_not(tmp_path, drawings):
    np.save(tmp_path / "cat.npy", drawings.only("cat").pixels)
    assert "'cat.npy' does not say which drawings" in refusal(tmp_path, "cat", recognized=True)
    (tmp_path / "cat.ndjson").write_bytes(ndjson(BOTH))
    assert len(qd.load("cat", source=tmp_path, recognized=True)) == 1
    (tmp_path / "cat.ndjson").write_text(json.dumps({"drawing": CAT}))
    assert "line 1, does not say" in refusal(tmp_path, "cat", recognized=True)
    (tmp_path / "cat.ndjson").write_bytes(ndjson([(CAT, False)]))
    assert "no recognized drawing" in refusal(tmp_path, "cat", recognized=True)
    for source in ("sample", "google"):
        with pytest.raises(qd.SettingError, match=f"'{source}' does not say"):
            qd.load("cat", source=source, recognized=True)


LOOKS = {
    "of 0 and 1": (lambda p: p // 128, None),
    "of false and true, as numbers": (lambda p: (p > 90).astype(np.uint8), None),
    "dark on light": (lambda p: 255 - p, "dark ink on light paper"),
    "grey on light": (lambda p: 230 - p // 2, "dark ink on light paper"),
    "0 to 15": (lambda p: p // 16, "brightest pixel is 15"),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("shape", [(784,), (28, 28)])
def test_bitmaps_of_another_look_are_told_and_the_remedy_works(
    tmp_path, monkeypatch, drawings, look, shape
):
    change, says = LOOKS[look]
    cats = drawings.only("cat").pixels
    np.save(tmp_path / "cat.npy", change(cats).reshape(-1, *shape))
    if says is None:
        said = refusal(tmp_path, "cat")
        assert "0 and 1" in said
    else:
        with pytest.warns(UserWarning, match=says) as caught:
            qd.load("cat", source=tmp_path)
        said = str(caught[0].message)
    remedy = re.search(r"np\.save\(.*\)(?=\.)", said)
    if remedy:
        subprocess.run([sys.executable, "-c", f"import numpy as np; {remedy[0]}"], check=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            again = qd.load("cat", source=tmp_path)
        assert np.corrcoef(again.pixels.ravel(), cats.ravel())[0, 1] > 0.9


SOLID = {"zeros": 0, "white": 255, "grey": 90}


@pytest.mark.parametrize("colour", SOLID)
@pytest.mark.parametrize("count", [3, 5000])
def test_a_file_of_nothing_but_blank_bitmaps_is_refused(tmp_path, colour, count):
    np.save(tmp_path / "cat.npy", np.full((count, 784), SOLID[colour], np.uint8))
    said = refusal(tmp_path, "cat")
    assert f"'cat.npy' shows no drawing: each of its {count} bitmaps is blank" in said


def test_one_drawing_in_a_long_file_of_blank_bitmaps_is_found_and_the_others_told(
    tmp_path, drawings
):
    bitmaps = np.zeros((30_000, 784), np.uint8)
    bitmaps[17_777] = drawings.only("cat").pixels[0].ravel()
    np.save(tmp_path / "cat.npy", bitmaps)
    with pytest.warns(
        UserWarning, match="Of 200 bitmaps looked at in cat.npy, 200 are blank"
    ) as caught:
        qd.load("cat", source=tmp_path)
    assert len(caught) == 1


OTHERS = {
    "some blank": (
        lambda cats: np.concatenate([cats, 0 * cats[:7], 0 * cats[:2] + 255]),
        "Of the 109 bitmaps in cat.npy, 9 are blank",
        100,
    ),
    "one blank": (
        lambda cats: np.concatenate([cats[:50], 0 * cats[:1], cats[50:]]),
        "Of the 101 bitmaps in cat.npy, 1 are blank",
        100,
    ),
    "all alike": (
        lambda cats: np.repeat(cats[:1], 40, axis=0),
        "are one and the same",
        1,
    ),
    "each again and again": (
        lambda cats: np.concatenate([cats[:20]] * 3),
        "only 20 different ones",
        20,
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("shape", [(784,), (28, 28)])
def test_blank_bitmaps_and_one_that_comes_again_are_told_and_the_remedy_works(
    tmp_path, drawings, kind, shape
):
    change, says, left = OTHERS[kind]
    cats = change(drawings.only("cat").pixels)
    np.save(tmp_path / "cat.npy", cats.reshape(-1, *shape))
    with pytest.warns(UserWarning, match=says) as caught:
        qd.load("cat", source=tmp_path)
    assert len(caught) == 1
    (remedy,) = re.findall(r": (a = np\.load.*)\.$", str(caught[0].message))
    subprocess.run([sys.executable, "-c", f"import numpy as np; {remedy}"], check=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mended = qd.load("cat", source=tmp_path)
    # In their order, which decides what "the first n" are.
    np.testing.assert_array_equal(mended.pixels, drawings.only("cat").pixels[:left])


PASSED = {
    "a folder of pictures beside files": (
        ["cat.npy", "fish/1.png", "fish/2.png"],
        "2 pictures in the folder 'fish'",
    ),
    "a folder of files beside files": (
        ["cat.npy", "more/dog.npy"],
        "1 file in the folder 'more'",
    ),
    "pictures beside files": (["cat.npy", "fish.png"], "1 picture beside 'cat.npy'"),
    "pictures beside folders": (
        ["cat/1.png", "fish/1.png", "a.png"],
        "1 picture beside the folders",
    ),
    "an empty folder among others": (
        ["cat/1.png", "fish/1.png", "ring/"],
        "the folder 'ring', which is empty",
    ),
    "the same deeper": (
        ["data/cat.npy", "data/fish/1.png"],
        "1 picture in the folder 'data/fish'",
    ),
    "drawings that are kept as lines": (
        ["cat/1.png", "cat/3.svg", "fish/1.png", "fish/2.svg"],
        f"over: 2 files, '{Path('cat/3.svg')}' for one (it holds lines, no pixels: export it as PNG).",
    ),
    "a drawing program's own": (
        ["cat/1.png", "cat/a.kra", "fish/1.png"],
        "a program's own document",
    ),
    "folders within one of pictures": (
        ["cat/1.png", "cat/more/2.png", "fish/1.png"],
        "1 picture in the folder 'cat/more'",
    ),
    "a folder of folders beside one of pictures": (
        ["cat/1.png", "train/dog/1.png"],
        "1 picture in the folder 'train/dog'",
    ),
    "folders beside pictures, both in a folder": (
        ["data/a.png", "data/cat/1.png"],
        "1 picture in the folder 'data/cat'",
    ),
}
NOT_PASSED = {
    "files alone": ["cat.npy", "dog.npy"],
    "folders alone": ["cat/1.png", "fish/1.png"],
    "what no reader put there": [
        "cat.npy",
        ".git/a.png",
        "__MACOSX/b.png",
        ".DS_Store",
        "notes/x.txt",
    ],
    "what servers of files and systems put there": [
        *("cat/1.png", "fish/1.png", "@eaDir/1.png", "cat/@eaDir/1.png", "$RECYCLE.BIN/a.png"),
        *("System Volume Information/x.png", "lost+found/a.png", ".AppleDouble/1.png"),
        *("#recycle/a.png", "@Recycle/b.npy", "fish/Thumbs.db"),
    ],
    "hidden files in a folder": ["cat/1.png", "fish/1.png", "fish/.hidden.png"],
}


def _lay_out(folder, names, drawings):
    """Write a bitmap file or a picture under each of some names."""
    for number, name in enumerate(names):
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".npy"):
            np.save(path, drawings.pixels)
        elif name.endswith(".png"):
            Image.fromarray(drawings.pixels[number]).save(path)
        else:
            path.write_bytes(b"")


@pytest.mark.parametrize("kind", PASSED)
def test_what_a_folder_holds_besides_is_told_where_all_of_it_is_asked_for(tmp_path, drawings, kind):
    names, says = PASSED[kind]
    _lay_out(tmp_path, names, drawings.only("cat"))
    with pytest.warns(UserWarning, match=re.escape(says)) as caught:
        found = qd.load("all", source=tmp_path)
    assert len(caught) == 1
    with warnings.catch_warnings():  # whoever names what they want has seen what there is
        warnings.simplefilter("error")
        qd.load(found.categories[0], source=tmp_path)


def test_files_and_pictures_moved_as_the_warning_says_are_read_together(tmp_path, drawings):
    _lay_out(tmp_path, ["cat.npy", "my fish/1.png", "my fish/2.png"], drawings.only("cat"))
    with pytest.warns(UserWarning, match="files into one folder and each category's pictures into"):
        qd.load("all", source=tmp_path)
    (tmp_path / "files").mkdir()
    (tmp_path / "cat.npy").rename(tmp_path / "files" / "cat.npy")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert qd.load("all", source=tmp_path).categories == ("cat", "my fish")


@pytest.mark.parametrize("kind", NOT_PASSED)
def test_of_a_folder_that_holds_nothing_besides_no_word_is_said(tmp_path, drawings, kind):
    _lay_out(tmp_path, NOT_PASSED[kind], drawings.only("cat"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        qd.load("all", source=tmp_path)


def test_a_folder_beside_the_drawings_that_may_not_be_read_stops_nothing(
    tmp_path, drawings, monkeypatch
):
    """As a disk's lost+found; whoever runs tests as root may read all."""
    _lay_out(tmp_path, ["cat.npy", "lost+found/1.png"], drawings.only("cat"))
    scandir = os.scandir

    def guarded(place):
        if Path(place).name == "lost+found":
            raise PermissionError(13, "Permission denied")
        return scandir(place)

    monkeypatch.setattr(os, "scandir", guarded)
    for wanted in ("all", "cat"):
        assert qd.load(wanted, source=tmp_path).categories == ("cat",)


def test_good_bitmaps_are_loaded_without_a_word():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        qd.load("all")


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s * 3,
        lambda s: s + 1000,
        lambda s: s - 500,
        lambda s: (s - 100) * 40,
        lambda s: s / 255,
        lambda s: s / 255 - 0.5,
        lambda s: s / 127.5 - 1,
        lambda s: np.vstack([s * 2, np.arange(s.shape[1])]),
    ],
    ids=[
        "larger",
        "beyond",
        "negative",
        "much larger",
        "0 to 1",
        "around 0",
        "-1 to 1",
        "with times",
    ],
)
def test_strokes_in_any_units_are_drawn_where_googles_are(change):
    strokes = [np.array(stroke, float) for stroke in CAT]
    wanted = qd.draw_strokes(strokes).astype(int)
    drawn = qd.draw_strokes([change(stroke) for stroke in strokes])
    assert abs(drawn - wanted).mean() < 1.5


@pytest.mark.parametrize(
    "junk",
    [
        [],
        [[]],
        [[[], []]],
        [[[1, 2], [1]]],
        [[[float("nan")], [1]]],
        [[[float("inf")], [1]]],
        [[[1e300], [1]]],
        [[["a"], ["b"]]],
        [[[True], [False]]],
        [[[1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]]],
        "strokes",
        7,
        None,
        [None],
        {"drawing": CAT},
        np.zeros((2, 3, 4, 5)),
        [np.zeros((2, 20_000))],
        [[[1 + 1j], [2]]],
    ],
    ids=repr,
)
def test_what_are_no_strokes_is_refused_in_one_sentence(junk):
    with pytest.raises(qd.DataError) as caught:
        qd.draw_strokes(junk)
    assert len(str(caught.value).splitlines()) == 1


def test_raw_strokes_are_simplified_to_the_box():
    (line,) = simplify([np.array([[10.0, 20, 30, 410], [5.0, 5.1, 4.9, 5]])])
    assert line.tolist() == [[0, 255], [0, 0]]
    (dot,) = simplify([np.array([[7.5], [3.5]])])
    assert dot.tolist() == [[0], [0]]


def test_a_raw_file_keeps_the_order_of_its_drawings(tmp_path):
    (tmp_path / "cat.ndjson").write_bytes(ndjson(RAW))
    assert [len(strokes) for strokes in read_strokes(tmp_path / "cat.ndjson")] == [
        len(CAT),
        len(FISH),
    ]


def test_the_command_line_takes_recognized_drawings_only(tmp_path, capsys):
    (tmp_path / "cat.ndjson").write_bytes(ndjson([(CAT, True)] * 3 + [(CAT, False)] * 9))
    (tmp_path / "fish.ndjson").write_bytes(ndjson([(FISH, True)] * 3, word="fish"))
    arguments = ["evaluate", "--data-dir", str(tmp_path), "--categories", "cat,fish"]
    assert main([*arguments, "--levels", "0", "--recognized", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 6


def test_what_took_long_to_draw_or_read_is_kept_until_a_file_changes(
    tmp_path, monkeypatch, drawings
):
    cache, data = tmp_path / "cache", tmp_path / "data"
    monkeypatch.setenv("QD_CACHE_DIR", str(cache))
    (data / "ring").mkdir(parents=True)
    for number in range(A_SECOND):
        Image.fromarray(drawings.pixels[number]).save(data / "ring" / f"{number}.png")
    strokes = tmp_path / "strokes"
    strokes.mkdir()
    cats = [([*CAT, [[0, n], [n, 0]]], True) for n in range(150)]
    (strokes / "cat.ndjson").write_bytes(ndjson(cats))
    assert (strokes / "cat.ndjson").stat().st_size > A_MINUTE / 60
    for kind, source, name in (("pictures", data, "ring"), ("strokes", strokes, "cat")):
        first = qd.load(name, source=source).pixels
        (kept,) = cache.glob(f"{kind}-*.npy")
        before = kept.stat().st_mtime_ns
        np.testing.assert_array_equal(qd.load(name, source=source).pixels, first)
        assert kept.stat().st_mtime_ns == before
    # Another file of the same size and time is another file.
    path = strokes / "cat.ndjson"
    about = path.stat()
    path.write_bytes(ndjson([*cats[:-1], (CAT[:1], True)]).ljust(about.st_size))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert not np.array_equal(qd.load("cat", source=strokes).pixels, first)


def test_folders_within_the_categories_are_told_as_such(tmp_path):
    for name in ("ring", "hoop"):
        for part in ("may", "june"):
            (tmp_path / name / part).mkdir(parents=True)
            ring(tmp_path / name / part / "1.png")
    said = refusal(tmp_path)
    assert "holds 'june' twice" in said
    assert (
        "if 'hoop' and 'ring' are the categories, let the pictures lie in these themselves" in said
    )


def test_a_link_to_nothing_is_told_as_one(tmp_path):
    (tmp_path / "ring").mkdir()
    ring(tmp_path / "ring" / "1.png")
    (tmp_path / "ring" / "2.png").symlink_to(tmp_path / "gone.png")
    with pytest.warns(UserWarning, match=r"2\.png' is a link to .*gone\.png', which is not there"):
        qd.load("ring", source=tmp_path)


def _mnist(folder, images, labels, form):
    """Write digits with their labels as others do, in one place."""
    if form == "npz":
        np.savez(folder / "mnist.npz", x_train=images, y_train=labels)
    elif form.startswith("npy"):
        np.save(folder / "x_train.npy", images)
        np.save(
            folder / "y_train.npy", labels.astype(np.uint8 if form == "npy, bytes" else np.int64)
        )
    elif form == "idx":
        (folder / "train-images-idx3-ubyte").write_bytes(bytes(16) + images.tobytes())
        (folder / "train-labels-idx1-ubyte").write_bytes(
            bytes(8) + labels.astype(np.uint8).tobytes()
        )
    else:
        rows = np.hstack([labels[:, None], images.reshape(len(images), -1)])
        head = "label," + ",".join(f"pixel{n}" for n in range(784)) if form == "csv" else ""
        np.savetxt(folder / "mnist.csv", rows, "%d", ",", header=head, comments="")


@pytest.mark.parametrize("form", ["npz", "npy", "npy, bytes", "idx", "csv", "csv without names"])
def test_drawings_with_labels_become_a_file_a_category_after_what_the_refusal_says(
    tmp_path, monkeypatch, form
):
    images = qd.load(["cat", "fish", "cup"]).pixels[::10]
    labels = np.repeat([3, 0, 7], 10)
    order = np.random.default_rng(0).permutation(30)
    (tmp_path / "given").mkdir()
    (tmp_path / "own").mkdir()
    _mnist(tmp_path / "given", images[order], labels[order], form)
    if form == "csv without names":  # what stands before the first line is no line
        text = (tmp_path / "given" / "mnist.csv").read_text(encoding="utf-8")
        (tmp_path / "given" / "mnist.csv").write_text(text.lstrip("\n"), encoding="utf-8")
    said = refusal(tmp_path / "given", "all")
    code = re.search(r"(?:x|z|a|x, y) = np\..*\]", said)[0]
    given = {"IMAGES": "train-images-idx3-ubyte", "LABELS": "train-labels-idx1-ubyte"}
    for word, name in given.items():
        code = code.replace(word, repr(str(tmp_path / "given" / name)))
    code = re.sub(r"(then )?in an empty folder, ", "", code)
    monkeypatch.chdir(tmp_path / "own")
    # What a reader is told to run, as a reader would.
    subprocess.run([sys.executable, "-c", f"import numpy as np; {code}"], check=True)
    found = qd.load("all", source=tmp_path / "own")
    assert found.counts == {"0": 10, "3": 10, "7": 10}
    wanted = images[order][labels[order] == 7]
    np.testing.assert_array_equal(found.only("7").pixels, wanted)


#: Arrays as other libraries keep images, each made of bitmaps (n, 28, 28) of 0 to 255.
ARRAYS = {
    "scikit-learn's digits, floats to 16 in 8 x 8": lambda a: shrunk(a, 8) / 16,
    "the same of 8 x 8 in rows": lambda a: (shrunk(a, 8) / 16).reshape(len(a), 64),
    "floats to 1": lambda a: a / 255,
    "floats from -1 to 1": lambda a: a / 127.5 - 1,
    "whole numbers of 64 bits": lambda a: a.astype(np.int64),
    "false and true": lambda a: a > 90,
    "a channel behind": lambda a: (a / 255)[..., None].astype(np.float32),
    "bytes of 32 x 32": lambda a: shrunk(a, 32).astype(np.uint8),
    "bytes with a channel behind": lambda a: a[..., None],
    "bytes in rows of 1024": lambda a: shrunk(a, 32).astype(np.uint8).reshape(len(a), 1024),
}


def shrunk(bitmaps, side):
    return resize(bitmaps.astype(float), (len(bitmaps), side, side))


@pytest.mark.parametrize("form", ARRAYS)
def test_arrays_of_another_form_are_read_after_what_the_refusal_says(tmp_path, form):
    path = tmp_path / "cat.npy"
    bitmaps = qd.load("cat").pixels[:12]
    np.save(path, ARRAYS[form](bitmaps))
    said = refusal(tmp_path, "cat")
    a = np.load(path)
    for step in said.split("np.load gives: ")[1].rstrip(".").split("; "):
        assert re.match(r"a = [a-z.]*", step), step
        known = {"a": a, "np": np, "skimage": skimage, "len": len}
        a = eval(step.removeprefix("a = "), known)  # noqa: S307  # what a reader is told to run
    np.save(path, a)
    read = qd.load("cat", source=tmp_path).pixels
    assert read.shape == (12, 28, 28)
    assert np.corrcoef(read.ravel(), bitmaps.ravel())[0, 1] > (0.5 if "8 x 8" in form else 0.85)


@pytest.mark.parametrize("shape", [(3,), (3, 783), (3, 28, 28, 5), (3, 2, 2, 2, 2)])
def test_arrays_of_which_nobody_knows_what_is_an_image_are_refused(tmp_path, shape):
    np.save(tmp_path / "cat.npy", np.ones(shape, np.float32))
    assert "bring it to that shape" in refusal(tmp_path, "cat")


def test_pickled_objects_are_refused_without_a_way_to_convert_them(tmp_path):
    np.save(tmp_path / "cat.npy", np.array([{"a": 1}]), allow_pickle=True)
    said = refusal(tmp_path, "cat")
    assert "pickled objects" in said
    assert "np.rint" not in said


@pytest.mark.parametrize("n", [3, 12])  # read anew; kept in the cache
def test_pictures_too_small_to_be_read_well_are_told_of_with_a_way_that_helps(tmp_path, n):
    """Scikit-learn's digits as pictures of 8 x 8: the way out keeps their pixels."""
    found = load_digits()
    for name, digit in (("one", 1), ("four", 4)):
        (tmp_path / "small" / name).mkdir(parents=True)
        (tmp_path / "large" / name).mkdir(parents=True)
        for place, image in enumerate(found.images[found.target == digit][:n]):
            picture = Image.fromarray(np.minimum(255, image * 16).astype(np.uint8))
            picture.save(tmp_path / "small" / name / f"{place}.png")
            bitmap = Image.new("L", (28, 28))
            bitmap.paste(picture.resize((20, 20), Image.Resampling.BICUBIC), (4, 4))
            bitmap.save(tmp_path / "large" / name / f"{place}.png")
    for _ in range(2):
        with pytest.warns(UserWarning, match=f"Of the {2 * n} drawings .*, {2 * n} are .* 28 x 28"):
            qd.load("all", source=tmp_path / "small")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        qd.load("all", source=tmp_path / "large")


# ---- what lies beside drawings -------------------------------------------------------------------


def _tabled(folder):
    """Three folders of pictures, as most data sets of them come."""
    for name in ("ring", "hoop", "loop"):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            ring(folder / name / f"{number}.png", height=50 + 9 * number)


#: Files that bear the name of drawings and hold something else, with what is said of them.
STRAYS = {
    "labels.csv": (b"file,label\r\na.png,ring\r\n", "a table without a column 'drawing'"),
    "semicolons.csv": (b"file;label\na.png;ring\n", "a table without a column 'drawing'"),
    "packed.csv.gz": (gzip.compress(b"file,label\n"), "a table without a column 'drawing'"),
    "empty.csv": (b"", "holds no drawing"),
    "excel.csv": ("file,label\n".encode("utf-16"), "line 1, holds no drawing"),
    "coco.ndjson": (b'{"image": 1, "box": [1, 2, 3, 4]}\n', "no member 'drawing'"),
    "weights.bin": (bytes(range(256)) * 9, "drawing 1, is torn"),
    "labels.npy": (np.arange(9), "an array of labels"),
    "features.npy": (np.zeros((9, 64), np.float32), "an array (9, 64), not of images"),
    "names.npy": (np.array(["ring", "hoop"]), "an array of text"),
    "boxes.npy": (np.array([{"a": 1}]), "an array of objects"),
    "boxes.npz": (archive(boxes=np.zeros((9, 4))), "an archive of arrays, none of images"),
    "images.npz": (archive(x=np.zeros((9, 28, 28), np.uint8)), "an archive, of which none"),
}


def _write_stray(path, content):
    if isinstance(content, np.ndarray):
        np.save(path, content, allow_pickle=True)
    else:
        path.write_bytes(content)


@pytest.mark.parametrize("where", ["", "ring", "all"])
@pytest.mark.parametrize("name", STRAYS)
def test_a_file_that_holds_no_drawings_hides_no_folder_of_pictures(tmp_path, name, where):
    _tabled(tmp_path)
    content, says = STRAYS[name]
    for folder in ("ring", "hoop", "loop") if where == "all" else (where,):
        _write_stray(tmp_path / folder / name, content)
    first = {"": name, "ring": f"ring{os.sep}{name}", "all": f"hoop{os.sep}{name}"}[where]
    with pytest.warns(UserWarning, match=rf"{re.escape(repr(first))}.*{re.escape(says)}") as caught:
        found = qd.load("all", source=tmp_path)
    assert found.counts == {"hoop": 3, "loop": 3, "ring": 3}
    assert len(caught) == 1
    assert "files into one folder" not in str(caught[0].message)


def test_the_list_of_categories_and_what_is_learned_heed_no_table_beside_pictures(tmp_path, capsys):
    _tabled(tmp_path / "data")
    for folder in ("", "ring", "hoop"):
        (tmp_path / "data" / folder / "labels.csv").write_text("file,label\n")
    assert main(["categories", "--data-dir", str(tmp_path / "data")]) == 0
    assert capsys.readouterr().out.split() == ["hoop", "loop", "ring"]
    with pytest.warns(UserWarning, match="3 files, 'labels.csv' for one"):
        main(["learn", str(tmp_path / "data"), "--out", str(tmp_path / "names")])
    assert "9 drawings, 3 in each of 3" in capsys.readouterr().out


def test_a_category_that_is_badly_kept_is_refused_beside_others_and_not_left_out(
    tmp_path, drawings
):
    np.save(tmp_path / "fish.npy", drawings.only("fish").pixels)
    for content in (np.zeros((9, 64), np.float32), np.arange(9), np.zeros((9, 783))):
        np.save(tmp_path / "cat.npy", content)
        assert "cat.npy" in refusal(tmp_path, "all")
    (tmp_path / "cat.npy").unlink()
    (tmp_path / "cat.bin").write_bytes(b"")
    assert "cat.bin" in refusal(tmp_path, "all")


def test_a_table_without_drawings_is_passed_over_beside_others_and_told_where_it_is_named(
    tmp_path, drawings
):
    np.save(tmp_path / "fish.npy", drawings.only("fish").pixels)
    (tmp_path / "cat.csv").write_text("file,label\n")
    with pytest.warns(UserWarning, match=r"'cat\.csv' \(a table without a column 'drawing'\)\."):
        assert qd.load("all", source=tmp_path).categories == ("fish",)
    said = refusal(tmp_path, "cat")
    assert "'cat.csv' is there, but not as drawings (a table without a column 'drawing')" in said
    (tmp_path / "fish.npy").unlink()  # alone, it is taken for what its name says
    assert "no column 'drawing'" in refusal(tmp_path, "cat")


@pytest.mark.parametrize(
    "content",
    [np.zeros((0, 784), np.uint8), np.zeros((0, 28, 28)), np.zeros(0), np.zeros(0, int)],
    ids=["none", "none of floats", "no row", "no label"],
)
def test_a_category_without_a_drawing_is_refused_with_the_ways_out(tmp_path, drawings, content):
    for name in ("fish", "cup"):
        np.save(tmp_path / f"{name}.npy", drawings.only(name).pixels)
    np.save(tmp_path / "cat.npy", content)
    said = refusal(tmp_path)
    assert said.startswith("'cat.npy' holds no drawing, as its shape (0,")
    assert "again" not in said
    assert len(qd.load(["fish", "cup"], source=tmp_path)) == 200  # by their names
    (tmp_path / "cat.npy").unlink()  # moved away
    assert len(qd.load(source=tmp_path)) == 200


def test_what_stands_behind_an_array_is_left_out_or_joined_as_the_refusal_says(tmp_path, drawings):
    cat, fish = (drawings.only(name).pixels for name in ("cat", "fish"))
    path = tmp_path / "cat.npy"
    for behind in (b"x", b"\n" * 9, bytes(784)):
        np.save(path, cat)
        path.write_bytes(path.read_bytes() + behind)
        said = refusal(tmp_path, "cat")
        assert f"has {len(behind)} bytes more than its shape (100, 28, 28) takes" in said
        type_in(said[said.index("np.save(") :].rstrip("."), np=np)
        assert (qd.load("cat", source=tmp_path).pixels == cat).all()
    with path.open("wb") as file:
        for one in (cat, fish):
            np.save(file, one)
    said = refusal(tmp_path, "cat")
    assert "again" not in said
    read, joined = re.findall(r"(f = .*?); then for one category (np\.save.*?\)\)), for", said)[0]
    held = type_in(read, np=np)
    held["f"].close()
    type_in(joined, **held)
    assert (qd.load("cat", source=tmp_path).pixels == np.concatenate([cat, fish])).all()


def test_a_file_that_nobody_may_read_is_not_told_to_be_fetched_again(
    tmp_path, drawings, monkeypatch
):
    np.save(tmp_path / "cat.npy", drawings.only("cat").pixels)
    (tmp_path / "fish.ndjson").write_bytes(ndjson(BOTH, "fish"))
    opened = Path.open

    def refuse(self, *args, **options):
        if self.parent == tmp_path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    for name in ("cat", "fish"):
        said = refusal(tmp_path, name)
        assert said.endswith("cannot be read (Permission denied); allow it, or move it away.")


def test_the_shipped_weights_and_networks_in_them_are_no_drawings(tmp_path):
    assert "no drawings, but weights (pipeline.onnx)" in refusal(qd.models_dir())
    (tmp_path / "head.json").write_bytes(b"{}")
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "code.npz").write_bytes(archive(a=np.zeros((3, 28, 28))))
    (tmp_path / "answer.svg").write_bytes(b"<svg/>")
    assert "no drawings, but weights (head.json)" in refusal(tmp_path, "all")
    np.save(tmp_path / "lessons" / "cat.npy", np.eye(28, dtype=np.uint8)[None] * 255)
    assert qd.load("cat", source=tmp_path).counts == {"cat": 1}


def test_a_folder_of_weights_holds_no_category(tmp_path):
    (tmp_path / "pipeline.onnx").write_bytes(b"")
    (tmp_path / "background.npz").write_bytes(archive(a=np.zeros(3)))
    (tmp_path / "graph").mkdir()  # as beside names that were learned on other weights
    assert "no drawings, but weights (pipeline.onnx)" in refusal(tmp_path)


KAGGLES_TEST = b'key_id,countrycode,drawing\r\n9000003,DE,"[[[0, 255], [0, 255]]]"\r\n'


def test_kaggles_tables_to_be_named_are_no_category(tmp_path):
    for name in ("cat", "fish"):
        (tmp_path / f"{name}.csv").write_bytes(kaggle(BOTH, word=name))
    (tmp_path / "test_raw.csv").write_bytes(KAGGLES_TEST)
    (tmp_path / "sample_submission.csv").write_bytes(b"key_id,word\r\n9000003,cat fish owl\r\n")
    with pytest.warns(UserWarning, match=r"'test_raw\.csv' \(Kaggle's table to be named") as caught:
        assert qd.load("all", source=tmp_path).counts == {"cat": 2, "fish": 2}
    assert len(caught) == 1
    # As Kaggle's archive unpacks: what is to be learned from lies in a folder beside.
    (tmp_path / "train_simplified").mkdir()
    for name in ("cat", "fish"):
        (tmp_path / f"{name}.csv").rename(tmp_path / "train_simplified" / f"{name}.csv")
    with pytest.warns(UserWarning, match=r"'test_raw\.csv'"):
        assert qd.load("all", source=tmp_path).counts == {"cat": 2, "fish": 2}


def test_a_table_that_says_of_no_drawing_what_it_is_becomes_one_as_the_refusal_says(tmp_path):
    path = tmp_path / "robot.csv"
    path.write_bytes(KAGGLES_TEST)
    said = refusal(tmp_path, "robot")
    assert "give each row its category in a column 'word'" in said
    head, row = KAGGLES_TEST.decode().split("\r\n")[:2]
    path.write_text(f"{head},word\n{row},robot\n")
    assert qd.load("robot", source=tmp_path).counts == {"robot": 1}
    # A table of which the reader left out the column is named by one of Google's categories.
    (tmp_path / "robot.csv").unlink()
    (tmp_path / "cat.csv").write_bytes(KAGGLES_TEST)
    assert qd.load("cat", source=tmp_path).counts == {"cat": 1}


#: One category in two places: its files and pictures, the one that is read, the other, drawings of both.
SECOND = {
    "a file and a folder beside": ("cat.npy", "cat/1.png", "'cat' beside 'cat.npy'", 101),
    "a file in a folder and pictures": ("files/cat.npy", "cat/1.png", "'cat' beside 'files", 101),
    "strokes and a table": ("cat.ndjson", "cat.csv", "'cat.csv' beside 'cat.ndjson'", 4),
    "bitmaps and strokes": ("cat.npy", "cat.ndjson", "'cat.ndjson' beside 'cat.npy'", 102),
}


@pytest.mark.parametrize("kind", SECOND)
def test_a_category_in_two_places_is_told_and_both_are_joined_as_the_warning_says(
    tmp_path, monkeypatch, drawings, kind
):
    *names, says, n = SECOND[kind]
    data, other = tmp_path / "data", tmp_path / "other"
    for name in (*names, names[0].replace("cat", "fish")):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".npy"):
            np.save(data / name, drawings.only(Path(name).stem).pixels)
        elif name.endswith(".png"):
            ring(data / name)
        else:
            content = {".ndjson": ndjson, ".csv": kaggle}[Path(name).suffix]
            drawn = [(CAT[:2], True), (FISH[:1], True)] if name.endswith(".csv") else BOTH
            (data / name).write_bytes(content(drawn, word=Path(name).stem))
    with pytest.warns(UserWarning, match=re.escape(says)) as caught:
        qd.load("all", source=data)
    assert len(caught) == 1
    said = str(caught[0].message)
    assert "files into one folder" not in said  # where cat's pictures were not read either
    # What a reader does who does as told.
    moved = data / (names[1] if "/" not in names[1] else "cat")
    other.mkdir()
    moved.rename(other / moved.name)
    (tmp_path / "joined").mkdir()
    monkeypatch.chdir(tmp_path / "joined")
    code = said[said.index("np.save(") :].rstrip(".").replace("OTHER", repr(str(other)))
    type_in(code, np=np, qd=qd)
    assert qd.load("cat", source=tmp_path / "joined").counts == {"cat": n}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        qd.load("all", source=data)


def test_many_categories_in_two_places_are_told_in_one_sentence(tmp_path, drawings):
    for number in range(9):
        np.save(tmp_path / f"thing {number}.npy", drawings.only("cat").pixels)
        (tmp_path / f"thing {number}.ndjson").write_bytes(ndjson(BOTH, word=f"thing {number}"))
    with pytest.warns(UserWarning, match="and 6 more") as caught:
        qd.load("all", source=tmp_path)
    assert len(str(caught[0].message)) < 700
    with warnings.catch_warnings():  # bitmaps do not say what is asked for
        warnings.simplefilter("error")
        qd.load("all", source=tmp_path, recognized=True)


#: Content under another name than its own: it is read by what it is.
MISNAMED = {
    "packed, and the name does not say so": ("cat.ndjson", gzip.compress(ndjson(BOTH))),
    "unpacked, and the name says packed": ("cat.ndjson.gz", ndjson(BOTH)),
    "packed twice": ("cat.ndjson.gz", gzip.compress(gzip.compress(ndjson(BOTH)))),
    "a table that is packed": ("cat.csv", gzip.compress(kaggle(BOTH))),
    "text for binary": ("cat.bin", ndjson(BOTH)),
    "packed text for binary": ("full_binary_cat.bin", gzip.compress(ndjson(BOTH))),
    "packed binary": ("cat.bin", gzip.compress(binary(BOTH))),
    "binary for text": ("cat.ndjson", binary(BOTH)),
    "a table for lines": ("cat.ndjson", kaggle(BOTH)),
    "lines for a table": ("cat.csv", ndjson(BOTH)),
}


@pytest.mark.parametrize("kind", MISNAMED)
def test_strokes_are_read_by_what_a_file_holds_however_it_is_called(tmp_path, kind):
    name, content = MISNAMED[kind]
    (tmp_path / name).write_bytes(content)
    drawings = qd.load("cat", source=tmp_path)
    wanted = np.stack([qd.draw_strokes(CAT), qd.draw_strokes(FISH)]).astype(int)
    assert abs(drawings.pixels - wanted).mean() < 0.01
    assert len(qd.load("cat", source=tmp_path, recognized=True)) == 1


def test_a_binary_file_is_told_by_its_country_whatever_its_key_begins_with(tmp_path):
    for start in (b"\x1f\x8b\x08", b'{"', b"PK\3\4", b" ", b"\n\r"):
        for name in ("cat.bin", "cat.ndjson"):
            content = binary(BOTH)
            path = tmp_path / name
            path.write_bytes(start + content[len(start) :])
            assert len(qd.load("cat", source=tmp_path)) == 2, (start, name)
            path.unlink()


@pytest.mark.parametrize("name", ["cat.ndjson", "cat.csv", "cat.bin"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\3\4\x14\0" + bytes(range(256)), r"it is a \.zip archive; unpack it"),
        (None, r"it is a \.npy file; let its name end in \.npy"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "it is a picture; put it into a folder"),
        (b"<!DOCTYPE html><html>", "it is a web page"),
    ],
    ids=["zip", "npy", "picture", "web page"],
)
def test_what_is_no_text_is_not_called_utf_16_nor_told_to_be_fetched_again(
    tmp_path, drawings, name, content, says
):
    if content is None:
        file = io.BytesIO()
        np.save(file, drawings.only("cat").pixels)
        content = file.getvalue()
    (tmp_path / name).write_bytes(content)
    said = refusal(tmp_path, "cat")
    assert re.search(says, said)
    assert "UTF-16" not in said
    assert "again" not in said
    if "end in .npy" in said:
        (tmp_path / name).rename(tmp_path / "cat.npy")
        assert len(qd.load("cat", source=tmp_path)) == 100


def test_a_file_without_a_recognized_drawing_is_not_told_to_be_fetched_again(tmp_path, capsys):
    for name in ("cat", "fish"):
        (tmp_path / f"{name}.ndjson").write_bytes(ndjson([(CAT, name == "cat")] * 9, word=name))
    said = refusal(tmp_path, "all", recognized=True)
    assert "fish.ndjson holds no recognized drawing; take all of its drawings" in said
    command = ["queries", str(tmp_path / "out"), "--data-dir", str(tmp_path), "--categories", "all"]
    assert main([*command, "--recognized"]) == 2
    assert "without recognized=True (`--recognized`)" in capsys.readouterr().err
    assert main([*command, "--per-category", "1"]) == 0


def test_empty_lines_without_end_are_refused_though_they_are_packed_small(tmp_path):
    many = gzip.compress(gzip.compress(b"\n" * 50_000_000, 1))
    (tmp_path / "cat.ndjson.gz").write_bytes(many)
    assert len(many) < 10_000
    assert "ends a megabyte of empty lines" in refusal(tmp_path, "cat")


@pytest.mark.parametrize(("alike", "says"), [(1, "one and the same"), (5, "only 5 different ones")])
@pytest.mark.parametrize("form", ["pictures", "strokes"])
def test_drawings_that_come_again_and_again_are_told_of_in_any_form(tmp_path, form, alike, says):
    if form == "pictures":
        (tmp_path / "cat").mkdir()
        for number in range(20):
            ring(tmp_path / "cat" / f"{number}.png", height=40 + 8 * (number % alike))
    else:
        cats = [([*CAT, [[0, 9 * (n % alike)], [200, 0]]], True) for n in range(20)]
        (tmp_path / "cat.ndjson").write_bytes(ndjson(cats))
    again = f"such as number {alike + 1}, which is number 1 once more"
    with pytest.warns(UserWarning, match=f"The 20 drawings in cat.* are {says}.*{again}") as caught:
        qd.load("cat", source=tmp_path)
    assert len(caught) == 1
    if form == "pictures":
        for number in range(alike, 20):
            (tmp_path / "cat" / f"{number}.png").unlink()
    else:
        (tmp_path / "cat.ndjson").write_bytes(ndjson(cats[:alike]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(qd.load("cat", source=tmp_path)) == alike


def test_folders_in_folders_are_found_and_a_search_that_ended_says_so(tmp_path):
    (tmp_path / "wrap" / "dataset" / "images" / "train").mkdir(parents=True)
    for name in ("ring", "hoop"):
        folder = tmp_path / "wrap" / "dataset" / "images" / "train" / name
        folder.mkdir()
        ring(folder / "1.png")
    assert qd.load("all", source=tmp_path).counts == {"hoop": 1, "ring": 1}
    deep = tmp_path.joinpath("deep", *"abcdefgh", "ring")
    deep.mkdir(parents=True)
    ring(deep / "1.png")
    said = refusal(tmp_path / "deep", "all")
    assert "no drawings in its folders ('a') as far as was looked, 7 levels deep" in said
    assert "name the folder further in" in said
    assert qd.load("all", source=deep.parents[2]).counts == {"ring": 1}


@pytest.mark.parametrize("name", ["ring.png", "my pictures"])
def test_a_folder_that_is_named_like_a_picture_is_a_folder(tmp_path, name):
    for folder in (name, "hoop"):
        (tmp_path / folder).mkdir()
        ring(tmp_path / folder / "1.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert qd.load("all", source=tmp_path).counts == {"hoop": 1, name: 1}


def test_categories_are_found_in_a_folder_that_is_called_pictures(tmp_path):
    for name in ("ring", "hoop"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        ring(tmp_path / "pictures" / name / "1.png")
    assert qd.load("all", source=tmp_path).counts == {"hoop": 1, "ring": 1}


def test_a_folder_beside_is_told_with_a_line_that_runs_whatever_the_category_is_called(
    tmp_path, drawings
):
    np.save(tmp_path / "bird's eye.npy", drawings.only("cat").pixels)
    (tmp_path / "bird's eye").mkdir()
    ring(tmp_path / "bird's eye" / "1.png")
    with pytest.warns(UserWarning, match="each category is read from one place") as caught:
        qd.load("all", source=tmp_path)
    said = str(caught[0].message)
    ast.parse(said[said.index("np.save(") :].rstrip(".").replace("OTHER", "'other'"))


def test_a_stray_is_told_by_what_it_holds_whatever_its_name(tmp_path):
    (tmp_path / "hoop").mkdir()
    ring(tmp_path / "hoop" / "1.png")
    (tmp_path / "data;old.ndjson").write_text("nothing\n")
    with pytest.warns(UserWarning, match=r"'data;old\.ndjson' \(line 1, holds no drawing"):
        qd.load("all", source=tmp_path)


@pytest.mark.parametrize("name", ["cat.csv", "cat.csv.gz", "cat.ndjson"])
@pytest.mark.parametrize("spelled", [" Drawing ,Word, RECOGNIZED", "DRAWING;word;Recognized"])
def test_the_columns_of_a_table_are_known_in_capitals_with_spaces_too(tmp_path, name, spelled):
    parting = ";" if ";" in spelled else ","
    rows = [spelled]
    for drawing, recognized in BOTH:
        rows.append(parting.join([f'"{json.dumps(drawing)}"', "cat", str(recognized)]))
    content = "\n".join(rows).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    wanted = np.stack([qd.draw_strokes(CAT), qd.draw_strokes(FISH)])
    assert (qd.load("cat", source=tmp_path).pixels == wanted).all()
    assert len(qd.load("cat", source=tmp_path, recognized=True)) == 1


def test_strokes_as_text_are_read_from_lines_as_from_a_table(tmp_path):
    lines = [json.dumps({"drawing": json.dumps(drawing)}) for drawing, _ in BOTH]
    (tmp_path / "cat.ndjson").write_text("\n".join(lines))
    wanted = np.stack([qd.draw_strokes(CAT), qd.draw_strokes(FISH)])
    assert (qd.load("cat", source=tmp_path).pixels == wanted).all()


def _several(parting=","):
    """A table of two categories, as Kaggle's challenges have them."""
    head, *rows = kaggle(BOTH).decode().splitlines()
    rows += kaggle(BOTH, word="hot tub").decode().splitlines()[1:]
    if parting != ",":
        head, rows = (
            head.replace(",", parting),
            [re.sub(r',(?![^"]*"[^"]*$)', parting, row) for row in rows],
        )
    return "\n".join([head, *rows]).encode()


SEVERAL = {
    "train.csv": _several(),
    "train_simplified.csv": b"\xef\xbb\xbf" + _several(";"),
    "train.csv.gz": gzip.compress(_several()),
    "all of them.ndjson": ndjson(BOTH) + b"\n" + ndjson(BOTH, "hot tub"),
    "both.ndjson.gz": gzip.compress(gzip.compress(ndjson(BOTH) + ndjson(BOTH, "hot tub"))),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_a_file_of_several_categories_becomes_a_file_of_each_as_the_refusal_says(
    tmp_path, monkeypatch, name
):
    (tmp_path / name).write_bytes(SEVERAL[name])
    said = refusal(tmp_path, "all")
    assert "in an empty folder, import " in said
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    with warnings.catch_warnings():  # of files that the line leaves to be closed
        warnings.simplefilter("ignore", ResourceWarning)
        type_in(said[said.index("import ") :].rstrip("."))
    found = qd.load("all", source=tmp_path / "new")
    assert found.counts == {"cat": 2, "hot tub": 2}
    for category in found.categories:
        wanted = np.stack([qd.draw_strokes(CAT), qd.draw_strokes(FISH)])
        assert (found.only(category).pixels == wanted).all()
    assert len(qd.load("all", source=tmp_path / "new", recognized=True)) == 2


def test_a_table_whose_first_column_is_called_pk_is_a_table(tmp_path):
    head, *rows = kaggle(BOTH).decode().splitlines()
    table = [f"PK,{head}", *(f"{number},{row}" for number, row in enumerate(rows))]
    (tmp_path / "cat.csv").write_text("\n".join(table))
    assert qd.load("cat", source=tmp_path).counts == {"cat": 2}


def test_two_categories_that_were_numbered_together_are_told_to_be_renamed(tmp_path, drawings):
    for number in range(2):
        np.save(tmp_path / f"digit ({number}).npy", drawings.only("cat").pixels)
    said = refusal(tmp_path, "all")
    for number, name in enumerate(re.findall(r"'(digit \d)'", said)):
        (tmp_path / f"digit ({number}).npy").rename(tmp_path / f"{name}.npy")
    assert qd.load("all", source=tmp_path).categories == ("digit 0", "digit 1")
