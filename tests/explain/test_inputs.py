"""Several inputs, keyword inputs, and integers: each explained where it stands, the others left as they are."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lrpwidgets as lw
from lrpwidgets.errors import InputError, LrpError, UnsupportedOperationError
from tests.explain import oracle
from tests.explain.nets import normal

# Sums by LRP-epsilon: a positive share depends on whether the other part depends on the input.
QUESTIONS = [{"rules": "epsilon"}, {"rules": "epsilon-plus"}, {"method": "gradient-x-input"}]


class Two(nn.Module):
    """Two pictures of numbers, and everything else a forward may take."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.one, self.other = nn.Linear(4, 5), nn.Linear(3, 5)
            self.kinds = nn.Embedding(7, 5)
            self.last = nn.Linear(5, 3)
        self.double().eval()

    def forward(self, x, y=None, kind=None, mask=None, *, scale=1.0, name="x", flags=None, extra=None):
        assert name == "x"
        assert flags is None or flags == {"deep": [True, None]}
        h = self.one(x)
        if y is not None:
            h = h + self.other(y)
        if kind is not None:
            h = h + self.kinds(kind)
        if mask is not None:
            h = h.masked_fill(mask, 0.0)
        if extra is not None:
            h = h * extra["gain"]
        return self.last(h.relu() * scale)


NET = Two()
X, Y = normal(3, 4), normal(3, 3, seed=2)
KIND = torch.tensor([1, 6, 0])
MASK = torch.tensor([[True, False, False, False, False]] * 2 + [[False] * 5])


class Frozen(nn.Module):
    """The net of one input, all others filled in."""

    def __init__(self, call):
        super().__init__()
        self.net, self.call = NET, call

    def forward(self, x):
        return self.call(self.net, x)


