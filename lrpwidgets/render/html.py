"""An explanation as one HTML file that opens from disk with the network off and stays interactive."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrpwidgets.errors import LrpError
from lrpwidgets.render import png, wording
from lrpwidgets.render.figure import compose, figure
from lrpwidgets.render.kinds import FIGURES, body, kind
from lrpwidgets.render.payload import PAGE, dumps, payload
from lrpwidgets.render.sample import caption, check_index
from lrpwidgets.render.view import View

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation

VIEWER = Path(__file__).parent / "static" / "viewer.js"
# The page may run what is written in it and show pictures that are in it, and nothing else.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 960px; padding: 16px; font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 18px; font-weight: 600; margin: 0 0 8px; overflow-wrap: anywhere; }
ul, pre { color: GrayText; font-size: 13px; overflow-wrap: anywhere; white-space: pre-wrap; }
img { max-width: 100%; }
"""
TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="lrpwidgets">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{content}
{notes}
{scripts}
</body>
</html>
"""
INTERACTIVE = """<div id="lrpwidgets-view"></div>
<noscript>{still}</noscript>"""
SCRIPTS = """<script type="application/json" id="lrpwidgets-payload">{payload}</script>
<script>{viewer}</script>"""


def page(explanation: Explanation, *, theme: str = "light", regions: Any = None, **options: Any) -> str:
    """The HTML of a page of an explanation, interactive where it is of a picture; `options` are those of `View`.

    regions: of the sample that is shown, as a region view has them; the page is then one. A picture so large that the
    page holds it smaller, or more samples than one, lose them, and the page says so.

    The viewer follows the reader's own theme; `theme` is that of the picture for readers without scripts.
    Everything from the explanation is escaped. Raises `LrpError` if the viewer was not built.
    """
    index = check_index(explanation, int(options.get("sample", 0)))
    title = wording.title(caption(explanation, index))
    drawn = kind(explanation)
    if written := body(drawn):
        return document(title, written(explanation, View.of(options)), notes=explanation.notes)
    content = still(title, png.encode(compose(figure(explanation, theme=theme, longest=1024, **options))))
    if drawn in FIGURES:
        return document(title, content, notes=explanation.notes)
    data, notes = payload(explanation, budget=PAGE, **options), list(explanation.notes)
    if regions is not None and data["reduced"]:
        notes.append(
            f"regions are not in this page, because it is reduced ({data['reduced']}); .lrp.json keeps them"
        )
    elif regions is not None:
        data["regions"] = regions
    return document(title, content, data, notes)


def document(title: str, content: str, data: dict[str, Any] | None = None, notes: Iterable[str] = ()) -> str:
    """A page around `content`, which is HTML; with `data` for the viewer `content` is for readers without scripts."""
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return TEMPLATE.format(
        policy=html.escape(POLICY),
        title=html.escape(title),
        style=STYLE,
        content=content if data is None else INTERACTIVE.format(still=content),
        notes=f"<ul>{listed}</ul>" if listed else "",
        scripts="" if data is None else SCRIPTS.format(payload=in_script(dumps(data)), viewer=viewer()),
    )


def still(title: str, picture: bytes) -> str:
    """A PNG as HTML."""
    return f'<img alt="{html.escape(title)}" src="data:image/png;base64,{base64.b64encode(picture).decode("ascii")}">'


def in_script(json_text: str) -> str:
    """The same JSON with <, > and & as unicode escapes, so that it can end or open nothing in HTML."""
    for char in "<>&":
        json_text = json_text.replace(char, f"\\u{ord(char):04x}")
    return json_text


@cache
def viewer() -> str:
    """The browser's side, built from `js/`."""
    try:
        script = VIEWER.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise LrpError(
            f"the viewer bundle {VIEWER.name} is not in this installation: build it with `make js`, "
            "or save as .png, .svg or .lrp.json."
        ) from error
    # Inside the strings of a script these would end it; \\x3c is the same character there.
    return re.sub(r"<(?=/script|script|!--)", r"\\x3c", script, flags=re.IGNORECASE)
