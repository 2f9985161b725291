"""A trace within a memory budget: checkpoints only, the same maps, and a peak that was measured."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, UnsupportedOperationError
from lrpwidgets.explain import forward
from lrpwidgets.explain.budget import SparingRecorder
from lrpwidgets.explain.inputs import model_inputs
from lrpwidgets.explain.propagate import Walk
from tests.explain import oracle
from tests.explain.nets import Written, convolutional, normal, uniform
from tests.explain.test_filtering import X, blocks
from tests.models.cases import CASES

METHODS = [{"method": name} for name in lw.METHODS if name not in ("lrp", "taylor", "smoothgrad")]
METHODS += [{"method": "taylor", "root": "scaling"}, {"method": "smoothgrad", "samples": 2}]
HOW = [*METHODS, *({"rules": name} for name in lw.PRESETS)]


def least(net, x, **more):
    """The bytes that the error says are enough."""
    with pytest.raises(InputError, match="too small") as caught:
        lw.trace(net, x, memory=1, **more)
    return int(re.search(r"at least (\d+) bytes", str(caught.value))[1])


def answer(trace, how):
    try:
        return trace.explain(**how)
    except UnsupportedOperationError as error:
        return str(error)


def deep(depth=12):
    """Many layers of one size: what checkpoints are for."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        parts = [nn.Conv2d(2, 4, 3, padding=1), nn.ReLU()]
        for _ in range(depth):
            parts += [nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True)]
        return nn.Sequential(*parts, nn.Flatten(), nn.Linear(4 * 36, 3)).double().eval()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_method_and_preset_gives_the_same_map_from_checkpoints(case):
    net, x = case.model(), case.input(2)
    memory = least(net, x) * (
        100 if case.branches else 1
    )  # several points in one forward take other branches
    small, whole = lw.trace(net, x, memory=memory), lw.trace(net, x)
    for how in HOW:
        expected, found = answer(whole, how), answer(small, how)
        if isinstance(expected, str):
            assert found == expected
            continue
        oracle.close(found.relevance, expected.relevance, 1e-12)
        assert torch.equal(found.score, expected.score)
        if "rules" in how:  # letting go on the way
            oracle.close(lw.explain(net, x, memory=memory, **how).relevance, expected.relevance, 1e-12)


def test_numbers_are_the_same_to_the_last_bit_in_single_precision():
    net, x = deep().float(), X.float()
    memory = least(net, x)
    for rules in lw.PRESETS:
        expected = lw.explain(net, x, rules=rules).relevance
        assert torch.equal(lw.explain(net, x, rules=rules, memory=memory).relevance, expected)


def test_the_next_target_the_next_filter_and_units():
    net = blocks()
    small, whole = lw.trace(net, X, memory=2 * least(net, X)), lw.trace(net, X)
    for question in (
        {"target": 0},
        {"target": 2, "minus": 1},
        {"target": 1, "through": {"left": [0, 2]}},
        {"target": 1, "through": {"left": 1, "again#2": 0}},
        {"target": lw.unit("left", 1)},
        {"target": lw.unit("stem", 2), "method": "gradient-x-input"},
        {"target": 2},
    ):
        expected, found = whole.explain(**question), small.explain(**question)
        oracle.close(found.relevance, expected.relevance, 1e-12)
        if expected.remainder is not None:
            oracle.close(found.remainder, expected.remainder, 1e-12)
    for path in ("stem", "left", "head"):
        oracle.close(small.units(path, target=1), whole.units(path, target=1), 1e-12)
    for (units, maps), (same, others) in zip(
        small.maps("left", target=1), whole.maps("left", target=1), strict=True
    ):
        assert units == same
        oracle.close(maps, others, 1e-12)


@pytest.mark.parametrize("rules", ["epsilon", "deep-taylor", "attn-lrp"])
@pytest.mark.parametrize("name", ["resnet, basic", "densenet", "vit by hand", "lstm"])
def test_ledgers_have_the_same_rows(name, rules):
    case = next(case for case in CASES if case.name == name)
    net, x = case.model(), case.input(2)
    memory = 2 * least(net, x)
    expected, found = (lw.explain(net, x, rules=rules, **more) for more in ({}, {"memory": memory}))
    assert len(found.ledger.rows) == len(expected.ledger.rows)
    for one, other in zip(found.ledger, expected.ledger, strict=True):
        assert (one.path, one.rule) == (other.path, other.rule)
        assert one.incoming == pytest.approx(other.incoming, abs=1e-9 * abs(expected.ledger.start))
        assert one.outgoing == pytest.approx(other.outgoing, abs=1e-9 * abs(expected.ledger.start))


