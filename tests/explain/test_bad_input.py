"""Every mistake has a message that says what is wrong, where, and what to do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils._pytree import tree_map_only

import lrpwidgets as lw
from lrpwidgets.errors import (
    InputError,
    LrpError,
    MethodError,
    ModelError,
    PresetError,
    RuleError,
    TargetError,
    UnsupportedOperationError,
)
from tests.explain.nets import Written, convolutional, dense, normal, uniform

NAMES = ["tabby", "tiger cat", "lynx", "fox"]
X = uniform(2, 2, 10, 10)


def message(error, ask, *parts):
    """The text of the error that `ask` raises; every part must be in it."""
    with pytest.raises(error) as caught:
        ask()
    text = str(caught.value)
    assert isinstance(caught.value, LrpError)
    for part in parts:
        assert part in text, text
    assert "\n" not in text.strip()
    return text


def explain(*, net=None, x=X, **asked):
    return lambda: lw.explain(convolutional() if net is None else net, x, **asked)


# -- the input -------------------------------------------------------------------------------------


def test_wrong_number_of_channels_names_the_layer_and_both_shapes():
    message(
        InputError,
        explain(x=uniform(2, 3, 10, 10)),
        "Sequential",
        "fails in 0",
        "(2, 3, 10, 10)",
        "float64",
        "2 channels",
    )


@pytest.mark.parametrize(
    ("x", "domains"),
    [
        ("ACGT", ("strings", "lw.text(...)", "lw.sequence(...)", "lw.image(...)")),
        (["one", "two"], ("strings", "lw.text(...)", "lw.sequence(...)", "lw.image(...)")),
        ({"age": 3.0}, ("named values", "lw.features(...)")),
        (np.zeros((9, 9, 3)), ("pictures", "lw.image(...)")),
    ],
)
def test_what_is_no_tensor_is_told_the_domain_that_reads_it(x, domains):
    message(InputError, explain(x=x), "how", *domains)


def test_wrong_size_names_the_layer_deeper_in_the_net():
    message(InputError, explain(x=uniform(2, 2, 14, 14)), "fails in 7", "(2, 2, 14, 14)", "shapes")


def test_wrong_size_inside_a_nested_model_names_the_inner_layer():
    net = nn.Sequential(nn.Identity(), nn.ModuleDict({"head": dense()})["head"])
    message(InputError, explain(net=net, x=uniform(2, 5)), "fails in 1.0", "(2, 5)")


@pytest.mark.parametrize("shape", [(10,), ()])
def test_no_batch_axis(shape):
    message(InputError, explain(x=torch.zeros(shape)), str(shape), "first axis is the batch", "x[None]")


def test_one_image_without_a_batch_axis():
    net = lw.zoo.digits()
    message(
        InputError, explain(net=net, x=torch.zeros(1, 28, 28)), "(1, 28, 28)", "(batch, channel,", "x[None]"
    )


def test_empty_batch():
    message(InputError, explain(x=torch.zeros(0, 2, 10, 10)), "(0, 2, 10, 10)", "no sample")


def test_output_of_another_batch_size():
    net = Written(lambda net, x: net.last(x).view(2, -1, 3)[0])
    message(
        InputError,
        explain(net=net, x=normal(4, 4)),
        "(4, 4)",
        "(2, 3)",
        "first axis of both must be the batch",
    )


def test_output_without_a_batch_axis():
    net = Written(lambda net, x: net.last(x).sum())
    message(InputError, explain(net=net, x=normal(4, 4)), "(4, 4)", "()", "the batch")


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_are_counted_and_placed(bad):
    x = X.clone()
    x[1, 0, 2, 3] = x[1, 1, 0, 0] = bad
    message(InputError, explain(x=x), "2 values", "NaN or infinite", "(1, 0, 2, 3)", "clean or mask")


@pytest.mark.parametrize(
    "x", [torch.ones(2, 4, dtype=torch.long), torch.ones(2, 4, dtype=torch.uint8), torch.ones(2, 4).bool()]
)
def test_integers_without_an_embedding(x):
    message(InputError, explain(net=dense(), x=x), str(x.dtype), "(2, 4)", "no embedding", "floating point")


@pytest.mark.parametrize("x", [[1.0, 2.0], "photo.jpg", None, np.zeros((2, 10, 10, 3), np.uint8), {"x": 1}])
def test_something_that_needs_a_domain(x):
    message(InputError, explain(x=x), type(x).__name__, "floating point tensor", "input=lw.")


def test_a_picture_that_the_domain_cannot_read():
    message(InputError, explain(net=lw.zoo.digits(), x="no such file.png"), "no such file.png")
    with pytest.raises(InputError):
        lw.explain(lw.zoo.digits(), np.zeros((2, 3, 4, 5, 6)))


def test_model_on_another_device():
    text = message(InputError, explain(net=nn.Linear(6, 3, device="meta"), x=torch.zeros(2, 6)))
    for part in ("the model is on meta", "(2, 6)", "cpu", "x.to('meta')", "move the model"):
        assert part in text


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_another_dtype(dtype):
    message(
        InputError,
        explain(x=X.to(dtype)),
        "computes in torch.float64",
        str(dtype),
        "x.to(torch.float64)",
        "model.to(",
    )


def test_sparse_input():
    message(InputError, explain(net=dense(), x=torch.eye(6).to_sparse()), "(6, 6)", "sparse", "to_dense()")


@pytest.mark.parametrize("bounds", [5, (1, 2, 3), (0,), ("a", "b"), (torch.zeros(7), 1), {"low": 0}])
def test_input_range_that_is_no_pair(bounds):
    message(
        InputError, explain(x=X, input_range=bounds), "input_range", "(low, high)", "(2, 2, 10, 10)", "e.g."
    )


@pytest.mark.parametrize("bounds", [(1, 0), (0, float("inf")), (float("nan"), 1), (-float("inf"), 1)])
def test_input_range_that_is_no_range(bounds):
    message(InputError, explain(x=X, input_range=bounds), "input_range", "finite", "low <= high")


def test_values_outside_the_input_range_are_noted():
    notes = lw.explain(convolutional(), X, input_range=(0, 0.5)).notes
    outside = int((X > 0.5).sum())
    assert [f"{outside} of 400 input values lie outside input_range, where zB is not bounded"] == list(notes)
    assert lw.explain(convolutional(), X, input_range=(0, 1)).notes == ()


def test_an_unknown_range_is_noted():
    (note,) = lw.explain(convolutional(), X).notes
    assert "w^2" in note
    assert "input=lw.image(...)" in note
    assert "input_range" in note


# -- the model -------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [None, lambda x: x, nn.Linear, "resnet"])
def test_no_module(model):
    with pytest.raises(ModelError, match=r"must be a torch\.nn\.Module, not (NoneType|function|type|str)"):
        lw.explain(model, X)


@pytest.mark.parametrize("wrap", [lambda y: ("y",), lambda y: {"scores": 1}, lambda y: None, lambda y: [1]])
def test_output_that_is_no_tensor(wrap):
    net = Written(lambda net, x: wrap(net.last(x)))
    kind = type(wrap(1)).__name__
    message(ModelError, explain(net=net, x=normal(1, 4)), "Written", kind, "wrap it")


@pytest.mark.parametrize("wrap", [lambda y: (y, y), lambda y: {0: y, 1: y}, lambda y: [y, y]])
def test_an_output_of_several_tensors_names_them(wrap):
    net = Written(lambda net, x: wrap(net.last(x)))
    kind = type(wrap(1)).__name__
    message(ModelError, explain(net=net, x=normal(1, 4)), "Written", kind, "0 (1, 3), 1 (1, 3)", "output=0")
    message(ModelError, lambda: lw.explain(net, normal(1, 4), output=2), "unknown output '2'", "'0', '1'")
    assert lw.explain(net, normal(1, 4), output=1).score.shape == (1,)


def test_output_that_does_not_depend_on_the_input():
    net = Written(lambda net, x: torch.ones(len(x), 3))
    message(ModelError, explain(net=net, x=normal(1, 4)), "Written", "does not depend on its input")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_output_that_is_not_finite(bad):
    net = Written(lambda net, x: net.last(x) * bad)
    message(ModelError, explain(net=net, x=normal(2, 4)), "output", "NaN or infinite", "(2, 3)")


def test_a_bug_in_the_forward_keeps_its_own_message_and_cause():
    def body(net, x):
        return net.last(x) + undefined_name  # noqa: F821

    with pytest.raises(InputError, match=r"Written.*its forward.*undefined_name") as caught:
        lw.explain(Written(body), normal(1, 4))
    assert isinstance(caught.value.__cause__, NameError)


# -- operations ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "op"),
    [
        (lambda net, x: net.last(torch.exp(net.first(x))), "exp"),
        (lambda net, x: net.last(net.first(x).cumprod(1)), "cumprod"),
        (lambda net, x: net.last(torch.addcmul(x, net.first(x), x)), "addcmul"),
        (lambda net, x: net.first(x).log_softmax(1), "_log_softmax"),
        (lambda net, x: net.last(1 / (net.first(x) ** 2 + 1)), "reciprocal"),
    ],
)
def test_unsupported_operation_is_named_with_what_to_do(body, op):
    net = Written(body)
    text = message(
        UnsupportedOperationError,
        explain(net=net, x=normal(2, 4)),
        "the model's own forward",
        "(2, 4)",
        f'@lrpwidgets.handles("{op}")',
        'method="gradient-x-input"',
    )
    assert f"aten.{op}" in text
    with pytest.raises(NotImplementedError):
        lw.explain(net, normal(2, 4))
    assert lw.explain(net, normal(2, 4), method="gradient-x-input").relevance.abs().sum() > 0


class Erf(nn.Module):
    """An activation that no rule is known for."""

    def forward(self, x):
        return torch.erf(x)


def test_unsupported_operation_in_a_module_names_its_path():
    net = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4), Erf()), nn.Linear(4, 3)).double()
    message(UnsupportedOperationError, explain(net=net, x=normal(2, 4)), "1.1 uses aten.erf", "(2, 4)")


def test_dilated_max_pooling_names_the_way_out():
    net = nn.Sequential(nn.MaxPool2d(2, dilation=2), nn.Flatten())
    message(UnsupportedOperationError, explain(net=net), "0 uses", "dilation", 'pooling="winner"')
    winner = lw.preset({}, base="deep-taylor", pooling="winner")
    assert len(lw.explain(net, X, rules=winner)) == 2


# -- what is asked ---------------------------------------------------------------------------------


def test_unknown_method_suggests_the_nearest():
    message(
        MethodError,
        explain(method="sensitivty"),
        "unknown method 'sensitivty'",
        "did you mean 'sensitivity'",
        "'lrp'",
    )
    message(MethodError, explain(method="zzz"), "Known:", *lw.METHODS)


@pytest.mark.parametrize("method", [["lrp"], None, 3, {"lrp": 1}])
def test_method_that_is_no_name(method):
    message(MethodError, explain(method=method), "unknown method", "Known:", "'lrp'")


def test_rules_for_a_method_without_rules():
    message(
        MethodError,
        explain(method="sensitivity", rules="epsilon"),
        "'sensitivity'",
        "takes no rules",
        "method='lrp'",
    )


@pytest.mark.parametrize(("keyword", "meant"), [("taget", "target"), ("rule", "rules"), ("epsilon", None)])
def test_unknown_keyword(keyword, meant):
    text = message(MethodError, explain(**{keyword: 1}), "'lrp'", f"unknown parameter {keyword!r}", "Known:")
    assert meant is None or f"did you mean {meant!r}" in text


def test_unknown_keyword_of_a_trace_question():
    trace = lw.trace(convolutional(), X)
    message(MethodError, lambda: trace.explain(targets=1), "'targets'", "did you mean 'target'")


def test_unknown_preset_suggests_the_nearest():
    message(
        PresetError, explain(rules="deep-tailor"), "unknown preset", "did you mean 'deep-taylor'", "'epsilon'"
    )


@pytest.mark.parametrize("rules", [3, ["deep-taylor"], lw.ZPlus, lw.ZPlus()])
def test_rules_that_are_no_preset(rules):
    message(PresetError, explain(rules=rules), "preset's name", "mapping of module paths to rules")


def test_preset_entry_that_matches_no_layer():
    text = message(
        PresetError, explain(rules={"8": lw.Zero()}), "'8'", "matches no layer", "Known: '0', '3', '7'"
    )
    assert "custom" in text
    message(PresetError, explain(rules={"1": lw.Zero()}), "'1'", "matches no layer with weights")
    message(PresetError, explain(rules={"features.*": lw.Zero()}), "'features.*'", "matches no layer")
    message(PresetError, explain(rules={"0": lw.Zero(), "head": lw.Zero()}), "'head'")


@pytest.mark.parametrize("rule", ["epsilon", lw.ZPlus, None, 1.0])
def test_preset_entry_that_is_no_rule(rule):
    message(PresetError, explain(rules={"0": rule}), "'0'", repr(rule), "lw.Epsilon(1e-6)", "ZPlus")


@pytest.mark.parametrize("rule", [lw.ZBox(0, 1), lw.WSquare(), lw.Flat()])
def test_first_layer_rule_deeper_in_the_net(rule):
    message(
        PresetError, explain(rules={"3": rule}), type(rule).__name__, "at 3", "first-layer rule", "use ZPlus"
    )


def test_preset_fields():
    rules = {"convolution": lw.ZPlus(), "dense": lw.ZPlus()}
    message(
        PresetError,
        lambda: lw.Preset("a", "", **rules, pooling="max"),
        "pooling 'max'",
        "'proportional', 'winner'",
    )
    message(PresetError, lambda: lw.Preset("a", "", **rules, add="q"), "sums 'q'", "'positive', 'epsilon'")
    message(PresetError, lambda: lw.Preset("a", "", **rules, first="bx"), "first is 'bx'", "'box' or None")
    message(PresetError, lambda: lw.Preset("a", "", lw.ZPlus(), "z+"), "'dense'", "'z+'", "must be a rule")
    message(PresetError, lambda: lw.preset({}, base="nothing"), "unknown preset 'nothing'")
    message(PresetError, lambda: lw.preset({}, pooling="sum"), "unknown pooling 'sum'")


@pytest.mark.parametrize("epsilon", [0, -1, float("nan"), float("inf"), "a", None])
def test_epsilon_that_is_no_stabilizer(epsilon):
    message(RuleError, lambda: lw.Epsilon(epsilon), "epsilon > 0", repr(epsilon), "Zero()")


@pytest.mark.parametrize(
    "bounds", [(1, 0), (0, float("inf")), (float("nan"), 1), (torch.tensor([0.0, 2.0]), 1)]
)
def test_box_bounds(bounds):
    message(RuleError, lambda: lw.ZBox(*bounds), "ZBox", "finite", "low <= high")


def test_box_bounds_of_another_shape():
    rules = {"0": lw.ZBox(torch.zeros(1, 3, 1, 1), torch.ones(1, 3, 1, 1))}
    message(RuleError, explain(rules=rules), "(1, 3, 1, 1)", "(2, 2, 10, 10)", "(1, channel, 1, 1)")


def test_unknown_label_suggests_the_nearest():
    message(
        TargetError,
        explain(target="tiger cta", labels=NAMES),
        "unknown label",
        "did you mean 'tiger cat'",
        "'lynx'",
    )


def test_a_label_without_labels():
    message(TargetError, explain(target="tabby"), "'tabby'", "have no names", "labels=[...]")


def test_a_label_that_names_two_classes():
    message(
        TargetError,
        explain(target="a", labels=["a", "b", "a", "c"]),
        "'a' names 2 classes: [0, 2]",
        "the index",
    )


@pytest.mark.parametrize("count", [3, 5])
def test_labels_of_another_number(count):
    message(
        InputError,
        explain(labels=[str(k) for k in range(count)]),
        f"{count} labels",
        "4 outputs",
        "one label for each",
    )


@pytest.mark.parametrize("target", [4, -5, 100])
def test_class_out_of_range(target):
    message(TargetError, explain(target=target), f"class {target} is out of range", "4 outputs (0 to 3)")


@pytest.mark.parametrize("target", [1.0, None, True, object(), {"a": 1}, b"x"])
def test_target_that_is_not_understood(target):
    message(
        TargetError,
        explain(target=target),
        "is not understood",
        "'top'",
        "a class index",
        "a label",
        "callable",
    )


def test_targets_of_another_number_than_samples():
    for target in ([0], [0, 1, 2], torch.tensor([1, 1, 1]), np.array([0])):
        message(
            TargetError,
            explain(target=target),
            f"{len(target)} targets",
            "a batch of 2",
            "one for each sample",
        )


@pytest.mark.parametrize(
    "target", [torch.tensor([0.0, 1.0]), np.array([0.5, 1.0]), torch.tensor([True, False])]
)
def test_targets_that_are_no_integers(target):
    message(TargetError, explain(target=target), "class indices (integers)", str(target.dtype).split(".")[-1])


def test_minus_is_checked_as_well():
    message(TargetError, explain(target=0, minus=7), "class 7 is out of range")
    message(TargetError, explain(target=0, minus="lynx"), "'lynx'", "have no names")


def test_output_with_more_axes_needs_a_callable():
    net = nn.Sequential(nn.Conv2d(2, 3, 3).double())
    message(TargetError, explain(net=net), "(2, 3, 8, 8)", "give a callable", "target=lambda out:")
    found = lw.explain(net, X, target=lambda out: out[:, 2].mean((-1, -2)))
    assert found.target[0].index is None


def test_callables_that_fail():
    message(
        TargetError, explain(target=lambda out: out[:, 9]), "fails on the model's output", "(2, 4)", "index 9"
    )
    message(TargetError, explain(target=lambda out: out), "one value a sample", "(2,)", "(2, 4)")
    message(TargetError, explain(target=lambda out: 3), "one value a sample", "int")
    message(TargetError, explain(target=lambda out: torch.zeros(2)), "does not depend", "differentiable")
    message(TargetError, explain(target=lambda out: out.detach()[:, 0]), "does not depend", "differentiable")
    message(TargetError, explain(target=lambda out: out.argmax(1)), "does not depend")


def test_sensitivity_has_no_ledger_and_says_why():
    found = lw.explain(convolutional(), X, method="sensitivity")
    assert not found.has_ledger
    message(ModelError, lambda: found.ledger, "'sensitivity'", "does not decompose")


def test_a_trace_goes_on_after_a_mistake():
    trace = lw.trace(convolutional(), X)
    expected = trace.explain(target=1).relevance
    for wrong in (
        {"target": 9},
        {"rules": "x"},
        {"method": "x"},
        {"rules": {"x": lw.Zero()}},
        {"minus": "x"},
    ):
        with pytest.raises(LrpError):
            trace.explain(**wrong)
    assert torch.equal(trace.explain(target=1).relevance, expected)


# -- tensors and models of other kinds -------------------------------------------------------------


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"x": x}, lambda x: (x, torch.ones(2))])
def test_nested_input(layout, wrap):
    x = torch.nested.nested_tensor([torch.rand(2, 4), torch.rand(3, 4)], layout=layout)
    message(InputError, explain(net=Written(lambda net, x: x), x=wrap(x)), "nested", "pad the batch")


class Wrapper(torch.Tensor):
    """A tensor without memory of its own, as torchao's and DTensor are."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        args, kwargs = tree_map_only(Wrapper, lambda item: item.inner, (args, kwargs or {}))
        return tree_map_only(torch.Tensor, Wrapper, func(*args, **kwargs))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_tensors_with_a_dispatch_of_their_own():
    masked = torch.masked.masked_tensor(normal(2, 6), normal(2, 6) > 0)
    for x in (masked, Wrapper(normal(2, 6))):
        message(InputError, explain(net=dense(), x=x), type(x).__name__, "plain torch.Tensor")
    net = dense()
    net[2].weight = nn.Parameter(Wrapper(net[2].weight.detach()), requires_grad=False)
    message(ModelError, explain(net=net, x=normal(2, 6)), "2.weight", "Wrapper", "plain floating point")


