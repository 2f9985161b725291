"""PNG, SVG, lettering and the whole figure."""

from __future__ import annotations

import base64
import io
import string
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from PIL import Image

from lrpwidgets.errors import InputError
from lrpwidgets.explain.targets import Target
from lrpwidgets.render import bars, colormap, heatmap, lettering, png, reduce, svg
from lrpwidgets.render.figure import SMALLEST, compose, figure, wrap
from lrpwidgets.render.sample import display, image_sample

SVG = "{http://www.w3.org/2000/svg}"


def read(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (33, 21)])
@pytest.mark.parametrize("kind", ["noise", "ramp", "flat"])
def test_another_decoder_reads_our_png(shape: tuple[int, int], kind: str) -> None:
    height, width = shape
    rgb = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    if kind == "ramp":
        rgb = (np.arange(height)[:, None, None] * 3 + np.arange(width)[:, None] * 5 + np.arange(3)).astype(
            np.uint8
        )
    if kind == "flat":
        rgb[:] = 77
    np.testing.assert_array_equal(read(png.encode(rgb)), rgb)


def test_filters_make_smooth_pictures_small() -> None:
    ramp = (np.arange(200)[:, None, None] + np.arange(200)[:, None] + np.zeros(3)).astype(np.uint8)
    assert len(png.encode(ramp)) < ramp.size / 100


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 3)),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_png_takes_rgb_bytes_only(bad: np.ndarray) -> None:
    with pytest.raises(InputError):
        png.encode(bad)


def test_every_printable_character_is_drawn_and_distinct() -> None:
    drawn = {}
    for char in string.printable.strip():
        canvas = np.full((60, 60, 3), 255, np.uint8)
        lettering.draw(canvas, char, 2, 2, 20, (0, 0, 0))
        assert (canvas < 128).any(), char
        drawn[char] = canvas.tobytes()
    assert len(set(drawn.values())) == len(drawn) == 94


def test_text_that_cannot_be_drawn_is_a_question_mark_and_lines_are_joined() -> None:
    assert lettering.plain("caf\u00e9\n\tau  lait\u2028x") == "caf? au lait x"
    assert lettering.fit("a long word", 10, lettering.width("a lo...", 10)) == "a lo..."
    assert len({lettering.width(digit, 9.5) for digit in string.digits}) == 1


def test_text_is_cut_at_the_edge_of_the_canvas() -> None:
    whole = np.full((40, 80, 3), 255, np.uint8)
    lettering.draw(whole, "WAVE", 4, 3, 10, (0, 0, 0))
    cut = np.full((12, 17, 3), 255, np.uint8)
    lettering.draw(cut, "WAVE", 4 - 9, 3 - 6, 10, (0, 0, 0))
    assert (cut < 255).any()
    np.testing.assert_array_equal(cut, whole[6:18, 9:26])


def test_lines_break_before_they_are_too_wide() -> None:
    words = [(word, (0, 0, 0)) for word in ("alpha", "beta", "gamma", "x" * 200)]
    lines = wrap(words, 10, 100)
    assert [word for word, _ in lines[0]] == ["alpha", "beta"]
    assert lines[-1][0][0].endswith("...")
    assert all(lettering.width(word, 10) <= 100 for line in lines for word, _ in line)


@pytest.mark.parametrize(
    ("size", "times"), [((28, 28), 16), ((6, 8), 56), ((227, 227), 2), ((500, 450), 1), ((3000, 10), 1)]
)
def test_small_pictures_are_enlarged_by_a_whole_number(make, size: tuple[int, int], times: int) -> None:
    shown = figure(make(height=size[0], width=size[1])).picture
    assert shown.shape[:2] == (size[0] * times, size[1] * times)


