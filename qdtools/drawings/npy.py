"""Opens .npy files of uint8 from strangers, trusting no header further than the file bears it out."""

from __future__ import annotations

import errno
import io
import math
import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import DataError
from .canvas import SIDE

if TYPE_CHECKING:
    from pathlib import Path

#: No header of a plain array is longer; a file that claims more is not read to see whether it is true.
LONGEST_HEADER = 1024
#: What is said where nobody can tell what is an image in an array.
UNKNOWN = "bring it to that shape"
#: The way out of a file that is torn, whoever made it.
AGAIN = "make or fetch it again"
#: The way out of a file without a drawing: it is not passed over, or a category would be lost without a word.
FILL = (
    "put drawings into it or move it away; meanwhile others are read by their names (categories=, "
    "`--categories`)"
)
#: What is said of a file that the system does not let anybody read.
FORBIDDEN = (errno.EACCES, errno.EPERM)
#: Files beside labels of which one may be the drawings.
_MOST_BESIDE = 20


class Header(NamedTuple):
    """What a .npy file says of itself: its shape, its order of axes and where its numbers begin."""

    shape: tuple[int, ...]
    fortran_order: bool
    size: int

    @property
    def file_size(self) -> int:
        """Bytes of the whole file, in Python's integers, which do not overflow."""
        return self.size + math.prod(self.shape)


def parse_header(start: bytes, name: str) -> Header:
    """Read the header of a .npy file of uint8 from the file's first bytes (chapter 1).

    Parameters
    ----------
    start : bytes
        The first `LONGEST_HEADER` bytes of the file, or all of a shorter one.
    name : str
        What to call the file in an error.

    Returns
    -------
    Header
        Its shape holds whole numbers that are not negative.

    Raises
    ------
    DataError
        If these bytes begin no .npy file, or one of other numbers than uint8.
    """
    file = io.BytesIO(start[:LONGEST_HEADER])
    try:
        shape, fortran_order, dtype = _parsed(file)
    except Exception as error:  # numpy's parser meets bytes that nobody promised anything about
        raise DataError(f"{name} is no readable .npy file of numbers: {_said(start)}") from error
    if dtype != np.uint8:
        raise DataError(f"{name} holds {_holds(dtype, shape)}")
    if not all(type(length) is int and length >= 0 for length in shape):
        raise DataError(f"{name} claims the shape {shape}, which no array has; {AGAIN}.")
    return Header(shape, fortran_order, file.tell())


def _parsed(file: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Let numpy read a header: shape, whether its order is Fortran's, kind of numbers."""
    version = np.lib.format.read_magic(file)
    # Version 3 differs from 2 in how it spells the names of fields, of which uint8 has none.
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
        (3, 0): np.lib.format.read_array_header_2_0,
    }[version]
    found: tuple[tuple[int, ...], bool, np.dtype] = read(file)
    return found


def _holds(dtype: np.dtype, shape: tuple[int, ...]) -> str:
    """Say what a file holds in place of bytes, and how it becomes a file of bitmaps."""
    if 0 in shape:
        return f"no drawing, as its shape {shape} says; {FILL}."
    if dtype.hasobject:
        return (
            "pickled objects, which may run what their writer wished and are not read; save plain numbers, "
            "uint8 from 0 to 255 in the shape (n, 28, 28)."
        )
    if dtype.kind not in "biuf":
        return f"{dtype}; bitmaps are uint8 from 0 to 255 in the shape (n, 28, 28)."
    steps = as_greys(dtype, shape)
    return (
        f"{dtype} in the shape {shape}; bitmaps are uint8 from 0 to 255, white ink on black paper, in the "
        f"shape (n, 28, 28). With a for what np.load gives: {'; '.join(steps)}."
    )


def as_greys(dtype: np.dtype, shape: tuple[int, ...]) -> list[str]:
    """Say by what code numbers of another kind become bitmaps (chapter 1).

    Parameters
    ----------
    dtype : dtype
        The kind: bool, whole numbers or fractions.
    shape : tuple of int
        That they come in.

    Returns
    -------
    list of str
        Statements about an array ``a``.
    """
    sized = [] if fits(shape) else resized(shape)
    if dtype.kind == "b":
        return [*sized, "a = np.where(a, 255, 0).astype(np.uint8)"]
    steps = ["a = a.astype(float)"]  # differences of small whole numbers would overflow
    if dtype.kind == "f":  # of a single NaN all would become one
        steps.append("a = np.where(np.isfinite(a), a, a[np.isfinite(a)].min())")
    # Whatever they reach to: 1, 16 as in scikit-learn's digits, 255, or from -1.
    return [*steps, *sized, "a = np.rint(255 * (a - a.min()) / np.ptp(a)).astype(np.uint8)"]


