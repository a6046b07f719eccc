"""The space that items are looked up in: what visitors made of an item beside what it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from aisle._core import VectorIndex
from aisle.content.sparse import Floats, unit

NEIGHBOURS = 50  # known items that say where a new one belongs
SHARPNESS = 6  # power of the cosine: the nearest decide
FEW = 10  # sessions at which an item's own say is a half
SHARE = 0.7  # length of the content beside a behaviour of length 1
DOUBT = 0.5  # power of the neighbours' agreement


def joined(behaviour: Floats, content: Floats) -> Floats:
    """Rows of length 1 (or 0): behaviour, content, and last what a behaviour lacks to length 1.

    What lacks is at right angles to everything known: an item whose neighbours disagree is near to
    them, and farther than they are from one another.
    """
    length = np.minimum(np.linalg.norm(behaviour, axis=1), 1)[:, None]
    lacking = np.where(length > 0, np.sqrt(np.maximum(0, 1 - length**2)), 0)
    lacking[lacking < 1e-3] = 0
    return unit(np.concatenate([behaviour, np.float32(SHARE) * content, lacking], axis=1))


def placed(
    index: VectorIndex,
    known: npt.NDArray[np.bool_],
    sessions: npt.NDArray[np.float64],
    content: Floats,
    width: int,
) -> Floats:
    """Where visitors would put items of which only the content is known.

    The behaviour of an item is the mean of that of the known items with the nearest content,
    weighted by ``cosine ** 6`` and by how well each is known: kernel regression (E. Nadaraya, G.
    Watson 1964), which found more held-out items than a ridge regression did.

    Parameters
    ----------
    index
        Of the joined rows; it may hold others than the known items.
    known
        Which items of the index have both behaviour and content.
    sessions
        In how many sessions each known item was met.
    content
        Rows of the new items, float32 of shape (items, any).
    width
        Length of the rows of behaviour.

    Returns
    -------
    ndarray of float32, shape (items, width)
        Rows of zeros where no known item is alike, and of length 1 where all that are agree; else
        the square root of the length that their mean has.
    """
    found = np.zeros((len(content), width), np.float32)
    asked = np.flatnonzero(np.abs(content).max(axis=1, initial=0) > 0)
    if not known.any() or not len(asked):
        return found
    queries = np.zeros((len(asked), width + content.shape[1] + 1), np.float32)
    queries[:, width:-1] = content[asked]
    near, cosine, _ = index.search_batch(queries, NEIGHBOURS, known)
    there = near < len(known)
    near = np.where(there, near, 0)
    weight = np.maximum(np.where(there, cosine, 0), 0) ** SHARPNESS
    weight *= sessions[near] / (sessions[near] + FEW)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    for at in range(0, len(asked), 1024):  # 1,024 new items' neighbours at once
        part = slice(at, at + 1024)
        rows = index.vectors(near[part].reshape(-1).astype(np.uint32))[:, :width]
        rows = unit(rows).reshape(-1, near.shape[1], width)
        found[asked[part]] = np.einsum("ik,ikd->id", weight[part], rows)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(unit(found) * length**DOUBT, np.float32)


def fitted(behaviour: Floats, sessions: npt.NDArray[np.float64], content: Floats) -> Floats:
    """The joined rows of all items of a catalogue; new ones beside their like.

    Parameters
    ----------
    behaviour, content
        Rows of all items, of length 1 or 0.
    sessions
        In how many sessions each was met.
    """
    has = np.abs(behaviour).max(axis=1, initial=0) > 0
    known = has & (np.abs(content).max(axis=1, initial=0) > 0)
    rows = joined(behaviour, content)
    new = np.flatnonzero(~has)
    if known.any() and len(new):
        numbers = np.flatnonzero(known).astype(np.uint32)
        index = VectorIndex(numbers, rows[numbers])
        place = placed(index, known, sessions, content[new], behaviour.shape[1])
        rows[new] = joined(place, content[new])
    return rows
