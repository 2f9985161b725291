"""Explaining changes nothing of the model or of torch, whatever happens; nothing stale is used, nothing is kept."""

from __future__ import annotations

import copy
import gc
import threading
import weakref

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize

import lrpwidgets as lw
from lrpwidgets.errors import InputError, ModelError
from tests.explain.nets import Written, convolutional, dense, normal, uniform


class Busy(nn.Module):
    """Everything a session could disturb: batch norm, dropout, own buffers and lists, a frozen layer, hooks, gradients.

    `interrupt` is raised in the middle of the forward.
    """

    def __init__(self, interrupt: BaseException | None = None) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.drop = nn.Dropout(0.5)
        self.act = nn.ReLU(inplace=True)
        self.frozen = nn.Conv2d(4, 4, 1).requires_grad_(False)
        self.head = nn.Linear(4, 3)
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))
        self.register_buffer("memory", torch.zeros(4))
        self.log: list[int] = []
        self.interrupt = interrupt
        self.counted = 0
        self.head.register_forward_hook(lambda module, args, out: out * 1)
        self.conv.register_forward_pre_hook(lambda module, args: None)

    def forward(self, x):
        self.calls += 1
        self.counted += 1
        self.log.append(len(x))
        x = self.drop(self.act(self.bn(self.conv(x))))
        self.memory.mul_(0.9).add_(x.detach().mean((0, 2, 3)), alpha=0.1)
        if self.interrupt is not None:
            raise self.interrupt
        x = F.relu(self.frozen(x))
        return self.head(x.mean((2, 3)))


def busy(interrupt=None):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = Busy(interrupt)
    net.train()
    net.frozen.eval()
    net.conv.weight.grad = torch.ones_like(net.conv.weight)
    return net


def state_of(model):
    """What a user could notice: values, places in memory, versions, flags, hooks, attributes."""
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    modules = dict(model.named_modules())
    return {
        "values": {name: item.detach().clone() for name, item in tensors.items()},
        "memory": {name: (id(item), item.data_ptr(), item._version) for name, item in tensors.items()},
        "gradients": {
            name: None if p.grad is None else p.grad.clone() for name, p in model.named_parameters()
        },
        "requires_grad": {name: item.requires_grad for name, item in tensors.items()},
        "training": {name: module.training for name, module in modules.items()},
        "hooks": {
            (name, key): list(table.items())
            for name, module in modules.items()
            for key, table in module.__dict__.items()
            if key.endswith("hooks")
        },
        "attributes": {name: (id(type(module)), sorted(module.__dict__)) for name, module in modules.items()},
        "log": list(getattr(model, "log", ())),
        "counted": getattr(model, "counted", 0),
    }


