"""Payloads and files: a round trip to the bit, bounds that hold, and strangers' files refused by name."""

from __future__ import annotations

import base64
import copy
import json
import math
import os
import re
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

import lrpwidgets
from lrpwidgets.domains.image import ImageDomain
from lrpwidgets.errors import FileFormatError, InputError, LrpError
from lrpwidgets.explain.targets import Target
from lrpwidgets.render import arrays, bundle, files, html, payload, reading

FLOATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]


def same(one: Any, other: Any) -> None:
    """Every field equal, tensors in type and in every bit."""
    for name in ("input", "relevance", "score", "output"):
        left, right = getattr(one, name), getattr(other, name)
        assert left.dtype == right.dtype
        assert left.shape == right.shape
        left, right = left.contiguous(), right.contiguous()
        assert torch.equal(left.view(torch.uint8), right.view(torch.uint8)), name
    for name in ("target", "minus", "method", "rules", "settings", "labels", "domain", "notes", "code"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.has_ledger == other.has_ledger
    if one.has_ledger:
        assert one.ledger == other.ledger


def decoded(sample: dict) -> np.ndarray:
    return arrays.unpack_relevance(sample["relevance"], "relevance")


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_file_brings_everything_back(make, tmp_path, dtype: torch.dtype) -> None:
    ex = make(batch=2, minus=(Target(3, "lynx"), Target(None, "callable")))
    ex = replace(
        ex,
        input=ex.input.to(dtype),
        relevance=ex.relevance.to(dtype),
        score=ex.score.to(dtype),
        output=ex.output.to(dtype),
    )
    path = tmp_path / "two.LRP.json"
    assert ex.save(path) == path
    same(lrpwidgets.load(path), ex)


def test_without_ledger_domain_labels_and_pictures_too(make, tmp_path) -> None:
    shape = (2, 3, 4)
    ex = make(
        batch=2, input=torch.arange(24).reshape(shape), relevance=torch.randn(shape), domain=None, labels=None
    )
    ex = replace(ex, notes=(), rules=None).with_ledger(None)
    ex.save(tmp_path / "x.lrp.json")
    same(files.load(tmp_path / "x.lrp.json"), ex)


@given(
    values=arrays_of.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.tuples(st.just(2), st.sampled_from([1, 3]), st.integers(1, 5), st.integers(1, 5)),
        elements=st.floats(-(2.0**99), 2.0**99, width=32),
    ),
    label=st.text(max_size=20),
)
def test_any_payload_round_trips(make, values: np.ndarray, label: str) -> None:
    tensor = torch.from_numpy(values.copy())
    ex = make(
        batch=2,
        input=tensor,
        relevance=-tensor,
        score=tensor.flatten(1)[:, 0],
        domain=None,
        target=(Target(0, label), Target(1, "b")),
    )
    written = payload.dumps(payload.payload(ex, with_exact=True))
    data = json.loads(written)
    same(reading.explanation(data), ex)
    for at, sample in enumerate(data["samples"]):
        np.testing.assert_array_equal(decoded(sample), -values[at].astype(np.float32))
    assert json.loads(html.in_script(written)) == data


def test_small_explanations_are_kept_whole(make) -> None:
    ex = make(batch=2)
    data = payload.payload(ex)
    assert data["reduced"] is None
    assert data["exact"] is None
    np.testing.assert_array_equal(decoded(data["samples"][1]), ex.relevance[1].numpy())
    picture, _ = arrays.unpack(data["samples"][1]["picture"], "picture", ("uint8",))
    np.testing.assert_array_equal(picture, ex.domain.decode(ex.input)[1])
    assert data["view"]["pixelated"] is True
    assert reading.check(json.loads(payload.dumps(data)))


