"""Sparse rows in NumPy, and a truncated SVD of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
CELLS = 1 << 22  # floats of a product that are gathered at once: 16 MB


class Csr(NamedTuple):
    """A sparse matrix, row by row: row i has columns[offsets[i] : offsets[i + 1]]."""

    offsets: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    values: Floats
    width: int

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.offsets) - 1

    def row_numbers(self) -> npt.NDArray[np.int64]:
        """The row of each entry."""
        return np.repeat(np.arange(self.rows), np.diff(self.offsets))

    def take(self, rows: npt.NDArray[np.int64]) -> Csr:
        """Some of the rows, in that order."""
        lengths = np.diff(self.offsets)[rows]
        offsets = np.r_[0, np.cumsum(lengths)]
        at = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Csr(offsets, self.columns[at], self.values[at], self.width)

    def transposed(self) -> Csr:
        """Rows for columns."""
        order = np.argsort(self.columns, kind="stable")
        offsets = np.r_[0, np.cumsum(np.bincount(self.columns, minlength=self.width))]
        return Csr(offsets, self.row_numbers()[order], self.values[order], self.rows)

    def dot(self, dense: Floats) -> Floats:
        """The product with a dense matrix of shape (width, k): float32 of shape (rows, k)."""
        found = np.zeros((self.rows, dense.shape[1]), np.float32)
        step = max(1, CELLS // max(1, dense.shape[1]))
        row = 0
        while row < self.rows:
            end = int(np.searchsorted(self.offsets, self.offsets[row] + step, side="right")) - 1
            end = min(self.rows, max(end, row + 1))
            at = slice(self.offsets[row], self.offsets[end])
            begins = self.offsets[row:end] - self.offsets[row]
            full = np.flatnonzero(np.diff(self.offsets[row : end + 1]))
            if len(full):
                gathered = dense[self.columns[at]] * self.values[at, None]
                found[row + full] = np.add.reduceat(gathered, begins[full], axis=0)
            row = end
        return found


def csr_of(rows: Sequence[Sequence[int]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """The offsets and hashes of ragged lists."""
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    flat = np.fromiter((one for row in rows for one in row), np.uint32, count=int(offsets[-1]))
    return offsets, flat


def unit(rows: npt.NDArray[Any]) -> Floats:
    """Rows of length 1, as float32; rows of zeros stay."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    return np.asarray(rows / np.maximum(lengths, 1e-12)[:, None], np.float32)


def right_vectors(matrix: Csr, dim: int, seed: int, *, power: int = 2, spare: int = 16) -> Floats:
    """The right singular vectors of the ``dim`` largest singular values: shape (width, dim).

    N. Halko, P. Martinsson, J. Tropp: Finding structure with randomness (SIAM Review 2011),
    algorithms 4.4 and 5.1. Columns beyond the rank are zeros; of each column the largest entry is
    positive, so that signs are no accident.
    """
    found = np.zeros((matrix.width, dim), np.float32)
    across = matrix.transposed()
    side = min(matrix.rows, matrix.width, dim + spare)
    if side == 0 or len(matrix.values) == 0:
        return found
    noise = np.random.default_rng(seed).standard_normal((matrix.rows, side), np.float32)
    basis = _orthonormal(across.dot(noise))
    for left in range(power, 0, -1):
        basis = _orthonormal(across.dot(matrix.dot(basis)), passes=2 if left == 1 else 1)
    image = matrix.dot(basis).astype(np.float64)
    values, turns = np.linalg.eigh(image.T @ image)
    strong = np.flatnonzero(values > 1e-9 * max(values[-1], 1e-30))[::-1][:dim]
    vectors = basis @ turns[:, strong].astype(np.float32)
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(len(strong))]
    found[:, : len(strong)] = vectors * np.where(largest < 0, -1, 1).astype(np.float32)
    return found


def _orthonormal(rows: Floats, passes: int = 1) -> Floats:
    """Columns at right angles, Y V / sqrt(l) with Y'Y = V l V'; missing directions are zeros.

    Many times faster than QR on tall matrices; a second pass repairs the first one's rounding.
    """
    for _ in range(passes):
        values, turns = np.linalg.eigh((rows.T @ rows).astype(np.float64))
        there = values > 1e-6 * max(values[-1], 1e-30)
        scale = np.where(there, 1 / np.sqrt(np.where(there, values, 1)), 0)
        rows = rows @ (turns * scale).astype(np.float32)
    return rows
