"""Plans and items as bytes that other processes can open, parametrized modules and a notebook's functions included."""

from __future__ import annotations

import copyreg
import io
import pickle
from functools import cached_property
from typing import Any

from torch import nn
from torch.nn.utils import parametrize

from ..errors import ModelError
from .libraries import library
from .study_items import said
from .study_plan import Plan


class Parcel:
    """A plan on its way: bytes until it is needed, then opened once a process."""

    def __init__(self, plan: Plan) -> None:
        try:
            self._bytes = packed(plan)
        except Exception as error:
            raise ModelError(
                f"the model ({type(plan.model).__name__}), or a function among methods and measures, cannot be sent to "
                f"the workers: {said(error)}"
            ) from error

    def __getstate__(self) -> dict[str, bytes]:
        return {"_bytes": self._bytes}

    @cached_property
    def plan(self) -> Plan:
        """What was packed."""
        found: Plan = opened(self._bytes)
        return found


def packed(thing: Any) -> bytes:
    """`thing` as bytes. Raises what pickling raises."""
    cloudpickle = library("cloudpickle", "a study over a cluster", extra="dask")

    class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc, name-defined]
        def reducer_override(self, obj: Any) -> Any:
            # torch refuses to pickle these, because their class is made at run time; cloudpickle takes it along.
            if isinstance(obj, nn.Module) and parametrize.is_parametrized(obj):
                return copyreg.__newobj__, (type(obj),), dict(obj.__dict__)  # type: ignore[attr-defined]
            return super().reducer_override(obj)

    out = io.BytesIO()
    Pickler(out, protocol=pickle.HIGHEST_PROTOCOL).dump(thing)
    return out.getvalue()


def opened(data: bytes) -> Any:
    """What `packed` packed; only for bytes that come from the client, whom a worker of dask obeys in any case."""
    return pickle.loads(data)  # noqa: S301
