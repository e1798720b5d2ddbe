"""Opens a picture, whatever holds it, as colours from 0 to 1."""

from __future__ import annotations

import difflib
import io
import os
import re
import shlex
import struct
import warnings
from array import array
from collections.abc import Iterable
from glob import has_magic
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias

import numpy as np
from PIL import Image, UnidentifiedImageError

from .._extras import pip_install
from ..errors import ImageError, called
from ..settings import expanded
from .canvas import IMAGE, SIDE
from .formats import WORDS
from .icons import sizes_within
from .lab import from_lab
from .textures import is_plain, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from PIL.ImageFile import ImageFile

#: What a picture may come as: a path, an open file, the bytes of a file, an array or what gives one, a
#: Pillow image.
PictureSource: TypeAlias = "str | os.PathLike[str] | IO[bytes] | bytes | np.ndarray | Image.Image"

#: A picture of more pixels is refused before it is unpacked; Pillow keeps an address for each row
#: besides, hence the longest side, which is that of JPEG.
MAX_PIXELS: int = WORDS["most_pixels"]
MAX_SIDE: int = WORDS["longest_side"]
#: A file of more bytes holds no such picture; of what cannot seek, so many are read at once.
_MAX_BYTES, _AT_ONCE = 500_000_000, 1 << 20
#: No path has more bytes, nor letters.
_LONGEST_PATH = 4096
#: Formats of which fewer pixels are unpacked, since their decoders take many times the room of these:
#: by their names in Pillow, how they are called, how many million there may be.
_COSTLY: dict[str, tuple[str, int]] = {
    one["pillow"]: (one["name"], one["most_millions"])
    for one in WORDS["formats"]
    if "most_millions" in one
}
#: A JPEG 2000 stream in more tiles is not read: each takes 12 kB to unpack, however small it is.
_MOST_TILES = 10_000
#: Longest side at which ink is looked for.
LONGEST = 800
LUMINANCE = np.array([0.299, 0.587, 0.114])
#: How far beyond 0 and 1 rounding may lead, as for images.
_ROUNDING = 0.01

#: What is read, in the page too: an allow list, since each decoder of Pillow is code that strangers'
#: files run through. None starts another program (as for EPS) or asks the system (as for WMF). The
#: first ones are known without waking the others; TGA, which knows no file by its start, is last.
FORMATS: tuple[str, ...] = tuple(one["pillow"] for one in WORDS["formats"])
#: Marks of JPEG 2000: blocks of high throughput, the heads of all packets apart.
_UNREAD_MARKS = {0x50, 0x60}
#: Steps down, across through the pixels, turned around the diagonal first where the orientation in
#: Exif is above 4, that show each of the eight orientations upright.
_STEPS = ((1, 1), (1, -1), (-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1), (-1, 1))
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class Opened(NamedTuple):
    """An opened picture (chapter 5).

    Attributes
    ----------
    name : str
        How sentences call it: the file's name quoted, or what it came as.
    colours : ndarray of float, (h, w, 3)
        Red, green, blue in [0, 1], at most 800 pixels a side; what was transparent is paper.
    said : tuple of str
        What of the file was not taken: further frames of an animation.
    """

    name: str
    colours: np.ndarray
    said: tuple[str, ...] = ()


def refusal(why: str, name: str, **what: Any) -> ImageError:
    """Word a refusal that the page words alike."""
    return ImageError(WORDS[why].format(name=name, **what))


