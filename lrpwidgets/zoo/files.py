"""The zoo's data files: read from the installed package, never from the network, and checked before use."""

from __future__ import annotations

import io
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from lrpwidgets.errors import FileFormatError, unknown

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray
    from torch import Tensor

# SHA-256 of every file in `data/`. A recipe prints the new value when it has written a file.
CHECKSUMS = {
    "squeezenet1_1.safetensors": "07a8d7298b2172635d78768759f7bfcd7e8bb075ff555f4bb09bbb4fdc5acad9",
    "imagenet_names.txt": "937c6edd0afe5b55129aac197dc6e4949bd9a384b20d6256f86608730a6976df",
    "digits.safetensors": "3ceb065b72281194ca8f1b3fdfd574d8b45b11b0c0aa512fa8cc4a0616f91e22",
    "digit_codes.safetensors": "ac707e9ee13c90e089f4f15c0eb8b174db524d28ab103b1b654b4a00e54cae97",
    "digit_rbm.safetensors": "db12ea98f5c8f510d8c48711a9b368cad7cada17b7018a42bc4bddea101ee215",
    "eeg_motor.safetensors": "c7394dda69c35e922b0fe68d298c578750f7a03ca7f69a99eebd282f6a255bad",
    "eeg_slow.safetensors": "437f9a520365b77c053fd6bf42921cd19aacd3ad2dddf4d66e5ae9392805ffe9",
    "fisher_digits.safetensors": "503c848fec1e627870b42e2ded45f9606832cc9a45de14eba64a0fccc845769c",
    "gender.safetensors": "104c186919315ff1413b1c0807a61f5ccf202772a10c84b603355177cf19ff25",
    "molecules.safetensors": "2a44c5e6757f90c3c46fdf3b147cb4f1afc9bb9734e62694b23aee9020916700",
    "newsgroups.safetensors": "49e43ed4406346ca120e48fd4b5a9b7946dccc0c72bb6a4b86ef37ad3d8543b9",
    "newsgroup_words.txt": "9c810e7f9c0593b9bfe07205fd0552d5a3359faaad697881dcb0d0612c31ab72",
    "photos.npz": "1e304bf298638dc2d98f2d9dc36fb7a2d810aca1ad72c0cc4cd450b8666aa960",
    "mnist_500.npz": "1f9e9c0da57575954e7aa570a53b6641eb86696886a35cf7c1818f50892cf3d3",
    "promoters.safetensors": "8eacb287725d22800d6ef2ff0d7d0c17c087c888afe89c6822bc07af0f906791",
    "promoters.txt": "b2bc8ec468f4e96fc6b557715500ebea7daff24c9f6d1157604794d633ea9313",
}


def folder() -> Traversable:
    """Where the data files lie."""
    return files("lrpwidgets.zoo") / "data"


def read(name: str) -> bytes:
    """The bytes of data file `name`.

    Raises `FileFormatError` if the file is missing, or not the one that was published: a wrong weight
    would explain a network that nobody trained.
    """
    if name not in CHECKSUMS:
        raise FileFormatError(unknown("zoo file", name, CHECKSUMS))
    path = folder() / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read ({error}): install lrpwidgets again.") from error
    found = sha256(content).hexdigest()
    if found != CHECKSUMS[name]:
        raise FileFormatError(
            f"{path} ({len(content)} bytes) is damaged or was replaced: its SHA-256 is {found[:16]}..., "
            f"published was {CHECKSUMS[name][:16]}.... Install lrpwidgets again."
        )
    return content


def read_weights(name: str) -> dict[str, Tensor]:
    """The tensors of safetensors file `name` by parameter name, on the CPU."""
    from safetensors.torch import load

    return load(read(name))


def read_arrays(name: str) -> dict[str, NDArray[np.generic]]:
    """The arrays of compressed numpy file `name`; never unpickles."""
    with np.load(io.BytesIO(read(name)), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


def read_lines(name: str) -> list[str]:
    """The lines of text file `name` without its comments (lines that start with `#`)."""
    return [line for line in read(name).decode("utf-8").splitlines() if not line.startswith("#")]
