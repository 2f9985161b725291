"""The model's scores on many inputs, a few at a time, with nothing recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from lrpwidgets.errors import InputError, LrpError
from lrpwidgets.explain.copied import Copied
from lrpwidgets.explain.inputs import Inputs as Call
from lrpwidgets.explain.inputs import model_inputs
from lrpwidgets.widgets.worker import model_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from lrpwidgets.widgets.inputs import Inputs


class Predictor:
    """`predict([3, 17])` is for each of these inputs its scores (class,), or the exception that it raised."""

    def __init__(self, model: nn.Module, inputs: Inputs, domain: Any) -> None:
        self.model, self._inputs, self._domain = model, inputs, domain

    def __call__(self, indices: Sequence[int]) -> list[NDArray[np.float64] | Exception]:
        """One forward for inputs that go together; one each where they do not, or where that raised."""
        calls: list[Call | Exception] = [self._call(index) for index in indices]
        good = [call for call in calls if isinstance(call, Call)]
        rows = self._together(good)
        if rows is None:
            rows = [self._alone(call) for call in good]
        answers = iter(rows)
        return [next(answers) if isinstance(call, Call) else call for call in calls]

    def _call(self, index: int) -> Call | Exception:
        try:
            return model_inputs(self.model, self._inputs[index], self._domain, None)
        except Exception as error:  # noqa: BLE001 - a broken file must not keep the others from being seen
            return error

    def _together(self, calls: list[Call]) -> list[NDArray[np.float64] | Exception] | None:
        alike = {(call.explained.shape, call.explained.dtype, call.explained.device) for call in calls}
        plain = all(len(call.args) == 1 and not call.kwargs and len(call.explained) == 1 for call in calls)
        if len(calls) < 2 or len(alike) != 1 or not plain:
            return None
        try:
            return [*self._run(Call((torch.cat([call.explained for call in calls]),), {}, 0))]
        except Exception:  # noqa: BLE001 - one by one says which of them raises
            return None

    def _alone(self, call: Call) -> NDArray[np.float64] | Exception:
        try:
            return self._run(call)[0]
        except Exception as error:  # noqa: BLE001
            return error

    def _run(self, call: Call) -> NDArray[np.float64]:
        with model_lock(self.model):
            output = Copied(self.model)(call)[0]
        if output.dim() != 2:
            raise InputError(
                f"a gallery shows class scores (batch, classes), not an output {tuple(output.shape)}."
            )
        return output.double().cpu().numpy()


def reason(error: Exception) -> str:
    """An error in a line."""
    said = str(error) if isinstance(error, LrpError) else f"{type(error).__name__}: {error}"
    return " ".join(said.split())
