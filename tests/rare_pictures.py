"""Makes picture files of the rarer formats, in every form that Pillow writes or reads."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    InMode = Callable[[str], Image.Image]


def rare_pictures(in_mode: InMode) -> dict[str, bytes]:
    """One file for each form, of the picture that `in_mode` gives in a mode of Pillow."""

    def written(mode: str, format: str, **options: object) -> bytes:
        return saved(in_mode(mode), format, **options)

    found = {
        f"{format} {mode}": written(mode, format)
        for format, modes in {
            "BMP": ("RGBA",),
            "DIB": ("RGBA",),
            "PCX": ("1", "L", "P", "RGB"),
            "TGA": ("1", "L", "LA", "P", "RGB", "RGBA"),
            "SGI": ("L", "RGB", "RGBA"),
            "QOI": ("RGB", "RGBA"),
            "DDS": ("L", "LA", "RGB", "RGBA"),
            "XBM": ("1",),
        }.items()
        for mode in modes
    }
    found |= {f"SGI {mode} of 16 bits": written(mode, "SGI", bpc=2) for mode in ("L", "RGB")}
    for mode in ("L", "LA", "P", "RGB", "RGBA"):
        for way in (-1, 1):
            found[f"TGA {mode} in runs {way}"] = written(
                mode, "TGA", compression="tga_rle", orientation=way
            )
    for name in ("DXT1", "DXT3", "DXT5", "BC2", "BC3"):
        found[f"DDS {name}"] = written("RGBA", "DDS", pixel_format=name)
    found["DDS BC5"] = written("RGB", "DDS", pixel_format="BC5")
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        for kind in ("bmp", "png"):
            found[f"ICO {mode} by {kind}"] = written(
                mode, "ICO", sizes=[(45, 37), (16, 16)], bitmap_format=kind
            )
    for mode in ("L", "LA", "RGB", "RGBA", "I;16"):
        found[f"J2K {mode}"] = written(mode, "JPEG2000")
    for order in ("LRCP", "RLCP", "RPCL", "PCRL", "CPRL"):
        layers = {"quality_mode": "dB", "quality_layers": [30, 40, 50]}
        parts = {"precinct_size": (32, 32), "tile_size": (20, 25), "codeblock_size": (8, 4)}
        found[f"J2K smooth, {order}"] = written(
            "RGB", "JPEG2000", irreversible=True, progression=order, **layers, **parts
        )
    for name, options in {
        "alone": {"no_jp2": True},
        "in tiles": {"tile_size": (16, 16), "tile_offset": (3, 2), "offset": (5, 4)},
        "unmixed": {"mct": 0, "num_resolutions": 1},
        "with lengths": {"plt": True, "comment": "Made for a test."},
    }.items():
        found[f"J2K {name}"] = written("RGB", "JPEG2000", **options)
    grey, colours = (np.asarray(in_mode(mode)) for mode in ("L", "RGB"))
    inks, clear = (np.asarray(in_mode(mode)) for mode in ("CMYK", "RGBA"))
    return found | {
        **_bitmaps(grey, clear),
        **_pcx(grey),
        **_tga(grey, clear),
        **_sgi(colours),
        **_psd(grey, clear, inks),
        **_dds(grey, clear),
        **_icns(clear),
        **{
            f"ICNS of {format}": icns([("icp4", written("RGB", "PNG")), ("ic07", content)])
            for format in ("PNG", "JPEG2000")
            for content in [saved(in_mode("RGBA").resize((128, 128)), format)]
        },
    }


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    """Give what a file of a picture holds."""
    file = io.BytesIO()
    picture.save(file, format, **options)  # type: ignore[arg-type]
    return file.getvalue()


def runs(row: bytes) -> list[tuple[int, int]]:
    """Cut bytes into counts of the same one after another."""
    found: list[tuple[int, int]] = []
    for byte in row:
        if found and found[-1][1] == byte:
            found[-1] = (found[-1][0] + 1, byte)
        else:
            found.append((1, byte))
    return found


def cut(found: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """No run longer than so many."""
    return [
        (min(most, count - start), byte) for count, byte in found for start in range(0, count, most)
    ]


def bitmap(
    size: tuple[int, int],
    bits: int,
    pixels: bytes,
    *,
    packing: int = 0,
    masks: tuple[int, ...] = (),
    palette: bytes = b"",
    header: int = 40,
) -> bytes:
    """A bitmap of Windows from its header on."""
    wide, tall = size
    if header == 12:
        return struct.pack("<IHHHH", 12, wide, tall, 1, bits) + palette + pixels
    about = struct.pack(
        "<IiiHHIIiiII",
        header,
        wide,
        tall,
        1,
        bits,
        packing,
        len(pixels),
        1,
        1,
        len(palette) // 4,
        0,
    )
    told = b"".join(struct.pack("<I", mask) for mask in masks)
    if header == 40:
        return about + told + palette + pixels
    return about + told.ljust(header - 40, b"\0") + palette + pixels


def whole(content: bytes, start: int | None = None) -> bytes:
    """The same as a file of its own, which says where the pixels are."""
    return struct.pack("<2sIHHI", b"BM", 14 + len(content), 0, 0, start or 0) + content


def rows_of(pixels: np.ndarray, fill: int = 4) -> bytes:
    """Rows of bytes from the last to the first, filled up to whole words."""
    return b"".join(row.tobytes() + bytes(-len(row.tobytes()) % fill) for row in pixels[::-1])


def _bitmaps(grey: np.ndarray, clear: np.ndarray) -> dict[str, bytes]:
    tall, wide = grey.shape
    size = (wide, tall)
    places = grey // 16
    palette = b"".join(bytes([13 * n % 256, 7 * n % 256, n % 256, 0]) for n in range(256))
    blue_first = clear[..., [2, 1, 0, 3]]
    found = {}
    for depth, unit in ((1, 128), (4, 16)):
        few = grey // unit
        packed = [
            np.packbits(np.unpackbits(row[:, None], axis=1)[:, -depth:].ravel()) for row in few
        ]
        found[f"BMP of {depth} bits"] = whole(
            bitmap(size, depth, rows_of(np.array(packed)), palette=palette[: 4 * 2**depth]),
            14 + 40 + 4 * 2**depth,
        )
    fives = (
        (clear[..., 0].astype("<u2") >> 3 << 10)
        | (clear[..., 1].astype("<u2") >> 3 << 5)
        | (clear[..., 2].astype("<u2") >> 3)
    )
    sixes = (
        (clear[..., 0].astype("<u2") >> 3 << 11)
        | (clear[..., 1].astype("<u2") >> 2 << 5)
        | (clear[..., 2].astype("<u2") >> 3)
    )
    red, green, blue, alpha = 0xFF0000, 0xFF00, 0xFF, 0xFF000000
    found |= {
        "BMP of 16 bits": whole(bitmap(size, 16, rows_of(fives)), 54),
        "BMP of 16 bits, 5 6 5": whole(
            bitmap(size, 16, rows_of(sixes), packing=3, masks=(0xF800, 0x7E0, 0x1F)), 66
        ),
        "BMP of 32 bits": whole(bitmap(size, 32, rows_of(blue_first)), 54),
        "BMP with masks": whole(
            bitmap(size, 32, rows_of(blue_first), packing=3, masks=(red, green, blue)), 66
        ),
        "BMP with alpha": whole(
            bitmap(
                size,
                32,
                rows_of(blue_first),
                packing=3,
                masks=(red, green, blue, alpha),
                header=124,
            ),
            14 + 124,
        ),
        "BMP with alpha first": whole(
            bitmap(
                size,
                32,
                rows_of(clear[..., [3, 2, 1, 0]]),
                packing=3,
                masks=(alpha, red, green, blue),
                header=108,
            ),
            14 + 108,
        ),
        "BMP upright": whole(
            bitmap((wide, -tall), 24, rows_of(blue_first[::-1, :, :3].reshape(tall, -1))), 54
        ),
        "BMP of the oldest kind": whole(
            bitmap(
                size,
                8,
                rows_of(grey),
                palette=b"".join(bytes([n, 255 - n, n]) for n in range(256)),
                header=12,
            ),
            14 + 12 + 768,
        ),
        "DIB of the oldest kind": bitmap(
            size, 24, rows_of(blue_first[..., :3].reshape(tall, -1)), header=12
        ),
    }
    packed = b""
    for row in grey[::-1]:
        for count, byte in cut(runs(row.tobytes()), 255):
            packed += bytes([count, byte])
        packed += b"\0\0"
    found["BMP in runs"] = whole(
        bitmap(size, 8, packed + b"\0\1", packing=1, palette=palette), 54 + 1024
    )
    packed = b""
    for row in grey[::-1]:
        packed += bytes([0, wide]) + row.tobytes() + bytes(wide % 2) + b"\0\0"
    found["BMP in runs of one"] = whole(
        bitmap(size, 8, packed + b"\0\1", packing=1, palette=palette), 54 + 1024
    )
    packed = b""
    for row in places[::-1]:
        for count, byte in cut(runs(row.tobytes()), 255):
            packed += bytes([count, 17 * byte])
        packed += b"\0\0"
    found["BMP in runs of 4 bits"] = whole(
        bitmap(size, 4, packed + b"\0\1", packing=2, palette=palette[:64]), 54 + 64
    )
    for depth, content in (
        (4, bitmap((wide, 2 * tall), 4, b"", palette=palette[:64])),
        (24, bitmap((wide, 2 * tall), 24, b"")),
    ):
        rows = (
            rows_of(blue_first[..., :3].reshape(tall, -1))
            if depth == 24
            else rows_of(
                np.array(
                    [
                        np.packbits(np.unpackbits(row[:, None], axis=1)[:, -4:].ravel())
                        for row in places
                    ]
                )
            )
        )
        mask = rows_of(np.packbits(grey > 230, axis=1))
        icon = content + rows + mask
        found[f"ICO of {depth} bits"] = (
            struct.pack("<HHH", 0, 1, 2)
            + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, depth, 9, 99999)
            + struct.pack("<BBBBHHII", wide, tall, 0, 0, 1, depth, len(icon), 38)
            + icon
        )
    return found


def pcx(
    size: tuple[int, int], bits: int, planes: int, rows: list[bytes], end: bytes = b""
) -> bytes:
    """A picture of PC Paintbrush, whose rows are whole already."""
    wide, tall = size
    colours = b"".join(bytes([16 * n, 255 - 9 * n, 5 * n]) for n in range(16))
    head = struct.pack("<BBBBHHHHHH", 10, 5, 1, bits, 3, 2, wide + 2, tall + 1, 72, 72)
    head += colours + bytes([0, planes]) + struct.pack("<H", len(rows[0]) // planes)
    packed = b""
    for row in rows:
        for count, byte in cut(runs(row), 63):
            packed += bytes([byte]) if count == 1 and byte < 192 else bytes([192 + count, byte])
    return head.ljust(128, b"\0") + packed + end


def _pcx(grey: np.ndarray) -> dict[str, bytes]:
    found = {}
    size = grey.shape[::-1]
    for planes in (2, 4):
        few = grey // (256 // 2**planes)
        rows = [
            b"".join(np.packbits(row >> plane & 1).tobytes() for plane in range(planes))
            for row in few
        ]
        found[f"PCX of {planes} planes"] = pcx(size, 1, planes, rows)
    plain = [row.tobytes() for row in grey]
    found["PCX without a palette"] = pcx(size, 8, 1, plain, bytes(769))
    return found


def tga(
    size: tuple[int, int],
    kind: int,
    depth: int,
    pixels: bytes,
    *,
    flags: int = 0,
    palette: tuple[int, int, int, bytes] = (0, 0, 0, b""),
) -> bytes:
    """A picture of Truevision; its palette's first place, count, depth, content."""
    first, count, bits, content = palette
    head = struct.pack(
        "<BBBHHBHHHHBB", 3, bits > 0, kind, first, count, bits, 0, 0, *size, depth, flags
    )
    return head + b"abc" + content + pixels