@pytest.mark.parametrize(("theme", "background"), [("light", 255), ("dark", 17)])
def test_the_figure_holds_the_picture_the_bar_and_words(make, theme: str, background: int) -> None:
    ex = make()
    made = figure(ex, theme=theme, layout="map", cmap="seismic")
    whole = compose(made)
    assert (whole[0] == background).all()
    assert (whole[:, 0] == background).all()
    at = 14
    np.testing.assert_array_equal(
        whole[at : at + 336, at : at + 448], heatmap.picture(ex, scale=56, layout="map", cmap="seismic")
    )
    bar = whole[at + 336 + 9, at : at + 448]
    np.testing.assert_array_equal(bar[[0, -1]], colormap.colors("seismic")[[0, -1]])
    assert made.facts == ("class 0", f"f {float(ex.score[0]):#.5g}", f"sum R {float(ex.total[0]):#.5g}")
    assert made.labels[1] == "limit: 99.5% of |R|"
    assert made.labels[0] == "-" + made.labels[2].removeprefix("+")
    below = whole[at + 336 + 30 :]
    assert (np.abs(below.astype(int) - background) > 100).any()


def test_what_a_reader_must_know_is_in_the_figure(make) -> None:
    against = (Target(3, "lynx"), Target(4, "fox"))
    made = figure(make(batch=2, minus=against), sample=1, channel="red", limit=0.02)
    assert made.facts[0] == "class 1 - fox"
    assert "sample 1 of 0..1" in made.details
    assert made.labels == ("-0.02", "limit: fixed, red channel", "+0.02")
    raw = figure(make(domain=None))
    assert any("preprocessing unknown" in word for word in raw.details)
    zero = figure(make(relevance=torch.zeros(1, 3, 6, 8)))
    assert zero.labels == ("", "R is 0 everywhere", "")
    assert figure(make(), layout="input").ramp is None
    assert figure(make(), layout="pattern").labels[0] == "0"


def test_a_picture_for_a_notebook_is_reduced_and_says_so(make) -> None:
    made = figure(make(height=40, width=30), longest=20, limit=0.01)
    assert made.labels[2] == "+0.04"  # an area of four pixels may have four times the relevance of one
    assert "15 x 20 of 30 x 40 px, relevance summed over areas" in made.details


@pytest.mark.parametrize("size", [(40, 30), (37, 64), (64, 3), (21, 20)])
def test_reducing_keeps_the_sum_of_relevance_and_the_mean_of_the_photo(make, size: tuple[int, int]) -> None:
    sample = image_sample(make(height=size[0], width=size[1]), 0)
    small = reduce.smaller(sample, 20)
    assert max(small.picture.shape[:2]) == 20
    for before, after in zip(sample.relevance, small.relevance, strict=True):
        assert float(after.sum(dtype=np.float64)) == pytest.approx(
            float(before.sum(dtype=np.float64)), abs=1e-6
        )
    assert abs(small.picture.mean() - sample.picture.mean()) < 4
    assert reduce.smaller(small, 20) is small


def test_reducing_by_two_sums_blocks_and_averages_photos(make) -> None:
    sample = image_sample(make(height=8, width=8), 0)
    small = reduce.smaller(sample, 4)
    blocks = sample.relevance.reshape(3, 4, 2, 4, 2).astype(np.float64).sum((2, 4))
    np.testing.assert_allclose(small.relevance, blocks, rtol=1e-6)
    means = sample.picture.reshape(4, 2, 4, 2, 3).astype(np.float64).mean((1, 3))
    np.testing.assert_array_equal(small.picture, np.floor(means + 0.5))


@pytest.mark.parametrize("size", [(7, 9), (8, 4), (5, 5), (3, 1)])
def test_sums_over_areas_are_those_of_shares_written_out(size: tuple[int, int]) -> None:
    planes = np.random.default_rng(0).normal(size=(2, 9, 11))
    shares = []
    for new, old in zip(size, planes.shape[1:], strict=True):
        ends = [(at * old / new, (at + 1) * old / new) for at in range(new)]
        parts = [[max(0.0, min(b, j + 1) - max(a, j)) for j in range(old)] for a, b in ends]
        shares.append(np.array(parts))
    np.testing.assert_allclose(reduce.summed(planes, *size), shares[0] @ planes @ shares[1].T, atol=1e-12)


