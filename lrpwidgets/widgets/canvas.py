"""One ipycanvas that keeps its picture: held, drawn again for every browser that comes, sharp on dense screens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import ipycanvas
from ipycanvas.canvas import _CANVAS_MANAGER

from lrpwidgets.widgets.worker import traits_lock

Paint = Callable[[ipycanvas.Canvas], None]

LARGEST = 8192  # device pixels a side: more than that a browser may refuse to draw


class Sheet:
    """A canvas that shows what `paint` draws, in CSS pixels.

    An ipycanvas keeps nothing: after a reload it is blank, and the manager that all canvases of a kernel share still
    believes that the new page knows which canvas it speaks of. Here every drawing is one message that begins by
    naming its canvas, an error while drawing leaves no half message behind, and a client that is ready gets it all.
    """

    def __init__(self) -> None:
        self._paint: Paint = _nothing
        self._size, self._ratio = (1, 1), 1.0
        if _CANVAS_MANAGER.comm is None:  # `Widget.close_all()` closes it too, and nobody opens it again
            _CANVAS_MANAGER.open()
        self.widget = ipycanvas.Canvas(width=1, height=1)
        self.widget.on_client_ready(self.draw)

    def show(self, paint: Paint, width: int, height: int, ratio: float) -> None:
        """Draw, from now on, what `paint` does on `width` x `height` CSS pixels with `ratio` device pixels to each."""
        self._paint, self._size = paint, (width, height)
        self._ratio = min(ratio, LARGEST / max(width, height, 1))
        with traits_lock(), self.widget.hold_sync():
            self.widget.width, self.widget.height = (round(side * self._ratio) for side in self._size)
            self.widget.layout.width, self.widget.layout.height = (f"{side}px" for side in self._size)
        self.draw()

    def draw(self) -> None:
        """Send the picture."""
        with _held():
            canvas = self.widget
            canvas.save()
            canvas.reset_transform()
            canvas.clear()
            canvas.scale(self._ratio)
            self._paint(canvas)
            canvas.restore()


@contextmanager
def _held() -> Iterator[None]:
    """All commands of the block in one message that names its canvas; none of them if the block raises."""
    manager = _CANVAS_MANAGER
    with traits_lock():
        before = manager._caching
        manager._caching, manager._current_canvas = True, None
        try:
            yield
            manager.flush()
        finally:
            manager._caching, manager._commands_cache, manager._buffers_cache = before, [], []


def _nothing(_canvas: ipycanvas.Canvas) -> None:
    pass
