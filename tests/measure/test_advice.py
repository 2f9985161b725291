"""Advice says what is true of a model, and nothing of one that follows sections 6.1 and 6.2."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import lrpwidgets as lw
from lrpwidgets.errors import ModelError
from lrpwidgets.measure import advise
from tests.models import attention, sequences, vision

PICTURES = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def seeded(build):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build().eval()


def by_topic(found):
    assert len({one.topic for one in found}) == len(found)
    return {one.topic: one for one in found}


def dense(*layers: nn.Module) -> nn.Module:
    """Behind a convolution and an average; biases zero, range known: nothing else to find."""
    net = seeded(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AvgPool2d(7), nn.Flatten(), *layers))
    with torch.no_grad():
        for module in net.modules():
            if isinstance(getattr(module, "bias", None), Tensor):
                module.bias.zero_()
    return net


def asked(net: nn.Module, **settings):
    return by_topic(advise(net, PICTURES, input_range=(0, 1), **settings))


def test_nothing_is_found_on_the_digit_net():
    found = advise(lw.zoo.digits(), list(lw.zoo.mnist()[:50]))
    assert found == []
    assert "start with rules='deep-taylor'" in repr(found)


def test_squeezenet_has_max_pools_and_positive_biases_and_nothing_else():
    net = lw.zoo.squeezenet()
    found = by_topic(advise(net, lw.zoo.photos()[0]))
    assert set(found) == {"max-pooling", "positive biases"}
    assert found["max-pooling"].where == ("features.2", "features.5", "features.8")
    biases = {path[:-5]: p for path, p in net.named_parameters() if path.endswith(".bias")}
    positive = {path: int((bias > 0).sum()) for path, bias in biases.items()}
    assert set(found["positive biases"].where) == {path for path, count in positive.items() if count}
    of = sum(bias.numel() for path, bias in biases.items() if positive[path])
    assert found["positive biases"].found.startswith(f"{sum(positive.values())} of {of} biases")
    assert {one.section for one in found.values()} == {"6.1"}


@pytest.mark.parametrize("build", [vision.VGG, vision.FunctionalVGG])
def test_a_vgg_is_found_out_however_it_is_written(build):
    found = by_topic(advise(seeded(build), PICTURES))
    wanted = {"max-pooling", "positive biases", "input range"}
    assert set(found) - {"dropout", "scores"} == wanted
    assert found["max-pooling"].found.startswith("2 max-poolings")
    assert found["input range"].section == "6.2"
    # Modules say where dropout is; a function does nothing in eval mode that could be seen.
    assert ("dropout" in found) == (build is vision.FunctionalVGG)


def test_batch_norms_count_as_biases_where_they_are_folded():
    net = seeded(
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
    )
    assert "positive biases" not in asked(net)
    net[1].bias.data[2] = 0.25
    found = asked(net)
    assert found["positive biases"].where == ("0",)
    assert "batch norms" not in found
    assert found["positive biases"].found.startswith("1 of 4 biases are positive, up to 0.25")
    assert "folded" in found["positive biases"].found


def test_a_batch_norm_without_a_layer_beside_it_is_noted():
    found = asked(
        dense(nn.Linear(16, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    )
    assert found["batch norms"].where == ("6",)
    assert found["batch norms"].severity == "note"


@pytest.mark.parametrize("build", [attention.EncoderViT, attention.ViT])
def test_a_transformer_is_no_convolutional_relu_net(build):
    more = {"norm_first": True} if build is attention.EncoderViT else {}
    found = asked(seeded(lambda: build(**more)))
    assert {"attention", "activations", "layer norms", "positive biases"} <= set(found)
    assert "gelu" in found["activations"].found
    assert len(found["layer norms"].where) == 5
    assert all("attn" in path for path in found["attention"].where)
    assert "dense layers" not in found  # one vector a token is no fully connected layer
    assert not {"max-pooling", "input range", "softmax at the end", "recurrent layers"} & set(found)


def test_attention_written_out_is_seen_by_its_softmax():
    found = asked(seeded(lambda: attention.ViT(attention.WrittenAttention)))
    assert len(found["attention"].where) == 2
    assert "softmax at the end" not in found


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_recurrent_layers_are_one_finding(kind):
    found = by_topic(advise(seeded(lambda: sequences.Recurrent(kind)), torch.rand(2, 7, 5)))
    assert found["recurrent layers"].where == ("rnn",)
    assert not {"activations", "dense layers", "attention"} & set(found)
    assert "rnn" not in found["positive biases"].where


def test_dense_layers_are_counted_once_and_looked_at_for_dropout():
    three = dense(nn.Linear(16, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
    found = asked(three)
    assert found["dense layers"].where == ("4", "7", "9")
    assert found["dropout"].where == ("9",)
    two = dense(nn.Linear(16, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3))
    assert set(asked(two)) <= {"scores"}
    off = dense(nn.Linear(16, 8), nn.ReLU(), nn.Dropout(0.0), nn.Linear(8, 3))
    assert asked(off)["dropout"].where == ("4", "7")
    again = nn.Linear(16, 16)
    often = dense(again, nn.ReLU(), again, nn.ReLU(), again, nn.ReLU(), nn.Dropout(), nn.Linear(16, 3))
    assert "dense layers" not in asked(often)


@pytest.mark.parametrize(
    "pool", [lambda x: x.amax((2, 3)), lambda x: x.max(3).values.max(2).values, nn.AdaptiveMaxPool2d(1)]
)
def test_every_way_of_taking_the_maximum_is_max_pooling(pool):
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Conv2d(3, 4, 3, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            return pool(self.first(x).relu()).flatten(1)

    assert "max-pooling" in asked(seeded(Net))


@pytest.mark.parametrize("last", [nn.Softmax(1), nn.LogSoftmax(1), nn.Sigmoid()])
def test_probabilities_at_the_end_are_the_gravest_finding(last):
    net = dense(nn.Dropout(), nn.Linear(16, 3), last)
    found = advise(net, PICTURES)
    assert [one.severity for one in found] == ["warning", "advice"]
    assert found[0].topic == "softmax at the end"
    assert found[0].where == ("6",)
    assert found[1].topic == "input range"


def test_scores_that_are_not_positive_are_noted():
    net = dense(nn.Dropout(), nn.Linear(16, 3))
    with torch.no_grad():
        net[5].weight.copy_(-net[5].weight.abs())
    assert asked(net)["scores"].found.startswith("the top score of 2 of 2 samples is not positive")


def test_values_outside_the_range_are_a_warning():
    net = dense(nn.Dropout(), nn.Linear(16, 3))
    found = by_topic(advise(net, PICTURES, input_range=(0.0, 0.5)))
    assert found["input range"].severity == "warning"
    assert found["input range"].found.startswith(
        f"{int((PICTURES > 0.5).sum())} of {PICTURES.numel()} input values"
    )


def test_token_numbers_have_no_range():
    net = seeded(lambda: nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Dropout(), nn.Linear(20, 2)))
    assert "input range" not in by_topic(advise(net, torch.tensor([[1, 2, 3, 4, 5]])))


def test_the_table_names_everything():
    found = advise(seeded(vision.VGG), PICTURES)
    printed = " ".join(repr(found).split())
    for one in found:
        for part in (one.topic, one.section, one.severity, one.found, one.do):
            assert part.split()[-1] in printed
    assert max(map(len, repr(found).splitlines())) <= 110


def test_the_model_is_left_as_it_is():
    net = seeded(vision.VGG).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    advise(net, PICTURES)
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_what_is_no_model_is_refused():
    with pytest.raises(ModelError, match="must be a torch"):
        advise(lambda x: x, PICTURES)
