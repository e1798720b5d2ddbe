"""Finds what a reader's folder holds: each category in the forms that its drawings have there."""

from __future__ import annotations

import os
import re
import unicodedata
import warnings
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .. import settings
from .._checks import is_name
from ..errors import DataError
from .canvas import SIDE
from .categories import ALL_CATEGORIES, category_of, key_of, means_all, resolve_categories
from .collection import oddity_of
from .formats import ENDS
from .kept import code, digest_of, kept
from .npy import are_labels, by_labels, fits, open_npy, resized, told_as_labels
from .picture_folders import Pictures, read_pictures, tell_of_several, tell_of_small
from .strays import are_images, arrays_in, is_left, is_unnamed_picture, stray
from .stroke_files import STROKE_FORMS, draw_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


#: The best form first: bitmaps are the quickest to read, and Google's own pixels.
FORMS = (".npy", *STROKE_FORMS, "pictures", ".npz")
#: Folders below which nothing is looked for, and entries after which the search ends.
DEPTH, MOST_ENTRIES = 8, 500_000
#: Bytes of strokes that take about a minute to draw.
A_MINUTE = 5_000_000
#: The files that decide what strokes are drawn as.
_STROKES_CODE = ("stroke_files.py", "strokes.py", "canvas.json")
#: Folders that no category was sought in, which are looked into for what is passed over.
MOST_BESIDE = 100
#: Pictures or strokes from which on it is told that most are one drawing; of fewer nothing is held out.
FEWEST_TOLD = 10
#: Files or folders of which a warning names each.
MOST_TOLD = 3
#: Drawings whose look is judged, of a file of more than ten times as many; of a smaller one all.
SEEN = 200
#: Files of which each tells that a folder was made by `qdtools learn` or `qdtools train`.
WEIGHTS = frozenset({"head.json", "pipeline.onnx"})


class Holding(NamedTuple):
    """Where the drawings of a category are: a file of some form, or a folder of pictures."""

    form: str
    path: Path


class _Place(NamedTuple):
    """What one folder holds, not looking into those in it."""

    files: list[Path]
    pictures: list[Path]
    folders: list[Path]
    others: list[Path]
    #: Named as files of drawings, and holding something else, with what.
    strays: dict[Path, str]


class _Held(NamedTuple):
    """A category as its first file or folder spells it, with where its drawings of each form are."""

    name: str
    forms: dict[str, Path]


class _Search(NamedTuple):
    """What was found of each category, where it was sought, and the folders in these that were left.

    `again` are links to folders that had been sought in, with these.
    """

    held: dict[str, list[Holding]]
    sought: dict[Path, _Place]
    left: list[Path]
    again: dict[Path, Path]


def find(folder: Path) -> dict[str, list[Holding]]:
    """Find the categories of a folder (chapter 1).

    Folders in it are looked into only where it holds no file of drawings itself, then in the same way.
    One with pictures and no such file is a category of its name. A file that is named as one of drawings
    and surely holds none, such as a table without drawings, counts only where nothing else is found.

    Parameters
    ----------
    folder : Path
        Need not exist.

    Returns
    -------
    dict of str to list of Holding
        By the name that files or folders spell, in the order of files with these names; of each the
        best form comes first.

    Raises
    ------
    DataError
        If there is no such folder, it holds no category, or one twice in the same form.
    """
    return _search(folder).held


def _search(folder: Path) -> _Search:
    """Find the categories of a folder as `find` does."""
    if not _is_folder(folder):
        if _is_file(folder):
            raise DataError(
                f"{str(folder)!r} is a file; name the folder that holds it, {str(folder.parent)!r}."
            )
        raise DataError(
            f"There is no folder {str(folder)!r}{_within(folder)}; {_way_to_folder(str(folder))}."
        )
    held, sought, below, again = _sought(folder, _look)
    if not held:  # whoever reads what is called a file of drawings is told what is wrong with it
        held, sought, below, again = _sought(folder, _look_by_names)
    if not held or (_made_by_training(sought[folder]) and _are_archives(held)):
        raise DataError(f"{str(folder)!r} holds {_described(folder, sought, bool(below))}.")
    found = {
        one.name: [Holding(form, one.forms[form]) for form in FORMS if form in one.forms]
        for one in sorted(held.values(), key=lambda one: _as_file(one.name))
    }
    return _Search(found, sought, below, again)