CALLS = {
    "two by place": ((X, Y), None, 0, lambda net, x: net(x, Y)),
    "two by place, the second": ((X, Y), 1, 1, lambda net, x: net(X, x)),
    "two by name": ({"x": X, "y": Y}, None, "x", lambda net, x: net(x, Y)),
    "two by name, the second": ({"x": X, "y": Y}, "y", "y", lambda net, x: net(X, x)),
    "one by name": ({"x": X}, None, "x", lambda net, x: net(x)),
    "names in another order": ({"y": Y, "x": X}, None, "y", lambda net, x: net(X, x)),
    "all by place": ((X, Y, KIND, MASK), None, 0, lambda net, x: net(x, Y, KIND, MASK)),
    "None among them": ((X, None, KIND), None, 0, lambda net, x: net(x, None, KIND)),
    "numbers, text, nests": (
        {"x": X, "scale": 0.5, "name": "x", "flags": {"deep": [True, None]}, "mask": MASK},
        None,
        "x",
        lambda net, x: net(x, scale=0.5, mask=MASK),
    ),
    "a dictionary of tensors": (
        {"x": X, "extra": {"gain": Y[:, :1]}}, None, "x", lambda net, x: net(x, extra={"gain": Y[:, :1]})
    ),
    "integers first": (
        {"kind": KIND, "x": X}, None, "x", lambda net, x: net(x, kind=KIND)
    ),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
@pytest.mark.parametrize("call", CALLS)
def test_one_of_several_inputs_is_the_net_with_the_others_filled_in(call, question):
    given, of, main, twin = CALLS[call]
    found = lw.explain(NET, given, of=of, target=1, **question)
    x = given[main]
    expected = lw.explain(Frozen(twin), x, target=1, **question)
    oracle.close(found.relevance, expected.relevance, 1e-10)
    assert torch.equal(found.input, x)
    assert torch.equal(found.score, expected.score)
    assert abs(found.ledger.unaccounted) <= 1e-9 * max(abs(row.incoming) for row in found.ledger)


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
@pytest.mark.parametrize("call", CALLS)
def test_a_batch_is_a_loop_for_every_kind_of_call(call, question):
    given, of, _, _ = CALLS[call]
    whole = lw.explain(NET, given, of=of, target=1, **question)

    def sample(part, at):
        if isinstance(part, dict):
            return {key: sample(item, at) for key, item in part.items()}
        return part[at : at + 1] if isinstance(part, torch.Tensor) else part

    for at in range(3):
        one = sample(given, at) if isinstance(given, dict) else tuple(sample(part, at) for part in given)
        alone = lw.explain(NET, one, of=of, target=1, **question)
        oracle.close(whole.relevance[at], alone.relevance[0], 1e-10)
        ledger, expected = whole[at].ledger, alone.ledger
        assert ledger.start == pytest.approx(expected.start, rel=1e-9)
        assert ledger.end == pytest.approx(expected.end, rel=1e-9, abs=1e-12)
        assert [row.path for row in ledger] == [row.path for row in expected]


def test_inputs_are_copied_and_left_as_they_are():
    class Writes(nn.Module):
        def forward(self, x, y, more):
            x.mul_(2)
            y.add_(x)
            more["z"].zero_()
            return y * 1

    x, y, more = normal(2, 3), normal(2, 3, seed=4), {"z": normal(2, 3, seed=5)}
    before = x.clone(), y.clone(), more["z"].clone()
    found = lw.explain(Writes().double(), {"x": x, "y": y, "more": more}, method="gradient-x-input", target=0)
    for now, then in zip((x, y, more["z"]), before, strict=True):
        assert torch.equal(now, then)
    oracle.close(found.relevance[:, 0], 2 * x[:, 0], 1e-12)


def test_the_code_says_which_input():
    code = lw.explain(NET, {"x": X, "y": Y}, of="y", target=1).code
    assert 'of="y"' in code
    assert torch.equal(
        eval(code, {"lw": lw, "model": NET, "x": {"x": X, "y": Y}}).relevance,  # noqa: S307
        lw.explain(NET, {"x": X, "y": Y}, of="y", target=1).relevance,
    )


WRONG = {
    "misspelt": ({"pixels": X}, "pixel", "unknown input 'pixel'; did you mean 'pixels'"),
    "no such place": ((X, Y), 2, "unknown input '2'.*'0', '1'"),
    "not a tensor": ({"x": X, "scale": 0.5}, "scale", "unknown input 'scale'"),
    "one input, another name": (X, "y", "the model has one input; leave of='y' out"),
    "only a mask": ({"mask": MASK}, None, "holds no tensor of numbers"),
    "nothing": ({}, None, "holds no tensor of numbers"),
    "unhashable": ((X, Y), ["x"], "unknown input"),
    "a mask is asked for": ({"x": X, "mask": MASK}, "mask", "bool"),
    "not finite": ({"x": X * torch.nan, "y": Y}, None, "NaN"),
    "another dtype": ({"x": X.float(), "y": Y}, None, "float64.*float32"),
    "one sample without a batch": ((X[0], Y[0]), None, r"shape \(4,\); the first axis is the batch"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_explained_is_a_clear_error(case):
    given, of, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        lw.explain(NET, given, of=of, target=0)


def test_an_input_that_the_output_does_not_depend_on():
    class Ignores(nn.Module):
        def forward(self, x, y):
            return x * 2

    found = lw.explain(Ignores(), (X, Y), of=1, method="gradient-x-input", target=0)
    assert torch.equal(found.relevance, torch.zeros_like(Y))
    assert found.ledger.unaccounted == pytest.approx(0, abs=1e-12)


# -- integers ---------------------------------------------------------------------------------------

TOKENS = torch.tensor([[3, 1, 4, 1, 5, 0], [2, 6, 5, 3, 5, 0]])


class Text(nn.Module):
    """Tokens (batch, 6), put through `before` on their way to the embedding and `after` on their way out."""

    def __init__(self, before=lambda ids: ids, after=lambda e: e, *, padding_idx=None, width=None):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.embedding = nn.Embedding(9, 4, padding_idx=padding_idx).double()
            found = after(self.embedding(before(TOKENS)))
            self.mix = nn.Linear(4, 4).double()
            self.last = nn.Linear(found.flatten(1).shape[1], 3).double()
        self.before, self.after = before, after
        self.eval()

    def forward(self, ids):
        return self.score(self.embedding(self.before(ids)))

    def score(self, e):
        return self.last(self.after(self.mix(e).relu()).flatten(1))


def by_hand(net, ids, target):
    """sum over the width of e times its gradient, put back to the places the integers came from."""
    e = net.embedding(net.before(ids)).detach().requires_grad_()
    with torch.enable_grad():
        (c,) = torch.autograd.grad(net.score(e)[:, target].sum(), e)
    relevance = (c * e).sum(-1).detach()
    places = net.before(torch.arange(ids.numel()).view(ids.shape))
    return (
        torch.zeros(ids.numel()).double().index_add_(0, places.flatten(), relevance.flatten()).view(ids.shape)
    )


WAYS = {
    "as they are": lambda ids: ids,
    "shortened": lambda ids: ids[:, 1:5],
    "every second": lambda ids: ids[:, ::2],
    "views": lambda ids: ids.view(-1, 2, 3).transpose(1, 2).reshape(-1, 6),
    "one at a time": lambda ids: ids[:, 2:3],
    "selected": lambda ids: ids.select(1, 3).unsqueeze(1),
    "repeated": lambda ids: ids.repeat(1, 2),
    "expanded": lambda ids: ids[:, None].expand(-1, 2, -1),
    "flipped, rolled": lambda ids: ids.flip(1).roll(2, 1),
    "copied": lambda ids: ids.clone().contiguous(),
    "cast": lambda ids: ids.to(torch.int32).long(),
    "index_select": lambda ids: ids.index_select(1, torch.tensor([4, 4, 0])),
    "indexed": lambda ids: ids[:, [4, 4, 0]],
    "indexed by a mask": lambda ids: ids[:, torch.tensor([True, False, True, True, False, False])],
    "chunked": lambda ids: ids.chunk(2, 1)[1],
    "split": lambda ids: ids.split([2, 4], 1)[0],
    "unbound": lambda ids: ids.unbind(1)[3][:, None],
}


@pytest.mark.parametrize("way", WAYS)
def test_tokens_have_the_sum_over_the_width_of_their_vectors(way):
    net = Text(WAYS[way])
    expected = by_hand(net, TOKENS, 1)
    for question in ({"method": "gradient-x-input"}, {"rules": "lrp-0"}):
        found = lw.explain(net, TOKENS, target=1, **question)
        assert found.relevance.shape == TOKENS.shape
        assert torch.equal(found.input, TOKENS)
        oracle.close(found.relevance, expected, 1e-10)
        assert abs(found.ledger.unaccounted) <= 1e-9 * max(abs(row.incoming) for row in found.ledger)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rules", ["lrp-0", "epsilon", "deep-taylor", "alpha2-beta1"])
def test_a_batch_of_tokens_is_a_loop(way, rules):
    net = Text(WAYS[way])
    whole = lw.explain(net, TOKENS, rules=rules, target=1)
    for at in range(2):
        alone = lw.explain(net, TOKENS[at : at + 1], rules=rules, target=1)
        oracle.close(whole.relevance[at], alone.relevance[0], 1e-10)
        assert whole[at].ledger.end == pytest.approx(alone.ledger.end, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_padding_has_no_relevance_under_the_gradient(dtype):
    net = Text(padding_idx=0)
    found = lw.explain(net, TOKENS.to(dtype), method="gradient-x-input", target=1)
    assert (found.relevance[:, -1] == 0).all()
    oracle.close(found.relevance, by_hand(net, TOKENS, 1), 1e-10)


def test_sensitivity_of_tokens_sums_the_squares():
    net = Text()
    e = net.embedding(TOKENS).detach().requires_grad_()
    (c,) = torch.autograd.grad(net.score(e)[:, 1].sum(), e)
    found = lw.explain(net, TOKENS, method="sensitivity", target=1)
    oracle.close(found.relevance, (c**2).sum(-1), 1e-10)


def test_tokens_and_a_mask_by_name():
    class Masked(Text):
        def forward(self, input_ids, attention_mask=None):
            e = self.embedding(input_ids)
            return self.score(e if attention_mask is None else e * attention_mask[..., None])

    net, mask = Masked(), (TOKENS != 0).long()
    found = lw.explain(
        net, {"input_ids": TOKENS, "attention_mask": mask}, method="gradient-x-input", target=1
    )
    assert (found.relevance[:, -1] == 0).all()
    assert (found.relevance[:, :-1] != 0).all()
    swapped = {"attention_mask": mask, "input_ids": TOKENS}
    again = lw.explain(net, swapped, of="input_ids", method="gradient-x-input", target=1)
    assert torch.equal(again.relevance, found.relevance)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
@pytest.mark.parametrize(
    "cast",
    [
        lambda x: x.double() / 255,
        lambda x: x.to(torch.float64).div(255),
        lambda x: x.type(torch.float64) / 255,
    ],
    ids=["double()", "to()", "type()"],
)
def test_integer_pictures_are_explained_where_they_become_numbers(cast, dtype):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3).double()

        def forward(self, x):
            return self.conv(cast(x)).flatten(1)

    net, x = Net().eval(), torch.arange(2 * 16).view(2, 1, 4, 4)
    found = lw.explain(net, x.to(dtype), method="gradient-x-input", target=0)
    expected = lw.explain(
        net.conv, x.double() / 255, method="gradient-x-input", target=lambda out: out[:, 0, 0, 0]
    )
    oracle.close(found.relevance, expected.relevance, 1e-10)


class Twice(Text):
    def forward(self, ids):
        return self.score(self.embedding(ids) + self.embedding(ids.flip(1)))


class Never(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(6, 3).double()

    def forward(self, ids):
        return self.last(torch.ones(len(ids), 6).double() * 2)


def test_two_embeddings_of_one_input_are_a_clear_error():
    with pytest.raises(UnsupportedOperationError, match=r"\(2, 6\) and torch.int64 2 times.*vectors as a\b"):
        lw.explain(Twice().eval(), TOKENS, target=0)


@pytest.mark.parametrize(
    ("net", "ids"),
    [
        (Never().eval(), TOKENS),
        (nn.Linear(6, 3).double(), TOKENS),
        (Text(), TOKENS + 9),
        (Text(), TOKENS.bool()),
        (Text(lambda ids: torch.cat([ids, ids], 1)), TOKENS),
        (Text(lambda ids: (ids + ids) % 9), TOKENS),
        (Text(), TOKENS[0]),
        (Text(), TOKENS[:0]),
    ],
    ids=["no embedding", "a dense layer", "out of range", "bool", "cat", "two of them", "no batch", "empty"],
)  # fmt: skip
def test_integers_that_cannot_be_followed_are_a_clear_error(net, ids):
    with pytest.raises(LrpError):
        lw.explain(net, ids, target=0)


@pytest.mark.parametrize(
    ("change", "turned"),
    [
        (lambda ids: ids * 1, False),
        (lambda ids: ids.clamp(max=3), False),
        (lambda ids: (ids + torch.tensor([0, 1, 0, 1, 0, 1])) % 5, False),
        (lambda ids: torch.where(ids > 2, 0, ids), False),
        (lambda ids: 7 - ids, False),
        (lambda ids: ids.masked_fill(ids == 2, 0).flip(1), True),
    ],
)
def test_integers_that_are_changed_each_in_its_place(change, turned):
    """Offsets of columns, limits, stand-ins: R is that of the changed integers, at the places of those given."""
    plain, changed = Text().eval(), Text(change).eval()
    expected = lw.explain(plain, change(TOKENS), target=0).relevance
    found = lw.explain(changed, TOKENS, target=0).relevance
    assert expected.abs().max() > 0
    torch.testing.assert_close(found.flip(1) if turned else found, expected)


def test_integers_that_are_joined_are_named_with_the_operation_and_the_place():
    class Starts(nn.Module):
        def forward(self, ids):
            return torch.cat([torch.zeros_like(ids[:, :1]), ids[:, 1:]], 1)

    net = Text(Starts())
    with pytest.raises(
        UnsupportedOperationError, match=r"\(aten.cat in before\), so which .* before the model is called"
    ):
        lw.explain(net, TOKENS, target=0)


def test_a_clone_of_an_embedding_that_is_written_later():
    """What the model writes into the vectors does not reach what is explained."""

    class Writes(Text):
        def forward(self, ids):
            e = self.embedding(ids)
            e[:, 0] = 0
            e.mul_(2)
            return self.score(e)

    class Copies(Text):
        def forward(self, ids):
            e = self.embedding(ids)
            return self.score(2 * torch.cat([torch.zeros_like(e[:, :1]), e[:, 1:]], 1))

    maps = [
        lw.explain(make().eval(), TOKENS, method="gradient-x-input", target=1).relevance
        for make in (Writes, Copies)
    ]
    oracle.close(*maps, 1e-12)
    assert (maps[0][:, 0] == 0).all()
