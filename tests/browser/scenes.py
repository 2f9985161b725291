"""What the pictures of the docs show: cells, and the views that they make."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """A cell, the view that it shows, and how wide that is in CSS pixels."""

    name: str
    cell: str
    view: str
    width: int = 1200


SCENES = (
    Scene("explore", "lw.explore(lw.zoo.squeezenet(), lw.zoo.photos())", ".lrpw-explore"),
    Scene(
        "flipping",
        "view = lw.flipping(lw.zoo.digits(), lw.zoo.mnist()[2], ['lrp', 'sensitivity', 'random'], patch=4)\n"
        "view.wait()\nview.step = 9\nview",
        ".lrpw-flipping",
    ),
    Scene(
        "regions",
        "eye, nose = lw.measure.Box(60, 40, 115, 100), lw.measure.Ellipse(160, 115, 208, 170)\n"
        "cat = lw.explain(lw.zoo.squeezenet(), lw.zoo.photos()[0])\n"
        "lw.regions(cat, {'left eye': eye, 'nose': nose})",
        ".lrpw-regions",
    ),
    Scene(
        "region-set",
        "net, numbers = lw.zoo.digits(), [one for one in lw.zoo.mnist() if one.label == 4]\n"
        "ex = lw.explain(net, numbers, target=4)\n"
        "view = lw.region_set(ex, {'opening at the top': lw.measure.Box(2, 9, 13, 20)})\n"
        "view.wait()\nview",
        ".lrpw-region-set",
    ),
    Scene(
        "filters",
        "cat = lw.trace(lw.zoo.squeezenet(), lw.zoo.photos()[0])\n"
        "view = lw.filters(cat, layer='features.12')\nview.wait(maps=True)\nview",
        ".lrpw-filters",
    ),
    Scene(
        "rules",
        "cat = lw.trace(lw.zoo.squeezenet(), lw.zoo.photos()[0])\nview = lw.rules(cat)\nview.wait()\nview",
        ".lrpw-rules",
    ),
    Scene(
        "compare",
        "view = lw.compare(lw.zoo.digits(), lw.zoo.mnist()[2], ['sensitivity', 'gradient-x-input', 'lrp'])\n"
        "view.wait()\nview",
        ".lrpw-compare",
    ),
    Scene(
        "graph",
        "cat = lw.trace(lw.zoo.squeezenet(), lw.zoo.photos()[0])\nview = lw.graph(cat)\nview.wait()\nview",
        ".lrpw-graph-view",
    ),
    Scene(
        "gallery",
        "view = lw.gallery(lw.zoo.digits(), lw.zoo.mnist())\nview.wait()\nview",
        ".lrpw-gallery",
    ),
    Scene(
        "prototypes",
        "codes = lw.experts.CodeSpace(lw.zoo.digit_decoder())\n"
        "experts = {'L2': None, 'RBM': lw.zoo.digit_rbm(), 'decoder': codes}\n"
        "view = lw.prototypes(lw.zoo.digits(), 3, experts)\nview.wait()\nview",
        ".lrpw-prototypes",
    ),
    Scene(
        "signal",
        "recording = lw.zoo.eeg_motor()\n"
        "trial = int(recording.fold(0)[0])\n"
        "asked = {'target': 'both feet', 'minus': 'both fists', 'rules': 'lrp-0'}\n"
        "ex = lw.explain(lw.zoo.eeg_motor_net(0), recording.signals[trial], **asked)\n"
        "lw.view(ex, window=[1, 2], channel='C3', cursor=1.7)",
        ".lrpw-signal",
    ),
    Scene(
        "features",
        "import torch\n"
        "from sklearn.datasets import load_breast_cancer\n"
        "data = load_breast_cancer(as_frame=True)\n"
        "table, benign = data.data, torch.tensor(data.target.values)\n"
        "groups = {word: [name for name in table if word in name] for word in ('mean', 'error', 'worst')}\n"
        "domain = lw.features(table.columns, mean=table.mean(), std=table.std(), groups=groups)\n"
        "net = torch.nn.Linear(30, 1)\n"
        "optimizer = torch.optim.LBFGS(net.parameters(), max_iter=50)\n"
        "def loss():\n"
        "    optimizer.zero_grad()\n"
        "    wrong = torch.nn.functional.soft_margin_loss(-net(domain.encode(table))[:, 0], 2.0 * benign - 1)\n"
        "    found = wrong + 0.01 * net.weight.square().sum()\n"
        "    found.backward()\n"
        "    return found\n"
        "optimizer.step(loss)\n"
        "ex = lw.explain(net, table[:200], input=domain, labels=['malignant'], target=0, rules='epsilon')\n"
        "lw.view(ex, most=10)",
        ".lrpw-features-view",
    ),
    Scene(
        "sequence",
        "net, sequences = lw.zoo.promoters(), lw.zoo.promoter_sequences()\n"
        "promoters = [one for one in sequences if one.label]\n"
        "ex = lw.explain(net, promoters, rules='epsilon', target='promoter')\n"
        "lac = [one.title for one in promoters].index('LACP1')\n"
        "view = lw.view(ex, model=net, sample=lac, region=[-36, -31], mismatches=1, mutations=True)\n"
        "view.wait()\nview",
        ".lrpw-sequence",
    ),
    Scene(
        "text",
        "text = (\n"
        "    'The shuttle reached its orbit this morning, eight minutes after launch. NASA says that the mission '\n"
        "    'will cost less than a new satellite, and yet I wonder whether a cheaper rocket could have done the '\n"
        "    'same work. Somebody at the university asked me if God would mind. I do not believe that; the moon '\n"
        "    'was bright, the sky was clear, and you could see the station pass with your own eyes.'\n"
        ")\n"
        "ex = lw.explain(lw.zoo.newsgroup_cnn(), text, rules='epsilon', target='sci.space')\n"
        "lw.view(ex, limit_rule='max')",
        ".lrpw-text",
    ),
    Scene(
        "molecule",
        "import torch\n"
        "net = lw.zoo.molecules()\n"
        "ethanol = lw.molecule({one.name: one for one in lw.zoo.g2()}['CH3CH2OH'], elements=net.elements)\n"
        "ex = lw.explain(net.at(ethanol), ethanol.charges, rules='lrp-0')\n"
        "hydrogen = torch.zeros(1, 1, len(net.elements))\n"
        "hydrogen[..., net.elements.index(1)] = 1\n"
        "def with_probe(points):\n"
        "    charges = torch.cat([ethanol.charges, hydrogen], 1).expand(len(points), -1, -1)\n"
        "    return charges, torch.cat([ethanol.geometry.expand(len(points), -1, -1), points[:, None]], 1)\n"
        "grid = lw.measure.grid_around(ethanol.geometry[0], margin=1.6, step=0.25)\n"
        "probe = lw.measure.probe_map(net, with_probe, grid, reference=with_probe(torch.full((1, 3), 1e3)))\n"
        "lw.view(ex, probe=probe, slice=len(grid[2]) // 2)",
        ".lrpw-molecule",
    ),
    Scene(
        "faces",
        "gender, age = lw.zoo.gender(), lw.zoo.age()\n"
        "astronaut = lw.zoo.photos()[4].pixels[41:109, 108:176]\n"
        "def younger(scores):\n"
        "    return scores[:, :41].mean(1) - scores[:, 41:].mean(1)\n"
        "face_32, face_64 = (net.lrpwidgets_card.input.encode([astronaut]) for net in (gender, age))\n"
        "attributes = {\n"
        "    'gender net: female': lw.explain(gender, face_32, target='female'),\n"
        "    'age net: younger': lw.explain(age, face_64, target=younger),\n"
        "    'age net: 25 years': lw.explain(age, face_64, target='25 years'),\n"
        "}\n"
        "lw.compare(attributes, scale='cell')",
        ".lrpw-compare",
    ),
    Scene(
        "plane",
        "import torch\nfrom torch import nn\n"
        "net = nn.Sequential(nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 1, bias=False), nn.ReLU())\n"
        "net[0].weight.data = torch.tensor([[1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]])\n"
        "net[2].weight.data.fill_(0.5)\n"
        "methods = {'sensitivity': 'sensitivity', 'gradient x input': 'gradient-x-input', "
        "'deep Taylor LRP': {'rules': {'*': lw.ZPlus()}}}\n"
        "lw.plane(net, methods, point=(2.1, 2))",
        ".lrpw-plane",
    ),
)
