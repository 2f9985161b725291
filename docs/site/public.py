"""The directive `public`: what a public name is, from its signature and docstring.

    ```{public} lrpwidgets.measure
    pool
    flip
    ```

documents `lw.measure.pool` and `lw.measure.flip`. tests/test_docs.py sees to it that no public name is missing.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from docstrings import Link, markdown
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

import lrpwidgets as lw
from lrpwidgets.explain.rules import Rule
from lrpwidgets.widgets.equations import EQUATIONS, mathml

# Module -> how its names are written.
SPELLED = {
    "lrpwidgets": "lw",
    "lrpwidgets.measure": "lw.measure",
    "lrpwidgets.zoo": "lw.zoo",
    "lrpwidgets.explain.experts": "lw.experts",
    "lrpwidgets.domains": "lrpwidgets.domains",
}
# Names that have a place on the site, by every way in which a docstring may call them.
PLACES = {
    f"{spelled}.{name}": f"{spelled}.{name}"
    for module, spelled in SPELLED.items()
    for name in import_module(module).__all__
}


class Public(SphinxDirective):
    """Document the names in the body, public names of the module in the argument."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Each name's description, as Markdown that the page's own parser reads."""
        home = self.arguments[0]
        module = import_module(home)
        found: list[nodes.Node] = []
        for name in " ".join(self.content).split():
            if name not in module.__all__:
                raise self.error(f"{home} has no public name {name}")
            text = described(f"{SPELLED[home]}.{name}", getattr(module, name))
            place = nodes.container()
            lines = text.split("\n")
            self.state.nested_parse(StringList(lines, source=f"{home}.{name}"), self.content_offset, place)
            found += place.children
        return found


def described(path: str, thing: Any) -> str:
    """The Markdown of one public name."""
    if isinstance(thing, str):
        return fenced("py:data", f"{path} = {thing!r}", "", 5)
    if isinstance(thing, Mapping):
        return fenced("py:data", path, table(thing), 5)
    if isinstance(thing, ModuleType) and not callable(thing):
        return fenced("py:module", path, "", 5) + "\n\n" + markdown(docstring(thing), (), linker(path, ()))
    if isinstance(thing, type):
        return of_class(path, thing)
    # `lw.explain` is a package that can be called.
    function = import_module(f"{thing.__name__}.api").explain if isinstance(thing, ModuleType) else thing
    names = parameters_of(function)
    return fenced(
        "py:function",
        f"{path}{signature(function)}",
        markdown(docstring(function), None if hands_on(function) else names, linker(path, names)),
        5,
    )


def of_class(path: str, found: type) -> str:
    """A class: its signature, docstring, equation if it is a rule, then what it has."""
    names = parameters_of(found)
    parts = [markdown(docstring(found), names, linker(path, names)), *equation(found)]
    for name, doc in attributes(found).items():
        parts.append(fenced("py:attribute", f"{path}.{name}", markdown(doc, (), linker(path, ())), 4))
    for name, member in methods(found):
        kind = "py:property" if is_property(member) else "py:method"
        function = getattr(member, "fget", None) or getattr(member, "func", None) or member
        function = getattr(function, "__func__", function)
        given = () if is_property(member) else parameters_of(function)
        written = (
            "" if is_property(member) else signature(function, bound=not isinstance(member, staticmethod))
        )
        text = markdown(docstring(function), given, linker(path, given))
        parts.append(fenced(kind, f"{path}.{name}{written}", text, 4))
    return fenced("py:class", f"{path}{signature(found)}", "\n\n".join(parts), 5)


def equation(found: type) -> Iterator[str]:
    """A rule's equation, typeset as in the rule view."""
    known = EQUATIONS.get(found.__name__) if issubclass(found, Rule) else None
    if known:
        note = f"; {known.note}" if known.note else ""
        yield f'```{{raw}} html\n<div class="math">{xml(mathml(found.__name__))}</div>\n```'
        yield f"{known.source}{note}.".replace("_", r"\_")


def xml(tree: Any) -> str:
    """Nested lists [tag, child, ...] as MathML."""
    if not isinstance(tree, list):
        return str(tree)
    tag, *children = tree
    more = ' display="block"' if tag == "math" else ""
    return f"<{tag}{more}>{''.join(map(xml, children))}</{tag}>"