def _sought(
    folder: Path, look: Callable[[Path], _Place]
) -> tuple[dict[str, _Held], dict[Path, _Place], list[Path], dict[Path, Path]]:
    """Look level by level until one holds categories; give the folders in the last level, and links, too."""
    held: dict[str, _Held] = {}
    seen: dict[Path, Path] = {}
    sought: dict[Path, _Place] = {}
    again: dict[Path, Path] = {}
    level, entries = [folder], 0
    for _ in range(DEPTH):
        below: list[Path] = []
        for place in sorted(level, key=Path.is_symlink):  # a folder before the links to it
            if (real := place.resolve()) in seen:  # links may lead in circles
                again[place] = seen[real]
                continue
            seen[real] = place
            here = sought[place] = look(place)
            entries += sum(map(len, here))
            below += here.folders
            for path in here.files:
                _add(held, folder, category_of(path), _form_of(path), path)
            if here.pictures and not here.files and place is not folder:
                _add(held, folder, category_of(place), "pictures", place)
        if held or not below or entries > MOST_ENTRIES:
            break
        level = below
    return held, sought, below, again


def _within(folder: Path) -> str:
    """Say where a relative path was looked for: a notebook runs in its own folder."""
    plain = str(folder).strip() and not re.search(r"[:$%~]", str(folder))
    return f" in {str(Path.cwd())!r}" if plain and not folder.is_absolute() else ""


def _way_to_folder(name: str) -> str:
    """Say what is wrong with the name of a folder that is not there."""
    if not name.strip(" \"'"):
        return "the name is blank: name the one that holds the drawings, or none for the sample"
    return settings.told_of_path(name) or "name the one that holds the drawings"


def _tell_of_passed(folder: Path, search: _Search, recognized: bool) -> None:
    """Warn where a folder holds besides what may be drawings, too."""
    keys = {key_of(name) for name in search.held}
    left = _looked_into(search.left[:MOST_BESIDE])
    beside = [
        place
        for place, here in left.items()
        if is_name(place.name) and key_of(category_of(place)) in keys
        if here.pictures and not here.files
    ]
    no_use = [*_of_no_use(folder, search.sought), *_linked(folder, search)]
    passed = _passed_over(
        folder, search, {place: here for place, here in left.items() if place not in beside}
    )
    if second := _second_forms(folder, search, beside, recognized):
        warnings.warn(second, stacklevel=4)
    if not no_use + passed:
        return
    how = (
        " A category is a file, or where a "
        "folder holds no such file, each folder of pictures in it; to have all read, put the files into "
        "one folder and each category's pictures into another, side by side."
    )
    warnings.warn(
        f"In {str(folder)!r} are passed over: {'; '.join(no_use + passed)}.{how if passed else ''}",
        stacklevel=4,
    )


def _linked(folder: Path, search: _Search) -> list[str]:
    """Say of links to folders of pictures that they are no categories besides these."""
    return [
        f"{str(link.relative_to(folder))!r} (a link to {str(place.relative_to(folder))!r}, under which name "
        "alone the pictures are taken: put a copy there, if it is a category, too)"
        for link, place in search.again.items()
        if place is not folder and search.sought[place].pictures and not search.sought[place].files
    ]


def _second_forms(folder: Path, search: _Search, beside: Sequence[Path], recognized: bool) -> str:
    """Say of categories that are there in several places which one is read, and how all would be."""
    said = []
    first = ""
    for name, held in search.held.items():
        paths = [at.path for at in held if at.form != ".npz"]
        if recognized:  # which strokes say, and bitmaps beside them do not
            paths = [at.path for at in held if at.form in STROKE_FORMS]
        paths += [place for place in beside if key_of(category_of(place)) == key_of(name)]
        for path in paths[1:]:
            first = first or name
            one, other = (str(each.relative_to(folder)) for each in (path, paths[0]))
            said.append(f"{one!r} beside {other!r}")
    if not said:
        return ""
    more = f" and {len(said) - MOST_TOLD} more" if len(said) > MOST_TOLD else ""
    return (
        f"In {str(folder)!r} are not read, since each category is read from one place: "
        f"{'; '.join(said[:MOST_TOLD])}{more}. Where these are the same drawings, nothing is lost. Where "
        "they are others, move them into a folder OTHER, and save both as one file: "
        f"np.save({first + '.npy'!r}, np.concatenate([qd.load({first!r}, source=one).pixels for one in "
        f"({str(folder)!r}, OTHER)]))."
    )