def fits(shape: tuple[int, ...]) -> bool:
    """Say whether an array of this shape holds images of 28 x 28 pixels (chapter 1)."""
    return shape[1:] in {(SIDE * SIDE,), (SIDE, SIDE)}


def resized(shape: tuple[int, ...]) -> list[str]:
    """Say by what code images of another shape become some of 28 x 28 pixels (chapter 1).

    Parameters
    ----------
    shape : tuple of int
        That does not fit.

    Returns
    -------
    list of str
        Statements about an array ``a``; words where nobody can tell what is an image in it.
    """
    steps = []
    sides = [length for length in shape if length != 1]
    whole = sides[-1:] == [SIDE * SIDE] or sides[-2:] == [SIDE, SIDE]
    if whole and len(sides) < 4 and shape[1:2] not in {(3,), (4,)}:
        return [f"a = a.reshape(-1, {SIDE}, {SIDE})"]
    if sides[:1] == [SIDE * SIDE] and len(sides) == 2:
        return ["a = np.ascontiguousarray(a.T)"]
    if (
        sides[:2] == [SIDE, SIDE] and len(sides) == 3 and sides[2] > 4
    ):  # one behind the other, as MATLAB keeps them
        return [f"a = np.ascontiguousarray(a.reshape({SIDE * SIDE}, -1).T)"]
    if len(shape) == 2 and 1 < (side := math.isqrt(min(shape[1], 10**8))) ** 2 == shape[1]:
        steps, shape = [f"a = a.reshape(-1, {side}, {side})"], (shape[0], side, side)
    elif len(shape) == 4 and shape[3] == 1:
        steps, shape = ["a = a[..., 0]"], shape[:3]
    elif len(shape) == 4 and shape[3] in (3, 4):  # colours, perhaps with how opaque they are
        steps, shape = ["a = a[..., :3].mean(axis=-1)"], shape[:3]
    elif len(shape) == 4 and shape[1] == 1:
        steps, shape = ["a = a[:, 0]"], (shape[0], *shape[2:])
    elif len(shape) == 4 and shape[1] in (3, 4):  # colours first, as PyTorch keeps them
        steps, shape = ["a = a[:, :3].mean(axis=1)"], (shape[0], *shape[2:])
    elif len(shape) == 3 and shape[1] in (3, 4) and shape[2] == SIDE * SIDE:
        return [f"a = a[:, :3].mean(axis=1).reshape(-1, {SIDE}, {SIDE})"]
    if len(shape) != 3 or min(shape[1:]) < 2 or shape[2] in (3, 4):  # a picture in colours
        return [UNKNOWN]
    if not fits(shape):
        steps.append("a = skimage.transform.resize(a.astype(float), (len(a), 28, 28))")
    return steps


def are_labels(kind: np.dtype, shape: tuple[int, ...], n: int) -> bool:
    """Say whether an array is one of labels, a whole number for each of n drawings (chapter 1)."""
    return kind.kind in "iu" and shape in {(n,), (n, 1)}


def by_labels(images: str, labels: str) -> str:
    """Say by what code drawings with labels become a file a category (chapter 1).

    Parameters
    ----------
    images, labels : str
        Expressions for both.

    Returns
    -------
    str
        What to do where no file is yet.
    """
    chosen = f"{images}[{labels}.ravel() == k]"
    return f"in an empty folder, [np.save(str(k), {chosen}) for k in np.unique({labels})]"


def told_as_labels(path: Path) -> str:
    """Say what to do about a file of labels, and of what; nothing where it is none (chapter 1)."""
    own = numbers_in(path)
    if own is None or not own[1] or 0 in own[1] or not are_labels(*own, own[1][0]):
        return ""
    if own[1][0] == SIDE * SIDE and own[0] == np.uint8:  # a single bitmap
        return ""
    n, images = own[1][0], "DRAWINGS"
    for beside in sorted(path.parent.glob("*.npy"))[:_MOST_BESIDE]:
        other = numbers_in(beside)
        if other is not None and len(other[1]) > 1 and other[1][0] == n and beside != path:
            images = repr(str(beside.absolute()))
            break
    return (
        f"{path.name!r} holds labels, a number for each of {n:,} drawings, and a category is a file "
        f"of its own: x, y = np.load({images}), np.load({str(path.absolute())!r}); {by_labels('x', 'y')}."
    )