@pytest.mark.filterwarnings("ignore:Sparse CSR")
@pytest.mark.parametrize("how", [{}, {"method": "gradient-x-input"}, {"memory": "1 GB"}], ids=str)
@pytest.mark.parametrize(
    ("op", "layout", "step"),
    [
        ("_to_sparse", "sparse_coo", lambda z: z.to_sparse().to_dense()),
        ("_to_sparse_csr", "sparse_csr", lambda z: z.to_sparse_csr().to_dense()),
        ("to_mkldnn", "_mkldnn", lambda z: z.to_mkldnn().to_dense()),
    ],
)
def test_a_sparse_tensor_inside_the_model(op, layout, step, how):
    class Sparse(nn.Module):
        def forward(self, x):
            return step(x)

    net = nn.Sequential(nn.Linear(6, 6), Sparse(), nn.Linear(6, 3))
    text = message(
        UnsupportedOperationError,
        explain(net=net, x=torch.rand(2, 6), **how),
        f"1 makes a tensor of layout torch.{layout}",
        f"aten.{op} on (2, 6)",
        "dense tensors only",
    )
    assert "storage" not in text


@pytest.mark.filterwarnings("ignore")
def test_quantised_input_and_model():
    x = torch.quantize_per_tensor(torch.rand(2, 6), 0.1, 0, torch.quint8)
    message(InputError, explain(net=dense().float(), x=x), "(2, 6)", "quint8", "x.dequantize()")
    net = torch.ao.quantization.quantize_dynamic(dense().float(), {nn.Linear})
    for method in ("lrp", "sensitivity", "gradient-x-input"):
        text = message(
            UnsupportedOperationError,
            explain(net=net, x=torch.rand(2, 6), method=method),
            "4 uses quantized.",
        )
        assert "explain the floating point model" in text


