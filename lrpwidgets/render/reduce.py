"""Making a sample smaller for a screen or a notebook: relevance keeps its sum, the photo its mean."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.sample import Sample
    from lrpwidgets.render.view import View

LARGEST = 2048  # pixels a side of what a live view holds


def smaller(sample: Sample, side: int) -> Sample:
    """`sample` with its longer side at most `side` pixels; itself if it already is.

    Each source pixel's relevance is shared among the new pixels by the area they have in common, so that
    the sum over the picture (and over any block) is kept; the photo is averaged over the same areas.
    """
    height, width = sample.picture.shape[:2]
    longest = max(height, width)
    if longest <= side:
        return sample
    rows, columns = (max(1, round(n * side / longest)) for n in (height, width))
    return replace(
        sample,
        picture=smaller_picture(sample.picture, rows, columns),
        relevance=np.asarray(summed(sample.relevance, rows, columns), dtype=np.float32),
    )


def on_screen(sample: Sample) -> Sample:
    """`sample` as live views hold it: at most `LARGEST` pixels a side, and the caption's note says of how many."""
    small = smaller(sample, LARGEST)
    if small is sample:
        return sample
    note = ". ".join(filter(None, (told(sample, small), sample.caption.note)))
    return replace(small, caption=replace(small.caption, note=note))


def told(whole: Sample, small: Sample) -> str:
    """What a reader should know of a smaller sample."""
    return f"{max(small.picture.shape[:2])} of {max(whole.picture.shape[:2])} px, relevance summed over areas"


def smaller_picture(picture: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """A photo (height, width, 3) of so many rows and columns: the means of its areas."""
    area = math.prod(picture.shape[:2]) / (rows * columns)
    means = summed(picture.transpose(2, 0, 1), rows, columns) / area
    return np.ascontiguousarray(np.floor(means + 0.5).astype(np.uint8).transpose(1, 2, 0))


def for_areas(view: View, whole: Sample, small: Sample) -> View:
    """`view` with a fixed limit for one pixel's relevance turned into that for an area of several."""
    if view.limit is None:
        return view
    area = math.prod(whole.picture.shape[:2]) / math.prod(small.picture.shape[:2])
    return replace(view, limit=view.limit * area)


def summed(planes: NDArray[Any], rows: int, columns: int) -> NDArray[np.float64]:
    """Sums over areas, (..., height, width) to (..., rows, columns): a pixel on an edge is shared by both its sides."""
    return _stretches(_stretches(planes, rows).swapaxes(-1, -2), columns).swapaxes(-1, -2)


def _stretches(planes: NDArray[Any], new: int) -> NDArray[np.float64]:
    """Sums over `new` equal stretches of the rows, as differences of the sums up to their edges."""
    old = planes.shape[-2]
    edges = np.arange(new + 1) * (old / new)
    last = np.minimum(edges.astype(np.intp), old - 1)  # the row that an edge lies in
    before = np.zeros((*planes.shape[:-2], old + 1, planes.shape[-1]))
    np.cumsum(planes, axis=-2, dtype=np.float64, out=before[..., 1:, :])
    up_to = before[..., last, :] + (edges - last)[:, None] * planes[..., last, :]
    stretches: NDArray[np.float64] = np.diff(up_to, axis=-2)
    return stretches