def open_picture(source: PictureSource) -> Opened:
    """Open a picture as colours of at most 800 pixels a side (chapter 5).

    Parameters
    ----------
    source : path, open binary file, bytes, ndarray or Pillow image
        An array is (h, w), (h, w, 1), (h, w, 3) or (h, w, 4): bool, whole numbers from 0 to 255 (in
        uint16 to 1023, 4095 or the like, up to 65535), or floats from 0 to 1. A tensor or whatever else
        numpy.asarray takes by itself is one, too. A file is read from its start.

    Returns
    -------
    Opened
        With its colours in [0, 1].

    Raises
    ------
    ImageError
        If it is missing, torn, no picture, larger than 50 million pixels or 65,535 a side.
    """
    if isinstance(source, np.ndarray):
        return Opened("The array", _of_array(source))
    if isinstance(source, Image.Image):
        if _is_closed(source):
            raise ImageError("The picture is closed; open it anew, or let load() read it before.")
        return _guarded("The picture", lambda: _opened("The picture", source))
    if isinstance(source, (bytes, bytearray, memoryview)):
        _check_no_path(source)
        return _decode("The picture", io.BytesIO(source))
    if isinstance(source, (str, os.PathLike)):
        if isinstance(source, str):
            _check_named(source)
        path = Path(os.fsdecode(source))  # what lists a folder named in bytes gives such paths
        return _open_file(path if os.path.lexists(path) else expanded(path))
    gives_array = hasattr(source, "__array__") or hasattr(source, "__array_interface__")
    if gives_array and not isinstance(source, type):
        return Opened("The array", _of_array(_as_array(source)))
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        return _decode(repr(Path(name).name) if isinstance(name, str) else "The file", source)
    raise ImageError(f"{called(source)} is no picture; {_way_from(source)}.")


def _way_from(source: object) -> str:
    """Say what to give in place of what is no picture."""
    if isinstance(source, array):
        return "give array.tobytes() if it is the bytes of a file, numpy.asarray(array) if it is pixels"
    if isinstance(source, (list, tuple)):
        return "give what it holds one by one, or, of numbers, numpy.array of it"
    if hasattr(source, "savefig"):
        return "save it by savefig(file), then give the file"
    if hasattr(source, "images") and hasattr(source, "labels"):
        return "give one of its images, drawings.images[0]"
    if hasattr(source, "image"):
        return "it was read already: its .image is for the networks"
    if isinstance(source, Iterable):
        return "give what it holds one by one"
    return "give a path, an open file, bytes, an array or a Pillow image"


def _as_array(source: Any) -> np.ndarray:
    """Take a tensor, a table or the like for an array, as numpy does."""
    try:
        return np.asarray(source)
    except Exception as error:  # whatever others raise, of memory elsewhere or of gradients
        raise ImageError(
            f"{called(source)} makes no array here ({str(error).strip().rstrip('.')}); bring it into this "
            "machine's memory, then give numpy.asarray of it."
        ) from error


def _check_no_path(content: bytes | bytearray | memoryview) -> None:
    """Refuse bytes that name a file, where they are to be one."""
    if 0 < len(content) <= _LONGEST_PATH and os.path.lexists(name := bytes(content)):
        raise ImageError(
            f"{name!r} is the path of a file, in bytes; os.fsdecode makes it a text, which is read."
        )


def _is_closed(picture: Image.Image) -> bool:
    """Tell whether a picture's file was closed before its pixels were read, or they were given up."""
    if getattr(picture, "fp", None) is not None:
        return False
    try:
        return picture.im is None
    except (ValueError, AssertionError):  # Pillow's, of pixels given up or never read
        return True


def _check_named(text: str) -> None:
    """Refuse a text that can name no file."""
    if not text.strip():
        raise ImageError(f"The name {text!r} is empty; name a picture.")
    if found := _ADDRESS.match(text):
        kind = found[1].casefold()
        shown = repr(text if len(text) <= 100 else f"{text[:60]}...")
        if kind == "data":
            remedy = "decode what stands behind its comma by base64.b64decode, then give the bytes"
        elif kind == "file":
            remedy = "name the file without 'file://'"
        else:
            remedy = "nothing is downloaded here: save the picture, then name the file"
        raise ImageError(f"{shown} is an address, no file; {remedy}.")
    if len(text) > _LONGEST_PATH:
        raise ImageError(
            f"{text[:60]!r} and {len(text) - 60:,} further letters are no file's name; if they are a picture "
            "in letters, give the bytes that base64.b64decode makes of them."
        )


