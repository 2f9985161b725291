"""The Python that makes what the workbench shows: the heat map, and after it the panel that is open."""

from __future__ import annotations

import re

IMPORT = "import lrpwidgets as lw\n\n"
DISPLAY = "from IPython.display import display\n\n"


def together(heatmap: str, panel: str | None, x: str) -> str:
    """The code of both, where `x`, the traced input, is code too; a cell shows its last expression by itself."""
    parts = [_asks(part.replace(IMPORT, "", 1), x) for part in (heatmap, panel) if part is not None]
    if len(parts) == 1:
        return IMPORT + parts[0]
    shown, beside = parts
    imports = IMPORT.rstrip() + "\n" + DISPLAY
    if beside.startswith("import dataclasses\n\n"):
        beside, imports = beside.removeprefix("import dataclasses\n\n"), "import dataclasses\n\n" + imports
    return f"{imports}display({shown})\n{beside}"


def _asks(code: str, x: str) -> str:
    return re.sub(r"\(model, x(?=[,)])", lambda _: f"(model, {x}", code)
