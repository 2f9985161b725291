"""Reading a payload that anybody may have written: every size and type is checked before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lrpwidgets.domains.image import ImageDomain
from lrpwidgets.errors import FileFormatError, InputError, unknown
from lrpwidgets.render import exact
from lrpwidgets.render.arrays import number, unpack, unpack_relevance
from lrpwidgets.render.exact import text
from lrpwidgets.render.payload import FORMAT, VERSION
from lrpwidgets.render.view import View

if TYPE_CHECKING:
    from lrpwidgets.explain.explanation import Explanation

KEYS = (
    "format",
    "version",
    "domain",
    "method",
    "rules",
    "settings",
    "notes",
    "labels",
    "reduced",
    "view",
    "samples",
    "exact",
)
# Of a notebook's output: the live view that shows the same, the line of Python that makes it. Of a region view's file:
# its regions, by sample, which only the view reads. Of a filtered map: what it flows through, in words.
OPTIONAL_KEYS = ("widget", "code", "regions", "passage")
SAMPLE_KEYS = ("target", "minus", "score", "total", "sums", "picture", "relevance", "pixel")
MOST_SAMPLES = 4096
MOST_LABELS = 1_000_000


def explanation(payload: object) -> Explanation:
    """The explanation in a payload with exact arrays, equal in every bit to the one that was saved.

    Raises `FileFormatError` that names the entry which is missing, too large, damaged or of a wrong type,
    and for a payload from a notebook, which holds a reduced picture only.
    """
    data = check(payload)
    if data["exact"] is None:
        raise FileFormatError(
            "this holds a picture made for a notebook, not the arrays: save the explanation as .lrp.json."
        )
    labels = data["labels"]
    head = {
        "method": data["method"],
        "rules": data["rules"],
        "settings": data["settings"],
        "notes": tuple(data["notes"]),
        "labels": None if labels is None else tuple(labels),
    }
    return exact.from_json(data["exact"], head)


def check(payload: object) -> dict[str, Any]:
    """The payload, if everything that is not `exact` is as it must be; else `FileFormatError`."""
    data = _with_known_keys(payload)
    domain = ImageDomain.from_json(data["domain"])  # of the pictures; `exact` has the explanation's own
    text(data["method"], "method")
    for key in ("rules", "reduced"):
        if data[key] is not None:
            text(data[key], key)
    if not isinstance(data["settings"], dict):
        raise FileFormatError("settings must be an object.")
    _texts(data["notes"], "notes")
    if data["labels"] is not None:
        _texts(data["labels"], "labels")
    samples = data["samples"]
    if not isinstance(samples, list) or not 1 <= len(samples) <= MOST_SAMPLES:
        raise FileFormatError(f"samples must be a list of 1 to {MOST_SAMPLES}.")
    for at, sample in enumerate(samples):
        _check_sample(sample, f"samples[{at}]", domain.channels)
    _check_view(data["view"], len(samples))
    return data


def _with_known_keys(payload: object) -> dict[str, Any]:
    """The payload, if it is one of this version with every entry and no other."""
    if not isinstance(payload, dict):
        raise FileFormatError(f"an explanation must be a JSON object, not {type(payload).__name__}.")
    if payload.get("format") != FORMAT:
        raise FileFormatError(f"this is not an explanation: its format is not {FORMAT!r}.")
    version = payload.get("version")
    if isinstance(version, bool) or version != VERSION:
        raise FileFormatError(
            f"this explanation has version {str(version)[:20]}, but {VERSION} is read here: update lrpwidgets."
        )
    for key in payload:
        if key not in KEYS and key not in OPTIONAL_KEYS:
            raise FileFormatError(unknown("entry of an explanation", key, KEYS))
    for key in KEYS:
        if key not in payload:
            raise FileFormatError(f"the explanation has no entry {key!r}.")
    return payload


def _check_sample(sample: object, where: str, channels: int) -> None:
    if not isinstance(sample, dict) or set(sample) != set(SAMPLE_KEYS):
        raise FileFormatError(f"{where} must have exactly the entries {', '.join(SAMPLE_KEYS)}.")
    text(sample["target"], f"{where}.target")
    if sample["minus"] is not None:
        text(sample["minus"], f"{where}.minus")
    text(sample["sums"], f"{where}.sums")
    number(sample["score"], f"{where}.score")
    number(sample["total"], f"{where}.total")
    picture, _ = unpack(sample["picture"], f"{where}.picture", ("uint8",))
    relevance = unpack_relevance(sample["relevance"], f"{where}.relevance")
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.size == 0:
        raise FileFormatError(f"{where}.picture has shape {picture.shape}; (height, width, 3) is needed.")
    if (
        relevance.ndim != 3
        or relevance.shape[0] not in (1, channels)
        or relevance.shape[1:] != picture.shape[:2]
    ):
        raise FileFormatError(
            f"{where}.relevance has shape {relevance.shape}; 1 or {channels} channels of {picture.shape[:2]} "
            "are needed."
        )
    pixel = sample["pixel"]
    if not isinstance(pixel, dict) or set(pixel) != {"unit"}:
        raise FileFormatError(f"{where}.pixel must have the one entry 'unit'.")
    text(pixel["unit"], f"{where}.pixel.unit")


def _check_view(value: object, samples: int) -> None:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise FileFormatError("view must be an object of options.")
    try:
        view = View.of(value)
    except (InputError, TypeError, ValueError) as error:
        raise FileFormatError(f"view: {error}") from error
    if not 0 <= view.sample < samples:
        raise FileFormatError(f"view.sample is {view.sample}, but there are {samples} samples.")


def _texts(value: object, where: str) -> None:
    if not isinstance(value, list) or len(value) > MOST_LABELS:
        raise FileFormatError(f"{where} must be a list of at most {MOST_LABELS} texts.")
    for at, entry in enumerate(value):
        text(entry, f"{where}[{at}]")