#: An address of the web or the like; Windows has drives of one letter.
_ADDRESS = re.compile(r"(data|file|[a-z][a-z0-9+.-]+(?=://)):", re.IGNORECASE)


def _missing(path: Path) -> str:
    """Say that a file is missing, and which there may be meant."""
    if has_magic(str(path)):
        return f"There is no file {str(path)!r}, nor one like it; check the pattern and the folder."
    said = f"There is no file {str(path)!r}"
    try:
        if path.is_symlink():
            return f"{str(path)!r} is a link to {str(path.readlink())!r}, which is not there; remove it."
        if not path.parent.exists():
            return f"{said}, since there is no folder {str(path.parent)!r}; check the name."
        there = sorted(one.name for one in islice(path.parent.iterdir(), _MOST_NAMES))
    except (OSError, ValueError):
        there = []
    bare = path.name.strip(" '\"").casefold()
    near = [one for one in there if bare in (one.casefold(), Path(one).stem.casefold())]
    near = near or difflib.get_close_matches(path.name, there, 1, 0.75)
    if near and near[0][0] != ".":
        return f"{said}; the nearest there is {str(path.with_name(near[0]))!r}."
    return f"{said}; check the name."


#: Files of a folder among which the nearest to a missing one is looked for, each time one is missing.
_MOST_NAMES = 1000


def _open_file(path: Path) -> Opened:
    name = repr(path.name or str(path))
    try:
        if path.is_dir():
            every = shlex.quote(str(path / "*"))
            raise ImageError(
                f"{name} is a folder; name the pictures in it, as `qdtools classify {every}` does."
            )
        if path.exists() and not path.is_file():  # a pipe would be waited for
            if path.is_fifo():
                raise ImageError(
                    f"{name} is a pipe; let it lead to standard input, as in `... | qdtools classify -`."
                )
            raise ImageError(f"{name} is no file; name the pictures themselves.")
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > _MAX_BYTES:
                raise ImageError(f"{name} is larger than any picture; scale it down.")
            return _decode(name, file)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(_missing(path)) from error
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"{name} cannot be opened ({reason}); check the name.") from error


def _decode(name: str, given: IO[bytes]) -> Opened:
    file, head = _from_start(name, given)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC and b"avif" not in head[:64]:
        return _decode_heic(name, file)

    for one in WORDS["unread_formats"]:
        if head.startswith(one["begins"].encode("latin-1"), one.get("at", 0)):
            raise refusal("unread", name, what=one["what"])

    def read() -> Opened:
        for width, height, format in sizes_within(file, head):  # which Pillow unpacks on opening
            _check_size(name, width, height)
            _check_cost(name, format, width, height)
        with Image.open(file, formats=FORMATS) as picture:
            _check_cost(name, picture.format, *picture.size)
            unread = _unread_kind(picture, head)
            if unread:
                raise refusal("torn", name, reason=unread)
            if picture.format == "PSD":
                _skip_lengths(picture, int.from_bytes(head[12:14], "big"))
            clear = picture.info.get("transparency")
            if picture.format == "PNG" and head[24] == 16 and isinstance(clear, tuple):
                # Pillow keeps the higher bytes of colours, yet compares them with the lower ones.
                picture.info["transparency"] = tuple(value >> 8 for value in clear)
            if is_plain(picture):
                _check_size(name, *picture.size)
                return _opened(name, unpack(picture, file))
            return _opened(name, picture)

    return _guarded(name, read, head)