def scattered(net, x):
    """Writes through views, into a buffer, with out=, and a view that is read after its memory was written."""
    board = torch.zeros(len(x), 8, dtype=x.dtype)
    z = net.first(x)
    part = z[:, 1:3]
    board[:, 2:6] = z
    part.mul_(2).relu_()
    board[:, :4] += net.first(z.tanh())
    total = torch.empty_like(z)
    torch.add(z, net.first(board[:, 2:6]), out=total)
    wide = total.view(-1, 2, 2)
    total.sigmoid_()
    y = net.first(torch.relu(net.first(wide.flatten(1))))
    return net.last(y + part.sum(1, keepdim=True) + board[:, 4:])


def test_writes_in_place_are_made_again_on_copies():
    net, x = Written(scattered), normal(3, 4)
    small, whole = lw.trace(net, x, memory=least(net, x)), lw.trace(net, x)
    assert len(small._recording.replay.starts) > 2
    for how in ({"method": "sensitivity"}, {"rules": "epsilon"}, {"rules": "epsilon"}):
        oracle.close(small.explain(**how).relevance, whole.explain(**how).relevance, 1e-12)


def written_after_it_was_held(net, x):
    """What a checkpoint holds is written later in the same forward, as a whole and in a part."""
    for _ in range(6):
        z = net.first(x)
        y = net.first(torch.tanh(z))
        z.mul_(3)
        z[:, :2].add_(y[:, :2])
        x = y + z
    return net.last(x)


def read_before_it_was_written(net, x):
    """A view that was read shows something else at the next checkpoint, for its memory was written through another."""
    for _ in range(6):
        z = net.first(x)
        part = z[:, 1:3]
        read = torch.tanh(part)
        z.mul_(3)
        x = net.first(z) + torch.cat([read, part], 1)
    return net.last(x)


@pytest.mark.parametrize("body", [written_after_it_was_held, read_before_it_was_written])
def test_checkpoints_hold_what_was_there_then(body):
    net, x = Written(body), normal(3, 4)
    small, whole = lw.trace(net, x, memory=least(net, x)), lw.trace(net, x)
    replay = small._recording.replay
    assert len(replay.starts) > 2
    assert len(replay.held) > 3
    for how in ({"method": "sensitivity"}, {"rules": "epsilon"}, {"rules": "alpha2-beta1"}):
        oracle.close(small.explain(**how).relevance, whole.explain(**how).relevance, 1e-12)


def test_a_checkpoint_is_copied_once_and_only_where_it_is_written(monkeypatch):
    """The second write finds the copy; one beside what is held finds nothing to do."""

    def body(net, x):
        z = net.first(x)
        kept, beside = z[:, :2], z[:, 2:]
        y = net.first(torch.cat([kept, kept], 1).tanh())  # a checkpoint holds z, and both its parts
        for _ in range(3):
            beside.mul_(2)
        return net.last(y + z)

    held = []
    hold = SparingRecorder._hold
    monkeypatch.setattr(
        SparingRecorder, "_hold", lambda self, value, tensor: held.append(value) or hold(self, value, tensor)
    )
    mark = SparingRecorder._mark

    def before_the_second_layer(self):
        if self.nodes and self.nodes[-1].op == "tanh":
            mark(self)

    monkeypatch.setattr(SparingRecorder, "_mark", before_the_second_layer)
    net = Written(body)
    recording = forward.record(net, model_inputs(net, normal(3, 4), None, None), memory=10**6)
    parts = [value for node in recording.nodes for value in node.outputs if node.op in {"addmm", "slice"}]
    assert [held.count(value) for value in parts[:3]] == [2, 1, 2]


def test_a_layer_that_a_relu_reads_far_away_is_right():
    """The ReLUs stand for outputs of layers that lie several checkpoints below them."""

    def body(net, x):
        parts = [net.first(x * scale) for scale in (1, 2, 3, 4, 5)]
        return net.last(sum(torch.relu(part) for part in parts))

    net, x = Written(body), normal(3, 4)
    small = lw.trace(net, x, memory=least(net, x))
    assert len(small._recording.replay.starts) > 1
    for rules in ("epsilon", "epsilon-gamma-box", "alpha2-beta1"):
        oracle.close(small.explain(rules=rules).relevance, lw.explain(net, x, rules=rules).relevance, 1e-12)