def numbers_in(path: Path) -> tuple[np.dtype, tuple[int, ...]] | None:
    """Read from the header alone what numbers a file holds, in which shape; None without one (chapter 1)."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return written_in(file.read(LONGEST_HEADER))
    except OSError:
        return None


def written_in(start: bytes) -> tuple[np.dtype, tuple[int, ...]] | None:
    """Read the kind of numbers and the shape from the first bytes of a file; None without (chapter 1)."""
    try:
        shape, _, kind = _parsed(io.BytesIO(start))
    except Exception:
        # Of whatever kind: the parser meets bytes that nobody promised anything about.
        return None
    if not all(type(length) is int and length >= 0 for length in shape):
        return None
    return kind, shape


#: How every .npy file begins.
_MAGIC = b"\x93NUMPY"
#: What other files begin with, what they are, what to do.
_OTHERS: tuple[tuple[bytes | tuple[bytes, ...], str], ...] = (
    (
        (b"PK\3\4", b"PK\5\6"),
        "it is a .npz archive, as sketch-rnn's sequences are, or another .zip under that name; let "
        "its name end so, or take Google's file of that category in the folder numpy_bitmap.",
    ),
    (b"\x1f\x8b", "it is packed by gzip; unpack it first."),
    (b"<", "it is a web page, such as a server sends in place of a file; fetch the file itself."),
    (b"{", "it is text, perhaps strokes; if so, let its name end in .ndjson."),
    (
        b"version https://git-lfs",
        "it is a pointer of Git LFS; `git lfs pull` in its folder fetches the file itself.",
    ),
    (b"\x89PNG", "it is a picture; put it into a folder that is named by its category."),
    (b"\xff\xd8", "it is a picture; put it into a folder that is named by its category."),
)


def told_of_another(start: bytes) -> str:
    """Say what a file is that begins as none of strokes does, with what to do; else nothing (chapter 1)."""
    if start.startswith(_MAGIC):
        return "it is a .npy file; let its name end in .npy."
    if start.startswith((b"PK\3\4", b"PK\5\6")):
        return "it is a .zip archive; unpack it."
    if start.startswith(b"{"):
        return ""
    return next((said for magic, said in _OTHERS if start.startswith(magic)), "")


def _said(start: bytes) -> str:
    """Say what a file is that is no .npy file, with what to do."""
    for magic, said in _OTHERS:
        if start.startswith(magic):
            return said
    if not start:
        return f"it is empty; {AGAIN}, or move it away."
    return f"it is torn, or something else under that name; {AGAIN}."


def _said_of_more(path: Path, header: Header, size: int, behind: bytes) -> str:
    """Say of what stands behind the array of a file how it becomes a file of one array."""
    here = repr(str(path.absolute()))
    if behind == _MAGIC:
        return (
            f"holds another array behind its first, and a category is a file of one: f = open({here}, 'rb'); "
            "a = [np.load(f) for _ in iter(lambda: f.peek(1), b'')]; then for one category "
            f"np.save({here}, np.concatenate(a)), for several np.save of each under its name."
        )
    return (
        f"has {size - header.file_size:,} bytes more than its shape {header.shape} takes; fetch it again, "
        f"or, where you made it, leave them out: np.save({here}, np.load({here}))."
    )


def open_npy(path: Path) -> np.ndarray:
    """Map a .npy file of uint8 into memory after checking that it is as long as its header says (chapter 1).

    Parameters
    ----------
    path : Path
        The file, or a symbolic link to it.

    Returns
    -------
    ndarray of uint8
        Read-only and backed by the file, so that nothing is read before it is used.

    Raises
    ------
    DataError
        If it is no regular file, or not what its header claims.
    """
    name = repr(path.name)
    try:
        if not path.is_file():  # nor a pipe or a device, on which reading would never end
            raise DataError(
                f"{name} in {str(path.parent)!r} is no file, nor a link to one; remove it, or put "
                "the file itself there."
            )
        with path.open("rb") as file:
            header = parse_header(file.read(LONGEST_HEADER), name)
            size = os.fstat(file.fileno()).st_size
            behind = b""
            if header.file_size < size:
                file.seek(header.file_size)
                behind = file.read(len(_MAGIC))
        if header.file_size > size:
            raise DataError(
                f"{name} is torn: with its shape {header.shape} it would have {header.file_size:,} "
                f"bytes, and it has {size:,}; {AGAIN}."
            )
        if behind:
            raise DataError(f"{name} {_said_of_more(path, header, size, behind)}")
        if 0 in header.shape:
            raise DataError(f"{name} holds {_holds(np.dtype(np.uint8), header.shape)}")
        mapped: np.ndarray = np.memmap(
            path, np.uint8, "r", header.size, header.shape, "F" if header.fortran_order else "C"
        )
        return mapped
    except OSError as error:
        remedy = "allow it, or move it away" if error.errno in FORBIDDEN else AGAIN
        if error.errno == errno.ENOMEM:
            remedy = "let this process have more room for it, in a shell by `ulimit -v unlimited`"
        raise DataError(f"{name} cannot be read ({error.strerror}); {remedy}.") from error
