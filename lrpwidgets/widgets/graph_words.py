"""What a layer graph says: its nodes and edges in a line each, the chosen node as a table that adds up."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from lrpwidgets.explain.code import literal
from lrpwidgets.render.wording import number

if TYPE_CHECKING:
    from lrpwidgets.explain.layer_graph import GraphEdge, GraphNode, LayerGraph
    from lrpwidgets.explain.routes import Routes

ROUNDING = 1e-5  # of a node's relevance: what is absorbed beyond it is said


def share(relevance: float, start: float) -> str:
    """Percent of the relevance at the output; nothing where that is 0."""
    return f"{100 * relevance / start:.1f} %" if start else ""


def box_text(node: GraphNode, start: float) -> str:
    """A node for a pointer and a screen reader."""
    what = node.label if node.kind == node.label else f"{node.label}, {node.kind}"
    amount = node.incoming if node.incoming or not node.outgoing else node.outgoing
    words = [what, f"R {number(amount)}", share(amount, start), "opens" if node.opens else ""]
    return ", ".join(word for word in words if word)


def edge_text(edge: GraphEdge, start: float) -> str:
    """An edge under the pointer."""
    part = share(edge.relevance, start)
    return f"{edge.above} to {edge.below}: R {number(edge.relevance)}" + (f" ({part})" if part else "")


def asked(question: Mapping[str, Any], routes: Routes) -> list[str]:
    """What was asked, and the relevance that the walk began with."""
    parts = [
        f"{name} {literal(question[name])}"
        for name in ("target", "minus", "rules")
        if question[name] is not None
    ]
    return [str(question["method"]), *parts, f"R at the output {number(routes.start)}"]


def table(graph: LayerGraph, name: str, routes: Routes, question: Mapping[str, Any], legend: str) -> str:
    """The chosen node as HTML: what came, where it went, what was absorbed. Every word of a user's is escaped."""
    node, start = graph.node(name), routes.start
    rows = [("from", edge.above, edge.relevance) for edge in graph.above(name)]
    rows += [("to", edge.below, edge.relevance) for edge in graph.below(name)]
    absorbed = ((part, getattr(node, part)) for part in ("bias", "stabilizer", "stopped"))
    least = ROUNDING * max(abs(node.incoming), abs(node.outgoing))
    rows += [("to", part, amount) for part, amount in absorbed if abs(amount) > least]
    lines = [
        f"<tr><th>{way}</th><td>{escape(other)}</td>"
        f'<td class="lrpw-graph-number">{number(amount)}</td>'
        f'<td class="lrpw-graph-number">{share(amount, start)}</td></tr>'
        for way, other, amount in rows
    ]
    facts = [node.kind if node.kind != node.label else ""]
    facts += [" x ".join(map(str, node.shape))] if node.shape else []
    facts += [", ".join(node.rules)] if node.rules else []
    about = "; ".join(escape(fact) for fact in facts if fact)
    return (
        f"<p><strong>{escape(node.label)}</strong> {about}</p><table>{''.join(lines)}</table>"
        f"<p>{escape('; '.join(asked(question, routes)))}.</p><p>{escape(legend)}.</p>"
    )