def _tga(grey: np.ndarray, clear: np.ndarray) -> dict[str, bytes]:
    size = grey.shape[::-1]
    few = grey // 16
    found = {}
    for bits in (16, 24):
        content = np.random.default_rng(bits).integers(0, 256, 14 * bits // 8, np.uint8)
        found[f"TGA of places, {bits} bits"] = tga(
            size, 1, 8, np.maximum(few, 2).tobytes(), palette=(2, 14, bits, content.tobytes())
        )
    for flags in (0, 0x10, 0x20, 0x30):
        found[f"TGA turned {flags}"] = tga(size, 3, 8, grey.tobytes(), flags=flags)
    fives = (clear[..., 0].astype("<u2") << 8) | clear[..., 1]
    found["TGA of 16 bits"] = tga(size, 2, 16, fives.tobytes())
    pixels = clear[..., [2, 1, 0, 3]].tobytes()
    content = tga(size, 2, 32, pixels, flags=0x20)
    extension = bytearray(495)
    footer = struct.pack("<II", len(content), 0) + b"TRUEVISION-XFILE.\0"
    found["TGA whose alpha says nothing"] = content + bytes(extension) + footer
    extension[494] = 3
    found["TGA whose alpha counts"] = content + bytes(extension) + footer
    return found


def _sgi_row(row: bytes, size: int) -> bytes:
    """Runs where bytes repeat, counts of bytes as they are elsewhere; of `size` bytes a number."""
    before = bytes(size - 1)
    packed, ones = b"", b""
    for count, byte in [*cut(runs(row), 127), (0, 0)]:
        if count == 1 and len(ones) < 100:
            ones += bytes([byte])
            continue
        if ones:
            values = b"".join(bytes([one] * size) for one in ones)
            packed += before + bytes([128 + len(ones)]) + values
            ones = b""
        packed += before + bytes([count]) + (bytes([byte] * size) if count else b"")
    return packed


def _sgi(colours: np.ndarray) -> dict[str, bytes]:
    found = {}
    tall, wide, _ = colours.shape
    for size in (1, 2):
        for planes in (1, 3):
            rows = [
                _sgi_row(row.tobytes(), size)
                for channel in range(planes)
                for row in colours[::-1, :, channel]
            ]
            lengths = [len(row) for row in rows]
            first = 512 + 8 * tall * planes
            starts = [first + sum(lengths[:n]) for n in range(len(rows))]
            dimensions = 2 if planes == 1 else 3
            head = struct.pack(">HBBHHHH", 474, 1, size, dimensions, wide, tall, planes)
            tables = struct.pack(f">{2 * len(rows)}I", *starts, *lengths)
            name = f"SGI in runs, {size} bytes, {planes} planes"
            found[name] = head.ljust(512, b"\0") + tables + b"".join(rows)
    return found


def pack_bits(row: bytes) -> bytes:
    """Runs where bytes repeat, counts of bytes as they are elsewhere."""
    packed = b""
    for count, byte in cut(runs(row), 128):
        packed += bytes([0, byte]) if count == 1 else bytes([257 - count, byte])
    return packed


def psd(
    planes: list[np.ndarray], kind: int, bits: int = 8, *, packed: bool, colours: bytes = b""
) -> bytes:
    """A Photoshop file of rows of bytes (h, bytes) for each channel."""
    tall, row_bytes = planes[0].shape
    wide = row_bytes if bits == 8 else 45
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, len(planes), tall, wide, bits, kind)
    head += struct.pack(">I", len(colours)) + colours
    resource = b"8BIM" + struct.pack(">HBBI", 1005, 0, 0, 3) + b"abc\0"
    head += struct.pack(">I", len(resource)) + resource
    head += struct.pack(">II", 4, 0)  # no layers
    if not packed:
        return head + b"\0\0" + b"".join(plane.tobytes() for plane in planes)
    rows = [pack_bits(row.tobytes()) for plane in planes for row in plane]
    lengths = struct.pack(f">{len(rows)}H", *map(len, rows))
    return head + b"\0\1" + lengths + b"".join(rows)


