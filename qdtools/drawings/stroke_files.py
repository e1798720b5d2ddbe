"""Reads files of strokes in every form that they are published in: Google's three, Kaggle's table."""

from __future__ import annotations

import csv
import gzip
import json
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from zlib import error as zlib_error

import numpy as np
from tqdm import tqdm

from ..errors import DataError
from .canvas import SIDE
from .categories import ALL_CATEGORIES, category_of, key_of, resolve_categories
from .npy import AGAIN, FILL, FORBIDDEN, by_labels, told_of_another
from .strokes import MAX_POINTS, check_strokes, draw_strokes, fits_box, simplify

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

#: Longest line; Google's simplified drawings have a few thousand bytes, the raw ones seldom 100,000.
MAX_LINE_BYTES = 1 << 20
#: A browser may pack once more what was packed.
_MOST_PACKED = 2
#: How a file that gzip packed begins.
_GZIP = b"\x1f\x8b\x08"
#: Takes an open file with its name; gives where a drawing stands, what is said of it.
_Read = Callable[[BinaryIO, str], Iterator[tuple[str, dict[str, Any]]]]


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[str, bytes]]:
    """Give the lines of a file that hold something, none longer than `MAX_LINE_BYTES`."""
    number, empty = 0, 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        where = f"{name}, line {number},"
        if len(line) > MAX_LINE_BYTES:
            raise DataError(f"{where} is longer than a megabyte; no drawing is, so remove it.")
        if line.strip():
            empty = 0
            yield where, line
        elif (
            empty := empty + len(line)
        ) > MAX_LINE_BYTES:  # packed twice, they would go on for days
            raise DataError(f"{where} ends a megabyte of empty lines; remove these.")


def _ndjson(file: BinaryIO, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, line in _lines(file, name):
        with _told(where, line):
            entry = json.loads(line)
            if isinstance(entry, dict) and "drawing" not in entry:
                others = ", ".join(map(repr, [*entry][:6])) or "no other either"
                raise DataError(
                    f"{where} holds no drawing: it has no member 'drawing' but {others}; give "
                    "the strokes that name, each a list of all x and one of all y, as Google's files do."
                )
            if isinstance(entry["drawing"], str):  # as a table holds it
                entry["drawing"] = json.loads(entry["drawing"])
        yield where, entry


def _csv(file: BinaryIO, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_LINE_BYTES))
    columns: list[str] | None = None
    parting = ","
    for where, line in _lines(file, name):
        with _told(where, line):
            text = line.decode("utf-8-sig")
            if columns is None:
                parting = _parting(text)
            (cells,) = csv.reader([text], strict=True, delimiter=parting)
            if columns is None:
                named = [cell.strip().casefold() for cell in cells]
                if "drawing" in named:
                    _check_says_of_what(named, name)
            if columns is not None:
                entry: dict[str, Any] = dict(zip(columns, cells, strict=True))
                entry["drawing"] = json.loads(entry["drawing"])
        if columns is not None:
            yield where, entry
        elif "drawing" in named:
            columns = named
        elif len(cells) >= SIDE * SIDE:
            raise DataError(_told_of_pixels(file, name, cells))
        else:
            raise NoDrawings(
                f"{name} has no column 'drawing' but {', '.join(map(repr, cells[:6]))}; give a table "
                "of strokes as on Kaggle, with the columns drawing, word, perhaps recognized.",
                "a table without a column 'drawing'",
            )


def _parting(header: str) -> str:
    """Say what parts the cells of a table: where commas part decimals, Excel takes another sign."""
    return "," if "," in header else next((one for one in ";\t" if one in header), ",")


