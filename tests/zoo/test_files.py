"""Data files: checked before use, all listed, small, read without a network and without the slow imports."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from lrpwidgets import zoo
from lrpwidgets.errors import FileFormatError, ModelError
from lrpwidgets.zoo import ModelCard, files

DATA = Path(zoo.__file__).parent / "data"


def test_every_file_is_the_published_one_and_has_a_card():
    cards = (DATA.parent / "CARDS.md").read_text(encoding="utf-8")
    assert {path.name for path in DATA.iterdir()} == set(files.CHECKSUMS)
    for name, checksum in files.CHECKSUMS.items():
        assert sha256((DATA / name).read_bytes()).hexdigest() == checksum
        assert re.search(rf"`{re.escape(name)}`.*`{checksum}`", cards), name


def test_data_stays_small():
    sizes = {path.name: path.stat().st_size for path in DATA.iterdir()}
    assert sizes["digits.safetensors"] < 300_000
    assert sizes["photos.npz"] < 1_500_000
    assert sum(sizes.values()) < 8_000_000


LOADERS = {
    "squeezenet1_1.safetensors": zoo.squeezenet,
    "imagenet_names.txt": zoo.squeezenet,
    "digits.safetensors": zoo.digits,
    "mnist_500.npz": zoo.mnist,
    "newsgroups.safetensors": zoo.newsgroup_svm,
    "newsgroup_words.txt": zoo.newsgroup_cnn,
    "photos.npz": zoo.photos,
    "digit_codes.safetensors": zoo.digit_decoder,
    "digit_rbm.safetensors": zoo.digit_rbm,
    "eeg_motor.safetensors": zoo.eeg_motor_net,
    "eeg_slow.safetensors": zoo.eeg_slow_net,
    "fisher_digits.safetensors": zoo.fisher_digits,
    "gender.safetensors": zoo.gender,
    "promoters.safetensors": zoo.promoters,
    "promoters.txt": zoo.promoter_sequences,
    "molecules.safetensors": zoo.molecules,
}


@pytest.mark.parametrize("name", files.CHECKSUMS)
@pytest.mark.parametrize("damage", ["one byte", "half", "missing"])
def test_a_damaged_file_is_refused_by_name(name, damage, tmp_path, monkeypatch):
    shutil.copytree(DATA, tmp_path / "data")
    path = tmp_path / "data" / name
    content = bytearray(path.read_bytes())
    if damage == "one byte":
        content[-1] ^= 1
        path.write_bytes(content)
    elif damage == "half":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.unlink()
    monkeypatch.setattr(files, "folder", lambda: tmp_path / "data")
    with pytest.raises(FileFormatError, match=rf"{re.escape(name)}.*[Ii]nstall lrpwidgets again"):
        LOADERS[name]()


def test_an_unknown_file_name_is_an_error():
    with pytest.raises(FileFormatError, match=r"did you mean 'photos.npz'"):
        files.read("photo.npz")


def test_labels_that_repeat_are_refused():
    with pytest.raises(ModelError, match=r"'Net'.*'crane'"):
        ModelCard("Net", None, ("crane", "jay", "crane"), "", "", "", "")


def test_a_card_is_readable():
    text = repr(zoo.squeezenet().lrpwidgets_card)
    assert "1000: 'tench', 'goldfish', 'great white shark', ..." in text
    assert len(text) < 1000


def test_functions_stay_functions_after_their_modules_are_imported():
    code = (
        "import importlib, pkgutil, sys, lrpwidgets.zoo as zoo\n"
        "assert 'torch' not in sys.modules, 'import lrpwidgets.zoo must be lazy'\n"
        "for found in pkgutil.iter_modules(zoo.__path__): importlib.import_module('lrpwidgets.zoo.' + found.name)\n"
        "assert all(callable(getattr(zoo, name)) for name in zoo.__all__)\n"
        "assert set(zoo.__all__) <= set(dir(zoo))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_needs_the_network_pillow_or_scikit_image():
    code = (
        "import socket, sys\n"
        "def refuse(*args, **kwargs): raise OSError('no network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "for name in ('PIL', 'skimage', 'foolbox', 'mlxtend', 'ipywidgets', 'anywidget', 'IPython'):\n"
        "    sys.modules[name] = None\n"
        "from lrpwidgets import zoo\n"
        "net, digit_net = zoo.squeezenet(), zoo.digits()\n"
        "net(net.lrpwidgets_card.input.encode(zoo.photos()[0]))\n"
        "digit_net(digit_net.lrpwidgets_card.input.encode(zoo.mnist()[0]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_unknown_name_in_the_zoo_is_an_attribute_error():
    with pytest.raises(AttributeError, match="resnet"):
        zoo.resnet  # noqa: B018