@pytest.mark.parametrize(("batch", "side"), [(1, 227), (1, 700), (12, 100)])
def test_notebooks_get_at_most_500_kb_with_the_sum_kept(make, batch: int, side: int) -> None:
    ex = make(batch, side, side)
    data = payload.payload(ex)
    assert len(payload.dumps(data)) <= 500_000
    assert "channels summed" in data["reduced"]
    assert "16 bit" in data["reduced"]
    assert len(data["samples"]) == min(batch, 8)
    if batch > 8:
        assert "samples 0 to 7 of 0..11" in data["reduced"]
    if side > 512:
        assert f"of {side} px, relevance summed over areas" in data["reduced"]
    for at, sample in enumerate(data["samples"]):
        relevance = decoded(sample).astype(np.float64)
        step = sample["relevance"]["scale"]
        exact = float(ex.relevance[at].double().sum())
        assert abs(relevance.sum() - exact) <= step * 4 * math.sqrt(relevance.size)
        assert sample["total"] == pytest.approx(exact, rel=1e-3)
    assert reading.check(json.loads(payload.dumps(data)))


def test_the_asked_sample_is_among_those_kept(make) -> None:
    ex = make(batch=12)
    for sample, kept in ((10, "4 to 11"), (5, "1 to 8"), (-1, "4 to 11"), (0, "0 to 7")):
        data = payload.payload(ex, sample=sample)
        shown = data["samples"][data["view"].get("sample", 0)]
        assert shown["target"] == f"class {sample % 12}"
        assert f"samples {kept} of 0..11" in data["reduced"]


def test_a_fixed_limit_follows_the_areas_and_one_channel_stays_that_channel(make) -> None:
    ex = make(1, 700, 700)
    data = payload.payload(ex, limit=0.01, channel="red")
    side = data["samples"][0]["relevance"]["shape"][1]
    assert data["view"]["limit"] == pytest.approx(0.01 * (700 / side) ** 2)
    assert data["view"]["channel"] == "sum"
    assert "red channel only" in data["reduced"]
    total = float(ex.relevance[0, 0].double().sum())
    assert float(decoded(data["samples"][0]).sum(dtype=np.float64)) == pytest.approx(total, abs=0.05)


def test_all_zero_relevance_is_kept_as_zero(make) -> None:
    data = payload.payload(make(1, 400, 400, relevance=torch.zeros(1, 3, 400, 400)))
    assert data["reduced"] is not None
    assert not decoded(data["samples"][0]).any()


def test_settings_that_are_not_json_are_named(make, tmp_path) -> None:
    with pytest.raises(InputError, match="JSON"):
        make(settings={"rules": object()}).save(tmp_path / "x.lrp.json")
    with pytest.raises(InputError, match="JSON"):
        make(settings={"a": math.nan}).save(tmp_path / "x.lrp.json")
    assert not list(tmp_path.iterdir())


def edit(data: Any, path: tuple, value: Any) -> Any:
    """A copy of `data` with the entry at `path` replaced, or removed if `value` is `...`."""
    data = copy.deepcopy(data)
    at = data
    for key in path[:-1]:
        at = at[key]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return data


def packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw, 9)).decode()