class NoDrawings(DataError):
    """Refuses a file that holds other things than drawings for sure; `what` names them."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(text)
        self.what = what


def _check_says_of_what(columns: Sequence[str], name: str) -> None:
    """Refuse a table by whose rows Kaggle tests: they are of all categories, and none says of which."""
    if "key_id" not in columns or "word" in columns or key_of(category_of(Path(name))) in _GOOGLES:
        return
    raise NoDrawings(
        f"{name} says of no drawing what it is, as the tables do that Kaggle tests by: it has a column "
        "'key_id' and none 'word'; take a table of training, or give each row its category in a column "
        "'word', and each category a table of its own.",
        "Kaggle's table to be named, which says of no drawing what it is",
    )


_GOOGLES = {key_of(name) for name in ALL_CATEGORIES}


def _told_of_pixels(file: BinaryIO, name: str, cells: list[str]) -> str:
    """Say what to do about a table with a column a pixel, as of MNIST's digits."""
    path = Path(str(getattr(file, "name", name))).absolute()
    headed = int(not all(cell.strip().replace(".", "").isdecimal() for cell in cells))
    read = f"a = np.loadtxt({str(path)!r}, np.uint8, delimiter=',', skiprows={headed})"
    if len(cells) > SIDE * SIDE:
        labels = cells.index("label") if "label" in cells else 0
        first = 1 if labels == 0 else 0
        way = by_labels(f"a[:, {first}:{first + SIDE * SIDE}]", f"a[:, {labels}]")
    else:
        way = f"np.save({str(path.with_name(path.name.split('.')[0] + '.npy'))!r}, a)"
    return f"{name} is a table of pixels, and a category is a file of bitmaps: {read}; {way}."


