"""Relevance summed over regions of the input (tutorial, section 4.4).

    R_I = sum over i in I of R_i,    sum over I of R_I = sum over i of R_i    where every i belongs to one I

Positive and negative relevance is also summed apart: they may cancel within a region. Sums are taken in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import InputError, MethodError, unknown
from ..explain.explanation import Explanation
from ..explain.methods import METHODS
from .libraries import library
from .named_groups import named_groups
from .places import mask, places

# Methods whose maps sum to something else than the score.
OTHER_SUMS = {"sensitivity": "squared gradient norm", "excitation-backprop": "share of the decision"}


@dataclass(frozen=True, eq=False)
class Pooled:
    """Sums of relevance by region, float64 tensors of shape (batch, region) on the CPU.

    `net` = `positive` + `negative`, in units of `unit`; `size` counts the variables of a region; `total` is the sum
    over the whole map, shape (batch,). `overlap` counts the variables that belong to several regions, shape (batch,):
    where it is not 0, shares need not sum to 1, and a note says so.
    """

    names: tuple[str, ...]
    positive: Tensor
    negative: Tensor
    size: Tensor
    total: Tensor
    overlap: Tensor
    unit: str
    notes: tuple[str, ...] = ()

    @property
    def net(self) -> Tensor:
        """Positive and negative relevance together, shape (batch, region)."""
        return self.positive + self.negative

    @property
    def share(self) -> Tensor:
        """`net` as a fraction of `total`, shape (batch, region); NaN for a sample whose total is 0."""
        share = self.net / self.total[:, None]
        return share.masked_fill(self.total[:, None] == 0, torch.nan)

    def __getitem__(self, name: str) -> Tensor:
        """`net` of one region, shape (batch,)."""
        if name not in self.names:
            raise InputError(unknown("region", name, self.names))
        return self.net[:, self.names.index(name)]

    def frame(self) -> Any:
        """A pandas table with one row a sample and region."""
        pandas = library("pandas", "Pooled.frame")
        samples, regions = self.net.shape
        columns = {name: getattr(self, name) for name in ("net", "positive", "negative", "share", "size")}
        return pandas.DataFrame(
            {
                "sample": [sample for sample in range(samples) for _ in range(regions)],
                "region": list(self.names) * samples,
                **{name: column.flatten().numpy() for name, column in columns.items()},
            }
        )

    def __repr__(self) -> str:
        first = ", ".join(
            f"{name} {float(value):.4g}" for name, value in zip(self.names[:6], self.net[0], strict=False)
        )
        more = f" and {len(self.names) - 6} more" if len(self.names) > 6 else ""
        return f"<Pooled {self.unit} of {len(self.net)} samples; the first: {first}{more}>"


def pool(explanation: Explanation, regions: Any) -> Pooled:
    """How much of the score each region of the input accounts for.

    regions: a mapping from names to regions, or one region. A region is a :class:`Box`, an :class:`Ellipse`, a
    :class:`Polygon`, :class:`Runs`, a :class:`Span` (`words` makes these), a mask, or a list of one of these a sample;
    what no region covers becomes the region "rest". Or a division of the whole input: "quadrants", "channels",
    "pixels", "time", one that the domain names (its `groupings`), an :class:`Along`, a label map (an array of integers,
    :class:`Labels`, `superpixels`).
    Masks and label maps have the shape of the positions, (height, width); of one sample, (channel, height, width); of
    (batch, height, width); or as many axes as the relevance, with 1 where they do not differ.

    Raises `MethodError` for a method whose map is no decomposition (its sums over regions mean nothing), `InputError`
    for regions that do not fit the input or are empty, and for relevance that is not finite.
    """
    unit, notes = summed(explanation)
    relevance = finite(explanation)
    found = places(named_groups(regions, explanation.domain, explanation.input), tuple(relevance.shape))
    shape = (len(relevance), len(found.names))
    positive, negative, size = (torch.zeros(shape, dtype=torch.float64) for _ in range(3))
    overlap = torch.zeros(len(relevance), dtype=torch.int64)
    for sample, one in enumerate(relevance):
        variables, owners = found.of(sample)
        values = one.flatten().double()[variables]
        positive[sample].index_add_(0, owners, values.clamp(min=0))
        negative[sample].index_add_(0, owners, values.clamp(max=0))
        size[sample] = torch.bincount(owners, minlength=shape[1])
        overlap[sample] = (torch.bincount(variables, minlength=one.numel()) > 1).sum()
    if bool(overlap.any()):
        at = int(overlap.argmax())
        overlapping = (
            f"regions overlap in {int(overlap[at])} of {relevance[0].numel()} variables of sample {at}: each keeps "
            "all that it holds, so that shares do not sum to 1"
        )
        notes = (*notes, overlapping)
    total = relevance.flatten(1).sum(1, dtype=torch.float64)
    return Pooled(found.names, positive, negative, size.long(), total, overlap, unit, notes)


@dataclass(frozen=True, eq=False)
class ObjectContext:
    """Relevance in an object and in what surrounds it, float64 tensors of shape (batch,).

    `object` + `context` = the whole map's sum. `ratio` compares positive relevance per variable,
    (context / its size) / (object / its size): above 1 the context counts for more than the object.
    """

    pooled: Pooled

    @property
    def object(self) -> Tensor:
        """Net relevance in the object."""
        return self.pooled["object"]

    @property
    def context(self) -> Tensor:
        """Net relevance around it."""
        return self.pooled["context"]

    @property
    def share(self) -> Tensor:
        """The object's net relevance as a fraction of the total."""
        return self.pooled.share[:, 0]

    @property
    def ratio(self) -> Tensor:
        """Positive relevance per variable outside over inside; infinite or NaN where there is none inside."""
        density = self.pooled.positive / self.pooled.size
        return density[:, 1] / density[:, 0]

    def __repr__(self) -> str:
        shares = ", ".join(f"{float(share):.3g}" for share in self.share[:6])
        return f"<ObjectContext of {len(self.share)} samples: share of the object {shares}>"