def _psd(grey: np.ndarray, clear: np.ndarray, inks: np.ndarray) -> dict[str, bytes]:
    found = {}
    bands = [clear[..., c] for c in range(4)]
    rng = np.random.default_rng(3)
    palette = rng.integers(0, 256, 768, np.uint8).tobytes()
    for packed in (False, True):
        for name, planes, kind in (
            ("grey", [grey], 1),
            ("grey with more", [grey, bands[1]], 1),
            ("colours", bands[:3], 3),
            ("colours with alpha", bands, 3),
            ("inks", [255 - inks[..., c] for c in range(4)], 4),
            ("two inks", [grey], 8),
            ("Lab", bands[:3], 9),
        ):
            found[f"PSD of {name}, {packed}"] = psd(planes, kind, packed=packed)
        found[f"PSD of places, {packed}"] = psd([grey], 2, packed=packed, colours=palette)
    found["PSD of bits"] = psd([np.packbits(grey > 100, axis=1)], 0, 1, packed=False)
    return found


def dds(
    size: tuple[int, int],
    flags: int,
    bits: int,
    masks: tuple[int, ...],
    pixels: bytes,
    name: bytes = b"\0\0\0\0",
) -> bytes:
    """A texture of DirectX."""
    wide, tall = size
    head = struct.pack("<4s7I44x", b"DDS ", 124, 0x1007, tall, wide, 0, 0, 0)
    head += struct.pack("<II4sI", 32, flags, name, bits)
    head += struct.pack("<4I", *(masks + (0,) * 4)[:4]) + struct.pack("<5I", 0x1000, 0, 0, 0, 0)
    return head + pixels