def test_complex_input_and_output():
    net = nn.Linear(6, 3, dtype=torch.complex64)
    x = torch.rand(2, 6, dtype=torch.complex64)
    message(InputError, explain(net=net, x=x), "(2, 6)", "complex64", "view_as_real")
    net = Written(lambda net, x: torch.complex(net.last(x), net.last(x)))
    message(ModelError, explain(net=net, x=normal(2, 4)), "(2, 3)", "complex128", "real numbers")


def test_output_with_no_class_at_all():
    net = Written(lambda net, x: net.last(x)[:, :0])
    message(ModelError, explain(net=net, x=normal(2, 4)), "(2, 0)", "at least one")


@pytest.mark.parametrize("target", ["top", 0, lambda out: out])
def test_one_number_for_each_sample_is_a_score(target):
    x = normal(3, 4)
    net, twin = Written(lambda net, x: net.last(x)[:, 1]), Written(lambda net, x: net.last(x))
    found = lw.explain(net, x, method="gradient-x-input", target=target)
    torch.testing.assert_close(
        found.relevance, lw.explain(twin, x, method="gradient-x-input", target=1).relevance
    )
    assert torch.equal(found.score, net(x).detach())


@pytest.mark.filterwarnings("ignore")
def test_an_operation_without_a_derivative_is_named_under_gradient_methods():
    """Its gradient is none, not zero."""
    with torch.library._scoped_library("lrpwidgets_test", "DEF") as library:
        library.define("halved(Tensor x) -> Tensor")
        library.impl("halved", lambda x: torch.from_numpy(x.detach().numpy() / 2), "CPU")
        net = Written(lambda net, x: net.last(torch.ops.lrpwidgets_test.halved(net.first(x))))
        for method in ("sensitivity", "gradient-x-input"):
            message(
                UnsupportedOperationError,
                explain(net=net, x=normal(2, 4), method=method),
                "lrpwidgets_test.halved",
                "no derivative",
                '@lrpwidgets.handles("halved")',
            )


@pytest.mark.parametrize("gamma", [-1, "a", None, float("nan"), float("inf")])
def test_gamma_that_is_no_number(gamma):
    message(RuleError, lambda: lw.Gamma(gamma), "gamma >= 0", repr(gamma))


@pytest.mark.parametrize("pair", [(2, 2), (0, -1), (1, 1), ("a", "b"), (float("inf"), float("inf"))])
def test_alpha_and_beta_that_do_not_conserve(pair):
    message(RuleError, lambda: lw.AlphaBeta(*pair), "alpha - beta = 1 and beta >= 0", f"alpha={pair[0]}")


def test_a_layer_with_weights_cannot_be_passed():
    message(
        RuleError, explain(net=dense(sizes=(6, 6, 3)), x=normal(2, 6), rules={"0": lw.Pass()}), "Pass at 0"
    )
