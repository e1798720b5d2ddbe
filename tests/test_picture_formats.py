"""Promises that the page reads the picture files that Python reads, pixel for pixel."""

from __future__ import annotations

import base64
import io
import json
import re
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from browsing import ROOT
from doodles import DOODLES, cover, simplified
from PIL import DdsImagePlugin, Image, TiffImagePlugin
from rare_pictures import icns, rare_pictures, saved
from test_playground import Playground

import qdtools as qd
from qdtools.drawings.opening import open_picture
from qdtools.drawings.textures import is_plain, unpack

WIDE, TALL = 45, 37


def shapes() -> np.ndarray:
    """Grey levels with even regions, fine grain, runs of many lengths, as every packing meets them."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:TALL, :WIDE]
    grey = (5 * x + 3 * y) % 256
    grey[8:20, 6:30] = 255
    grey[22:30] = rng.integers(0, 256, (8, WIDE))
    grey[30:34] = 0
    return grey.astype(np.uint8)


def in_mode(mode: str) -> Image.Image:
    """The same picture in a mode of Pillow."""
    grey = shapes()
    if mode == "I;16":
        return Image.fromarray(grey.astype(np.uint16) * 256 + grey[::-1])
    if mode == "I;16B":
        return Image.fromarray((grey.astype(np.uint16) * 256 + grey[::-1]).astype(">u2"))
    if mode == "few of 16":
        return Image.fromarray(grey.astype(np.uint16) // 2)
    if mode == "I":
        return Image.fromarray(grey.astype(np.int32) * 1000)
    if mode == "F":
        return Image.fromarray(grey.astype(np.float32) / 255)
    if mode == "large F":
        return Image.fromarray(grey.astype(np.float32) * 7)
    colours = np.stack([grey, np.roll(grey, 5, 0), np.roll(grey, 9, 1)], -1)
    if mode in ("RGBA", "LA", "RGBa"):
        alpha = np.full((TALL, WIDE, 1), 255, np.uint8)
        alpha[4:9, 3:20] = np.arange(17, dtype=np.uint8)[:, None] * 15
        picture = Image.fromarray(np.concatenate([colours, alpha], -1))
        return picture if mode == "RGBA" else picture.convert(mode)
    if mode == "P":
        return Image.fromarray(colours).quantize(50)
    if mode == "CMYK":
        return Image.fromarray(np.concatenate([colours, grey[::-1, :, None]], -1), mode="CMYK")
    return Image.fromarray(colours).convert(mode)


def written(mode: str, format: str, **options: Any) -> bytes:
    return saved(in_mode(mode), format, **options)


def runs(compression: str, tags: dict[int, int] | None = None) -> bytes:
    """Black and white in runs of every length to 3,200, which fax machines have codes for."""
    wide, rows = 3200, []  # more than 800, with one-pixel stripes: brought down as Pillow does
    for length in (*range(64), *range(64, 3200, 64)):
        row = np.zeros(wide, bool)
        row[length:] = np.arange(wide - length) // (length or 1) % 2 == 0
        rows += [row, ~row]
    file = io.BytesIO()
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in (tags or {}).items():
        info[tag] = value
    Image.fromarray(np.array(rows)).save(file, "TIFF", compression=compression, tiffinfo=info)
    return file.getvalue()


def tiff(entries: dict[int, tuple[int, list[int]]], pieces: list[bytes], order: str = "<") -> bytes:
    """A TIFF file of tags and pieces that Pillow does not write."""
    body = b"".join(pieces)
    offsets = [8 + sum(map(len, pieces[:n])) for n in range(len(pieces))]
    tiles = 322 in entries
    entries = entries | {
        324 if tiles else 273: (4, offsets),
        325 if tiles else 279: (4, [len(piece) for piece in pieces]),
    }
    start = 8 + len(body) + len(body) % 2
    table, more = b"", b""
    for tag in sorted(entries):
        kind, values = entries[tag]
        content = struct.pack(f"{order}{len(values)}{ {3: 'H', 4: 'I'}[kind] }", *values)
        if len(content) > 4:
            at = start + 2 + 12 * len(entries) + 4 + len(more)
            more += content
            content = struct.pack(f"{order}I", at)
        table += struct.pack(f"{order}HHI", tag, kind, len(values)) + content.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", start)
    count = struct.pack(f"{order}H", len(entries))
    return head + body.ljust(start - 8, b"\0") + count + table + bytes(4) + more


def png(values: np.ndarray, kind: int, passes: Any = None, clear: bytes = b"") -> bytes:
    """A PNG file (h, w, channels) of 16 bits, whose rows take turns with the five filters."""
    tall, wide, channels = values.shape
    packed = b""
    for left, top, across, down in passes or [(0, 0, 1, 1)]:
        part = values[top::down, left::across]
        rows = part.astype(">u2").view(np.uint8).reshape(len(part), -1).astype(int)
        if not rows.size:
            continue
        size = 2 * channels
        before = np.pad(rows, ((0, 0), (size, 0)))[:, : rows.shape[1]]
        above = np.pad(rows, ((1, 0), (0, 0)))[:-1]
        corner = np.pad(before, ((1, 0), (0, 0)))[:-1]
        away = abs(np.stack([above - corner, before - corner, before + above - 2 * corner]))
        nearest = np.choose(away.argmin(0), [before, above, corner])
        guesses = [0 * rows, before, above, (before + above) // 2, nearest]
        for y in range(len(rows)):
            packed += bytes([y % 5]) + (rows[y] - guesses[y % 5][y]).astype(np.uint8).tobytes()

    def chunk(name: bytes, content: bytes) -> bytes:
        body = name + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", wide, tall, 16, kind, 0, 0, 1 if passes else 0)
    packed = zlib.compress(packed)
    half = len(packed) // 2
    told = [(b"tRNS", clear)] if clear else []
    chunks = [
        (b"IHDR", header),
        *told,
        (b"IDAT", packed[:half]),
        (b"IDAT", packed[half:]),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


#: The first column, the first row, the steps across, down of an interlaced PNG's seven passes.
PASSES = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)


def deep_pngs() -> dict[str, bytes]:
    """PNG files of 16 bits in every kind, their levels full, few, alike in both bytes."""
    rng = np.random.default_rng(6)
    grey = shapes().astype(np.uint16)
    full = grey * 256 + rng.integers(0, 256, grey.shape, np.uint16)
    colours = np.stack([full, np.roll(full, 5, 0), np.roll(full, 9, 1)], -1)
    alpha = np.full((TALL, WIDE, 1), 65535, np.uint16)
    alpha[4:9, 3:20] = np.arange(17, dtype=np.uint16)[:, None] * 4000
    found = {}
    for interlaced, passes in (("", None), (", interlaced", PASSES)):
        found |= {
            f"PNG of 16 bits, {name}{interlaced}": png(values, kind, passes)
            for name, (values, kind) in {
                "grey": (full[..., None], 0),
                "few greys": (grey[..., None], 0),
                "a level above": (np.where(grey == 255, 256, grey)[..., None], 0),
                "spread greys": (grey[..., None] * np.uint16(257), 0),
                "colours": (colours, 2),
                "few levels of colours": (colours // 257, 2),
                "grey with alpha": (np.concatenate([full[..., None], alpha], -1), 4),
                "colours with alpha": (np.concatenate([colours, alpha], -1), 6),
                "one column": (full[:, :1, None], 0),
            }.items()
        }
        clear = colours[10, 10].astype(">u2").tobytes()
        name = f"PNG of 16 bits, one colour without alpha{interlaced}"
        found[name] = png(colours, 2, passes, clear)
    return found


def table() -> dict[str, bytes]:
    """Files in every form that Pillow writes or, from a few lines here, reads."""
    grey, colours = shapes(), np.asarray(in_mode("RGB"))
    found = {
        f"{format} {mode}": written(mode, format)
        for format, modes in {
            "PNG": ("1", "L", "LA", "P", "RGB", "RGBA"),
            "GIF": ("1", "L", "P"),
            "BMP": ("1", "L", "P", "RGB"),
            "DIB": ("1", "L", "P", "RGB"),
            "PPM": ("1", "L", "I;16", "RGB", "F", "large F"),
        }.items()
        for mode in modes
    }
    found |= deep_pngs() | rare_pictures(in_mode)
    found["JPEG L"], found["JPEG RGB"] = (written(mode, "JPEG") for mode in ("L", "RGB"))
    found["JPEG CMYK"] = written("CMYK", "JPEG", quality=95)
    found["JPEG, brightness by steps"] = written("RGB", "JPEG", progressive=True)
    found["JPEG of two pictures"] = written(
        "RGB", "MPO", save_all=True, append_images=[in_mode("RGB").rotate(180)]
    )
    found["GIF, one place clear"] = written("P", "GIF", transparency=3)
    found["PNG P, one place clear"] = written("P", "PNG", transparency=3)
    found["PNG RGB, one colour clear"] = written("RGB", "PNG", transparency=(255, 255, 255))
    found["AVIF RGB"] = written("RGB", "AVIF", quality=100, subsampling="4:4:4")
    for mode in ("RGB", "RGBA"):
        found[f"WEBP {mode}"] = written(mode, "WEBP", lossless=True)
    bits = np.where(grey > 127, 0, 1)
    numbers = "\n".join(map(str, grey.ravel()))
    size = f"{WIDE} {TALL}"
    found |= {
        "PBM in text": f"P1\n# a comment\n{size}\n{''.join(map(str, bits.ravel()))}".encode(),
        "PGM in text": f"P2 {size}\n#!\n255\n{numbers}\n".encode(),
        "PGM in text, 16 bits": f"P2 {size} 999\n{numbers}\n".encode(),
        "PPM in text": f"P3 {size} 255 {' '.join(map(str, colours.ravel()))}".encode(),
        "PGM of few levels": f"P5 {size} 15 ".encode() + (grey // 16).tobytes(),
        "PGM of 12 bits": f"P5 {size} 4095 ".encode()
        + (grey * np.uint16(16)).astype(">u2").tobytes(),
        "PPM of 16 bits": f"P6 {size} 65535 ".encode()
        + (colours * np.uint16(257)).astype(">u2").tobytes(),
        "PNM of inks": f"P0CMYK {size} 255 ".encode() + np.asarray(in_mode("CMYK")).tobytes(),
        "PFM, last byte last": f"Pf {size} 1.0 ".encode() + (grey / 255).astype(">f4").tobytes(),
    }
    plain = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "few of 16", "I;16B", "I", "F")
    for packing in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "tiff_deflate"):
        for mode in (*plain, "large F"):
            if packing and mode == "I;16B":
                continue
            found[f"TIFF {mode}, {packing}"] = written(mode, "TIFF", compression=packing)
    for strange in (np.nan, np.inf, -np.inf):
        fractions = grey.astype(np.float32) / 255
        fractions[0, 0] = fractions[20, 20] = strange
        found[f"TIFF of fractions and {strange}"] = saved(Image.fromarray(fractions), "TIFF")
    for packing in ("tiff_ccitt", "group3", "group4"):
        found[f"TIFF 1, {packing}"] = written("1", "TIFF", compression=packing)
        found[f"TIFF of runs, {packing}"] = runs(packing)
    found["TIFF of runs, group3 mixed"] = runs("group3", {292: 1})
    found["TIFF of runs, group3 filled"] = runs("group3", {292: 5})
    found["TIFF of runs, bits reversed"] = runs("group4", {266: 2})
    found["TIFF of differences"] = written("RGB", "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    found["TIFF of differences, 16 bits"] = written(
        "I;16", "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 2}
    )
    found["TIFF of differences, fractions"] = written(
        "F", "TIFF", compression="tiff_adobe_deflate", tiffinfo={317: 3}
    )
    for mode in ("L", "RGB", "YCbCr"):
        found[f"TIFF {mode}, JPEG"] = written(mode, "TIFF", compression="jpeg", quality=90)
    found["TIFF in strips, JPEG"] = written("RGB", "TIFF", compression="jpeg", strip_size=2000)
    found["TIFF in strips, LZW"] = written("RGB", "TIFF", compression="tiff_lzw", strip_size=700)
    found["TIFF, large"] = written("RGB", "TIFF", compression="packbits", big_tiff=True)
    for turn in range(1, 9):
        found[f"TIFF turned {turn}"] = written("L", "TIFF", tiffinfo={274: turn})
    base = {256: (3, [WIDE]), 257: (3, [TALL]), 259: (3, [1]), 277: (3, [1])}
    for order in "<>":
        deep = (colours * np.uint16(257)).astype(f"{order}u2")
        found |= {
            f"TIFF of 16-bit colours {order}": tiff(
                base | {258: (3, [16] * 3), 262: (3, [2]), 277: (3, [3])}, [deep.tobytes()], order
            ),
            f"TIFF of planes {order}": tiff(
                base | {258: (3, [8] * 3), 262: (3, [2]), 277: (3, [3]), 284: (3, [2])},
                [colours[..., c].tobytes() for c in range(3)],
                order,
            ),
        }
    for bits in (1, 2, 4):
        rows = [np.unpackbits((row >> (8 - bits))[:, None], axis=1)[:, -bits:] for row in grey]
        packed = b"".join(np.packbits(row.ravel()).tobytes() for row in rows)
        for look in (0, 1):
            found[f"TIFF of {bits} bits, {look}"] = tiff(
                base | {258: (3, [bits]), 262: (3, [look])}, [packed]
            )
    padded = np.zeros((48, 48, 3), np.uint8)
    padded[:TALL, :WIDE] = colours
    found["TIFF of tiles"] = tiff(
        base | {258: (3, [8] * 3), 262: (3, [2]), 277: (3, [3]), 322: (3, [16]), 323: (3, [16])},
        [padded[y : y + 16, x : x + 16].tobytes() for y in (0, 16, 32) for x in (0, 16, 32)],
    )
    found["TIFF of Lab"] = tiff(
        base | {258: (3, [8] * 3), 262: (3, [8]), 277: (3, [3])}, [colours.tobytes()]
    )
    clear = np.asarray(in_mode("RGBA"))
    for extra in (0, 1, 2):
        found[f"TIFF with alpha of kind {extra}"] = tiff(
            base | {258: (3, [8] * 4), 262: (3, [2]), 277: (3, [4]), 338: (3, [extra])},
            [clear.tobytes()],
        )
    return found


#: What differs by rounding alone, as another decoder works it out: so many grey levels.
ROUNDED = {
    "JPEG": 2,
    "alpha": 1,
    "RGBA": 1,
    "LA": 1,
    "AVIF": 2,
    "DDS": 2,
    "ICNS of": 1,
    "smooth": 1,
}


@pytest.fixture(scope="module")
def evaluate(browser, origins):
    """Run a function in the page on files."""
    with Playground(browser, origins["file"]) as playground:
        yield lambda function, files: playground.page.evaluate(
            function,
            {name: base64.b64encode(content).decode() for name, content in files.items()},
        )


@pytest.fixture(scope="module")
def decode(evaluate):
    """Decode files in the page; each as colours from 0 to 1, or a sentence."""

    def decode(files: dict[str, bytes]) -> dict[str, Any]:
        found = evaluate(
            """async (files) => {
              const { base64, colours, pictureFiles } = noisyPlayground;
              const results = {};
              for (const [name, content] of Object.entries(files)) {
                try {
                  const decoded = await pictureFiles.decode(new Blob([base64.bytesOf(content)]));
                  const { width, height } = decoded;
                  const planes = colours.colours(decoded).map(({ values }) =>
                    base64.textOf(new Uint8Array(values.buffer)));
                  results[name] = { width, height, planes };
                } catch (error) {
                  results[name] = error.message;
                }
              }
              return results;
            }""",
            files,
        )
        return {
            name: one
            if isinstance(one, str)
            else np.stack(
                [
                    np.frombuffer(base64.b64decode(plane)).reshape(one["height"], one["width"])
                    for plane in one["planes"]
                ],
                -1,
            )
            for name, one in found.items()
        }

    return decode


def in_python(content: bytes) -> np.ndarray | str:
    try:
        return open_picture(content).colours
    except qd.ImageError as error:
        return str(error).replace("The picture", "This picture")


def test_the_page_reads_every_file_that_python_reads_pixel_for_pixel(decode):
    files = table()
    found = decode(files)
    wrong = {}
    for name, content in files.items():
        expected, got = in_python(content), found[name]
        if isinstance(expected, str):
            wrong[name] = f"Python: {expected}"
            continue
        if isinstance(got, str) or got.shape != expected.shape:
            wrong[name] = got if isinstance(got, str) else got.shape
            continue
        bound = max((levels for word, levels in ROUNDED.items() if word in name), default=0)
        off = 255 * abs(got - expected).max()
        if off > bound + 1e-6:
            wrong[name] = f"{off:.1f} levels off"
    assert not wrong


def drawing(size: tuple[int, int] = (240, 180)) -> Image.Image:
    """A cup on light paper, wider than tall."""
    picture = Image.new("L", size, 250)
    picture.paste(
        Image.fromarray(np.uint8(250 - 230 * cover(simplified(DOODLES["cup"][0]), 6, 150))),
        (40, 12),
    )
    return picture


def films() -> dict[str, bytes]:
    """Files of several pictures in each format that holds such, and of one alone."""
    first, last = drawing(), drawing().rotate(180)
    blank = Image.new("L", first.size, 250)
    found = {}
    for format, options in {
        "GIF": {"comment": b"one; two, three!", "disposal": 2},
        "PNG": {},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 100},
        "TIFF": {"compression": "tiff_lzw"},
    }.items():
        more = options | {"save_all": True}
        found |= {
            f"{format}, of one": saved(first, format, **options),
            f"{format}, of three": saved(first, format, append_images=[last, blank], **more),
            f"{format}, blank first": saved(blank, format, append_images=[first, last], **more),
        }
    found["PNG, before the film"] = saved(
        first, "PNG", save_all=True, default_image=True, append_images=[last]
    )
    found["TIFF of 64 bits"] = saved(
        first, "TIFF", save_all=True, big_tiff=True, append_images=[last]
    )
    found["JPEG of two pictures"] = saved(first, "MPO", save_all=True, append_images=[last])
    return found


def test_of_several_frames_the_page_says_what_python_says(evaluate):
    files = films()
    found = evaluate(
        """async (files) => {
          const { base64, pictureFiles, pictures } = noisyPlayground;
          const results = {};
          for (const [name, content] of Object.entries(files)) {
            try {
              const decoded = await pictureFiles.decode(new Blob([base64.bytesOf(content)]));
              results[name] = pictures.told(pictures.readPicture(decoded));
            } catch (error) {
              results[name] = error.message;
            }
          }
          return results;
        }""",
        files,
    )
    for name, content in files.items():
        try:
            said = str(qd.read_picture(content))
        except qd.ImageError as error:
            said = str(error).replace("The picture", "This picture")
        assert found[name] == said, name
        if "blank" in name:
            assert "no ink in the first of its frames" in said
        else:
            several = "three" in name or "film" in name or "64" in name
            assert ("the first of several frames" in said) == several, name


@pytest.mark.parametrize("torn", [False, True])
def test_the_page_turns_a_picture_as_its_exif_says_whatever_its_format(decode, torn):
    files = {}
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = turn
        content = exif.tobytes()[: 20 if torn else None]
        for format, options in {
            "JPEG": {"quality": 95},
            "PNG": {},
            "WEBP": {"lossless": True},
            "WEBP, large": {"lossless": True},
        }.items():
            picture = drawing((1300, 900) if "large" in format else (240, 180))
            files[f"{format} {turn}"] = saved(
                picture, format.partition(",")[0], exif=content, **options
            )
    found = decode(files)
    for name, content in files.items():
        expected = in_python(content)
        assert not isinstance(expected, str), expected
        assert found[name].shape == expected.shape, name
        assert abs(found[name] - expected).max() < (0.03 if "JPEG" in name else 1e-6), name


def test_a_large_picture_is_brought_down_as_pillow_does_to_the_last_level(ask):
    rng = np.random.default_rng(7)
    sizes = [(3200, 226), (226, 3200), (2400, 1801), (803, 5), (801, 801), (1940, 3), (900, 1)]
    sizes += [(int(rng.integers(801, 2500)), int(rng.integers(1, 700))) for _ in range(4)]
    pictures, expected = [], []
    for width, height in sizes:
        colours = rng.integers(0, 256, (height, width, 4), np.uint8)
        colours[::2, :, 0], colours[1::2, :, 0] = 0, 255  # stripes of one pixel, down, across
        colours[:, ::2, 1], colours[:, 1::2, 1] = 0, 255
        colours[..., 3] = 255
        data = base64.b64encode(colours.tobytes()).decode()
        pictures.append({"width": width, "height": height, "data": data})
        opened = open_picture(Image.fromarray(colours[..., :3]))
        expected.append(np.rint(255 * opened.colours).astype(int))
    found = ask(
        """({ base64, shrinking }, pictures) => pictures.map(({ width, height, data }) => {
          const shrunk = shrinking.shrink({ width, height, data: base64.bytesOf(data) });
          return [shrunk.height, shrunk.width, Buffer.from(shrunk.data).toString("base64")];
        })""",
        pictures,
    )
    for size, right, (height, width, data) in zip(sizes, expected, found, strict=True):
        levels = np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)
        np.testing.assert_array_equal(levels[..., :3], right, str(size))


def test_a_torn_or_huge_file_is_refused_in_the_words_of_python(decode):
    files = table()
    kinds = (
        "PBM",
        "PGM in",
        "PPM RGB",
        "TIFF RGB",
        "TIFF L",
        "TIFF of 4",
        "TIFF in strips",
        "TIFF F",
        "PNG of 16",
    )
    torn = {
        f"{name}, {share}": content[: int(len(content) * share)]
        for name, content in files.items()
        if name.startswith(kinds)
        for share in (0.2, 0.6)
    }
    size = {256: (4, [9_000]), 257: (4, [9_000]), 258: (3, [8]), 262: (3, [1])}
    huge = {
        "PPM": b"P6 9000 9000 255\n",
        "PBM in text": b"P1 8000 7000\n01",
        "DIB": struct.pack("<IiiHHII16x", 40, 9_000, 9_000, 1, 24, 0, 0),
        "TIFF": tiff(size, [b"1234"]),
    }
    pieces = {
        "no tags": b"II*\0\x08\0\0\0\0\0",
        "tags beyond the end": b"II*\0\xff\xff\xff\x7f",
        "many tags": b"MM\0*\0\0\0\x08\xff\xff",
        "a comment without an end": b"P5 # nothing else",
        "no size": b"P4\n",
    }
    found = decode(torn | huge | pieces)
    for name in huge:
        assert found[name] == in_python(huge[name]), name
        assert "at most 50 million" in found[name]
    for name in torn | pieces:
        assert found[name] == "This picture cannot be read (torn); save it again as PNG.", name
    for name, content in torn.items():
        # Where nothing but the end of a TIFF tells what it is, Pillow calls it no picture.
        assert re.search("can(not)? be read", str(in_python(content))), name


WORDS = json.loads((ROOT / "qdtools/drawings/pictures.json").read_text("utf-8"))
#: What Pillow knows by the first bytes of nothing but itself, each told as something else if at all.
NAMELESS = {"IMT", "IPTC", "SPIDER"}


def test_one_table_holds_every_format_that_pillow_knows():
    Image.init()
    read = {one["pillow"]: one for one in WORDS["formats"]}
    elsewhere = {"EPS", "MPEG"}  # told among what has no pixels
    unread = {one["pillow"] for one in WORDS["unread_formats"] if "pillow" in one}
    assert set(read) | unread | elsewhere | NAMELESS == set(Image.OPEN)
    assert len(read) + len(unread) + len(elsewhere) + len(NAMELESS) == len(Image.OPEN)
    for end, format in Image.registered_extensions().items():
        assert format not in read or end[1:] in read[format]["ends"], end
    formats = {Image.open(io.BytesIO(content)).format for content in table().values()}
    assert formats >= set(read)


def test_what_neither_reads_is_told_by_both_in_the_same_words(decode):
    files = {
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "a film": b"\0\0\x01\xb3" + bytes(99),
    }
    files |= {
        f"{one['what']} {n}": bytes(one.get("at", 0)) + one["begins"].encode("latin-1") + bytes(200)
        for n, one in enumerate(WORDS["unread_formats"])
    }
    found = decode(files | {"HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60)})
    assert found.pop("HEIC").endswith(".")  # by a plugin in Python, by some browsers
    for name, content in files.items():
        assert found[name] == in_python(content), name
        assert name.rpartition(" ")[0] in found[name] or "SVG" in name, name


def test_a_kind_that_neither_reads_of_a_format_that_both_read_is_named(decode):
    size = {256: (3, [2]), 257: (3, [2]), 258: (3, [8]), 262: (3, [1]), 277: (3, [1])}
    files = {
        f"TIFF packed {how}": tiff(size | {259: (3, [int(number)])}, [bytes(12)])
        for number, how in WORDS["tiff_packings"].items()
        if int(number) < 50_000 or how == "by Zstandard"
    }
    files["TIFF with JPEG of printing inks"] = written("CMYK", "TIFF", compression="jpeg")
    texture = written("RGBA", "DDS", pixel_format="BC3")
    files["DDS packed in a way of its own"] = texture[:128] + b"\x62" + texture[129:]
    found = decode(files)
    for name, content in files.items():
        assert found[name] == f"This picture cannot be read ({name}); save it again as PNG."
        assert in_python(content) == found[name]


#: One file a way of packing, for spoiling.
SPOILT = (
    *("BMP RGBA", "BMP of 4 bits", "BMP in runs", "BMP in runs of 4 bits", "BMP with alpha"),
    *("PCX P", "PCX RGB", "PCX of 4 planes", "TGA RGB", "TGA RGBA in runs 1", "DIB RGBA"),
    *("TGA of places, 24 bits", "TGA whose alpha counts", "SGI RGB", "QOI RGBA", "DDS RGBA"),
    *("SGI in runs, 1 bytes, 3 planes", "SGI in runs, 2 bytes, 1 planes", "DDS DXT5", "DDS BC4"),
    *("DDS of places", "XBM 1", "J2K RGB", "J2K I;16", "J2K smooth, RPCL", "ICO RGB by bmp"),
    *("ICO of 4 bits", "ICNS of 32, in runs, 2", "ICNS of 16, plain, 1", "PSD of bits"),
    *("PSD of colours with alpha, True", "PSD of Lab, False", "PSD of places, True"),
)


def test_a_file_cut_anywhere_is_told_by_the_page_where_python_tells_it(ask):
    files = rare_pictures(in_mode)
    cut = {
        f"{name}, {end} of {len(files[name])}": files[name][:end]
        for name in SPOILT
        for end in range(0, len(files[name]), max(10, len(files[name]) // 40))
    }
    found = _told(ask, cut)
    for name, content in cut.items():
        assert found[name] == isinstance(in_python(content), str), name


def test_any_byte_of_a_file_may_be_wrong(ask):
    files = rare_pictures(in_mode)
    rng = np.random.default_rng(11)
    wrong = {}
    for name in SPOILT:
        for n in range(20):
            content = bytearray(files[name])
            # Sizes, counts, lengths stand at the beginning; then come runs.
            reach = min(len(content) - 2, int(rng.choice([40, 150, len(content)])))
            at = int(rng.integers(0, reach))
            content[at : at + 2] = bytes([int(rng.choice([0, 255, rng.integers(0, 256)]))] * 2)
            wrong[f"{name}, {n}"] = bytes(content)
    assert True in _told(ask, wrong).values()
    for content in wrong.values():
        in_python(content)  # tells, or reads


def _told(ask, files: dict[str, bytes]) -> dict[str, bool]:
    """Whether the page's own decoders refuse a file."""
    found: dict[str, bool] = ask(
        """async ({ base64, picture_headers, pixels }, files) => {
          const told = {};
          for (const [name, content] of Object.entries(files)) {
            try {
              const header = picture_headers.headerOf(base64.bytesOf(content));
              const { width, height } = header;
              told[name] = !(width * height > 0 && width * height <= 5e7);
              if (told[name]) continue;
              const found = await header.decode();
              pixels.rowsOf(found, 0, found.height);
            } catch {
              told[name] = true;
            }
          }
          return told;
        }""",
        {name: base64.b64encode(content).decode() for name, content in files.items()},
    )
    return found