def test_a_question_runs_each_operation_once_more_and_room_saves_that(monkeypatch):
    from lrpwidgets.explain import recompute

    ran = []
    again = recompute.again
    monkeypatch.setattr(recompute, "again", lambda node, tensors: ran.append(node) or again(node, tensors))
    net = deep()
    need = least(net, X)
    tight = lw.trace(net, X, memory=need)
    assert not ran
    assert len(tight._recording.replay.starts) > 3
    for _ in range(2):
        ran.clear()
        tight.explain(rules="epsilon")
        assert len(tight.nodes) / 2 < len(ran) == len(set(ran)) < len(tight.nodes)
    roomy = lw.trace(net, X, memory=10 * need)
    roomy.explain(rules="epsilon")
    ran.clear()
    roomy.explain(rules="epsilon", target=1)
    assert not ran


def test_activations_in_memory_stay_below_the_budget(monkeypatch):
    net = deep(30)
    need, whole = least(net, X), lw.trace(net, X).kept.activations
    most = []
    handle = Walk._handle
    trace = lw.trace(net, X, memory=need)

    def watched(walk, node, arrived):
        most.append(trace.kept.total)
        return handle(walk, node, arrived)

    monkeypatch.setattr(Walk, "_handle", watched)
    trace.explain(rules="epsilon")
    assert trace.kept.denominators == 0
    largest = 2 * 4 * 36 * 8
    assert 0 < max(most) <= need - 3 * largest + X.nbytes
    assert max(most) < whole / 2


def test_kept_and_repr_say_what_checkpoints_hold():
    net = deep()
    trace = lw.trace(net, X, memory=least(net, X))
    kept = trace.kept
    assert kept.checkpoints == sum(
        t.untyped_storage().nbytes() for t in trace._recording.replay.held.values()
    )
    assert kept.checkpoints > 0
    assert kept.activations == X.nbytes, "the input"
    assert "MiB of checkpoints" in str(kept)
    assert f"{kept.checkpoints / 2**20:.3g} MiB of it in checkpoints" in repr(trace)
    assert lw.trace(net, X).kept.checkpoints == 0
    assert "checkpoints" not in repr(lw.trace(net, X))


def test_nothing_is_left_when_the_trace_is_gone():
    import gc
    import weakref

    net = deep()
    gc.disable()
    try:
        trace = lw.trace(net, X, memory=10 * least(net, X))
        trace.explain(rules="deep-taylor")
        values = {value for node in trace.nodes for value in node.outputs}
        tensors = [weakref.ref(value.held) for value in values if value.held is not None]
        assert tensors
        del trace, values
        assert not any(reference() is not None for reference in tensors)
    finally:
        gc.enable()


def test_what_draws_random_numbers_cannot_be_made_again():
    net = Written(lambda net, x: net.last(net.first(F.dropout(net.first(x), 0.5, training=True))))
    lw.trace(net, normal(3, 4), memory="1 GB")  # noise times x: the noise is a constant
    net = Written(lambda net, x: net.last(torch.normal(net.first(x), 1.0)))
    with pytest.raises(UnsupportedOperationError, match=r"aten\.normal.*leave memory= out"):
        lw.trace(net, normal(3, 4), memory="1 GB")


@pytest.mark.parametrize(
    ("text", "size"),
    [("2 GB", 2 * 10**9), ("512MiB", 2**29), ("1.5 gib", 3 * 2**29), ("70000 B", 70000), ("9e9", None)]
    + [(bad, None) for bad in ("", "-1 GB", "2 XB", "many", 0, -5, True, 1.5, None.__class__)],
)
def test_sizes_as_people_write_them(text, size):
    from lrpwidgets.explain.budget import as_bytes

    if size is None:
        with pytest.raises(InputError, match="memory="):
            as_bytes(text)
    else:
        assert as_bytes(text) == size


def test_too_small_a_budget_says_what_is_needed_and_that_suffices():
    net, x = convolutional(), uniform(2, 2, 10, 10)
    need = least(net, x)
    with pytest.raises(InputError, match=f"memory={need - 1} bytes.*at least {need} bytes"):
        lw.explain(net, x, memory=need - 1)
    lw.explain(net, x, memory=need)


def peak(how):
    """Bytes that `large.py` measures in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.explain.large", how],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
def test_a_large_image_stays_within_its_budget():
    budget = 1_250_000_000
    forward, plain, small = map(peak, ("forward", "plain", str(budget)))
    assert small < budget + forward
    assert plain > 1.15 * (budget + forward)
