"""Reads how large the pictures in an icon are before one of them is unpacked."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

_ICO, _ICNS, _PNG = b"\0\0\1\0", b"icns", b"\x89PNG\r\n\x1a\n"
_JP2, _J2K = b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"


def sizes_within(file: IO[bytes], head: bytes) -> Iterator[tuple[int, int, str]]:
    """Give the size of each picture in an icon, with its format (chapter 5).

    Parameters
    ----------
    file : open binary file
        Left at its start.
    head : bytes
        The first of it.

    Yields
    ------
    (int, int, str)
        Width and height in pixels, the format by its name in Pillow, "" where it matters to no limit;
        none for what is no icon, or is torn.
    """
    if head.startswith(_ICO):
        places = _of_windows(head, file)
    elif head.startswith(_ICNS):
        places = _of_macos(file)
    else:
        return
    for place in list(places):
        file.seek(place)
        start = file.read(512)
        size = _size(start)
        if size:
            yield *size, "JPEG2000" if start.startswith((_JP2, _J2K)) else ""
    file.seek(0)


def _of_windows(head: bytes, file: IO[bytes]) -> Iterator[int]:
    (count,) = struct.unpack_from("<H", head, 4) if len(head) > 5 else (0,)
    file.seek(6)
    for start in range(count):
        entry = file.read(16)
        if len(entry) < 16 or start > 1000:
            return
        yield struct.unpack_from("<I", entry, 12)[0]


def _of_macos(file: IO[bytes]) -> Iterator[int]:
    place = 8
    for _ in range(1000):
        file.seek(place)
        header = file.read(8)
        length = struct.unpack(">I", header[4:])[0] if len(header) == 8 else 0
        if length < 8:
            return
        yield place + 8
        place += length


def _size(start: bytes) -> tuple[int, int] | None:
    """Read the size that a picture tells at its start, None if it tells none."""
    if start.startswith(_PNG) and len(start) >= 24:
        return struct.unpack_from(">II", start, 16)
    if start.startswith(_JP2):
        at = start.find(b"ihdr")
        if at >= 0 and len(start) >= at + 12:
            height, width = struct.unpack_from(">II", start, at + 4)
            return width, height
        return None
    if start.startswith(_J2K) and len(start) >= 24:
        wide, high, left, top = struct.unpack_from(">IIII", start, 8)
        return wide - left, high - top
    if len(start) >= 12 and struct.unpack_from("<I", start)[0] in (40, 52, 56, 64, 108, 124):
        width, height = struct.unpack_from("<Ii", start, 4)
        return width, abs(height) // 2  # below it stands its mask
    return None
