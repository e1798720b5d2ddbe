"""Drawings in many files as one array, of which nothing is read before it is used."""

from __future__ import annotations

import mmap
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import settings
from .canvas import SIDE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Drawings that are held in memory; of more, as many are read at a time.
IN_MEMORY = 65_536
#: Whole numbers that are held in memory; more lie in a file that has no name.
_FEW_NUMBERS = 1_000_000


def numbers(n: int) -> np.ndarray:
    """Make room for `n` whole numbers: in memory, or if they are many in a file without a name (chapter 8).

    The file takes no memory that the system could not use otherwise, and is gone with the array.

    Parameters
    ----------
    n : int
        How many.

    Returns
    -------
    ndarray of int64, (n,)
        Of no particular values.
    """
    if n > _FEW_NUMBERS:
        try:
            folder = settings.cache_dir()
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:  # the map outlives the file's handle
                file.truncate(8 * n)
                mapped: np.ndarray = np.memmap(file, np.int64, "r+", shape=(n,))
                return mapped
        except OSError:  # then memory has to do
            pass
    return np.empty(n, np.int64)


def chosen(values: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Take some of many whole numbers, as `numbers` keeps them (chapter 8).

    Parameters
    ----------
    values : ndarray of int, (n,)
        From which they are taken.
    positions : ndarray of int, (m,)
        Which.

    Returns
    -------
    ndarray of int, (m,)
        In their order; int64 where they are many.
    """
    if len(positions) <= _FEW_NUMBERS:
        taken: np.ndarray = np.asarray(values)[positions]
        return taken
    found = numbers(len(positions))
    for start in range(0, len(found), _FEW_NUMBERS):
        part = slice(start, start + _FEW_NUMBERS)
        found[part] = values[positions[part]]
    return found


class Mapped:
    """Drawings of many arrays, which are best maps of files, as one array of uint8, (n, 28, 28) (chapter 8).

    A choice of few is an ordinary array; a choice of more than `IN_MEMORY` reads nothing yet. All
    that arrays can do besides, it does by reading all of them.

    Parameters
    ----------
    arrays : sequence of ndarray of uint8
        Each reshapes to (n, 28, 28).
    index : ndarray of int, optional
        Which drawings of these it has, in their order; by default all.
    """

    dtype = np.dtype(np.uint8)
    ndim = 3

    def __init__(self, arrays: Sequence[np.ndarray], index: np.ndarray | None = None) -> None:
        self._arrays = [array.reshape(-1, SIDE, SIDE) for array in arrays]
        self._ends = np.cumsum([len(array) for array in self._arrays])
        self._index = index
        self._maps = [_map_of(array) for array in self._arrays]

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._index is None else len(self._index)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Drawings, rows, columns (chapter 8)."""
        return len(self), SIDE, SIDE

    def __iter__(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self), IN_MEMORY):
            yield from self.read(np.arange(start, min(start + IN_MEMORY, len(self))))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice | list) or (isinstance(key, np.ndarray) and key.ndim == 1):
            positions = self.positions(key)
            if len(positions) <= IN_MEMORY:
                return self.read(positions)
            index = positions if self._index is None else chosen(self._index, positions)
            return Mapped(self._arrays, index)
        if isinstance(key, int | np.integer):
            return self.read(self.positions(np.array([key])))[0]
        return np.asarray(self)[key]

    def positions(self, key: slice | list[int] | np.ndarray) -> np.ndarray:
        """Say which positions a slice, a mask or indices mean, as whole numbers of 0 or more (chapter 8).

        Raises
        ------
        IndexError
            If one lies outside, or a mask is of another length.
        """
        n = len(self)
        if isinstance(key, slice):
            meant = range(*key.indices(n))
            found = numbers(len(meant))
            for start in range(0, len(meant), _FEW_NUMBERS):
                part = meant[start : start + _FEW_NUMBERS]
                found[start : start + len(part)] = np.arange(part.start, part.stop, part.step)
            return found
        key = np.asarray(key)
        if key.dtype == bool:
            if len(key) != n:
                raise IndexError(f"A mask of {len(key)} cannot choose among {n} drawings.")
            return np.flatnonzero(key)
        if len(key) and not (-n <= key.min() and key.max() < n):
            raise IndexError(f"There is no drawing {key.min()} or {key.max()} among {n}.")
        return (
            np.where(key < 0, key + n, key)
            if len(key) and key.min() < 0
            else key.astype(np.int64, copy=False)
        )

    def read(self, positions: np.ndarray) -> np.ndarray:
        """Read the drawings at some positions (chapter 8).

        Parameters
        ----------
        positions : ndarray of int, (m,)
            From 0 to n - 1, in any order.

        Returns
        -------
        ndarray of uint8, (m, 28, 28)
            In memory.
        """
        pixels = np.empty((len(positions), SIDE, SIDE), np.uint8)
        for array, _, places, rows in self._by_array(positions):
            pixels[places] = array[rows]
        return pixels

    def expect(self, positions: np.ndarray) -> None:
        """Ask the system to bring some drawings from the disk meanwhile, if it can (chapter 8)."""
        for array, place, _, rows in self._by_array(positions):
            if place is None:
                continue
            file, first = place
            drawing = array[0].nbytes
            for row in rows.tolist():
                begin = first + row * drawing
                page = begin - begin % mmap.PAGESIZE
                file.madvise(mmap.MADV_WILLNEED, page, begin + drawing - page)

    def _by_array(
        self, positions: np.ndarray
    ) -> Iterator[tuple[np.ndarray, tuple[mmap.mmap, int] | None, np.ndarray, np.ndarray]]:
        """Give for each array that holds some: it, its map, their places here, their rows there."""
        rows = positions if self._index is None else np.asarray(self._index)[positions]
        order = np.argsort(rows, kind="stable")
        rows = rows[order]
        edges = np.searchsorted(rows, self._ends)
        start = 0
        for number, stop in enumerate(edges.tolist()):
            if stop > start:
                before = int(self._ends[number - 1]) if number else 0
                own = slice(start, stop)
                yield self._arrays[number], self._maps[number], order[own], rows[own] - before
            start = stop

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("Drawings in files are no array before they are read.")
        pixels = np.empty(self.shape, np.uint8)
        for start in range(0, len(self), IN_MEMORY):
            stop = min(start + IN_MEMORY, len(self))
            pixels[start:stop] = self.read(np.arange(start, stop))
        return pixels if dtype is None else pixels.astype(dtype, copy=False)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(np.asarray(self), name)


def _map_of(array: np.ndarray) -> tuple[mmap.mmap, int] | None:
    """Give the map that an array is a view of, with the byte where it begins there, if it is one."""
    file = getattr(array, "_mmap", None)
    if file is None or not hasattr(mmap, "MADV_WILLNEED") or not array.flags.c_contiguous:
        return None
    return file, array.ctypes.data - np.frombuffer(file, np.uint8).ctypes.data
