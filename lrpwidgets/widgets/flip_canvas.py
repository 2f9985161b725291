"""Where a model's input is drawn: as the picture it is, or its features laid out in reading order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.domains.image import ImageDomain, infer
from lrpwidgets.render import reduce
from lrpwidgets.render.sample import FEATURES_IN_ONE_ROW, float32

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

LONGEST = 1024  # pixels a side of what is sent; all of a larger input is flipped, and less of it shown


class Canvas:
    """Turns one input (1, ...), masks and maps of its shape into pictures of one size; `note` says what was changed."""

    def __init__(self, x: Tensor, domain: Any = None) -> None:
        self._shape = x.shape
        picture = domain is None and x.dim() == 4 and x.shape[1] in (1, 3)
        self._columns = 0
        if not picture and getattr(domain, "kind", None) != ImageDomain.kind:
            count = x[0].numel()
            self._columns = count if count <= FEATURES_IN_ONE_ROW else math.ceil(math.sqrt(count))
            self._rows = -(-count // self._columns)
            domain = None
        plane = self._laid_out(x.detach())
        self._domain = infer(plane) if domain is None else domain
        self._whole = (int(plane.shape[2]), int(plane.shape[3]))
        part = min(1.0, LONGEST / max(self._whole))
        self.height, self.width = (max(1, round(side * part)) for side in self._whole)
        self._picked = [
            ((np.arange(new) + 0.5) * old / new).astype(np.intp)
            for new, old in zip((self.height, self.width), self._whole, strict=True)
        ]
        self.pixelated = self._domain.display_pixelated(*self._whole)
        self.channels = 1 if self._columns else int(x.shape[1])

    @property
    def note(self) -> str:
        """What a reader must know about the picture; empty if it is simply the input."""
        said = []
        if self._columns:
            said.append(f"{math.prod(self._shape[1:])} features in reading order, {self._columns} a row")
        elif self._domain.note:
            said.append(self._domain.note)
        if self._whole != (self.height, self.width):
            said.append(f"shown at {self.width} x {self.height} of {self._whole[1]} x {self._whole[0]} px")
        return ". ".join(said)

    def picture(self, x: Tensor) -> NDArray[np.uint8]:
        """An input as people see it, uint8 (height, width, 3)."""
        return self._small(self._domain.decode(self._laid_out(x.detach())[:1])[0])

    def gone(self, removed: Tensor) -> NDArray[np.bool_]:
        """Which pixels are removed, (1, height, width), or (3, height, width) where channels go one by one."""
        if self._columns:
            mask = self._laid_out(removed.expand(self._shape))[0].cpu().numpy()
        else:
            mask = removed.expand(1, -1, *self._shape[2:])[0].cpu().numpy()
            if len(mask) == 3 and self._domain.order == "BGR":
                mask = mask[::-1]
        return np.moveaxis(self._small(np.moveaxis(mask, 0, -1)), -1, 0)

    def relevance(self, relevance: Tensor) -> NDArray[np.float32]:
        """Relevance summed over channels, and over areas where the picture is smaller, (height, width)."""
        plane = self._laid_out(relevance.detach())[0].double().sum(0)
        if self._whole == (self.height, self.width):
            return float32(plane)
        return np.asarray(reduce.summed(plane.cpu().numpy(), self.height, self.width), np.float32)

    def _laid_out(self, tensor: Tensor) -> Tensor:
        if not self._columns:
            return tensor
        filled = tensor.new_zeros((len(tensor), self._rows * self._columns))
        filled[:, : tensor[0].numel()] = tensor.flatten(1)
        return filled.reshape(len(tensor), 1, self._rows, self._columns)

    def _small(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Rows and columns (height, width, ...) that are shown: the nearest ones, so that removed stays removed."""
        if self._whole == (self.height, self.width):
            return plane
        return plane[self._picked[0]][:, self._picked[1]]