def _looked_into(places: Sequence[Path]) -> dict[Path, _Place]:
    """Look into folders that no category was sought in."""
    found = {}
    for place in places:
        with suppress(DataError):  # nobody has asked for what may not be read there
            found[place] = _look(place)
    return found


def _passed_over(folder: Path, search: _Search, left: Mapping[Path, _Place]) -> list[str]:
    """Say what a folder holds besides drawings of which a category was made."""
    said = []
    deepest = max(len(place.parts) for place in search.sought)
    has_folders = any(one.form == "pictures" for held in search.held.values() for one in held)
    for place, here in search.sought.items():
        if here.pictures and here.files:
            said.append(f"{_counted(here.pictures)} beside {here.files[0].name!r}")
        elif here.pictures and place is folder:
            said.append(f"{_counted(here.pictures)} beside the folders")
        elif has_folders and len(place.parts) == deepest and _is_empty(place):
            said.append(f"the folder {str(place.relative_to(folder))!r}, which is empty")
    for place, here in left.items():
        if what := here.files or here.pictures:
            said.append(f"{_counted(what)} in the folder {str(place.relative_to(folder))!r}")
    return said


def _counted(paths: Sequence[Path]) -> str:
    what = "file" if _form_of(paths[0]) else "picture"
    return f"{len(paths)} {what}{'s' * (len(paths) > 1)}"


def _is_empty(place: Path) -> bool:
    with os.scandir(place) as entries:
        return all(is_left(entry.name) for entry in entries)


def _as_file(name: str) -> str:
    """Let names sort as their files do, "baseball bat.npy" before "baseball.npy".

    The order of the drawings decides what is trained on them, so it may never change.
    """
    return f"{name}.npy"


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # what can be no path at all
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _look(place: Path) -> _Place:
    """Say what a folder holds; files that are named as drawings and hold something else are told apart.

    One that may be a category badly kept is, beside one that can be read, refused as such and not left out.
    """
    found = _look_by_names(place)
    strays = {path: one for path in found.files if (one := stray(path, _form_of(path)))}
    if len(strays) < len(found.files):
        strays = {path: one for path, one in strays.items() if one.surely}
    files = [path for path in found.files if path not in strays]
    return found._replace(files=files, strays={path: one.said for path, one in strays.items()})


def _look_by_names(place: Path) -> _Place:
    """Say what a folder holds by names alone."""
    found = _Place([], [], [], [], {})
    try:
        with os.scandir(place) as entries:
            for entry in islice(entries, MOST_ENTRIES):
                path = place / entry.name
                if is_left(entry.name):
                    if entry.name.endswith(".icloud"):
                        found.others.append(path)
                elif _form_of(path):
                    found.files.append(path)
                elif _is_folder(path):  # also one whose name ends like a picture's
                    found.folders.append(path)
                elif entry.name.casefold().endswith(ENDS) or is_unnamed_picture(path):
                    found.pictures.append(path)
                else:
                    found.others.append(path)
    except OSError as error:
        raise DataError(
            f"The folder {str(place)!r} cannot be read ({error.strerror}); allow it, or move it away."
        ) from error
    if _made_by_training(found):  # whose archives are their own
        archives = [path for path in found.files if _form_of(path) == ".npz"]
        found.others.extend(archives)
        found.files[:] = [path for path in found.files if path not in archives]
    for paths in (found.files, found.pictures, found.folders, found.others):
        paths.sort()
    return found


def _form_of(path: Path) -> str:
    """Give the form that a file's name ends with, "" if with none."""
    name = path.name.casefold()
    return next((form for form in FORMS if form.startswith(".") and name.endswith(form)), "")