def modes():
    """torch's global and thread-wide settings, its random state too."""
    return {
        "grad": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "autocast": (torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")),
        "fast path": torch.backends.mha.get_fastpath_enabled(),
        "default dtype": torch.get_default_dtype(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "threads": torch.get_num_threads(),
        "anomaly": torch.is_anomaly_enabled(),
        "dispatch modes": torch._C._len_torch_dispatch_stack(),
        "random": torch.get_rng_state(),
    }


def plain_data(item):
    """Tensors as bytes, so that == compares everything."""
    if isinstance(item, torch.Tensor):
        return str(item.dtype), tuple(item.shape), item.detach().numpy().tobytes()
    return {key: plain_data(part) for key, part in item.items()} if isinstance(item, dict) else item


def assert_same(before, after):
    for what in before:
        assert plain_data(after[what]) == plain_data(before[what]), what


@pytest.fixture
def unchanged():
    """Call it with a model before; whatever the test does, model and modes must be the same at its end."""
    watched = []

    def watch(model):
        watched.append((model, state_of(model), modes()))
        return model

    yield watch
    assert watched
    for model, state, mode in watched:
        assert_same(state, state_of(model))
        assert_same(mode, modes())


ASKED = [
    {"rules": "deep-taylor"},
    {"rules": "alpha2-beta1"},
    {"rules": "epsilon"},
    {"rules": "lrp-0"},
    {"method": "sensitivity"},
    {"method": "gradient-x-input"},
]
X = uniform(2, 2, 6, 6).float()


class Gradients(Busy):
    """The same without batch norm's own operation, which the rules of this version do not know."""

    def __init__(self, interrupt=None):
        super().__init__(interrupt)
        self.bn = nn.Conv2d(4, 4, 1)


def plain(interrupt=None):
    net = Gradients(interrupt)
    net.train()
    return net


# -- the model and torch are as before -------------------------------------------------------------


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_after_an_explanation(unchanged, asked):
    net = unchanged(plain())
    found = lw.explain(net, X, **asked)
    assert any("training mode" in note and "eval mode" in note for note in found.notes)
    if found.has_ledger:
        assert found.ledger.rows


@pytest.mark.parametrize("method", ["sensitivity", "gradient-x-input"])
def test_after_an_explanation_with_batch_norm(unchanged, method):
    net = unchanged(busy())
    found = lw.explain(net, X, method=method)
    twin = copy.deepcopy(net).eval()
    leaf = X.clone().requires_grad_()
    twin(leaf).amax(1).sum().backward()
    expected = leaf.grad.square() if method == "sensitivity" else leaf.grad * X
    torch.testing.assert_close(found.relevance, expected)
    assert any("training mode" in note for note in found.notes)


def test_a_model_in_eval_mode_gets_no_note():
    assert not any("training" in note for note in lw.explain(plain().eval(), X, method="sensitivity").notes)


def test_one_submodule_in_training_mode_is_noted(unchanged):
    net = plain().eval()
    net.drop.train()
    found = lw.explain(unchanged(net), X, method="sensitivity")
    assert any("training mode" in note for note in found.notes)
    torch.testing.assert_close(found.output, copy.deepcopy(net).eval()(X).detach())


def test_after_a_trace_and_many_questions(unchanged):
    trace = lw.trace(unchanged(plain()), X)
    for asked in ASKED:
        trace.explain(target=1, minus=0, **asked)


def test_after_an_exception_in_the_forward(unchanged):
    net = unchanged(busy(RuntimeError("no such luck")))
    with pytest.raises(InputError, match="no such luck"):
        lw.explain(net, X)


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_after_an_interrupt_in_the_forward(unchanged, interrupt):
    net = unchanged(busy(interrupt()))
    with pytest.raises(interrupt):
        lw.explain(net, X)


def test_after_an_interrupt_in_the_walk_back(unchanged):
    from lrpwidgets.explain import lrp

    net, known = unchanged(plain()), dict(lrp.LRP)

    def interrupted(node, c, walk):
        raise KeyboardInterrupt
        yield

    trace = lw.trace(net, X)
    expected = trace.explain(target=1).relevance
    try:
        lrp.LRP["relu"] = interrupted
        with pytest.raises(KeyboardInterrupt):
            trace.explain(target=1)
    finally:
        lrp.LRP.update(known)
    assert torch.equal(trace.explain(target=1).relevance, expected), "the session goes on"


def test_after_errors_of_every_stage(unchanged):
    net = unchanged(plain())
    for wrong in (
        {"target": "cat"},
        {"target": 17},
        {"rules": "deep-tailor"},
        {"rules": {"nowhere": lw.Zero()}},
        {"rules": {"head": lw.ZBox(0, 1)}},
        {"method": "gradients"},
        {"target": lambda out: out.nonsense},
        {"depth": 3},
    ):
        with pytest.raises(ValueError):  # noqa: PT011 (messages: test_bad_input.py)
            lw.explain(net, X, **wrong)
    with pytest.raises(ValueError, match="batch"):
        lw.explain(net, X[0, 0, 0])


def test_the_input_is_as_before():
    for body in (lambda net, x: net.last(x.mul_(2)), lambda net, x: net.last(F.relu(x, inplace=True))):
        x = normal(2, 4).requires_grad_()
        before, version = x.detach().clone(), x._version
        found = lw.explain(Written(body), x, rules="lrp-0")
        assert torch.equal(x.detach(), before)
        assert (x._version, x.requires_grad, x.grad) == (version, True, None)
        assert not found.relevance.requires_grad
        assert found.input.data_ptr() != x.data_ptr()


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: Closure(), id="batch norm in a closure"),
        pytest.param(lambda: Functional(), id="F.batch_norm(training=True)"),
        pytest.param(lambda: Counts(), id="writes to a parameter"),
    ],
)
def test_a_forward_that_would_change_the_model_is_refused_before_it_does(unchanged, model):
    net = unchanged(model().train())
    with pytest.raises(ModelError, match=r"batch norm|parameter"):
        lw.explain(net, normal(4, 4).float(), method="sensitivity")