def attributes(found: type) -> dict[str, str]:
    """Public attributes with a docstring below them, of the class and of those of ours that it inherits from."""
    docs: dict[str, str] = {}
    for each in ours(found):
        comments = ModuleAnalyzer.for_module(each.__module__).find_attr_docs()
        for (owner, name), lines in comments.items():
            if owner == each.__name__ and not name.startswith("_"):
                docs.setdefault(name, "\n".join(lines))
    return docs


def methods(found: type) -> list[tuple[str, Any]]:
    """Public methods and properties with a docstring, in the order in which they are written; of a rule none.

    What rules have is for the engine, and the same in all.
    """
    members: dict[str, Any] = {}
    for each in () if issubclass(found, Rule) else ours(found):
        for name, member in vars(each).items():
            plain = inspect.isfunction(member) or is_property(member)
            if plain or isinstance(member, classmethod | staticmethod):
                members.setdefault(name, member)
    return [(name, each) for name, each in members.items() if not name.startswith("_") and docstring(each)]


def ours(found: type) -> list[type]:
    """The class and the bases that this package wrote."""
    return [each for each in found.__mro__ if each.__module__.startswith("lrpwidgets.")]


def is_property(member: Any) -> bool:
    """Whether it is read like an attribute."""
    return isinstance(member, property) or type(member).__name__ == "cached_property"


def docstring(thing: Any) -> str:
    """What was written for it; a dataclass's own signature in place of a docstring says nothing new."""
    text = inspect.getdoc(thing) or ""
    name = getattr(thing, "__name__", "")
    return "" if name and text.startswith(f"{name}(") else text


def parameters_of(thing: Any) -> list[str]:
    """What may be given to a function or class."""
    try:
        return list(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return []


class Bare(str):
    """An annotation as it was written, without quotes around it."""

    __slots__ = ()
    __repr__ = str.__str__


def hands_on(function: Any) -> bool:
    """Whether it takes options that its signature does not name."""
    given = inspect.signature(function).parameters.values()
    return any(each.kind is inspect.Parameter.VAR_KEYWORD for each in given)


def signature(thing: Any, *, bound: bool = False) -> str:
    """As in a call; a `...` stands where a default is no literal. bound: without the first parameter."""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return "()"
    parameters = [
        each.replace(annotation=bare(each.annotation))
        for each in list(found.parameters.values())[1 if bound else 0 :]
        if not each.name.startswith("_")
    ]
    returned = inspect.Signature.empty if isinstance(thing, type) else bare(found.return_annotation)
    return re.sub(r"<[^<>]*>", "...", str(inspect.Signature(parameters, return_annotation=returned)))


def bare(annotation: Any) -> Any:
    """An annotation without quotes."""
    return Bare(annotation) if isinstance(annotation, str) else annotation


def table(entries: Mapping[str, Any]) -> str:
    """A registry: its names, with the sentence that each has."""
    if not all(hasattr(entry, "doc") for entry in entries.values()):
        return ", ".join(f"`{name}`" for name in entries)
    rows = [f"| `{name}` | {entry.doc.replace('|', chr(92) + '|')} |" for name, entry in entries.items()]
    return "\n".join(["| name | |", "|---|---|", *rows])


def linker(path: str, parameters: Collection[str]) -> Link:
    """What a name in backquotes leads to, seen from the docstring of `path`; a parameter's name leads nowhere."""
    module = path.rpartition(".")[0] if path.rpartition(".")[0] in SPELLED.values() else "lw"

    def link(name: str) -> str | None:
        if name in parameters or not re.fullmatch(r"[\w.]+", name):
            return None
        last = name.rpartition(".")[2]
        whole = name if "." in name else f"{module}.{name}"
        if name.startswith("lrpwidgets.") and name not in PLACES:
            whole = f"{module}.{last}" if f"{module}.{last}" in PLACES else f"lw.{last}"
        return PLACES.get(whole) if whole != path else None

    return link


def fenced(kind: str, argument: str, text: str, depth: int) -> str:
    """A directive in Markdown."""
    return "\n".join([f"{':' * depth}{{{kind}}} {argument}", "", text, "", ":" * depth])


def setup(app: Any) -> dict[str, bool]:
    """Sphinx's way in."""
    assert lw.__version__ == app.config.version
    app.add_directive("public", Public)
    return {"parallel_read_safe": True}
