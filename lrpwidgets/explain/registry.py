"""Things found by name: methods and presets; menus, forms and tables are built from a registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from ..errors import LrpError, unknown


class Named(Protocol):
    """What a registry holds."""

    @property
    def name(self) -> str:
        """By which it is found."""

    @property
    def doc(self) -> str:
        """One sentence."""


Entry = TypeVar("Entry", bound=Named)


class Registry(Mapping[str, Entry]):
    """Entries of one `kind` by name, in the order they were registered; printed as a table."""

    def __init__(self, kind: str, error: type[LrpError]) -> None:
        self._kind = kind
        self._error = error
        self._entries: dict[str, Entry] = {}

    def register(self, entry: Entry) -> Entry:
        """Add an entry; a second one of the same name replaces the first."""
        self._entries[entry.name] = entry
        return entry

    def choose(self, name: object) -> Entry:
        """The entry of that name, or an error that names the closest."""
        if isinstance(name, str) and name in self._entries:
            return self._entries[name]
        raise self._error(unknown(self._kind, name, self._entries))

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        width = max(map(len, self._entries), default=0)
        return "\n".join(f"{name:{width}}  {entry.doc}" for name, entry in self._entries.items())