def object_context(explanation: Explanation, region: Any) -> ObjectContext:
    """Does the model look at the object or at what surrounds it (tutorial, section 4.4)?

    region: a box, polygon, span or mask, or a list of one of these a sample. Raises as `pool` does, and `InputError`
    where the object leaves no context.
    """
    shape = tuple(explanation.relevance.shape)
    inside = mask(region, shape, "object")
    around = {"object": inside, "context": ~inside}
    return ObjectContext(pool(explanation, around))


def summed(explanation: Explanation) -> tuple[str, tuple[str, ...]]:
    """What sums over the map are sums of, and notes. Raises `MethodError` where they are of nothing."""
    name = explanation.method
    if name not in METHODS:
        return "relevance", (
            f"method {name!r} is not registered here: whether its map decomposes the score is unknown",
        )
    if name in OTHER_SUMS:
        return OTHER_SUMS[name], ()
    if not METHODS[name].decomposes:
        raise MethodError(
            f"a map of method {name!r} is no decomposition: its sum over a region is no part of the score; explain "
            f"with {', '.join(repr(method.name) for method in METHODS.values() if method.decomposes)}, or ask where it "
            "points with rank_accuracy or pointing_game"
        )
    return "score", ()


def finite(explanation: Explanation) -> Tensor:
    """The relevance on the CPU. Raises `InputError` if it is not finite."""
    relevance = explanation.relevance.detach().cpu()
    bad = ~torch.isfinite(relevance)
    if bool(bad.any()):
        first = tuple(int(place) for place in bad.nonzero()[0])
        raise InputError(
            f"the relevance of shape {tuple(relevance.shape)} holds {int(bad.sum())} values that are NaN or infinite, "
            f"the first at {first}; explain by another method or rules, or in float64"
        )
    return relevance