class Closure(nn.Module):
    """The copy of the model cannot reach a module that a function holds."""

    def __init__(self):
        super().__init__()
        self.bn, self.head = nn.BatchNorm1d(4), nn.Linear(4, 3)
        self.act = lambda x: F.relu(self.bn(x))

    def forward(self, x):
        return self.head(self.act(x))


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn, self.head = nn.BatchNorm1d(4), nn.Linear(4, 3)

    def forward(self, x):
        return self.head(F.batch_norm(x, self.bn.running_mean, self.bn.running_var, training=True))


class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)
        self.scale = nn.Parameter(torch.ones(4), requires_grad=False)

    def forward(self, x):
        return self.head(torch.ops.aten.mul_.Tensor(self.scale, x[0]) * x)


def test_a_lazy_model_stays_lazy():
    net = nn.Sequential(nn.LazyLinear(3))
    with pytest.raises(ModelError, match=r"lazy module 0 .*run the model once"):
        lw.explain(net, normal(2, 4).float())
    assert torch.nn.parameter.is_lazy(net[0].weight)
    assert type(net[0]) is nn.LazyLinear


# -- other threads, other modes --------------------------------------------------------------------


def trained(net, between=None, steps=200):
    """Losses of a training loop in a thread of its own; `between` runs in this thread meanwhile."""
    losses, x = [], uniform(8, 2, 6, 6, seed=3).float()
    y = torch.arange(8) % 3
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

    def loop():
        for _ in range(steps):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    thread = threading.Thread(target=loop)
    thread.start()
    asked = 0
    while between is not None and thread.is_alive():
        between()
        asked += 1
    thread.join()
    assert len(losses) == steps
    return losses, asked


def norm_net():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(2, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3)
        ).train()


def test_training_in_another_thread_goes_on_as_if_nobody_asked():
    alone, watched = norm_net(), norm_net()
    expected, _ = trained(alone)

    notes = set()

    def ask():
        notes.update(lw.explain(watched, X, method="gradient-x-input").notes)

    losses, asked = trained(watched, ask)
    assert asked >= 2
    assert losses == expected
    for name, value in alone.state_dict().items():
        assert torch.equal(watched.state_dict()[name], value), name
    assert watched[1].running_mean.abs().max() > 0
    mixed = {note for note in notes if "mixes two steps of training" in note}
    assert all("training mode" in note or "autograd" in note for note in notes - mixed), notes
    assert all(module.training for module in watched.modules())