def costly() -> dict[str, bytes]:
    """Small files that claim what takes many times the memory of its pixels to unpack."""
    webp = bytearray(written("RGB", "WEBP", lossless=True))
    place = webp.index(b"VP8L") + 9  # 14 bits for each side, less one
    (bits,) = struct.unpack_from("<I", webp, place)
    struct.pack_into("<I", webp, place, bits & 0xF0000000 | 5199 | 4999 << 14)
    found = {"WebP": bytes(webp)}
    stream = written("RGB", "JPEG2000", no_jp2=True)
    for name, numbers in {
        "JPEG 2000": (4000, 4000, 0, 0, 4000, 4000),
        "JPEG 2000 in bits": (1, 20_000, 0, 0, 1, 1),
    }.items():
        content = bytearray(stream)
        struct.pack_into(">6I", content, 8, *numbers)
        found[name] = bytes(content)
    found["JPEG 2000 in an icon"] = icns([("ic10", found["JPEG 2000"])])
    return found


def test_what_takes_too_much_memory_to_unpack_is_refused_as_python_refuses_it(decode):
    files = costly()
    found = decode(files)
    for name, content in files.items():
        assert in_python(content) == found[name], name
    assert "at most 25 million, or save it as PNG" in found["WebP"]
    assert "at most 15 million, or save it as PNG" in found["JPEG 2000"]
    assert found["JPEG 2000 in an icon"] == found["JPEG 2000"]
    assert "JPEG 2000 of a kind of its own" in found["JPEG 2000 in bits"]