def _add(held: dict[str, _Held], folder: Path, name: str, form: str, path: Path) -> None:
    # By whoever asks for a name, case, hyphens and underscores are not heeded: nor are they here.
    there = held.setdefault(key_of(name), _Held(name, {}))
    if form in there.forms:
        first = there.forms[form]
        one, other = (str(each.relative_to(folder)) for each in (first, path))
        if there.name != name:
            raise DataError(
                f"{str(folder)!r} holds {there.name!r} and {name!r}, which count as one name, as {one} and "
                f"{other}: case, hyphens and underscores tell no two apart; rename or remove one."
            )
        parted = ""
        if unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other):
            one = ascii(one)
            other = f"{other!a}, which look alike, one with its accents as letters of their own"
        if path.parent != first.parent:
            parted = f", or name but one part, {str(path.parent)!r}"
            if form == "pictures":
                parted += (
                    f"; if {first.parent.name!r} and {path.parent.name!r} are the categories, let the "
                    "pictures lie in these themselves, not in folders within"
                )
        numbers = [re.search(r"\((\d{1,3})\)\W*\w*$", each) for each in (one, other)]
        if all(numbers):  # Windows numbers so what is renamed together
            digits = [f"{name} {found[1]}" for found in numbers if found]
            parted += (
                "; if they are two categories, rename them without the brackets, for one "
                f"{digits[0]!r} and {digits[1]!r}"
            )
        raise DataError(
            f"{str(folder)!r} holds {name!r} twice, as {one} and {other}; remove one{parted}."
        )
    there.forms[form] = path


def _described(folder: Path, sought: Mapping[Path, _Place], further: bool) -> str:
    """Say what a folder without drawings holds, and what to do about it."""
    place = sought[folder]
    if made := _made_by_training(place):
        return f"no drawings, but weights ({made}); name the folder of the drawings themselves"
    if place.pictures:
        return (
            f"no drawings, but {_counted(place.pictures)} in no folder of a category; move each into one "
            "that is named like it, or name each picture with `qdtools classify`"
        )
    told = _of_no_use(folder, sought)
    if told:
        return f"no drawings, but {'; '.join(told)}"
    if place.folders:
        names = ", ".join(repr(path.name) for path in place.folders[:5])
        if further:  # whoever has looked no further knows of no more
            levels = max(len(one.parts) for one in sought) - len(folder.parts)
            return (
                f"no drawings in its folders ({names}) as far as was looked, {levels} levels deep; name the "
                "folder further in that holds them"
            )
        return f"no drawings, but folders ({names}) without any; {_PUT}"
    if place.others:
        n, first = len(place.others), place.others[0].name
        others = f"no drawings, but {n} file{'s' * (n > 1)}, {first!r}{' for one' * (n > 1)}"
        if first.casefold().endswith(".json"):
            return f"{others}; {_A_LINE}"
        return f"{others}, of no form that is read; {_PUT}"
    return f"no drawings: no .npy file, nor anything else that is not hidden; {_PUT}"


def _made_by_training(place: _Place) -> str:
    """Name the file by which a folder is one of weights; nothing where it is none."""
    return min(WEIGHTS & {path.name for path in place.others}, default="")


def _are_archives(held: Mapping[str, _Held]) -> bool:
    """Whether all that was found are archives, as the weights of small networks lie in folders by others."""
    return all({*one.forms} == {".npz"} for one in held.values())


def _of_no_use(folder: Path, sought: Mapping[Path, _Place]) -> list[str]:
    """Say of files that may hold drawings, though not as they can be read, what to do about them."""
    found: dict[str, list[str]] = {}
    for here in sought.values():
        for path in here.others:
            if remedy := _not_yet(path.name):
                found.setdefault(remedy, []).append(str(path.relative_to(folder)))
        for path, said in here.strays.items():
            found.setdefault(said, []).append(str(path.relative_to(folder)))
    return [
        f"{f'{len(paths)} files, ' * (len(paths) > 1)}{paths[0]!r}{' for one' * (len(paths) > 1)} ({remedy})"
        for remedy, paths in found.items()
    ]


def _not_yet(name: str) -> str:
    """Say what to do about a file that may hold drawings, though not as they can be read; else nothing."""
    return next((way for ends, way in _NOT_YET.items() if name.casefold().endswith(ends)), "")