def _from_start(name: str, given: IO[bytes]) -> tuple[IO[bytes], bytes]:
    """Give a file at its start, wherever it was left, with what it begins with."""
    if getattr(given, "closed", False):
        raise ImageError(f"{name} is closed; open it anew.")
    try:
        if _can_seek(given):
            file = given
            file.seek(0)
        else:
            file = io.BytesIO(b"".join(_parts(name, given)))
        head = "" if isinstance(file, io.TextIOBase) else file.read(4096)
        file.seek(0)
    except ImageError:
        raise
    except Exception as error:  # streams of others, as from the web, raise whatever they like
        raise ImageError(
            f"{name} cannot be read from its start ({type(error).__name__}); open it as a binary file, "
            "open(..., 'rb')."
        ) from error
    if not isinstance(head, bytes):
        raise ImageError(f"{name} is open as text; open it as a binary file, open(..., 'rb').")
    return file, head


def _can_seek(file: IO[bytes]) -> bool:
    seekable = getattr(file, "seekable", None)
    return bool(seekable()) if callable(seekable) else hasattr(file, "seek")


def _parts(name: str, stream: IO[bytes]) -> Iterator[bytes]:
    """Read a stream that cannot seek, such as a pipe, which gives what is there at the moment."""
    size = 0
    while part := stream.read(_AT_ONCE):
        size += len(part)
        if size > _MAX_BYTES:
            raise ImageError(f"{name} is larger than any picture; scale it down.")
        yield part


def _marks(head: bytes) -> Iterator[int]:
    """Walk what a JPEG 2000 stream tells before its first tile."""
    at = head.find(b"\xff\x4f\xff\x51") + 2
    while len(head) >= at + 4 and head[at] == 0xFF and head[at + 1] != 0x90:
        yield head[at + 1]
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")


def _has_too_many_tiles(head: bytes) -> bool:
    """Tell whether a JPEG 2000 stream is in more tiles than are read."""
    at = head.find(b"\xff\x4f\xff\x51")
    if at < 0 or len(head) < at + 40:
        return False
    numbers: tuple[int, ...] = struct.unpack_from(">8I", head, at + 8)
    right, bottom, _, _, wide, tall, left, top = numbers
    across, down = -(-(right - left) // max(1, wide)), -(-(bottom - top) // max(1, tall))
    return across * down > _MOST_TILES


def _skip_lengths(picture: ImageFile, channels: int) -> None:
    """Begin a packed PSD after the lengths of all its channels; Pillow counts those that it shows."""
    tiles = picture.tile
    if tiles and tiles[0].codec_name == "packbits":
        more = 2 * picture.height * (channels - len(tiles))
        picture.tile = [one._replace(offset=one.offset + more) for one in tiles]


def _unread_kind(picture: Image.Image, head: bytes) -> str | None:
    """Say which kind of a format is not read, in the page neither."""
    if picture.format == "TIFF":
        tags = getattr(picture, "tag_v2", {})
        packing, look = tags.get(259, 1), tags.get(262, 0)
        if str(packing) in WORDS["tiff_packings"]:
            return f"TIFF packed {WORDS['tiff_packings'][str(packing)]}"
        if packing == 7 and look == 5:
            return "TIFF with JPEG of printing inks"
    tile = getattr(picture, "tile", None)
    if picture.format == "JPEG2000" and (
        _UNREAD_MARKS & set(_marks(head)) or _has_too_many_tiles(head)
    ):
        return "JPEG 2000 of a kind of its own"
    if picture.format == "DDS" and tile and tile[0].codec_name == "bcn" and tile[0].args[0] > 5:
        return "DDS packed in a way of its own"
    return None


def _guarded(name: str, read: Any, head: bytes = b"") -> Opened:
    """Tell in one sentence whatever a decoder raises."""
    try:
        with warnings.catch_warnings():
            # Pillow warns of pictures that would fill the memory, whose size is checked before they
            # are unpacked, and of torn metadata, which nothing here needs.
            warnings.simplefilter("ignore")
            opened: Opened = read()
            return opened
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        _refuse(name, head, error)
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} would unpack to too many pixels; scale it down.") from error
    except MemoryError as error:
        raise ImageError(f"{name} takes more memory than there is; scale it down.") from error
    except Exception as error:  # on torn bytes Pillow's decoders raise nearly anything
        # Of the disk the system says what it is; what Pillow says of bytes tells nobody more.
        reason = getattr(error, "strerror", None) or "torn"
        raise refusal("torn", name, reason=reason) from error


