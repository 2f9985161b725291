"""Which operations relevance passes through, and how."""

from __future__ import annotations

from collections.abc import Callable

from ..operations import OPERATIONS, Handler

LRP: dict[str, Handler] = {op: entry.handler for op, entry in OPERATIONS.items() if entry.linear}
LRP["relu"] = OPERATIONS["relu"].handler


def handles(*ops: str) -> Callable[[Handler], Handler]:
    """Register how relevance passes through the operations `ops` (ATen base names)::

        @lw.handles("sin")
        def through_sin(node, c, walk):       # c = R / a at its output a
            z, a = node.operands[0].tensor, node.outputs[0].tensor
            yield c * torch.where(z != 0, a / z, 0)    # c = R / z at its operand z, R passed on whole

    Lasts for the process; a second registration replaces the first.
    """

    def register(handler: Handler) -> Handler:
        for op in ops:
            LRP[op] = handler
        return handler

    return register
