"""Making a sample smaller for a screen or a notebook: relevance keeps its sum, the photo its mean."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.render.sample import Sample
    from lrpwidgets.render.view import View


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
    down, across = overlap(rows, height), overlap(columns, width)
    relevance = down @ sample.relevance.astype(np.float64) @ across.T
    mean_down, mean_across = (share / share.sum(axis=1, keepdims=True) for share in (down, across))
    planes = mean_down @ sample.picture.transpose(2, 0, 1).astype(np.float64) @ mean_across.T
    picture = np.floor(planes + 0.5).astype(np.uint8).transpose(1, 2, 0)
    return replace(
        sample, picture=np.ascontiguousarray(picture), relevance=np.asarray(relevance, dtype=np.float32)
    )


def for_areas(view: View, whole: Sample, small: Sample) -> View:
    """`view` with a fixed limit for one pixel's relevance turned into that for an area of several."""
    if view.limit is None:
        return view
    area = math.prod(whole.picture.shape[:2]) / math.prod(small.picture.shape[:2])
    return replace(view, limit=view.limit * area)


def overlap(new: int, old: int) -> NDArray[np.float64]:
    """The part of each old pixel that lies in each new one, `(new, old)`; columns sum to 1."""
    edges = np.arange(new + 1)[:, None] * (old / new)
    left, right = np.arange(old), np.arange(1, old + 1)
    share: NDArray[np.float64] = np.clip(
        np.minimum(edges[1:], right) - np.maximum(edges[:-1], left), 0.0, 1.0
    )
    return share
