"""Named variables, one number each: the columns of a table, the counts of a bag of words; `(batch, feature)`.

model input of feature i = (value_i - mean_i) / std_i
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lrpwidgets.domains import feature_rows
from lrpwidgets.errors import InputError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

MOST_FEATURES = 1_000_000
MOST_GROUPS = 10_000
LONGEST_NAME = 200
LONGEST_CODE = 2000  # letters of one argument in `code`; a longer one goes by its name
EACH = "features"  # the grouping in which every feature is alone
OWN = "groups"  # what a single division of the user's is called

Groups = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class FeaturesDomain:
    """What the features of a table are. Make it with `lw.features(...)`.

    `units`, `mean`, `std`, `low` and `high` are one entry a feature; `mean` and `std` None: the model takes the values
    as they are; `low` and `high` None: not bounded. `divisions`: (name, groups) each, groups are (name, its features).
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    divisions: tuple[tuple[str, Groups], ...] = ()
    note: str | None = None

    kind: ClassVar[str] = "features"
    axes: ClassVar[tuple[str, ...]] = ("feature",)

    def __post_init__(self) -> None:
        if not 1 <= len(self.names) <= MOST_FEATURES:
            raise InputError(f"a table has 1 to {MOST_FEATURES} features, not {len(self.names)}.")
        for name in self.names:
            _check_name("feature", name)
        if len(self.places) < len(self.names):
            twice = sorted({name for at, name in enumerate(self.names) if self.places[name] != at})
            raise InputError(
                f"features must differ in name; these come twice: {', '.join(map(repr, twice[:5]))}."
            )
        for unit in self.units:
            if not isinstance(unit, str) or len(unit) > LONGEST_NAME:
                raise InputError(f"a unit is text, such as 'mm', not {unit!r}.")
        for what in ("units", "mean", "std", "low", "high"):
            found = getattr(self, what)
            if found is not None and len(found) != len(self.names):
                raise InputError(
                    f"{what} has {len(found)} entries, but there are {len(self.names)} features."
                )
        self._check_numbers()
        self._check_divisions()

    def _check_numbers(self) -> None:
        for what in ("mean", "std", "low", "high"):
            for name, value in zip(self.names, getattr(self, what) or (), strict=False):
                if not math.isfinite(value) or (what == "std" and value <= 0):
                    above = " above 0" if what == "std" else ""
                    raise InputError(f"{what} of {name!r} must be a finite number{above}, not {value!r}.")
        if (self.mean is None) != (self.std is None) or (self.low is None) != (self.high is None):
            raise InputError("mean and std, and the two ends of the range, are given together.")
        for name, low, high in zip(self.names, self.low or (), self.high or (), strict=False):
            if low > high:
                raise InputError(f"the range of {name!r} must be (low, high), not ({low:g}, {high:g}).")

    def _check_divisions(self) -> None:
        called = [name for name, _ in self.divisions]
        for name in called:
            _check_name("grouping", name)
        if EACH in called or len(set(called)) < len(called):
            raise InputError(f"groupings must differ in name and be none called {EACH!r}: {called}.")
        if sum(len(groups) for _, groups in self.divisions) > MOST_GROUPS:
            raise InputError(f"there are more than {MOST_GROUPS} groups of features.")
        for division, groups in self.divisions:
            owner: dict[str, str] = {}
            for group, members in groups:
                _check_name("group", group)
                for feature in members:
                    self.index(feature)
                    if feature in owner:
                        raise InputError(
                            f"{feature!r} is in the groups {owner[feature]!r} and {group!r} of {division!r}: shares "
                            "would count it twice. Make two groupings of it."
                        )
                    owner[feature] = group
            if len({group for group, _ in groups}) < len(groups) or "rest" in dict(groups):
                raise InputError(
                    f"groups of {division!r} must differ in name, and 'rest' is what no group holds."
                )

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each feature stands, by its name."""
        return {name: at for at, name in enumerate(self.names)}

    @property
    def unit(self) -> str:
        """The unit of all features, empty where they differ."""
        return self.units[0] if len(set(self.units)) == 1 else ""

    @property
    def groupings(self) -> tuple[str, ...]:
        """Divisions by name: the user's own, and "features", where every feature is alone."""
        return (*(name for name, _ in self.divisions), EACH)

    @property
    def input_range(self) -> tuple[Tensor, Tensor] | None:
        """Lowest and highest model input, float32 `(1, feature)` each: the box of zB."""
        import torch

        if self.low is None or self.high is None:
            return None
        low, high = (torch.from_numpy(self._standardised(np.array([end]))) for end in (self.low, self.high))
        return low, high

    @property
    def code(self) -> str:
        """Python that makes this domain again; a very long table goes by the name of its argument."""
        given: list[tuple[str, Any]] = [("names", list(self.names))]
        if any(self.units):
            given.append(("units", self.unit or list(self.units)))
        if self.mean is not None and self.std is not None:
            given += [("mean", list(self.mean)), ("std", list(self.std))]
        if self.low is not None and self.high is not None:
            given.append(("range", (list(self.low), list(self.high))))
        if self.divisions:
            every = {
                name: {group: list(members) for group, members in groups} for name, groups in self.divisions
            }
            given.append(("groups", every[OWN] if list(every) == [OWN] else every))
        texts = [(what, repr(value)) for what, value in given]
        said = [f"{what}={text if len(text) <= LONGEST_CODE else what}" for what, text in texts]
        return f"lw.features({', '.join(said)})"

    def index(self, feature: Any) -> int:
        """Where a feature stands, by its name; `InputError` with the closest name that there is."""
        found = self.places.get(feature)
        if found is None:
            raise InputError(unknown("feature", feature, self.names))
        return found

    def encode(self, x: Any) -> Tensor:
        """Model input, float32 `(batch, feature)`, of what people have, standardised.

        `x`: a pandas frame (one row a sample; columns by name, in any order), a row of one; a mapping of names to
        numbers, or to one number a sample; a list of rows; an array `(feature,)` or `(batch, feature)` in the order of
        `names`; a sparse matrix. `InputError` says what is missing, unknown, or no number.
        """
        import torch

        values = feature_rows.rows(x, self)
        self.check(values.shape)
        return torch.from_numpy(self._standardised(values))

    def decode(self, x: Any) -> NDArray[np.float64]:
        """The values `(batch, feature)` in model input, in their units."""
        array = np.asarray(x.detach().cpu().numpy() if hasattr(x, "detach") else x, np.float64)
        self.check(array.shape)
        return array if self.mean is None else array * np.array(self.std) + np.array(self.mean)

    def check(self, shape: Sequence[int]) -> None:
        """`InputError` where a model input of this shape is not `(batch, feature)` of these features."""
        if len(shape) != 2 or shape[1] != len(self.names):
            raise InputError(
                f"the input has shape {tuple(shape)}, but there are {len(self.names)} features "
                f"({', '.join(self.names[:3])}{', ...' if len(self.names) > 3 else ''}): (batch, {len(self.names)})."
            )

    def groups(self, name: str, x: Any) -> tuple[Tensor, tuple[str, ...]]:
        """Labels `(1, feature)` of a grouping, and the groups' names; -1: in no group."""
        import torch

        if name not in self.groupings:
            raise InputError(unknown("grouping of features", name, self.groupings))
        self.check(tuple(x.shape))
        if name == EACH:
            return torch.arange(len(self.names))[None], self.names
        groups = dict(self.divisions)[name]
        labels = np.full((1, len(self.names)), -1, np.int64)
        for at, (_, members) in enumerate(groups):
            labels[0, [self.index(feature) for feature in members]] = at
        return torch.from_numpy(labels), tuple(group for group, _ in groups)

    def read(self, x: Any, index: Sequence[int]) -> str:
        """How a value of model input is read aloud: `index` is (feature,), or with a batch's number before it.

        >>> features(["mean radius"], units="mm", mean=14.0, std=2.0).read(np.array([1.995]), (0,))
        'mean radius 17.99 mm'
        """
        at = index[-1]
        return f"{self.names[at]} {self.value(at, float(x[tuple(index)]))}"

    def value(self, feature: int, x: float) -> str:
        """The value and unit of one model input."""
        found = x if self.mean is None or self.std is None else x * self.std[feature] + self.mean[feature]
        return f"{found:.6g} {self.units[feature]}".rstrip()

    def to_json(self) -> dict[str, Any]:
        """The domain as plain JSON; `from_json` gives an equal one."""
        numbers = {
            what: None if (found := getattr(self, what)) is None else list(found)
            for what in ("mean", "std", "low", "high")
        }
        return {
            "kind": self.kind,
            "names": list(self.names),
            "units": list(self.units),
            **numbers,
            "groups": [
                [name, [[group, list(members)] for group, members in groups]]
                for name, groups in self.divisions
            ],
            "note": self.note,
        }

    @staticmethod
    def from_json(data: object) -> FeaturesDomain:
        """The domain that `to_json` described; `FileFormatError` for a missing, unknown or wrong entry."""
        from lrpwidgets.domains.features_json import parse

        return parse(data)

    def _standardised(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        if self.mean is not None and self.std is not None:  # in float64, rounded once
            values = (values - np.array(self.mean)) / np.array(self.std)
        return np.asarray(values, np.float32)


def features(
    names: Iterable[str],
    *,
    units: str | Sequence[str] | Mapping[str, str] = "",
    mean: Any = None,
    std: Any = None,
    range: Any = None,
    groups: Mapping[str, Any] | None = None,
) -> FeaturesDomain:
    """Say once what the columns of your table, or the words of your bag, are.

    names: one a feature, in the order in which the model takes them.
    units: one for all, one each, or by name. mean, std: what standardises a value for the model, x = (value - mean) /
    std: one number for all, one each (as of scikit-learn's `StandardScaler`), or by name.
    range: (lowest, highest) value, each a number or one a feature, or {name: (lowest, highest)}: the box of zB.
    groups: {group: [features]}, or several divisions {division: {group: [features]}}; `lw.measure.pool(ex, "groups")`
    takes a single one by that name, several by their own.

    >>> features(["age", "pulse"], units={"age": "years", "pulse": "1/min"}).units
    ('years', '1/min')
    """
    if isinstance(names, str):
        raise InputError(f"names must be a list of names, not the text {names!r}.")
    known = tuple(str(name) for name in names)
    each = feature_rows.Each(known)
    low = high = None
    if range is not None:
        low, high = each.ends(range)
    if std is not None or mean is not None:
        mean, std = (
            each.numbers("mean", 0.0 if mean is None else mean),
            each.numbers("std", 1.0 if std is None else std),
        )
    return FeaturesDomain(
        names=known,
        units=each.texts("units", units),
        mean=mean,
        std=std,
        low=low,
        high=high,
        divisions=_divisions(groups),
    )


def _divisions(groups: Any) -> tuple[tuple[str, Groups], ...]:
    if groups is None:
        return ()
    if not isinstance(groups, Mapping):
        raise InputError(f"groups must be {{group: [features]}}, not {type(groups).__name__}.")
    nested = [isinstance(value, Mapping) for value in groups.values()]
    if any(nested) and not all(nested):
        raise InputError("groups must be all {group: [features]}, or all {division: {group: [features]}}.")
    every = groups if nested and all(nested) else {OWN: groups}
    found = []
    for division, members in every.items():
        for group, one in members.items():
            if isinstance(one, str) or not isinstance(one, Iterable):
                raise InputError(f"group {group!r} must be a list of features, not {one!r}.")
        found.append((str(division), tuple((str(g), tuple(map(str, one))) for g, one in members.items())))
    return tuple(found)


def _check_name(what: str, name: object) -> None:
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise InputError(
            f"a {what}'s name is text of 1 to {LONGEST_NAME} characters, not {str(name)[:100]!r}."
        )
