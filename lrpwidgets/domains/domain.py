"""What every domain says of an input. Explanation, pooling, flipping, saving and code need no more than this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch import Tensor


@runtime_checkable
class Domain(Protocol):
    """An input's geometry, axes, units, preprocessing and its inverse; plain data, frozen.

    Two more members are optional: `at(index)` is the domain of one sample, where a domain holds something of each
    sample (the words of a text, the atoms of a molecule); `display_pixelated` and `channels` are a picture's.
    """

    kind: ClassVar[str]
    """Its name in files and registries: "image", "signal", ..."""

    @property
    def unit(self) -> str:
        """The unit of an input value as people read it."""

    @property
    def note(self) -> str | None:
        """What a reader should know, such as that the domain was guessed."""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the input's axes after the batch."""

    @property
    def code(self) -> str:
        """Python that makes this domain again."""

    @property
    def input_range(self) -> tuple[Tensor, Tensor] | None:
        """Lowest and highest input, broadcasting to it: the box of zB. None: not bounded."""

    @property
    def groupings(self) -> tuple[str, ...]:
        """Divisions of the input that the field knows by name."""

    def groups(self, name: str, x: Tensor) -> tuple[Tensor, tuple[str, ...]]:
        """Which group of the division `name` each input value of `x` belongs to, and the groups' names.

        int64, broadcasting to `x`; group i has name i, and -1 belongs to none.
        """

    def check(self, shape: tuple[int, ...]) -> None:
        """`InputError` where model input of `shape` (batch, ...) cannot be of this domain."""

    def encode(self, x: Any) -> Tensor:
        """Model input (batch, ...) of what people have."""

    def decode(self, x: Any) -> Any:
        """What people look at, of model input."""

    def read(self, x: Tensor, index: tuple[int, ...]) -> str:
        """One value of one sample `x` in words, with its place and unit."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, from which `from_json` makes an equal one."""