_PUT = (
    "put Google's numpy bitmaps (.npy) or strokes (.ndjson) there, one file a category, or pictures, "
    "one folder a category"
)
#: For text that may hold strokes.
_A_LINE = "if it has a drawing a line, as Google's strokes do, let its name end in .ndjson"
#: Ends of names of files that hold drawings, but not yet as they can be read, with what to do.
_NOT_YET = {
    (
        ".crdownload",
        ".part",
        ".partial",
        ".download",
        ".tmp",
        ".opdownload",
    ): "it is a download that has not ended: let it end, or begin it again",
    (".icloud",): "iCloud keeps it elsewhere: open it in the Finder, which fetches it",
    (".zip", ".tar", ".tgz", ".gz", ".7z", ".rar", ".bz2", ".xz", ".zst"): "unpack it there",
    (".lnk", ".url", ".webloc"): "it is a link: put the file itself there",
    (".svg", ".svgz", ".pdf", ".ai", ".eps"): "it holds lines, no pixels: export it as PNG",
    (
        *(".procreate", ".kra", ".xcf", ".ora", ".clip", ".sai2", ".goodnotes", ".note", ".sketch"),
        *(".docx", ".pptx", ".odt", ".odp", ".odg", ".pages", ".key"),
    ): "it is a program's own document: export each drawing as PNG",
    (".jsonl",): _A_LINE,
    ("-ubyte", ".ubyte"): "it is of MNIST's own form: x = np.fromfile(IMAGES, np.uint8, "
    "offset=16).reshape(-1, 28, 28); y = np.fromfile(LABELS, np.uint8, offset=8); then "
    f"{by_labels('x', 'y')}",
}


# ---- reading what was found ----------------------------------------------------------------------


def read_folder(
    wanted: str | Iterable[str] | None,
    folder: Path,
    limit: int | None = None,
    *,
    recognized: bool = False,
    each: bool = False,
) -> tuple[tuple[str, ...], list[np.ndarray], set[str]]:
    """Read some categories of a folder, all that it holds if None are wanted (chapter 1).

    Parameters
    ----------
    wanted : str or iterable of str, optional
        Names as people type them.
    folder : Path
        As `find` takes it.
    limit : int, optional
        The most drawings of each that need be read.
    recognized : bool
        Take only drawings that the game recognized, which strokes say and bitmaps do not.
    each : bool
        Take each of the drawings that stand apart from each other on a picture.

    Returns
    -------
    names : tuple of str
        As the folder spells them.
    arrays : list of ndarray of uint8
        One a category, each reshapes to (n, 28, 28).
    kinds : set of str
        What was read: ``bitmaps``, ``strokes``, ``pictures``.

    Raises
    ------
    DataError
        If the folder lacks a category, or a file is torn or not what it claims; every bitmap file is
        checked before any is read.
    """
    wanted = wanted if wanted is None or isinstance(wanted, str) else list(wanted)
    search = _search(folder)
    found, names = search.held, tuple(search.held)
    if wanted is None or means_all(wanted):
        _tell_of_passed(folder, search, recognized)
    if wanted is not None:
        where, otherwise = f"in the folder {folder.name!r}", _strays_named(wanted, search)
        names = resolve_categories(wanted, names, where, otherwise)
    chosen = {name: _choose(name, found[name], recognized) for name in names}
    bitmaps = {name: _open_bitmaps(at.path) for name, at in chosen.items() if at.form == ".npy"}
    for name, array in bitmaps.items():
        _check_look(array, chosen[name].path)
    _tell_of_long_drawing([at for at in chosen.values() if at.form in STROKE_FORMS], limit)
    arrays: list[np.ndarray] = []
    read: dict[str, Pictures] = {}
    for name, at in chosen.items():
        if at.form == ".npy":
            arrays.append(bitmaps[name])
        elif at.form == "pictures":
            read[name] = read_pictures(at.path.name, _look(at.path).pictures, limit, each)
            arrays.append(read[name].images)
        else:
            arrays.append(_draw_strokes(at.path, limit, recognized))
        if at.form != ".npy":
            _tell_of_repeats(arrays[-1], at.path)
    tell_of_small(read.values(), folder)
    if not each:
        tell_of_several(read, folder)
    kinds = {"bitmaps" if at.form == ".npy" else at.form for at in chosen.values()}
    return names, arrays, {"strokes" if kind in STROKE_FORMS else kind for kind in kinds}


def _strays_named(wanted: str | Iterable[str], search: _Search) -> str:
    """Say of files by the names that are wanted why they were not taken for categories."""
    keys = {key_of(str(name)) for name in ([wanted] if isinstance(wanted, str) else wanted)}
    strays = {path: said for here in search.sought.values() for path, said in here.strays.items()}
    for link, place in search.again.items():
        strays.setdefault(link, f"a link to {place.name!r}, which is taken under that name")
    return "; ".join(
        f"{path.name!r} is there, but not as drawings ({said})"
        for path, said in strays.items()
        if key_of(category_of(path)) in keys - {key_of(name) for name in search.held}
    )