RELEVANCE = ("samples", 0, "relevance")
EXACT = ("exact", "relevance")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), "other"),
        (("version",), 2),
        (("version",), True),
        (("domain",), None),
        (("domain", "kind"), "image<script>"),
        (("domain", "std"), [0, 0, 0]),
        (("method",), 5),
        (("method",), "x" * 200_000),
        (("rules",), ["a"]),
        (("settings",), []),
        (("notes",), "text"),
        (("notes",), [1]),
        (("labels",), [None]),
        (("reduced",), 1),
        (("view",), []),
        (("view", "opacity"), "0.5"),
        (("view", "layout"), ["map"]),
        (("view", "limit"), {}),
        (("view", "onload"), "alert(1)"),
        (("view", "sample"), 3),
        (("view", "cursor"), 5),
        (("view", "viewport"), 5),
        (("view", "cmap"), {}),
        (("samples",), {}),
        (("samples",), []),
        (("samples", 0), 7),
        (("samples", 0, "target"), None),
        (("samples", 0, "target"), ...),
        (("samples", 0, "score"), "12"),
        (("samples", 0, "total"), 10**400),
        (("samples", 0, "pixel"), {"unit": 1}),
        (("samples", 0, "extra"), 1),
        (("unknown",), 1),
        (("exact",), ...),
        (("exact",), []),
        ((*RELEVANCE, "dtype"), "object"),
        ((*RELEVANCE, "dtype"), "float64"),
        ((*RELEVANCE, "dtype"), None),
        ((*RELEVANCE, "shape"), [3, 6]),
        ((*RELEVANCE, "shape"), [3, 6, 9]),
        ((*RELEVANCE, "shape"), [3, -6, 8]),
        ((*RELEVANCE, "shape"), [3, 6.0, 8]),
        ((*RELEVANCE, "shape"), [True, 6, 8]),
        ((*RELEVANCE, "shape"), [2**30, 2**30, 2**30]),
        ((*RELEVANCE, "shape"), [0, 2**62, 1]),
        ((*RELEVANCE, "shape"), "3,6,8"),
        ((*RELEVANCE, "encoding"), "gzip"),
        ((*RELEVANCE, "encoding"), []),
        ((*RELEVANCE, "data"), "not base64!"),
        ((*RELEVANCE, "data"), 5),
        ((*RELEVANCE, "data"), ""),
        ((*RELEVANCE, "data"), "\u00e9"),
        (("samples", 0, "picture", "shape"), [6, 8, 4]),
        (("samples", 0, "picture", "shape"), [8, 6, 3]),
        (("samples", 0, "picture", "dtype"), "float32"),
        ((*EXACT, "shape"), [1, 3, 8, 6]),
        ((*EXACT, "dtype"), "int64"),
        ((*EXACT, "shape"), [144]),
        (("exact", "score"), ...),
        (("exact", "score", "shape"), [1, 1]),
        (("exact", "output", "shape"), [5]),
        (("exact", "target"), []),
        (("exact", "target", 0, "index"), "0"),
        (("exact", "target", 0, "label"), 5),
        (("exact", "minus"), [{}]),
        (("exact", "domain"), {"kind": "sound"}),
        (("exact", "code"), None),
        (("exact", "ledger"), 1),
        (("exact", "ledger", "rows"), {}),
        (("exact", "ledger", "rows", 0), 1),
        (("exact", "ledger", "rows", 0, "incoming"), "1"),
        (("exact", "ledger", "rows", 0, "path"), ["x"]),
        (("exact", "ledger", "start"), None),
    ],
)
def test_a_stranger_s_file_is_refused(make, tmp_path, path: tuple, value: Any) -> None:
    good = json.loads(payload.dumps(payload.payload(make(), with_exact=True)))
    reading.explanation(good)
    bad = tmp_path / "bad.lrp.json"
    bad.write_text(json.dumps(edit(good, path, value)))
    with pytest.raises(FileFormatError, match=r"bad\.lrp\.json"):
        files.load(bad)


@pytest.mark.parametrize(
    ("dtype", "raw", "words"),
    [
        ("float32", np.array([1.0, math.nan], "<f4").tobytes(), "not finite"),
        ("float32", np.array([1.0, -math.inf], "<f4").tobytes(), "not finite"),
        ("float32", b"\x00" * 7, "7 bytes"),
        ("float32", b"\x00" * 9, "more than the 8 bytes"),
        ("float32", b"\x00" * 500_000, "more than the 8 bytes"),
        ("bool", b"\x00\x07", "neither"),
    ],
)
def test_bytes_that_do_not_fit_are_refused(dtype: str, raw: bytes, words: str) -> None:
    value = {"dtype": dtype, "shape": [2], "encoding": "zlib", "data": packed(raw)}
    with pytest.raises(FileFormatError, match=words):
        arrays.unpack(value, "here", (dtype,))


def test_many_axes_of_a_modest_size_are_counted_together() -> None:
    value = {"dtype": "uint8", "shape": [2**13, 2**13, 2], "encoding": "zlib", "data": packed(b"")}
    with pytest.raises(FileFormatError, match="more than 67108864 elements"):
        arrays.unpack(value, "here", ("uint8",))