def _bin(file: BinaryIO, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    number = 0
    while start := file.read(_BIN_START.size):
        number += 1
        where = f"{name}, drawing {number},"
        try:
            *_, recognized, _, count = _BIN_START.unpack(start)
            drawing, size = [], 0
            for _ in range(count):
                (points,) = struct.unpack("<H", file.read(2))
                size += points
                if size > MAX_POINTS:
                    raise ValueError("no drawing has so many points")
                flat = np.frombuffer(file.read(2 * points), np.uint8)
                drawing.append(flat.reshape(2, points))
        except (struct.error, ValueError) as error:
            raise DataError(
                f"{where} is torn, or the file is none of Google's binary drawings; {AGAIN}."
            ) from error
        yield where, {"drawing": drawing, "recognized": recognized}


#: Key, country, whether it was recognized, time, number of strokes.
_BIN_START = struct.Struct("<Q2sbIH")


def _is_bin(start: bytes) -> bool:
    """Tell by its beginning, where a country stands in two capitals, whether a file is binary."""
    return len(start) >= _BIN_START.size and start[8:10].isalpha() and start[8:10].isupper()


#: How each form is read, by the end of a file's name.
STROKE_FORMS: dict[str, _Read] = {
    ".bin": _bin,
    ".ndjson": _ndjson,
    ".ndjson.gz": _ndjson,
    ".csv": _csv,
    ".csv.gz": _csv,
}


class _told:
    """Turns what parsers raise into a refusal that says where."""

    def __init__(self, where: str, line: bytes) -> None:
        self._where, self._line = where, line

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        bad = (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error)
        if isinstance(error, bad) and not isinstance(error, DataError):
            raise DataError(
                f"{self._where} holds no drawing ({type(error).__name__}); {_way(self._line)}."
            ) from error


def _way(line: bytes) -> str:
    """Say what to do about a line that holds no drawing, by how it begins."""
    start = line[:200].lstrip(b"\xef\xbb\xbf \t")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start[:2]:
        return "the file is in UTF-16, as PowerShell writes by `>`: save it in UTF-8"
    if start.startswith(b"["):
        return "it is a list, and each drawing has a line of its own: write one JSON object a line"
    if start.strip() == b"{":
        return (
            "it is laid out for people, and each drawing has one line: write it without line breaks"
        )
    return "make or fetch the file again, or remove what is no drawing"


def read_strokes(
    path: str | os.PathLike[str], *, recognized: bool = False
) -> Iterator[list[np.ndarray]]:
    """Read the drawings of a file of strokes, one at a time (chapter 1).

    Parameters
    ----------
    path : path
        One of Google's files, simplified (``.ndjson``, ``.bin``) or raw (``.ndjson``), or Kaggle's
        table (``.csv``); any may be packed by gzip. Which it is, is seen by how the file begins. A
        drawing is a list of strokes, each a list of x and one of y, in a raw file also one of times.
        Raw ones, or those that reach outside 0 to 255, are simplified as Google simplified them.
    recognized : bool
        Take only drawings that the game recognized.

    Yields
    ------
    list of ndarray of float, (2, n)
        The strokes of a drawing, from 0 to 255.

    Raises
    ------
    DataError
        If the file is missing or torn or its name ends with none of these, a line of it is too long or
        no such drawing, or a drawing is one of another category than the file's name says. If only
        recognized drawings are wanted, and the file does not say which are.
    """
    path = Path(path)
    category, form = category_of(path), form_of(path.name)
    try:
        if not path.is_file():  # nor a pipe or a device, on which reading would never end
            raise DataError(
                f"{path.name} in {str(path.parent)!r} is no file, nor a link to one; remove it, or "
                "put the file itself there."
            )
        with _opened(path, form) as (file, read):
            for where, entry in read(file, path.name):
                if recognized and not _was_recognized(entry, where):
                    continue
                word = entry.get("word", category)
                if not _same_category(word, category):
                    raise DataError(
                        f"{where} is a drawing of {word!r}, not of {category!r}; rename the file where all "
                        f"are, or keep each category in a file of its own{_by_words(path, read)}."
                    )
                yield _strokes(entry, where)
    except (OSError, EOFError, zlib_error) as error:
        said = getattr(error, "strerror", None) or error
        way = "allow it, or move it away" if getattr(error, "errno", 0) in FORBIDDEN else AGAIN
        raise DataError(f"{path.name} cannot be read ({said}); {way}.") from error


@contextmanager
def _opened(path: Path, form: str) -> Iterator[tuple[BinaryIO, _Read]]:
    """Open a file of strokes, unpacked; say how it is read, by how it begins before how it is named."""
    with ExitStack() as opened:
        file: Any = opened.enter_context(path.open("rb"))
        for _ in range(_MOST_PACKED):
            start = file.peek(_BIN_START.size)
            if not start.startswith(_GZIP) or _is_bin(start):
                break
            file = opened.enter_context(gzip.GzipFile(fileobj=file, mode="rb"))
        seen = file.peek(_SEEN)[:_SEEN]
        is_bin, start = _is_bin(seen), seen.removeprefix(b"\xef\xbb\xbf").lstrip()
        read = STROKE_FORMS[form]
        if not is_bin and (told := told_of_another(start)):
            raise DataError(f"{path.name} holds no strokes: {told}")
        if start.startswith(b'{"') and not is_bin:
            read = _ndjson
        elif (
            read is not _csv and b"drawing" in start.split(b"\n")[0].lower() and start[:1].isalpha()
        ):
            read = _csv
        elif read is not _bin and is_bin and b"\0" in seen:
            read = _bin
        yield file, read


#: Bytes of a file by which its form is known: enough for the names of a table's columns.
_SEEN = 200


def told_of_no_strokes(path: Path) -> DataError | None:
    """Tell by its first drawing alone whether a file holds strokes: give what would be refused (chapter 1).

    Parameters
    ----------
    path : Path
        A file whose name ends with one of `STROKE_FORMS`.

    Returns
    -------
    DataError or None
        A `NoDrawings` where it holds other things for sure, another where it is perhaps torn; None where
        it holds a drawing, good or bad, or is no file at all.
    """
    try:
        if path.is_file():
            with _opened(path, form_of(path.name)) as (file, read):
                if next(read(file, path.name), None) is None:
                    return DataError(f"{path.name} holds no drawing.")
    except DataError as error:
        return error
    except (EOFError, zlib_error, gzip.BadGzipFile) as error:
        return DataError(f"{path.name} cannot be read ({error}).")
    except OSError:  # whoever reads it says so
        return None
    return None


def form_of(name: str) -> str:
    """Give the form that a file name ends with, one of `STROKE_FORMS` (chapter 1).

    Raises
    ------
    DataError
        If it ends with none of them.
    """
    for form in STROKE_FORMS:
        if name.casefold().endswith(form):
            return form
    raise DataError(
        f"{name} is named as no file of strokes is; let its name end with {', '.join(STROKE_FORMS)}, "
        "whichever it is."
    )


def _was_recognized(entry: dict[str, Any], where: str) -> bool:
    said = entry.get("recognized")
    if said is None:
        raise DataError(
            f"{where} does not say whether it was recognized; take a file that does, or all drawings."
        )
    return str(said).casefold() in {"true", "1"}


def _strokes(entry: dict[str, Any], where: str) -> list[np.ndarray]:
    lines = check_strokes(entry["drawing"], where)
    raw = any(len(stroke) == 3 for stroke in entry["drawing"])
    return simplify(lines) if raw or not fits_box(lines) else lines


def _by_words(path: Path, read: _Read) -> str:
    """Say by what code a file of several categories becomes a file of each."""
    with ExitStack() as held:
        opened = f"open({str(path.absolute())!r}, 'rb')"
        file: Any = held.enter_context(path.open("rb"))
        while file.peek(len(_GZIP)).startswith(_GZIP):
            opened = f"gzip.open({opened})"
            file = held.enter_context(gzip.GzipFile(fileobj=file, mode="rb"))
        first = file.readline(MAX_LINE_BYTES)
    gzipped = "gzip, " * opened.startswith("gzip")
    if read is not _csv:
        return (
            f": in an empty folder, import {gzipped}json; [open(json.loads(one)['word'] + '.ndjson', 'ab')"
            f".write(one) for one in {opened} if one.strip()]"
        )
    head = first.decode("utf-8-sig").strip()
    parting = _parting(head)
    if not {"word", "drawing"} <= set(*csv.reader([head], delimiter=parting)):  # spelled otherwise
        return ""
    other = f", delimiter={parting!r}" * (parting != ",")
    return (
        f": in an empty folder, import csv, {gzipped}io, json; [open(one['word'] + '.ndjson', 'a').write("
        f"json.dumps(one) + '\\n') for one in csv.DictReader(io.TextIOWrapper({opened}, 'utf-8-sig'){other})]"
    )


def _same_category(word: object, category: str) -> bool:
    if word == category:
        return True
    try:
        return bool(resolve_categories(str(word), (category,)))
    except DataError:
        return False


def draw_file(
    path: str | os.PathLike[str], limit: int | None = None, *, recognized: bool = False
) -> np.ndarray:
    """Draw the first drawings of a file of strokes (chapter 1).

    Parameters
    ----------
    path : path
        A file as `read_strokes` takes it.
    limit : int, optional
        How many drawings at most; all by default. A thousand take some ten seconds.
    recognized : bool
        Take only drawings that the game recognized.

    Returns
    -------
    ndarray of uint8, (n, 28, 28)
        White ink on black, in the order of the file.

    Raises
    ------
    DataError
        If the file is not what `read_strokes` takes, or holds no drawing.
    """
    path = Path(path)
    drawings: Iterable[Any] = islice(read_strokes(path, recognized=recognized), limit)
    bar = tqdm(drawings, f"drawing {path.name}", total=limit, disable=None, delay=2)
    bitmaps = [draw_strokes(strokes) for strokes in bar]
    if not bitmaps:
        if recognized and next(read_strokes(path), None) is not None:
            raise DataError(
                f"{path.name} holds no recognized drawing; take all of its drawings, without "
                "recognized=True (`--recognized`)."
            )
        raise DataError(f"{path.name} holds no drawing; {FILL}.")
    return np.stack(bitmaps)