def _choose(name: str, holdings: Sequence[Holding], recognized: bool) -> Holding:
    """Take the best form of a category."""
    if recognized:
        said = [at for at in holdings if at.form in STROKE_FORMS]
        if not said:
            raise DataError(
                f"{holdings[0].path.name!r} does not say which drawings of {name!r} were recognized; "
                "put Google's strokes (.ndjson) beside it, or take all drawings."
            )
        return said[0]
    if holdings[0].form == ".npz":
        _refuse_plain_archive(holdings[0].path)
        raise DataError(
            f"{holdings[0].path.name!r} is a .npz archive, as sketch-rnn's sequences of {name!r} are, "
            "which hold pickled objects and are not read; take Google's numpy bitmaps "
            f"(numpy_bitmap/{name}.npy) or strokes (simplified/{name}.ndjson) in its place."
        )
    return holdings[0]


def _refuse_plain_archive(path: Path) -> None:
    """Refuse an archive of numbers with the way to read it; leave sketch-rnn's, of objects, to others."""
    arrays = arrays_in(path) or {}
    if any(kind.hasobject for kind, _ in arrays.values()):
        return
    plain = [name for name, about in arrays.items() if are_images(*about)]
    if not plain:
        return
    n = arrays[plain[0]][1][0]
    labels = [name for name, (kind, shape) in arrays.items() if are_labels(kind, shape, n)]
    loaded = f"np.load({str(path.absolute())!r})"
    if labels:
        way = f"z = {loaded}; {by_labels(f'z[{plain[0]!r}]', f'z[{labels[0]!r}]')}"
    elif len(plain) > 1 or key_of(plain[0]) in map(key_of, ALL_CATEGORIES):
        chosen = "z" if len(plain) == len(arrays) else repr(tuple(plain))
        way = f"z = {loaded}; in an empty folder, [np.save(k, z[k]) for k in {chosen}]"
    else:
        way = f"np.save({str(path.with_suffix('.npy'))!r}, {loaded}[{plain[0]!r}])"
    raise DataError(
        f"{path.name!r} is an archive of the arrays {', '.join(map(repr, [*arrays][:5]))}, and a category "
        f"is one array: {way}."
    )


def _open_bitmaps(path: Path) -> np.ndarray:
    """Map a bitmap file into memory after checking that it is one; (n, 784) or (n, 28, 28) uint8."""
    try:
        array = open_npy(path)
    except DataError as error:
        if path.is_file() and (labels := told_as_labels(path)):
            raise DataError(labels) from error
        raise
    if not fits(array.shape):
        if labels := told_as_labels(path):
            raise DataError(labels)
        steps = resized(array.shape)
        if any("resize" in step or "mean" in step for step in steps):
            steps.append("a = np.rint(a).astype(np.uint8)")
        raise DataError(
            f"{path.name!r} has the shape {array.shape}; it must be (n, 784) or (n, 28, 28). With a for what "
            f"np.load gives: {'; '.join(steps)}."
        )
    return array


