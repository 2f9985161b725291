"""The arrays of an ONNX file, and the folding of what its layers do one after the other into one.

Needs the library onnx, of the extra `faces`; it is imported when a file is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lrpwidgets.errors import FileFormatError, InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Arrays = Mapping[str, NDArray[Any]]


def arrays(content: bytes, what: str) -> dict[str, NDArray[Any]]:
    """The initializers of ONNX model `content` by name; `what` needs them.

    Raises `InputError` where onnx is not installed, and `FileFormatError` where it cannot read the file.
    """
    try:
        onnx, numpy_helper = import_module("onnx"), import_module("onnx.numpy_helper")
    except ImportError as error:
        raise InputError(
            f"{what} needs onnx, which is not installed: pip install 'lrpwidgets[faces]'"
        ) from error
    try:
        graph = onnx.load_model_from_string(content).graph
        return {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    except Exception as error:
        raise FileFormatError(f"{what}: the ONNX file cannot be read ({error}).") from error


def convolution(found: Arrays, conv: int, affine: int, path: str) -> dict[str, Tensor]:
    """The state of a `Conv2d` at `path` that also does the affine map after it: (s w) * x + (s b + t).

    ONNX layers are numbered from the output: `layer_<conv>_weights`, `layer_<affine>_scale`. Products are taken in
    float64 and rounded once.
    """
    kernel, bias, scale, offset = (
        np.asarray(found[f"layer_{name}"], np.float64)
        for name in (f"{conv}_weights", f"{conv}_bias", f"{affine}_scale", f"{affine}_offset")
    )
    scale, offset = scale.reshape(-1), offset.reshape(-1)
    return _state(path, kernel * scale[:, None, None, None], bias * scale + offset)


def dense(found: Arrays, layer: int, path: str, scale: float = 1.0) -> dict[str, Tensor]:
    """The state of a `Linear` at `path` whose input ONNX multiplies by `scale` first."""
    weight, bias = (np.asarray(found[f"layer_{layer}_{name}"], np.float64) for name in ("weights", "bias"))
    return _state(path, weight.T * scale, bias)


def _state(path: str, weight: NDArray[np.float64], bias: NDArray[np.float64]) -> dict[str, Tensor]:
    pairs = {"weight": weight, "bias": bias}
    return {
        f"{path}.{name}": torch.from_numpy(np.ascontiguousarray(array, np.float32))
        for name, array in pairs.items()
    }