def test_inflating_stops_at_the_first_byte_too_many(monkeypatch) -> None:
    bomb = zlib.compress(b"\x00" * 200_000_000, 9)
    asked = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self) -> None:
            self.stream = real()

        def decompress(self, data: bytes, most: int) -> bytes:
            asked.append(most)
            return self.stream.decompress(data, most)

    monkeypatch.setattr(arrays.zlib, "decompressobj", Watched)
    value = {"dtype": "uint8", "shape": [2**20], "encoding": "zlib", "data": base64.b64encode(bomb).decode()}
    with pytest.raises(FileFormatError, match="more than the 1048576 bytes"):
        arrays.unpack(value, "here", ("uint8",))
    assert asked == [2**20 + 1]


def test_text_much_longer_than_its_shape_is_not_even_decoded(monkeypatch) -> None:
    monkeypatch.setattr(arrays.base64, "b64decode", lambda *_, **__: pytest.fail("decoded"))
    value = {"dtype": "uint8", "shape": [2], "encoding": "raw", "data": "A" * 10_000}
    with pytest.raises(FileFormatError, match="more data than its shape"):
        arrays.unpack(value, "here", ("uint8",))


@pytest.mark.parametrize("spoil", [lambda z: z[:-1], lambda z: z + b"x", lambda z: b"\x00" + z])
def test_compressed_data_must_end_where_it_should(spoil) -> None:
    data = base64.b64encode(spoil(zlib.compress(b"\x01\x02"))).decode()
    with pytest.raises(FileFormatError, match="damaged"):
        arrays.unpack({"dtype": "uint8", "shape": [2], "encoding": "zlib", "data": data}, "here", ("uint8",))


@pytest.mark.parametrize("scale", [math.nan, 0, -1, None, "1", True, 1e308])
def test_a_scale_is_a_finite_number_above_zero(scale: object) -> None:
    value = arrays.pack(np.array([32767], np.int16), "int16") | {"scale": scale}
    with pytest.raises(FileFormatError):
        arrays.unpack_relevance(value, "here")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b"1" * 5000, b'"text"']
)
def test_files_that_are_not_ours_are_refused(tmp_path, content: bytes) -> None:
    path = tmp_path / "x.lrp.json"
    path.write_bytes(content)
    with pytest.raises(FileFormatError):
        files.load(path)


def test_numbers_that_json_does_not_have_are_refused_wherever_they_are(make, tmp_path) -> None:
    text = payload.dumps(payload.payload(make(settings={"epsilon": 12345}), with_exact=True))
    path = tmp_path / "x.lrp.json"
    path.write_text(text)
    files.load(path)
    for number in ("NaN", "Infinity", "-Infinity"):
        path.write_text(text.replace("12345", number))
        with pytest.raises(FileFormatError, match=number):
            files.load(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch) -> None:
    path = tmp_path / "x.lrp.json"
    with path.open("wb") as file:
        file.truncate(files.LARGEST_FILE + 1)  # sparse: takes no space
    monkeypatch.setattr(files.Path, "read_bytes", lambda _: pytest.fail("read"))
    with pytest.raises(FileFormatError, match="1024 MiB"):
        files.load(path)


def test_a_notebook_s_picture_has_no_arrays_to_load(make) -> None:
    with pytest.raises(FileFormatError, match=r"save the explanation as \.lrp\.json"):
        reading.explanation(payload.payload(make()))