def _check_look(array: np.ndarray, path: Path) -> None:
    """Refuse bitmaps that are blank or of 0 and 1, warn of others that are no good to learn from."""
    if len(array) > 10 * SEEN:
        # In ten runs: one here, one there would bring the whole file from disk.
        starts = np.linspace(0, len(array) - SEEN // 10, 10).astype(int)
        some = np.concatenate([array[start : start + SEEN // 10] for start in starts])
    else:
        some = np.asarray(array)
    if not len(some):
        return
    some = some.reshape(-1, SIDE, SIDE)
    _check_content(some, array, path)
    odd = oddity_of(some)
    if odd == "ones":
        raise DataError(
            f"{path.name!r} holds 0 and 1 where Google's bitmaps go from 0 to 255; multiply it by 255: "
            f"np.save({str(path)!r}, 255 * np.load({str(path)!r}))."
        )
    if odd == "inverted":
        warnings.warn(
            f"The bitmaps in {path.name} look like dark ink on light paper, where the networks take "
            f"white ink = 255 on black paper = 0; if so, turn them around: np.save({str(path)!r}, 255 - "
            f"np.load({str(path)!r})).",
            stacklevel=4,
        )
    elif odd == "dark":
        warnings.warn(
            f"The bitmaps in {path.name} are dark: their brightest pixel is {some.max()}, where white "
            "ink is 255; if no value is higher, scale them to 0 to 255.",
            stacklevel=4,
        )


def _check_content(some: np.ndarray, array: np.ndarray, path: Path) -> None:
    """Refuse a file without a drawing, warn of blank ones in it and of one that comes again and again."""
    blank = _are_blank(some)
    if blank.all() and all(_are_blank(part).all() for part in _in_parts(array)):
        raise DataError(
            f"{path.name!r} shows no drawing: each of its {len(array)} bitmaps is blank, all of one "
            "value. Make or fetch it again, or move it away."
        )
    seen = (
        f"the {len(some)} bitmaps" if len(some) == len(array) else f"{len(some)} bitmaps looked at"
    )
    if blank.any():
        warnings.warn(
            f"Of {seen} in {path.name}, {int(blank.sum())} are blank, all of one value, and teach nothing; "
            f"leave such out: a = np.load({str(path)!r}); np.save({str(path)!r}, "
            "a[np.ptp(a.reshape(len(a), -1), axis=1) > 0]).",
            stacklevel=5,
        )
    if len(some) < len(array):
        return  # whoever repeats drawings so often does it on purpose, as chapter 8 does
    if said := _said_of_repeats(some[~blank]):
        warnings.warn(
            f"Of {seen} in {path.name}, those that are not blank are {said}, so that what is learned "
            f"from some is tried on the same; leave out what comes again: a = np.load({str(path)!r}); "
            f"np.save({str(path)!r}, a[np.sort(np.unique(a, axis=0, return_index=True)[1])]).",
            stacklevel=5,
        )


def _said_of_repeats(drawn: np.ndarray) -> str:
    """Say how few different ones are among some drawings; nothing unless most come again."""
    others = len(np.unique(drawn.reshape(len(drawn), -1), axis=0))
    if not 0 < others <= len(drawn) // 2:
        return ""
    return "one and the same" if others == 1 else f"only {others} different ones"


def _tell_of_repeats(images: np.ndarray, path: Path) -> None:
    """Warn where of drawings that were read from pictures or strokes most come again."""
    if not FEWEST_TOLD <= len(images) <= 10 * SEEN or not (said := _said_of_repeats(images)):
        return
    flat = images.reshape(len(images), -1)
    _, first, which = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    again = next(n for n, one in enumerate(which.ravel()) if first[one] != n)
    warnings.warn(
        f"The {len(images)} drawings in {path.name} are {said}, so that what is learned from some is tried "
        f"on the same; leave out what comes again, such as number {again + 1}, which is number "
        f"{first[which.ravel()[again]] + 1} once more.",
        stacklevel=4,
    )


def _are_blank(bitmaps: np.ndarray) -> np.ndarray:
    """Which of some bitmaps are of one value throughout."""
    flat = bitmaps.reshape(len(bitmaps), -1)
    blank: np.ndarray = flat.max(axis=1) == flat.min(axis=1)
    return blank


def _in_parts(array: np.ndarray) -> Iterator[np.ndarray]:
    """Take a long file a part at a time."""
    for start in range(0, len(array), 10_000):
        yield array[start : start + 10_000]


def _tell_of_long_drawing(holdings: Sequence[Holding], limit: int | None) -> None:
    """Warn where drawing all strokes takes minutes, which may look like standing still."""
    size = sum(at.path.stat().st_size for at in holdings if at.path.is_file())
    if limit is None and size > 4 * A_MINUTE:
        warnings.warn(
            f"Drawing {size / 1e6:,.0f} MB of strokes takes about {size / A_MINUTE:,.0f} minutes; "
            "per_category takes the first so many of each, and bitmaps (.npy) need no drawing.",
            stacklevel=4,
        )


def _draw_strokes(path: Path, limit: int | None, recognized: bool) -> np.ndarray:
    """Draw a file of strokes, or take what was drawn of the same content before."""
    if path.is_file() and path.stat().st_size < A_MINUTE / 60:
        return draw_file(path, limit, recognized=recognized)
    key = digest_of([*code(*_STROKES_CODE), path], limit, recognized)
    return kept(f"strokes-{key}", lambda: draw_file(path, limit, recognized=recognized))
