"""Which operations relevance passes through, and how."""

from __future__ import annotations

from collections.abc import Callable

from ..operations import OPERATIONS, Handler

LRP: dict[str, Handler] = {op: entry.handler for op, entry in OPERATIONS.items() if entry.linear}
LRP["relu"] = OPERATIONS["relu"].handler


def handles(*ops: str) -> Callable[[Handler], Handler]:
    """Register how relevance passes through the operations `ops` (ATen base names)::

        @lw.handles("frac")
        def through_frac(node, c, walk):      # c = R / a at the output, a tensor of its shape
            yield c                           # c at each operand that depends on the input

    Lasts for the process; a second registration replaces the first.
    """

    def register(handler: Handler) -> Handler:
        for op in ops:
            LRP[op] = handler
        return handler

    return register