@pytest.mark.parametrize("name", ["x.png", "x.svg", "x.html", "x.lrp.json", "X.PNG"])
def test_saving_replaces_a_file_whole_and_leaves_nothing_else(make, tmp_path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    assert make().save(str(path)) == path
    assert path.stat().st_size > 1000
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_what_was_there_stays_when_writing_fails(make, tmp_path, monkeypatch) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        make().save(path)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.png"]


def test_a_link_keeps_pointing_where_it_pointed(make, tmp_path) -> None:
    (tmp_path / "real.svg").write_text("old")
    (tmp_path / "link.svg").symlink_to("real.svg")
    make().save(tmp_path / "link.svg")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "real.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x.jpg", "Known: '.png', '.svg', '.html', '.lrp.json'"),
        ("x", "ending"),
        ("x.json", "lrp.json"),
        ("no/x.png", "folder"),
    ],
)
def test_places_that_cannot_be_written_are_named(make, tmp_path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make().save(tmp_path / name)


@pytest.mark.parametrize(("name", "words"), [("x.png", "load reads"), ("x.lrp.json", "no file")])
def test_places_that_cannot_be_read_are_named(tmp_path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        files.load(tmp_path / name)


HOSTILE = "</script><script>alert(1)</script><!--\u2028\"'&"


def test_nothing_in_a_page_can_end_its_script_or_open_a_tag(make, monkeypatch) -> None:
    monkeypatch.setattr(html, "viewer", lambda: "/*viewer*/")
    ex = make(target=(Target(0, HOSTILE),), notes=(HOSTILE,), method=HOSTILE)
    page = html.page(ex, layout="map")
    assert page.lower().count("<script") == 2
    assert page.lower().count("</script") == 2
    assert "<!--" not in page
    assert "alert(1)</" not in page
    assert "default-src &#x27;none&#x27;; script-src &#x27;unsafe-inline&#x27;;" in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    inside = re.search(
        r'<script type="application/json" id="lrpwidgets-payload">(.*?)</script>', page, re.DOTALL
    )
    data = json.loads(inside.group(1))
    assert data["samples"][0]["target"] == HOSTILE
    assert data["view"]["layout"] == "map"
    assert '<div id="lrpwidgets-view">' in page


def test_a_page_holds_the_full_resolution(make) -> None:
    data = payload.payload(make(1, 600, 600), budget=payload.PAGE)
    assert data["reduced"] is None
    assert data["samples"][0]["relevance"]["shape"] == [3, 600, 600]


def test_the_viewer_is_inlined_so_that_its_strings_cannot_end_it(tmp_path, monkeypatch) -> None:
    bundle_file = tmp_path / "viewer.js"
    bundle_file.write_text('x="</script>"; y="<!-- <SCRIPT>"; z = 1<2')
    monkeypatch.setattr(html, "VIEWER", bundle_file)
    html.viewer.cache_clear()
    try:
        assert html.viewer() == r'x="\x3c/script>"; y="\x3c!-- \x3cSCRIPT>"; z = 1<2'
        html.viewer.cache_clear()
        bundle_file.unlink()
        with pytest.raises(LrpError, match="make js"):
            html.viewer()
    finally:
        html.viewer.cache_clear()


def test_a_notebook_gets_our_type_a_picture_and_words(make) -> None:
    ex = make()
    shown = ex._repr_mimebundle_()
    assert set(shown) == {"text/plain", "image/png", payload.MIME}
    assert shown["text/plain"] == repr(ex)
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")
    assert shown[payload.MIME] == payload.payload(ex) | {"code": f"import lrpwidgets as lw\n\n{ex.code}"}
    json.dumps(shown)
    assert bundle.mimebundle(ex, layout="map")[payload.MIME]["view"]["layout"] == "map"


def test_what_has_no_picture_still_shows_words(make) -> None:
    features = make(input=torch.ones(1, 4), relevance=torch.ones(1, 4), domain=None)
    assert set(features._repr_mimebundle_()) == {"text/plain", "image/png"}

    class Planet:
        kind = "planet"

    shown = make(domain=Planet())._repr_mimebundle_()
    assert set(shown) == {"text/plain"}
    assert "planet" in shown["text/plain"]


def test_the_domain_in_a_file_is_the_explanation_s_own(make) -> None:
    data = payload.payload(make(domain=None), with_exact=True)
    assert ImageDomain.from_json(data["domain"]).note is not None
    assert reading.explanation(data).domain is None