def test_features_are_signed_bars(make) -> None:
    relevance = torch.tensor([[3.0, -1.0, 0.0, 1.0]])
    ex = make(input=torch.ones(1, 4), relevance=relevance, domain=None)
    chart = figure(ex, limit_rule="max").picture.astype(int)
    assert chart.shape == (bars.HEIGHT, bars.WIDTH, 3)
    filled = (chart != 255).any(axis=2)
    heights = [filled[:, round((at + 0.5) * bars.WIDTH / 4)].sum() for at in range(4)]
    assert heights[0] == pytest.approx(3 * heights[3], abs=4)
    assert heights[1] == pytest.approx(heights[3], abs=2)
    assert heights[2] == 1  # the axis
    zero = int(np.flatnonzero(filled[:, round(2.5 * bars.WIDTH / 4)])[0])
    up, down = chart[zero - 5, 20], chart[zero + 5, round(1.5 * bars.WIDTH / 4)]
    assert up[0] > up[2]
    assert down[2] > down[0]
    assert "features 0..3" in figure(ex).details


def test_many_features_share_bars_and_keep_the_sum() -> None:
    values = np.random.default_rng(0).normal(size=1001).astype(np.float32)
    summed, each = bars.binned(values)
    assert each == 4
    assert len(summed) == 251
    assert float(summed.sum()) == pytest.approx(float(values.sum()), abs=1e-4)
    assert float(summed[3]) == pytest.approx(float(values[12:16].sum()), abs=1e-6)


def test_other_shapes_are_bars_in_reading_order_and_other_domains_an_error(make) -> None:
    signal = make(input=torch.ones(1, 2, 5), relevance=torch.arange(10.0).reshape(1, 2, 5), domain=None)
    assert "features 0..9, 2 x 5 in reading order" in figure(signal).details
    laid_out = display(signal)
    assert laid_out.relevance.reshape(-1).tolist() == list(range(10))
    many = display(make(input=torch.ones(2, 70), relevance=torch.arange(140.0).reshape(2, 70), domain=None))
    assert many.relevance.shape == (2, 1, 8, 9)
    assert many.relevance.reshape(2, 72)[1].tolist() == [*range(70, 140), 0, 0]
    assert "70 features" in many.domain.note

    class Planet:
        kind = "planet"

    with pytest.raises(InputError, match="planet"):
        figure(make(domain=Planet()))


def test_svg_is_the_picture_as_pixels_and_its_words_as_text(make) -> None:
    nasty = 'a<b>&"c"\x00\x1b \u732b'
    ex = make(target=(Target(0, nasty),))
    root = ET.fromstring(svg.document(ex, layout="map", theme="dark"))  # noqa: S314 - our own text
    images = root.findall(f"{SVG}image")
    assert images[0].get("style") == "image-rendering: pixelated"
    data = images[0].get("href").removeprefix("data:image/png;base64,")
    np.testing.assert_array_equal(read(base64.b64decode(data)), heatmap.picture(ex, layout="map"))
    words = ["".join(text.itertext()) for text in root.findall(f"{SVG}text")]
    assert words[1] == "limit: 99.5% of |R|"
    assert words[3].startswith('a<b>&"c"')
    assert "\u732b" in words[3]
    assert "lrp, deep-taylor" in words[-1]
    assert words[-1].endswith("model was in training mode")
    assert root.find(f"{SVG}rect").get("fill") == "#111111"
    assert int(root.get("width")) == 448 + 28
    smooth = ET.fromstring(svg.document(ex, pixelated=False))  # noqa: S314 - our own text
    assert smooth.find(f"{SVG}image").get("style") is None


def test_unknown_options_are_named_everywhere(make) -> None:
    with pytest.raises(InputError, match="theme"):
        figure(make(), theme="drak")
    for draw in (figure, svg.document):
        with pytest.raises(InputError, match="did you mean 'layout'"):
            draw(make(), layot="map")


def test_the_smallest_width_is_kept_for_tall_pictures(make) -> None:
    whole = compose(figure(make(height=3000, width=10)))
    assert whole.shape[1] == SMALLEST + 28