def test_two_sessions_that_overlap_restore_the_attention_fast_path():
    both_inside = threading.Barrier(2, timeout=30)
    first_is_out = threading.Event()

    def body(first):
        def forward(net, x):
            both_inside.wait()
            if not first:
                assert first_is_out.wait(30)
            return net.last(x)

        return forward

    def ask(first):
        lw.explain(Written(body(first)), normal(1, 4), method="sensitivity")
        if first:
            first_is_out.set()

    assert torch.backends.mha.get_fastpath_enabled()
    threads = [threading.Thread(target=ask, args=(first,)) for first in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert first_is_out.is_set()
    assert torch.backends.mha.get_fastpath_enabled()


def test_a_fast_path_that_was_off_stays_off():
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        lw.explain(dense(), normal(1, 6))
        assert not torch.backends.mha.get_fastpath_enabled()
    finally:
        torch.backends.mha.set_fastpath_enabled(True)


AROUND = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "enable_grad": torch.enable_grad,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
}


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("around", AROUND)
def test_grad_modes_and_autocast_around_the_call(unchanged, around, asked):
    net, x = unchanged(convolutional().float()), uniform(2, 2, 10, 10).float()
    expected = lw.explain(net, x, target=1, input_range=(0, 1), **asked)
    with AROUND[around]():
        before = modes()
        made_inside = x * 1  # under inference mode an inference tensor
        found = lw.explain(net, made_inside, target=1, input_range=(0, 1), **asked)
        assert_same(before, modes())
        callable_target = lw.explain(
            net, made_inside, target=lambda out: out[:, 1], input_range=(0, 1), **asked
        )
    assert torch.equal(found.relevance, expected.relevance)
    assert torch.equal(callable_target.relevance, expected.relevance)
    assert not found.relevance.requires_grad
    assert not found.relevance.is_inference()
    assert not found.input.is_inference()
    if found.has_ledger:
        assert found.ledger.end == pytest.approx(float(found.total.sum()), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_score_of_zero_gives_a_zero_map(asked):
    net, x = convolutional(bias=False), torch.zeros(2, 2, 10, 10, dtype=torch.float64)
    found = lw.explain(net, x, input_range=(0, 1), **asked)
    assert (found.score == 0).all()
    if asked != {"method": "sensitivity"}:  # the gradient at a point of score zero need not be zero
        assert (found.relevance == 0).all()
    assert torch.isfinite(found.relevance).all()
    if found.has_ledger:
        assert (found.ledger.start, found.ledger.end, found.ledger.absorbed) == (0, 0, 0)


def test_a_zero_score_beside_others_of_the_batch():
    net, x = convolutional(bias=False), uniform(3, 2, 10, 10)
    x[1] = 0
    found = lw.explain(net, x, input_range=(0, 1))
    assert (found.relevance[1] == 0).all()
    assert (found.relevance[0] != 0).any()


# -- nothing stale ---------------------------------------------------------------------------------


def optimizer_step(net):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    net(uniform(2, 6)).sum().backward()
    optimizer.step()


def data_product(net):
    net[0].weight.data.mul_(-1.5)


def data_element(net):
    net[0].weight.data[0, 0] = 7


def last_element(net):
    net[0].weight.data.view(-1)[-1] = 7


def rows_swapped(net):
    weight = net[0].weight.data
    weight.copy_(weight[[1, 0, *range(2, len(weight))]].clone())


def loaded(net):
    net.load_state_dict(dense(seed=9).state_dict())


def shared_memory(net):
    net[0].weight.detach().numpy()[1, 1] = 9


def converted(net):
    net.to(torch.float32)


def replaced(net):
    net[0].weight = nn.Parameter(net[0].weight.detach().neg().clone())


def data_replaced(net):
    net[0].weight.data = net[0].weight.detach().neg().clone()


def in_place_under_no_grad(net):
    with torch.no_grad():
        net[0].weight.neg_()


CHANGES = [
    optimizer_step,
    data_product,
    data_element,
    last_element,
    rows_swapped,
    loaded,
    shared_memory,
    converted,
    replaced,
    data_replaced,
    in_place_under_no_grad,
]


@pytest.mark.parametrize("rules", ["deep-taylor", "alpha2-beta1"])
@pytest.mark.parametrize("change", CHANGES)
def test_changed_weights_are_noticed(change, rules):
    """Against a copy of the changed model, which no cache has seen."""
    net, x = dense(seed=3), uniform(3, 6)
    asked = {"rules": rules, "target": 1, "input_range": (0, 1)}
    before = lw.explain(net, x, **asked).relevance
    change(net)
    x = x.to(net[0].weight.dtype)
    found = lw.explain(net, x, **asked).relevance
    assert torch.equal(found, lw.explain(copy.deepcopy(net), x, **asked).relevance)
    if change is not converted:
        assert not torch.allclose(found.double(), before)


def test_a_single_element_of_a_large_matrix_is_noticed():
    net, x = nn.Linear(1100, 1100), uniform(1, 1100).float()
    lw.explain(net, x, rules="deep-taylor", target=0)
    for row, column in ((0, 3), (0, 1099), (700, 501)):
        with torch.no_grad():
            net.weight.data[row, column] = 500
        found = lw.explain(net, x, rules="deep-taylor", target=row).relevance
        fresh = lw.explain(copy.deepcopy(net), x, rules="deep-taylor", target=row).relevance
        assert torch.equal(found, fresh)


class Doubled(nn.Module):
    def forward(self, weight):
        return 2 * weight


def test_parametrized_weights_are_computed_anew():
    net, x = dense(seed=3), uniform(3, 6)
    parametrize.register_parametrization(net[0], "weight", Doubled())
    first = lw.explain(net, x, target=1).relevance
    with torch.no_grad():
        net[0].parametrizations.weight.original.neg_()
    found = lw.explain(net, x, target=1).relevance
    assert not torch.allclose(first, found)
    plain_net = dense(seed=3)
    with torch.no_grad():
        plain_net[0].weight.mul_(-2)
    torch.testing.assert_close(found, lw.explain(plain_net, x, target=1).relevance)


def test_two_models_that_share_a_layer_do_not_mix_it_up():
    shared, x = nn.Linear(6, 5).double(), uniform(2, 6)
    one, two = nn.Sequential(shared, nn.ReLU(), nn.Linear(5, 2).double()), nn.Sequential(shared)
    expected = [lw.explain(copy.deepcopy(net), x, target=0).relevance for net in (one, two)]
    for _ in range(2):
        for net, relevance in zip((one, two), expected, strict=True):
            assert torch.equal(lw.explain(net, x, target=0).relevance, relevance)


@pytest.mark.parametrize("change", CHANGES)
def test_a_kept_trace_raises_when_the_weights_have_changed(change):
    net = dense()
    trace = lw.trace(net, uniform(3, 6))
    trace.explain(target=1)
    change(net)
    for asked in ASKED:
        with pytest.raises(
            ModelError, match=r"weights of \d have changed since this trace was recorded; explain again"
        ):
            trace.explain(target=1, **asked)


def test_a_kept_trace_raises_when_a_bias_has_changed():
    net = dense()
    trace = lw.trace(net, uniform(3, 6))
    net[2].bias.data[0] += 1
    with pytest.raises(ModelError, match="weights of 2 have changed"):
        trace.explain(rules="epsilon")


def test_a_kept_trace_raises_when_what_a_weight_is_computed_from_has_changed():
    net = dense()
    parametrize.register_parametrization(net[0], "weight", Doubled())
    trace = lw.trace(net, uniform(3, 6))
    with torch.no_grad():
        net[0].parametrizations.weight.original.neg_()
    with pytest.raises(ModelError, match="have changed since this trace was recorded"):
        trace.explain(rules="epsilon")


def test_a_kept_trace_of_an_unchanged_model_does_not_raise():
    net = dense()
    trace = lw.trace(net, uniform(3, 6))
    net(uniform(3, 6)).sum().backward()  # gradients are not weights
    net.train().eval()
    trace.explain(target=1)


@pytest.mark.parametrize("change", [optimizer_step, loaded, replaced, in_place_under_no_grad])
def test_the_ledger_of_a_changed_model_raises(change):
    net = dense()
    found = lw.explain(net, uniform(3, 6))
    change(net)
    with pytest.raises(ModelError, match="changed since this explanation was made"):
        _ = found.ledger


@pytest.mark.parametrize("change", [data_element, shared_memory, data_product])
def test_the_ledger_of_a_model_changed_behind_torchs_back_raises(change):
    net = dense()
    found = lw.explain(net, uniform(3, 6), rules="lrp-0", target=1)
    change(net)
    with pytest.raises(ModelError, match="changed since this explanation was made"):
        _ = found.ledger


# -- nothing kept ----------------------------------------------------------------------------------


class Watch:
    """Weak references to what each module of a net puts out, in the order of the calls."""

    def __init__(self, net: nn.Module) -> None:
        self.seen: list[tuple[str, weakref.ref]] = []
        for name, module in net.named_modules():
            module.register_forward_hook(self._hook(name or "output"))

    def _hook(self, name):
        def hook(module, args, result):
            self.seen.append((name, weakref.ref(result)))

        return hook

    def alive(self) -> set[str]:
        gc.collect()
        return {name for name, reference in self.seen if reference() is not None}


def layered():
    """No in-place operations, so that each module's output is a tensor of its own."""
    return convolutional(pool="average")


def test_an_explanation_keeps_no_activation_alive():
    net = layered()
    watch, x = Watch(net), uniform(2, 2, 10, 10)
    found = lw.explain(net, x)
    assert len(watch.seen) == 9
    assert watch.alive() == set()
    assert found.ledger.rows
    assert watch.alive() == set(), "nor does its ledger"
    one = found[0]
    del found
    assert one.ledger.rows
    assert watch.alive() == set()


def test_an_explanation_of_a_trace_outlives_it_without_its_activations():
    net = layered()
    watch = Watch(net)
    trace = lw.trace(net, uniform(2, 2, 10, 10))
    found = trace.explain()
    assert watch.alive()
    del trace
    assert watch.alive() == set()
    assert found.ledger.rows


def test_an_explanation_does_not_keep_the_trace_alive():
    trace = lw.trace(layered(), uniform(2, 2, 10, 10))
    reference, found = weakref.ref(trace), trace.explain()
    del trace
    gc.collect()
    assert reference() is None
    assert len(found) == 2


def test_an_explained_model_can_be_freed():
    net = layered()
    lw.explain(net, uniform(2, 2, 10, 10))
    references = [weakref.ref(net), *(weakref.ref(p) for p in net.parameters())]
    del net
    gc.collect()
    assert all(reference() is None for reference in references), "a cache must not own weights"


def kept_tensors(trace):
    values = {value for node in trace.nodes for value in (*node.operands, *node.outputs)}
    return [value.tensor for value in values if value.tensor is not None]


def test_a_trace_keeps_what_the_handlers_declare_and_no_more():
    """Of a chain: the input, each ReLU, each pool (the next layer's operand), the scores; no z below a ReLU."""
    net = layered()
    watch = Watch(net)
    trace = lw.trace(net, uniform(2, 2, 10, 10))
    storages = {
        tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes()
        for tensor in kept_tensors(trace)
    }
    relu = 2 * 5 * 8 * 8 + 2 * 6 * 4 * 4
    pool = 2 * 5 * 4 * 4 + 2 * 6 * 2 * 2
    assert sum(storages.values()) == 8 * (2 * 2 * 10 * 10 + relu + pool + 2 * 4)
    # Flatten (6) is a view of 5 that the dense layer reads; the last layer's output is the net's.
    assert watch.alive() == {"1", "2", "4", "5", "6", "7", "output"}


def test_no_value_is_kept_that_no_operation_reads():
    from lrpwidgets.explain.operations import OPERATIONS

    def body(net, x):
        h = F.relu(net.first(x))
        h = torch.cat([h[:, :2], h[:, 2:] * 2], 1).view(-1, 2, 2).transpose(1, 2).reshape(-1, 4)
        h += net.first(h)
        return net.last(h) + 1

    trace = lw.trace(Written(body), normal(3, 4))
    read = {trace.nodes[-1].outputs[0]}
    for node in trace.nodes:
        reads = OPERATIONS[node.op].reads
        for place, value in enumerate(node.operands):
            if "all" in reads or place in reads or ("others" in reads and len(node.operands) > 1):
                read.add(value)
            # A dense layer's operand may stand behind its bias.
            if any(item is value and at in reads for at, item in enumerate(node.args)):
                read.add(value)
        if {"out0", "layer out"} & set(reads):
            read.add(node.outputs[0])
    kept = {v for node in trace.nodes for v in (*node.operands, *node.outputs) if v.tensor is not None}
    assert kept - read <= {node.operands[0] for node in trace.nodes[:1]}, "and the input itself"
    views = [node for node in trace.nodes if node.op in {"view", "transpose", "slice"}]
    assert views


def test_more_questions_do_not_make_a_session_grow():
    """The denominators of the last `keep` presets are kept, not of all."""

    def tensors():
        gc.collect()
        return sum(item.numel() for item in gc.get_objects() if type(item) is torch.Tensor)

    net, x = layered(), uniform(4, 2, 10, 10)
    trace = lw.trace(net, x, keep=1)
    names = ("deep-taylor", "alpha2-beta1", "epsilon")
    for name in names:
        trace.explain(rules=name)
    once = tensors()
    for target in range(4):
        for name in names:
            trace.explain(rules=name, target=target, minus=(target + 1) % 4)
            trace.explain(rules={"0": lw.WSquare()}, target=target)
            trace.explain(method="sensitivity", target=target)
    trace.explain(rules=names[-1])
    assert tensors() <= once
