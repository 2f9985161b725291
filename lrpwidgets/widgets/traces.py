"""Recorded forward passes of the inputs that were looked at last, so that a click costs one backward."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import ModelError
from lrpwidgets.explain.api import trace
from lrpwidgets.explain.progress import heard_by
from lrpwidgets.widgets.worker import model_lock

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lrpwidgets.explain.explanation import Explanation
    from lrpwidgets.explain.trace import Trace
    from lrpwidgets.widgets.inputs import Inputs
    from lrpwidgets.widgets.worker import Token

MOST_TRIES = 5  # to see one moment of a net that is being trained
KEPT = 4  # traces; a trace of VGG-16 on one photo holds about 100 MB


class Traces:
    """`explain(index, ...)` of `inputs[index]` by `model`, with at most `KEPT` traces alive."""

    def __init__(self, model: nn.Module, inputs: Inputs, **described: Any) -> None:
        self.model, self.inputs = model, inputs
        self._described = described  # labels, input, input_range as lw.trace takes them
        self._kept: OrderedDict[int, Trace] = OrderedDict()

    def explain(self, index: int, token: Token, **question: Any) -> Explanation:
        """One backward; one forward before it if the trace is not kept, or the model has changed since."""
        with model_lock(self.model), heard_by(token.progress):
            for left in reversed(range(MOST_TRIES)):
                token.check()
                recorded = self._get(index)
                token.check()
                try:
                    return recorded.explain(**question)
                except ModelError:
                    if not left or recorded.current:
                        raise
                    del self._kept[index]  # trained, loaded or moved meanwhile
        raise AssertionError

    def get(self, index: int) -> Trace:
        """The recorded forward pass of an input, recorded now if it is not kept."""
        with model_lock(self.model):
            return self._get(index)

    def current(self, index: int) -> Trace:
        """The same, recorded now also where the model has changed since."""
        with model_lock(self.model):
            if self.outdated(index):
                del self._kept[index]
            return self._get(index)

    def outdated(self, index: int) -> bool:
        """Whether what is kept of an input was recorded with other weights."""
        with model_lock(self.model):
            return index in self._kept and not self._kept[index].current

    def output(self, index: int) -> Tensor:
        """The scores `(classes,)` of an input, of which no trace is kept."""
        with model_lock(self.model):
            return self._record(index).output[0]

    def _get(self, index: int) -> Trace:
        if index not in self._kept:
            self._kept[index] = self._record(index)
        self._kept.move_to_end(index)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[index]

    def _record(self, index: int) -> Trace:
        return trace(self.model, self.inputs[index], **self._described)