def _refuse(name: str, head: bytes, error: Exception) -> NoReturn:
    """Say what a file is that is no picture of pixels."""
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").decode("latin-1")
    known = [one for one in WORDS["others"] if start.startswith(one["begins"])]
    if start.startswith("<"):
        known += [one for one in WORDS["within"] if one["holds"] in start.lower()]
    if head[4:8] == b"ftyp":
        known.append(WORDS["film"])
    if not head:
        known.append(WORDS["nothing"])
    if known:
        raise refusal("no_pixels", name, **known[0]) from error
    raise refusal("unknown", name) from error


def _decode_heic(name: str, file: IO[bytes]) -> Opened:
    try:
        # An iPhone's format, whose decoder comes apart from Pillow.
        import pi_heif
    except ImportError as error:
        raise ImageError(
            f"{name} is a HEIC picture, which needs {pip_install('pi-heif')}; or export it as JPEG."
        ) from error

    def read() -> Opened:
        heif = pi_heif.open_heif(file, convert_hdr_to_8bit=True)
        _check_size(name, *heif.size)
        return _opened(name, heif.to_pillow())

    return _guarded(name, read)


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise refusal("too_large", name, width=width, height=height)


def _check_cost(name: str, format: str | None, width: int, height: int) -> None:
    called, most = _COSTLY.get(format or "", ("", MAX_PIXELS))
    if called and 1_000_000 * most < width * height <= MAX_PIXELS:
        what = {"width": width, "height": height, "format": called, "most": most}
        raise refusal("too_costly", name, **what)


def _opened(name: str, picture: Image.Image) -> Opened:
    _check_size(name, *picture.size)
    said = []
    # A phone's JPEG may hold a second picture, of depth or brightness; layers are shown at once.
    if picture.format not in ("MPO", "JPEG", "ICO", "ICNS", "PSD") and getattr(
        picture, "is_animated", False
    ):
        said.append(WORDS["first_frame"])
    # Of TIFF Pillow turns the pixels by itself.
    turn = None if picture.format == "TIFF" else _turn(picture)
    # A large JPEG is unpacked at half its size or less.
    picture.draft(None, (LONGEST, LONGEST))
    colours = _rgb(picture, name)
    if turn is not None and 2 <= turn <= 8:
        colours = _turned(colours, turn)
    return Opened(name, colours, tuple(said))


def _turn(picture: Image.Image) -> int | None:
    """How Exif says that the picture is to be turned; a torn profile says nothing."""
    try:
        turn = picture.getexif().get(0x0112)
        return turn if isinstance(turn, int) else None
    except Exception:  # on torn bytes the parser raises nearly anything
        return None


def _turned(colours: np.ndarray, turn: int) -> np.ndarray:
    """Turn colours (h, w, 3) as Exif's orientation says."""
    if turn > 4:
        colours = colours.transpose(1, 0, 2)
    down, across = _STEPS[turn - 1]
    return np.ascontiguousarray(colours[::down, ::across])