def test_what_an_icon_holds_has_the_limit_that_it_has_alone(ask):
    """So the page says as Python does, before anything is unpacked."""
    icon = costly()["JPEG 2000 in an icon"]
    with pytest.raises(
        qd.ImageError, match=r"4000 x 4000 pixels, and JPEG 2000 takes .* 15 million"
    ):
        qd.read_picture(icon)
    question = "(lib, bytes) => lib.picture_headers.headerOf(lib.base64.bytesOf(bytes))"
    header = ask(question, base64.b64encode(icon).decode())
    assert (header["format"], header["within"]) == ("ICNS", "JPEG 2000")
    assert header["width"] * header["height"] == 16_000_000


def plain_texture(side: int, bits: int, masks: tuple[int, ...]) -> bytes:
    """A DDS file whose colours masks cut out of each pixel's bits; a dark ring on light paper."""
    y, x = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    inked = abs(np.hypot(x, y) - 0.6) < 0.1
    whole = sum(masks[:3])
    alpha = masks[3] if len(masks) == 4 else 0
    values = np.where(inked, alpha | whole // 7 & whole, alpha | whole).astype("<u4")
    head = struct.pack("<7I44x", 124, 0x100F, side, side, side * bits // 8, 0, 0)
    kind = struct.pack(
        "<2I4x5I", 32, 0x41 if alpha else 0x40, bits, *masks, *[0] * (4 - len(masks))
    )
    pixels = values.view(np.uint8).reshape(-1, 4)[:, : bits // 8].tobytes()
    return b"DDS " + head + kind + struct.pack("<5I", 0x1000, 0, 0, 0, 0) + pixels


@pytest.mark.parametrize(
    ("bits", "masks"),
    [
        (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
        (32, (0x3FF00000, 0xFFC00, 0x3FF)),
        (24, (0xFF, 0xFF00, 0xFF0000)),
        (16, (0xF800, 0x7E0, 0x1F)),
        (16, (0x7C00, 0x3E0, 0x1F, 0x8000)),
        (8, (0xE0, 0x1C, 0x3)),
    ],
)
def test_a_plain_texture_is_unpacked_as_pillow_unpacks_it_but_not_pixel_by_pixel(
    bits, masks, monkeypatch
):
    content = plain_texture(60, bits, masks)
    with Image.open(io.BytesIO(content)) as picture:
        expected = np.asarray(picture)
    file = io.BytesIO(content)
    with Image.open(file) as picture:
        assert is_plain(picture)
        np.testing.assert_array_equal(np.asarray(unpack(picture, file)), expected)
    monkeypatch.delattr(DdsImagePlugin.DdsRgbDecoder, "decode")
    assert qd.read_picture(plain_texture(300, bits, masks)).kind == "drawing"
    with pytest.raises(qd.ImageError, match="cannot be read"):
        qd.read_picture(content[:-3])


def test_a_large_plain_texture_is_unpacked_in_the_page_without_an_array_a_pixel(ask):
    content = plain_texture(60, 32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000))
    spent = ask(
        """(lib, content) => {
          const small = lib.base64.bytesOf(content);
          const side = 3000;
          const large = new Uint8Array(128 + 4 * side * side).fill(200);
          large.set(small.subarray(0, 128));
          new DataView(large.buffer).setUint32(12, side, true);
          new DataView(large.buffer).setUint32(16, side, true);
          const start = process.cpuUsage().user;
          lib.picture_headers.headerOf(large).decode();
          return (process.cpuUsage().user - start) / 1e6;
        }""",
        base64.b64encode(content).decode(),
    )
    assert spent < 2, "an array a pixel took 5 s"


def test_an_icon_is_asked_how_large_its_pictures_are_before_one_is_unpacked(decode):
    png = written("L", "PNG")
    huge = png[:16] + struct.pack(">II", 9000, 9000) + png[24:]
    entry = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 8, len(huge), 22)
    files = {
        "ICO": entry + huge,
        "ICNS": icns([("ic07", huge)]),
    }
    found = decode(files)
    for name, content in files.items():
        assert "at most 50 million" in found[name], name
        assert in_python(content) == found[name], name
