"""Rows of named numbers out of whatever a user keeps them in; what does not fit is called by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lrpwidgets.domains.features import FeaturesDomain


def rows(x: Any, domain: FeaturesDomain) -> NDArray[np.float64]:
    """Finite values, float64 `(batch, feature)`, in the order of `domain.names`. Raises `InputError`."""
    found = _named(x, domain)
    if found is None:
        found = _in_order(x, domain)
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        row, feature = bad[0]
        others = f", one of {len(bad)} values that are missing or not finite" if len(bad) > 1 else ""
        raise InputError(
            f"{domain.names[feature]!r} of sample {row} is {found[row, feature]}{others}: fill them in as in "
            "training, or leave these samples out."
        )
    return found


def _named(x: Any, domain: FeaturesDomain) -> NDArray[np.float64] | None:
    """Of a frame, a row of one, a mapping, or several of these; None for what has no names."""
    if isinstance(x, (list, tuple)) and x and all(_has_names(one) for one in x):
        return np.concatenate([_one(one, domain, at) for at, one in enumerate(x)])
    return _one(x, domain, 0) if _has_names(x) else None


def _one(x: Any, domain: FeaturesDomain, first: int) -> NDArray[np.float64]:
    """Of a frame, a row or a mapping; `first`: the number of its first sample."""
    names = domain.names
    columns = dict(x.items())
    if len(columns) < len(x.columns if hasattr(x, "columns") else x):
        raise InputError("the table names some of its columns twice: give each feature once.")
    _check_names(columns, domain)
    each = {name: _column(columns[name]) for name in names}
    lengths = {len(one) for one in each.values()}
    if len(lengths) > 1:
        other = next(name for name in names if len(each[name]) != len(each[names[0]]))
        raise InputError(
            f"{names[0]!r} has {len(each[names[0]])} values, but {other!r} has {len(each[other])}: give every feature "
            "one a sample."
        )
    out = np.empty((lengths.pop(), len(names)))
    for at, name in enumerate(names):
        out[:, at] = [_number(value, name, first + row) for row, value in enumerate(each[name])]
    return out


def _has_names(x: Any) -> bool:
    """Mappings, pandas' frames and rows."""
    return isinstance(x, Mapping) or (hasattr(x, "items") and hasattr(x, "to_numpy"))


def _column(values: Any) -> list[Any]:
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    if hasattr(values, "tolist"):
        values = values.tolist()
    return list(values) if isinstance(values, (list, tuple)) else [values]


def _check_names(given: Mapping[Any, Any], domain: FeaturesDomain) -> None:
    """All features and no other."""
    extra = [name for name in given if name not in domain.places]
    if extra:
        raise InputError(unknown("feature", extra[0], domain.names))
    missing = [name for name in domain.names if name not in given]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise InputError(f"features are missing: {', '.join(map(repr, missing[:5]))}{more}.")


def _number(value: Any, name: str, row: int) -> float:
    if isinstance(value, str) or value is None or isinstance(value, (list, tuple, dict, complex)):
        what = "nothing" if value is None else f"{type(value).__name__} {str(value)[:50]!r}"
        raise InputError(f"{name!r} of sample {row} must be a number, not {what}.")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"{name!r} of sample {row} must be a number, not {type(value).__name__} {str(value)[:50]!r}."
        ) from error


def _in_order(x: Any, domain: FeaturesDomain) -> NDArray[np.float64]:
    """Of arrays and nested lists, whose columns are in the order of the names."""
    if hasattr(x, "detach"):
        x = x.detach().cpu().numpy()
    if hasattr(x, "toarray"):  # a sparse matrix, as vectorizers of texts give
        x = x.toarray()
    if isinstance(x, (list, tuple)):
        x = [one.detach().cpu().numpy() if hasattr(one, "detach") else one for one in x]
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise InputError(
            f"rows must be equally long, one number for each of the features: {error}"
        ) from error
    array = array[None] if array.ndim == 1 else array
    domain.check(array.shape)
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    out = np.empty(array.shape)
    for row, feature in np.ndindex(*array.shape):
        out[row, feature] = _number(array[row, feature], domain.names[feature], row)
    return out


@dataclass(frozen=True)
class Each:
    """One entry a feature, given as one for all, as a sequence in their order, or by name."""

    names: tuple[str, ...]

    def numbers(self, what: str, given: Any) -> tuple[float, ...]:
        """Numbers."""
        found = self._spread(what, given)
        try:
            return tuple(math.nan if isinstance(one, (str, bool)) else float(one) for one in found)
        except (TypeError, ValueError) as error:
            raise InputError(f"{what} must be numbers: {error}") from error

    def texts(self, what: str, given: Any) -> tuple[str, ...]:
        """Texts; a name that a mapping leaves out has none."""
        if isinstance(given, Mapping):
            given = {**dict.fromkeys(self.names, ""), **given}
        found = (given,) * len(self.names) if isinstance(given, str) else self._spread(what, given)
        return tuple("" if one is None else str(one) for one in found)

    def ends(self, given: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """(low, high), or {name: (low, high)}."""
        try:
            if isinstance(given, Mapping):
                pairs = self._spread("range", given)
                low, high = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            else:
                low, high = given
        except (TypeError, ValueError, IndexError) as error:
            raise InputError(
                f"range must be (lowest, highest) or {{name: (lowest, highest)}}, not {given!r}."
            ) from error
        return self.numbers("range", low), self.numbers("range", high)

    def _spread(self, what: str, given: Any) -> list[Any]:
        if isinstance(given, Mapping):
            for name in given:
                if name not in self.names:
                    raise InputError(f"{what}: {unknown('feature', name, self.names)}")
            missing = [name for name in self.names if name not in given]
            if missing:
                raise InputError(f"{what} leaves out {', '.join(map(repr, missing[:5]))}.")
            return [given[name] for name in self.names]
        if hasattr(given, "tolist"):
            given = given.tolist()
        if not isinstance(given, (list, tuple)):
            return [given] * len(self.names)
        if len(given) != len(self.names):
            raise InputError(f"{what} has {len(given)} entries, but there are {len(self.names)} features.")
        return list(given)