def _of_array(given: np.ndarray) -> np.ndarray:
    """Take an array of pixels for a picture's colours."""
    values = np.asarray(given)  # a matrix would stay two-dimensional whatever is done to it
    shape, kind = values.shape, values.dtype.kind
    if values.ndim == 3 and shape[2] == 1:
        values = values[..., 0]
    if not (values.ndim == 2 or (values.ndim == 3 and shape[2] in (3, 4))) or not values.size:
        raise ImageError(
            f"The array has the shape {shape}; a picture's is (h, w), (h, w, 3) or (h, w, 4)"
            f"{_way_to_picture(shape)}."
        )
    _check_size("The array", shape[1], shape[0])
    if kind not in "buif":
        way = ", as array.astype(numpy.uint8) is, if it holds such numbers" if kind == "O" else ""
        raise ImageError(
            f"The array holds {values.dtype}, no numbers; give uint8 from 0 to 255{way}."
        )
    hidden = np.ma.getmaskarray(given).reshape(values.shape) if np.ma.is_masked(given) else None
    if hidden is not None:
        values = np.where(hidden, values.dtype.type(0), values)  # what is hidden may be NaN
    if kind == "f" and not np.isfinite(values).all():
        raise ImageError("The array holds NaN or infinity; give numbers from 0 to 1.")
    if not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    if kind == "f" and values.dtype.itemsize not in (4, 8):  # of which filters know nothing
        values = values.astype(np.float64)
    if kind == "b":
        values, kind = values.astype(np.uint8) * 255, "u"
    low, high = values.min(), values.max()
    if kind == "f" and low >= -_ROUNDING and high <= 1 + _ROUNDING:
        values = values.clip(0, 1)
        low, high = values.min(), values.max()
    largest = 1 if kind == "f" else 255
    if values.dtype == np.uint16 and high > 255:
        largest = 2 ** _bits(high) - 1
    if low < 0 or high > largest:
        raise ImageError(
            f"The array holds numbers from {low:g} to {high:g}; give them from 0 to {largest:g}"
            f"{_way_to_range(values.dtype, float(low), float(high))}."
        )
    if kind in "ui" and high == 1 and low == 0:
        raise ImageError(
            "The array holds 0 and 1, of which 255 would be white; give array.astype(bool), or 255 * array."
        )
    if hidden is not None:
        return _masked(values / largest, hidden)
    if max(values.shape) <= LONGEST and values.shape[2:] != (4,):  # as precise as it came
        colours: np.ndarray = values / largest
        return colours if values.ndim == 3 else np.repeat(colours[..., None], 3, axis=2)
    scaled = values * (255 / largest) if largest != 255 else values
    return _rgb(Image.fromarray(np.rint(scaled).astype(np.uint8)), "The array")


def _masked(values: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Take what a mask hides of pixels from 0 to 1 for clear, as plots do."""
    if values.ndim == 2:
        values, hidden = values[..., None], hidden[..., None]
    alpha = np.where(hidden.any(axis=2), 0, values[..., 3] if values.shape[2] == 4 else 1)
    colours = np.broadcast_to(values[..., :3], (*alpha.shape, 3))
    eight = np.rint(255 * np.dstack([colours, alpha])).astype(np.uint8)
    return _rgb(Image.fromarray(eight), "The array")


def _way_to_picture(shape: tuple[int, ...]) -> str:
    """Say how an array becomes a picture, as the end of a sentence."""
    if not shape:
        return ", and this is one number"
    if len(shape) == 3 and shape[0] in (3, 4):
        return "; array.transpose(1, 2, 0) brings its colours behind"
    pictures = (len(shape) > 2 and shape[-2:] == IMAGE[:2]) or shape[-3:] == IMAGE
    if pictures or shape[0] == 1 < len(shape):
        return "; array[0] is the first of its pictures"
    if shape[-1:] == (SIDE**2,):
        return "; array.reshape(-1, 28, 28)[0] is the first of its pictures"
    return ""


def _way_to_range(dtype: np.dtype[Any], low: float, high: float) -> str:
    """Say how numbers come to lie in their range, as the end of a sentence."""
    if dtype == np.int8:
        return ", as array.view(numpy.uint8) is"
    if dtype.kind in "ui" and low >= 0:
        return ", or array.astype(numpy.uint16) of these" if high <= 65535 else ""
    if dtype.kind in "ui":
        return ", or array > 0, if these are two" if high <= 1 else ", as array.clip(0, 255) is"
    if low > -0.5 and high < 2:  # enlarging or turning leads so far beyond
        return ", as array.clip(0, 1) is"
    if low >= -1 and high <= 1:
        return ", as (array + 1) / 2 is, if -1 is black"
    if low >= 0 and 128 < high <= 255:
        return ", as array / 255 is, or array.astype(numpy.uint8), if 255 is white"
    if low >= 0:
        return ", as array / array.max() is, if that is white"
    if low > -128 and 128 < high < 384:
        return ", as array.clip(0, 255) / 255 is, if 255 is white"
    return ", as (array - array.min()) / (array.max() - array.min()) is"


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale what has more than 8 bits a pixel, which Pillow would clip instead."""
    if picture.mode == "I;16B":  # of which Pillow knows no extremes
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16))
    if picture.mode == "F":
        low, high = _extremes(picture)
    else:
        low, high = np.asarray(picture.getextrema(), float).tolist()
    if low > -high / 2:  # enlarging or turning leads so far below black
        low = 0.0
    if low < 0:
        factor = 255 / (high - low or 1)
    elif picture.mode == "F":
        factor = 255 if high <= 1 else 1 if 128 < high <= 255 else 255 / high
    else:
        factor = 2.0 ** (8 - _bits(high)) if high <= 65535 else 255 / high
    eight = np.empty(picture.size[::-1], np.uint8)
    for top, part in _strips(picture):
        eight[top : top + len(part)] = np.clip(np.nan_to_num((part - low) * factor), 0, 255)
    return Image.fromarray(eight)