def _dds(grey: np.ndarray, clear: np.ndarray) -> dict[str, bytes]:
    tall, wide = grey.shape
    size = (wide, tall)
    rng = np.random.default_rng(4)
    blocks = -(-tall // 4) * -(-wide // 4)
    two = (clear[..., 0].astype("<u2") << 8) | clear[..., 1]
    ten = struct.pack("<5I", 28, 3, 0, 1, 0)
    return {
        "DDS of 16 bits": dds(size, 0x40, 16, (0xF800, 0x7E0, 0x1F), two.tobytes()),
        "DDS of 16 bits with alpha": dds(size, 0x41, 16, (0xF00, 0xF0, 0xF, 0xF000), two.tobytes()),
        "DDS of 32 bits": dds(
            size, 0x41, 32, (255, 255 << 8, 255 << 16, 255 << 24), clear.tobytes()
        ),
        "DDS of places": dds(
            size, 0x20, 8, (), rng.integers(0, 256, 1024, np.uint8).tobytes() + grey.tobytes()
        ),
        "DDS of the tenth kind": dds(size, 4, 0, (), ten + clear.tobytes(), b"DX10"),
        "DDS BC4": dds(
            size, 4, 0, (), rng.integers(0, 256, 8 * blocks, np.uint8).tobytes(), b"ATI1"
        ),
        "DDS DXT1 of any bytes": dds(
            size, 4, 0, (), rng.integers(0, 256, 8 * blocks, np.uint8).tobytes(), b"DXT1"
        ),
        "DDS DXT5 of any bytes": dds(
            size, 4, 0, (), rng.integers(0, 256, 16 * blocks, np.uint8).tobytes(), b"DXT5"
        ),
    }


def icns(parts: list[tuple[str, bytes]]) -> bytes:
    """An icon of macOS of parts by their names."""
    body = b"".join(
        name.encode() + struct.pack(">I", 8 + len(content)) + content for name, content in parts
    )
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


def _icns(clear: np.ndarray) -> dict[str, bytes]:
    found = {}
    for name, mask, side in (
        ("is32", "s8mk", 16),
        ("il32", "l8mk", 32),
        ("ih32", "h8mk", 48),
        ("it32", "t8mk", 128),
    ):
        pixels = np.resize(clear, (side, side, 4))
        planes = b""
        for c in range(3):
            # A run has at least three of the same.
            for count, byte in cut(runs(pixels[..., c].tobytes()), 130):
                planes += (
                    bytes([125 + count, byte]) if count > 2 else bytes([count - 1] + [byte] * count)
                )
        first = bytes(4) if side == 128 else b""
        plain = pixels[..., :3].tobytes()
        for kind, content in (("in runs", first + planes), ("plain", first + plain)):
            parts = [(name, content), (mask, pixels[..., 3].tobytes())]
            for few in (parts, parts[:1]):
                found[f"ICNS of {side}, {kind}, {len(few)}"] = icns(few)
    return found
