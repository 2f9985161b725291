"""Equations as MathML, which browsers draw by themselves: no script, no fonts, no network."""

from __future__ import annotations

from html import escape
from typing import Any

from latex2mathml.converter import convert


def inline(self: Any, node: Any) -> None:
    """An equation in a line of text."""
    write(self, node, "inline")


def block(self: Any, node: Any) -> None:
    """An equation on a line of its own."""
    write(self, node, "block")


def write(self: Any, node: Any, display: str) -> None:
    """Put the equation on the page, and the LaTeX it was made of where a pointer finds it."""
    from docutils import nodes

    latex = node.astext()
    tag = "span" if display == "inline" else "div"
    self.body.append(f'<{tag} class="math" title="{escape(latex)}">{convert(latex, display=display)}</{tag}>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's way in."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True}