def _bits(high: float) -> int:
    """Say how many bits a pixel has, 8 at least: cameras and scanners keep 10 or 12 of them in 16."""
    return max(8, int(high).bit_length())


def _strips(picture: Image.Image) -> Iterator[tuple[int, np.ndarray]]:
    """Go through a picture's pixels, some rows at a time, which bounds the memory."""
    for top in range(0, picture.height, 512):
        bottom = min(top + 512, picture.height)
        yield top, np.asarray(picture.crop((0, top, picture.width, bottom)))


def _extremes(picture: Image.Image) -> tuple[float, float]:
    """Find the extremes of a picture's fractions that are some: Pillow knows none beside NaN."""
    found = [
        (float(finite.min()), float(finite.max()))
        for _, part in _strips(picture)
        if (finite := part[np.isfinite(part)]).size
    ]
    return min((low for low, _ in found), default=0.0), max(
        (high for _, high in found), default=0.0
    )


def _rgb(picture: Image.Image, name: str) -> np.ndarray:
    picture.load()  # an icon tells only now in which of its sizes and modes it comes
    if picture.mode[0] in "IF":
        picture = _eight_bits(picture)
    if picture.mode == "LAB":
        picture = from_lab(picture)
    if picture.mode == "La":  # which Pillow turns into nothing else
        picture = picture.convert("LA")
    transparent = picture.has_transparency_data
    mode = "RGBA" if transparent else "RGB"
    if picture.mode == "L" and not transparent:
        mode = "L"  # three channels would be three times the same
    picture = picture if picture.mode == mode else picture.convert(mode)
    if max(picture.size) > LONGEST:
        scale = LONGEST / max(picture.size)
        size = [max(1, round(length * scale)) for length in picture.size]
        picture = picture.resize(size, Image.Resampling.BOX)
    values = np.asarray(picture, np.float64) / 255
    if mode == "L":
        values = np.repeat(values[..., None], 3, axis=2)
    if not values.size:
        raise ImageError(f"{name} has no pixels; save it again as PNG.")
    if not transparent:
        return values
    colour, alpha = values[..., :3], values[..., 3:]
    opaque = colour[alpha[..., 0] > 0.5]
    if len(opaque) > alpha.size / 2:  # a cut-out: its own paper is what there is most of
        paper: np.ndarray | float = np.median(opaque, axis=0)
    else:  # lines on nothing: whichever paper they stand out from
        paper = float(len(opaque) == 0 or (opaque @ LUMINANCE).mean() < 0.5)
    return colour * alpha + paper * (1 - alpha)
